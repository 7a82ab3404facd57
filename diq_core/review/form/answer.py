"""One filled-in form, checked: whatever reaches the store is complete and free of contradiction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from diq_core.errors import BadSetting
from diq_core.review.form.form import Choice, Form, Scale
from diq_core.review.refusals import brief

EDIT_VERDICT = "accept_with_edit"
UNSURE = "unsure"
POINTS_LIMIT = 10


@dataclass(frozen=True, slots=True)
class Criterion:
    """A yes/no question about one sample.

    Attributes:
        key: names it within its sample.
        text: a statement that is met or not met.
        points: weight, -10 to 10 and not 0; negative = meeting it is bad.

    Source: weighted case-specific criteria are HealthBench's device.
    """

    key: str
    text: str
    points: int

    def __post_init__(self) -> None:
        if not 1 <= len(self.key) <= 60 or not self.key.isascii() or not self.key.isprintable():
            raise _bad("criterion", self.key, "a name of 1 to 60 plain characters")
        if not self.text.strip() or len(self.text) > 2000:
            raise _bad("criterion", self.text, "a statement of 1 to 2000 characters")
        if not _is_whole(self.points) or not 1 <= abs(self.points) <= POINTS_LIMIT:
            raise _bad("points", self.points, "a whole number from -10 to 10, but not 0")


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked answer.

    Attributes:
        scales: every scale's key → level, or None = not judged.
        verdict: key of the verdict.
        flags: keys, in the form's order.
        marks: (step counted from 1, key of the mark), by step.
        criteria: criterion's key → met or not; unanswered ones are absent.
        comment: any text.
    """

    scales: dict[str, int | None]
    verdict: str
    flags: tuple[str, ...]
    marks: tuple[tuple[int, str], ...]
    criteria: dict[str, bool]
    comment: str

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as it is stored."""
        return {
            "scales": dict(self.scales),
            "verdict": self.verdict,
            "flags": list(self.flags),
            "marks": [list(mark) for mark in self.marks],
            "criteria": dict(self.criteria),
            "comment": self.comment,
        }


def check_answer(
    form: Form,
    values: Mapping[str, Any],
    *,
    criteria: Sequence[Criterion] = (),
    steps: int | None = None,
) -> Answer:
    """Return `values` as an answer to `form`.

    Args:
        form: the form.
        values: keys as in `Answer.as_dict`; flags, marks, criteria and comment may be absent.
        criteria: the sample's own criteria.
        steps: how many steps the reasoning has; None = not checked. Where it has none, the scales
            of reasoning need no level.

    Raises:
        BadSetting: a field is unknown, missing, out of range or contradicts the verdict;
            ``which`` names the field.
    """
    known = ("scales", "verdict", "flags", "marks", "criteria", "comment")
    for name in values:
        if name not in known:
            raise _bad(str(name), values[name], f"one of the fields {', '.join(known)}")
    verdict = _one_of("verdict", form.verdicts, values.get("verdict"))
    flags = _flags(form, values.get("flags", ()), verdict)
    excused = verdict.excuses_scales or any(flag.excuses_scales for flag in flags)
    return Answer(
        scales=_scales(form, values.get("scales", {}), () if excused else form.asked(steps)),
        verdict=verdict.key,
        flags=tuple(flag.key for flag in flags),
        marks=_marks(form, values.get("marks", ()), steps),
        criteria=_criteria(criteria, values.get("criteria", {})),
        comment=checked_comment(form, values.get("comment", "")),
    )


def checked_comment(form: Form, comment: Any) -> str:
    """Return `comment` if it is text within the form's limit.

    Raises:
        BadSetting: it is not.
    """
    if not isinstance(comment, str) or len(comment) > form.comment_limit:
        raise _bad("comment", comment, f"text of at most {form.comment_limit} characters")
    return comment


def checked_preference(form: Form, value: Any) -> str:
    """Return `value` if it is the key of a preference.

    Raises:
        BadSetting: it is not.
    """
    return _one_of("preference", form.preferences, value).key


def _flags(form: Form, given: Any, verdict: Choice) -> list[Choice]:
    if not isinstance(given, list | tuple):
        raise _bad("flags", given, "a list of flags")
    for key in given:
        flag = _one_of("flags", form.flags, key)
        if verdict.key in flag.contradicts:
            raise BadSetting(
                f"The flag '{flag.label}' contradicts the verdict '{verdict.label}'",
                which="verdict",
                todo="choose another verdict or take the flag away",
            )
    return [flag for flag in form.flags if flag.key in given]


def _scales(form: Form, given: Any, needed: Sequence[Scale]) -> dict[str, int | None]:
    if not isinstance(given, Mapping):
        raise _bad("scales", given, "a level for each scale")
    keys = {scale.key for scale in form.scales}
    for key in given:
        if key not in keys:
            raise _bad("scales", key, f"one of the scales {', '.join(sorted(keys))}")
    found: dict[str, int | None] = {}
    for scale in form.scales:
        level = given.get(scale.key)
        if level is None and scale in needed:
            raise BadSetting(
                f"The scale '{scale.title}' has no level",
                which=scale.key,
                todo="choose a level, or choose the verdict 'unsure' if you cannot judge it",
            )
        if level is not None and (not _is_whole(level) or not 1 <= level <= len(scale.levels)):
            raise _bad(scale.key, level, f"a level from 1 to {len(scale.levels)}")
        found[scale.key] = level
    return found


def _marks(form: Form, given: Any, steps: int | None) -> tuple[tuple[int, str], ...]:
    if not isinstance(given, list | tuple):
        raise _bad("marks", given, "a list of (step, mark)")
    found: set[tuple[int, str]] = set()
    for entry in given:
        if not isinstance(entry, list | tuple) or len(entry) != 2:
            raise _bad("marks", entry, "a step's number and a mark")
        step, mark = entry
        if not _is_whole(step) or step < 1 or (steps is not None and step > steps):
            last = "" if steps is None else f" (the reasoning has {steps})"
            raise _bad("marks", step, f"the number of a step{last}")
        found.add((step, _one_of("marks", form.marks, mark).key))
    return tuple(sorted(found))


def _criteria(criteria: Sequence[Criterion], given: Any) -> dict[str, bool]:
    if not isinstance(given, Mapping):
        raise _bad("criteria", given, "yes or no for each criterion")
    keys = {criterion.key for criterion in criteria}
    for key, met in given.items():
        if key not in keys:
            raise _bad("criteria", key, "a criterion of this sample")
        if not isinstance(met, bool):
            raise _bad("criteria", met, "yes or no")
    return dict(given)


def _one_of(field: str, choices: Sequence[Choice], key: Any) -> Choice:
    for choice in choices:
        if choice.key == key:
            return choice
    raise _bad(field, key, f"one of {', '.join(choice.key for choice in choices)}")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _bad(field: str, value: Any, wanted: str) -> BadSetting:
    what = "Nothing is chosen" if value is None else f"{brief(value, 80)} is not possible here"
    return BadSetting(what, which=field, todo=f"give {wanted}")
