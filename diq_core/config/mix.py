"""Settings of a mixture: which datasets it is made of, of what kind, and how much of each."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from fractions import Fraction
from operator import not_
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from diq_core.config.base import Names, Option, Settings
from diq_core.config.inputs import Inputs
from diq_core.config.scores import ImportSettings
from diq_core.errors import BadSetting

SourceKind = Literal["general-multimodal", "medical-text", "medical-multimodal", "reflective"]
"""What a source of a mixture is for: everyday images, medical reasoning in text, medical images,
or chains of thought that admit and mend an error."""
ShortAnswers = Literal["keep", "leave-out", "only"]
"""What is done with samples whose whole response is a word or two."""
IfShort = Literal["fewer", "scale", "repeat"]
"""What is done where a source has fewer samples than are asked for."""
Preset = Literal["infimed"]

_AMOUNT = re.compile(r"\d+(\.\d+)?%|[1-9]\d*")
_IMPORT, _FILES = ImportSettings.model_fields, Option(repeated=True)


@dataclass(frozen=True)
class Source:
    """One dataset of a mixture, as it was typed.

    Attributes:
        name: of the dataset.
        amount: a share such as "40%", a count such as "800", or "": its part of what is left.
        kind: what it is for.
        by: strategy that orders its samples, best first.
        selection: of this dataset, which orders them instead.
        balance: column whose values take turns.
        short: what is done with its short answers; "" = as everywhere.
    """

    name: str
    amount: str = ""
    kind: str = ""
    by: str = ""
    selection: str = ""
    balance: str = ""
    short: str = ""


def read_source(text: str) -> Source:
    """Return the source that is typed as ``NAME=AMOUNT,kind=KIND,by=STRATEGY,…``.

    Raises:
        BadSetting: it is none.
    """
    first, *rest = (each.strip() for each in text.split(","))
    name, _, amount = (each.strip() for each in first.partition("="))
    said: dict[str, str] = {}
    for each in rest:
        key, sign, value = (part.strip() for part in each.partition("="))
        if not sign or not value or key in said or key not in _SAID:
            raise _refused(f"'{each}' says nothing of a source", name,
                           f"say one of {'=, '.join(_SAID)}=, each once")  # fmt: skip
        said[key] = value
    return _checked(Source(name, amount, **said))


_SAID = [each.name for each in fields(Source)][2:]


def _checked(source: Source) -> Source:
    name, kinds = source.name, ", ".join(get_args(SourceKind))
    if not name:
        raise _refused("A source begins with the name of a dataset", "source")
    if source.amount and not _AMOUNT.fullmatch(source.amount):
        raise _refused(
            f"'{source.amount}' is no amount", name, "write a share (40%) or a count (8)"
        )
    if source.kind not in get_args(SourceKind):
        raise _refused("The source needs a kind", name, f"write {name},kind= and one of {kinds}")
    if source.short and source.short not in get_args(ShortAnswers):
        raise _refused(f"'{source.short}' is nothing that is done with short answers", name,
                       f"write short= and one of {', '.join(get_args(ShortAnswers))}")  # fmt: skip
    if source.by and source.selection:
        raise _refused("A source is ordered by a strategy or by a selection, not by both", name)
    return source


def _refused(what: str, which: str, todo: str = "correct this source") -> BadSetting:
    return BadSetting(what, which=which, todo=todo)


def written_source(source: Source) -> str:
    """Return `source` as it is typed; `read_source` reads it back."""
    said = [f"{key}={value}" for key in _SAID if (value := getattr(source, key))]
    return ",".join([f"{source.name}={source.amount}" if source.amount else source.name, *said])


class MixSettings(Settings):
    """Which datasets are mixed, and in what proportion."""

    source: Annotated[
        tuple[str, ...],
        Names("dataset"),
        Option(repeated=True, metavar="SOURCE", always=True),
    ] = ()
    """A dataset of the study, how much of it (40%, 800, or nothing: its part of what is left, by
    its size) and its kind: general-multimodal, medical-text, medical-multimodal or reflective. May
    be followed by by=STRATEGY or selection=NAME (which samples come first; else they are drawn),
    balance=COLUMN (its values take turns) and short=keep, leave-out or only. May be repeated; of
    two samples that ask the same, the one of the source that is named first stays."""
    preset: Preset | None = None
    """infimed: 188,000 samples in InfiMed's shape. The ratios are ours: it publishes none."""
    total: int | None = Field(default=None, ge=1)
    """Samples of the whole mixture; default: the counts together, everything where no source has an
    amount, or the preset's."""
    kinds: Annotated[
        dict[str, str], Option(flag="--share", repeated=True, metavar="KIND=SHARE")
    ] = Field(default_factory=dict)
    """Share of all sources of a kind together, such as reflective=15%; shares of sources are then
    of their kind. May be repeated; default: the preset's."""
    if_short: IfShort = "fewer"
    """Where a source has too few: fewer (take what is there, the mixture is smaller), scale (make
    all of it smaller, so that the shares hold) or repeat (take samples of it again)."""
    short_answers: ShortAnswers = "keep"
    """Samples whose whole response is a word or two, without reasoning: keep them among the others,
    leave-out, or only these."""
    short_words: int = Field(default=2, ge=1)
    """Up to so many words an answer is short; the letter of an option does not count."""
    model: Annotated[str, Names("file")] = Field(default="", exclude_if=not_)
    """Whose tokens are counted: 'embedded', a model's folder, or a hub id; default: words are."""
    near_threshold: float = Field(default=_IMPORT["near_threshold"].default, ge=0.5, le=1.0)
    """Similarity of two questions (Jaccard, of word sequences) from which they are near
    duplicates, across sources too."""
    exclude_duplicates: Annotated[bool, Option(off="--keep-duplicates")] = True
    """Leave duplicates out, or only list them."""
    exclude_overlap: Annotated[bool, Option(off="--keep-overlap")] = True
    """Leave out what validation and benchmark questions hold too, or only list it."""
    leave_out_shared_images: bool = Field(default=False, exclude_if=not_)
    """Leave out samples with an image that validation or benchmark questions show too, whatever
    they ask of it; without it, they are only listed."""
    exclude_identifiers: Annotated[bool, Option(off="--keep-identifiers")] = True
    """Leave out samples that may tell who a patient is, or only list them."""
    seed: int = 0
    """Seed of everything random."""

    @property
    def sources(self) -> list[Source]:
        """The sources, in their order.

        Raises:
            BadSetting: one cannot be understood, or is named twice.
        """
        found = [read_source(each) for each in self.source]
        names = [each.name for each in found]
        if twice := [name for name in names if names.count(name) > 1]:
            raise _refused(f"The source '{twice[0]}' is named twice", twice[0])
        return found

    @property
    def shares(self) -> dict[str, Fraction]:
        """Kind → share of the whole; empty = none was said.

        Raises:
            BadSetting: there is no such kind, or it is no share.
        """
        for kind, share in self.kinds.items():
            if kind not in get_args(SourceKind):
                known = ", ".join(get_args(SourceKind))
                raise _refused(f"There is no kind '{kind}'", "share", f"name one of: {known}")
            if not (_AMOUNT.fullmatch(share) and share.endswith("%")):
                raise _refused(f"'{share}' is no share", kind, f"write it as {kind}=15%")
        return {kind: Fraction(share[:-1]) / 100 for kind, share in self.kinds.items()}

    def screening(self) -> dict[str, Any]:
        """Return the settings by which the samples are compared and looked through."""
        names = (
            "near_threshold", "exclude_duplicates", "exclude_overlap", "exclude_identifiers",
            "leave_out_shared_images",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}


class MixInputs(Inputs):
    """What must not be in a mixture."""

    validation: Annotated[tuple[str, ...], Names("file"), _FILES] = ()
    """Validation questions that must not be in it; may be repeated. Default: those that ship with
    the app."""
    benchmark: Annotated[tuple[str, ...], Names("file"), _FILES] = ()
    """Test questions that must not be in it; may be repeated."""
