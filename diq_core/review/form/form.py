"""The review form: scales with one anchor sentence per level, verdicts, flags, step marks.

The form is a file with a version. A verdict stores that version, and the store refuses a form
whose words changed while its version did not, so ratings made by different wordings are never
mixed by accident.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from diq_core.assets import ASSETS
from diq_core.errors import BadFile
from diq_core.files import read_json
from diq_core.review.log.canonical import digest

FORM_FILE = ASSETS / "desk" / "en.json"
"""The wording that counts; the other languages are translations of it (`language`)."""


@dataclass(frozen=True, slots=True)
class Level:
    """One step of a scale: 1 (worst) to 5 (best), with what one must be able to point at."""

    level: int
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Scale:
    """One axis that is judged apart from the others, with its levels from 1 upwards.

    Attributes:
        of_reasoning: whether it judges the reasoning, so that a sample without any is not asked.
    """

    key: str
    title: str
    question: str
    levels: tuple[Level, ...]
    of_reasoning: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A verdict, flag, step mark or preference.

    Attributes:
        key: what is stored.
        label: what is shown.
        help: one sentence on when to use it.
        excuses_scales: whether the scales may stay empty when it is chosen.
        contradicts: verdicts that cannot be given together with it.
    """

    key: str
    label: str
    help: str
    excuses_scales: bool
    contradicts: tuple[str, ...]


@dataclass(frozen=True)
class Form:
    """What a reviewer is asked.

    Attributes:
        version: stored with every verdict; a new wording needs a new version.
        title: heading.
        source: where axes and practice come from.
        scales: the anchored scales.
        verdicts: exactly one is chosen.
        flags: any number is chosen.
        marks: at most one of each for a step of the reasoning.
        preferences: the answers to a pair shown side by side.
        comment_limit: most characters of a comment.
    """

    version: str
    title: str
    source: str
    scales: tuple[Scale, ...]
    verdicts: tuple[Choice, ...]
    flags: tuple[Choice, ...]
    marks: tuple[Choice, ...]
    preferences: tuple[Choice, ...]
    comment_limit: int

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything the form says, whatever the layout of its file."""
        words = asdict(self)
        for scale in words["scales"]:
            # It decides who is asked, and is none of the words that a version stands for.
            del scale["of_reasoning"]
        return digest(words)

    def asked(self, steps: int | None) -> tuple[Scale, ...]:
        """Return the scales that a sample is judged on.

        Args:
            steps: how many steps its reasoning has; None = not known, so all scales.
        """
        return tuple(scale for scale in self.scales if steps != 0 or not scale.of_reasoning)


def load_form(path: Path = FORM_FILE) -> Form:
    """Return the form in `path`, a file of one language: its field "form".

    Raises:
        BadFile: it is not a form.
    """
    try:
        values = read_json(path)["form"]
        form = Form(
            version=str(values["version"]),
            title=str(values["title"]),
            source=str(values["source"]),
            scales=tuple(_scale(entry) for entry in values["scales"]),
            verdicts=_choices(values["verdicts"]),
            flags=_choices(values["flags"]),
            marks=_choices(values["marks"]),
            preferences=_choices(values["preferences"]),
            comment_limit=int(values["comment_limit"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _bad(path, f"{type(error).__name__}: {error}") from None
    _check_form(form, path)
    return form


def _scale(entry: Mapping[str, Any]) -> Scale:
    levels = tuple(
        Level(int(level["level"]), str(level["label"]), str(level["anchor"]))
        for level in entry["levels"]
    )
    return Scale(
        str(entry["key"]),
        str(entry["title"]),
        str(entry["question"]),
        levels,
        bool(entry["of_reasoning"]),
    )


def _choices(entries: Sequence[Mapping[str, Any]]) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            str(entry["key"]),
            str(entry["label"]),
            str(entry["help"]),
            bool(entry["excuses_scales"]),
            tuple(str(key) for key in entry["contradicts"]),
        )
        for entry in entries
    )


def _check_form(form: Form, path: Path) -> None:
    if not 1 <= len(form.version) <= 40 or not form.version.isascii():
        raise _bad(path, "the version must be 1 to 40 plain characters")
    for scale in form.scales:
        if [level.level for level in scale.levels] != list(range(1, len(scale.levels) + 1)):
            raise _bad(path, f"the levels of {scale.key} must count from 1")
        if not all(level.anchor.strip() for level in scale.levels):
            raise _bad(path, f"every level of {scale.key} needs an anchor sentence")
    groups = (form.scales, form.verdicts, form.flags, form.marks, form.preferences)
    for group in groups:
        keys = [entry.key for entry in group]
        if not keys or len(set(keys)) != len(keys):
            raise _bad(path, f"keys are missing or used twice: {', '.join(keys) or 'none'}")
    verdicts = {verdict.key for verdict in form.verdicts}
    for flag in form.flags:
        if not set(flag.contradicts) <= verdicts:
            raise _bad(path, f"the flag {flag.key} contradicts a verdict that does not exist")


def _bad(path: Path, what: str) -> BadFile:
    return BadFile(
        f"This is not a review form: {what}", which=path.name, todo="correct the form's file"
    )
