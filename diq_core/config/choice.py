"""Settings of what chooses samples and writes them: selection, export."""

from __future__ import annotations

from dataclasses import replace
from operator import not_
from typing import Annotated, Literal

from pydantic import Field, field_validator

from diq_core.config.base import Option, Settings, Thinking
from diq_core.score import AXES

Aspect = Literal["knowledge", "reasoning", "overall"]
Rule = Literal["paper", "weight"]
Length = Literal["tokens", "text", "blanks"]
"""What the length of a response counts: tokens of the model that measured influence; words, and
characters of scripts without blanks; or pieces between blanks, as versions before this did."""
_GATE = Option(group="Patients' identifiers")
_AMONG = Option(group="Filters and quotas")
_EACH_FILTER = replace(_AMONG, repeated=True, metavar="FILTER")
_EACH_QUOTA = replace(_AMONG, flag="--quota", repeated=True, metavar="QUOTA")


def _is_none(value: object) -> bool:
    return value is None


class SelectSettings(Settings):
    """Which rule chooses, and how many."""

    strategy: Annotated[str, Option(always=True)] = "diq"
    """Which strategy chooses."""
    budget: Annotated[str, Option(always=True)] = "10%"
    """How many to keep: a share of the samples in use (10%) or a count (250)."""
    aspect: Aspect = "overall"
    """Which difficulty counts."""
    rule: Annotated[Rule, Option(beside="weight")] = "paper"
    """Order inside a quadrant: the paper's (influence, then difficulty), or the balance weight's
    (a mix of both ranks)."""
    weight: float = Field(default=0.5, ge=0.0, le=1.0)
    """Balance weight: 0 = influence only, 1 = difficulty only."""
    quadrants: bool = True
    """Fill Q1, Q2, Q3, Q4 in that order, or make one order over the whole pool."""
    # Left out of manifests where it is the default: the selection is the same artefact as ever.
    axes: tuple[str, str] = Field(default=AXES, exclude_if=AXES.__eq__)
    """The two scores that make the quadrants, separated by a comma: what takes the parts of
    difficulty and influence."""
    length: Length | None = Field(default=None, exclude_if=not_)
    """What the length of a response counts: tokens of the model that measured influence, text
    (words, or characters of a script without blanks), or blanks (the pieces between blanks);
    default: tokens where influence was measured for every sample, else text."""
    difficulty_cut: float = Field(default=50.0, ge=0.0, le=100.0)
    """Percentile of difficulty from which a sample is hard."""
    influence_cut: float = Field(default=50.0, ge=0.0, le=100.0)
    """Percentile of influence from which a sample is influential."""
    seed: int = 0
    """Seed of everything random."""
    max_per_source: float | None = Field(default=None, gt=0.0, le=1.0)
    """Largest share of the budget that one source may take; default: no limit."""
    # Empty lists are left out of manifests: a selection that no hand touched is the same artefact
    # with and without them.
    put_in: Annotated[tuple[str, ...], Option(repeated=True, metavar="ID")] = Field(
        default=(), exclude_if=not_
    )
    """A sample to keep whatever the scores say; it counts towards the budget. May be repeated."""
    taken_out: Annotated[
        tuple[str, ...], Option(flag="--take-out", repeated=True, metavar="ID")
    ] = Field(default=(), exclude_if=not_)
    """A sample to leave out; may be repeated."""
    rejected: Annotated[tuple[str, ...], Option(repeated=True, metavar="ID")] = Field(
        default=(), exclude_if=not_
    )
    """A sample to leave out because its reviewers rejected it; may be repeated."""
    set_aside: Annotated[tuple[str, ...], Option(repeated=True, metavar="ID")] = Field(
        default=(), exclude_if=not_
    )
    """A sample to leave out because of a choice among samples that ask the same; what 'diq alike'
    and the page Dataset left out is added by itself. May be repeated."""

    words: Annotated[str, _AMONG] = Field(default="", exclude_if=not_)
    """Choose only among samples in which all these words occur ("in quotes": exactly so), as
    diq search finds them."""
    where: Annotated[tuple[str, ...], _EACH_FILTER] = Field(default=(), exclude_if=not_)
    """Choose only among samples that fit: source=medmcqa, length>=200, reasoning=yes, reviewed=no,
    quadrant=Q1, subject~card; of any column or score. A share as budget is one of these. May be
    repeated: all must fit."""
    quotas: Annotated[tuple[str, ...], _EACH_QUOTA] = Field(default=(), exclude_if=not_)
    """At least or at most so many of the kept: subject=Cardiology>=20, quadrant=Q1>=60%,
    source=medmcqa<=50%, source<=10% (each source by itself); a share is one of the budget. May be
    repeated."""
    apart: Annotated[float | None, _AMONG] = Field(
        default=None, ge=0.1, le=1.0, exclude_if=_is_none
    )
    """Skip near neighbours: going down the order, a sample is not chosen whose question shares at
    least this part of its three-word pieces with one that is ranked higher, from 0.1 to 1; default:
    none is skipped."""
    judged_at: Annotated[str, _AMONG] = Field(default="", exclude_if=not_)
    """Fingerprint of what the reviews say, where a filter or a quota asks for it: another state of
    the reviews is refused. It is set when the selection is fixed."""

    @field_validator("put_in", "taken_out", "rejected", "set_aside")
    @classmethod
    def _sorted(cls, ids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(set(ids)))


class ExportSettings(Settings):
    """How the chosen samples are written."""

    format: Annotated[str, Option(always=True)] = "trl"
    """Layout of the training files."""
    also: tuple[str, ...] = Field(default=(), exclude_if=not_)
    """Further layouts of the same samples, separated by commas, or all; each in a folder of its own
    in the export, with its images."""
    thinking: Thinking | None = Field(default=None, exclude_if=not_)
    """Where the reasoning is written: native, huatuo or keep; default: as influence was measured,
    else huatuo."""
    model: str = Field(default="", exclude_if=not_)
    """With native: whose chat template counts; default: the model that measured influence."""
    verdicts: bool = Field(default=False, exclude_if=not_)
    """Include the clinicians' verdicts, and write their corrections instead of the old text."""
    reviewer_names: bool = Field(default=False, exclude_if=not_)
    """With --verdicts: name the reviewers instead of numbering them."""
    waive_review: str = Field(default="", exclude_if=not_, max_length=500)
    """Write reflective chains that nobody has read: why they need no review, without names;
    default: they are refused. Manifest and datasheet keep the reason."""
    read_images: Annotated[bool, _GATE] = Field(default=False, exclude_if=not_)
    """Look in the text that is drawn into images where the import did not, which takes seconds for
    each (extra privacy); without it, the datasheet says that they were not looked at."""
    leave_out_identifiers: Annotated[bool, _GATE] = Field(default=False, exclude_if=not_)
    """Leave out samples that may tell who a patient is, where nobody decided about them; default:
    the export is refused."""
    release_role: Annotated[str, _GATE] = Field(default="", exclude_if=not_, max_length=500)
    """Write the export although it may tell who a patient is: the role in which you answer for
    that. It is kept in the study's log, the datasheet and the manifest."""
    release_reason: Annotated[str, _GATE] = Field(default="", exclude_if=not_, max_length=500)
    """With --release-role: why, without names, dates and numbers."""
