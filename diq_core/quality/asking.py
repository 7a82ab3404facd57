"""Two models' answers before a judge: what it is asked, and what counts as its reply.

Pure. Each pair is shown in both orders, and each answer is also rated alone. A reply is either
complete or missing with a reason; nothing is filled in.

Source: the DIQ paper judges answers on three scales; the form's words are those that clinicians
rate by, the prompts are ours.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from diq_core.asking.prompts import PROMPTS, Prompt, load_prompt
from diq_core.asking.replies import Missing, read_object
from diq_core.data.marks import as_material
from diq_core.data.sample import Sample, question_text
from diq_core.review.form.form import Form
from diq_core.review.machine.judge import scales_text

Side = Literal["first", "same", "second"]
SIDES: tuple[Side, ...] = get_args(Side)
OVERALL = "overall"
_COMMENT_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Compared:
    """What a judge said of a pair, by where the answers stood.

    Attributes:
        better: scale's key or "overall" → the better one as it was shown.
    """

    better: dict[str, Side]
    comment: str


@dataclass(frozen=True, slots=True)
class Rated:
    """What a judge said of one answer.

    Attributes:
        levels: scale's key → level, 1 (worst) to 5 (best).
    """

    levels: dict[str, int]
    comment: str


def compare_prompt() -> Prompt:
    """Return the shipped prompt for pairs."""
    return load_prompt(PROMPTS / "compare.md")


def rate_prompt() -> Prompt:
    """Return the shipped prompt for single answers."""
    return load_prompt(PROMPTS / "rate.md")


def axes(form: Form) -> tuple[str, ...]:
    """Return what pairs are compared on: every scale, then the whole."""
    return (*(scale.key for scale in form.scales), OVERALL)


def compare_messages(
    form: Form, prompt: Prompt, first: Sample, second: Sample
) -> list[dict[str, str]]:
    """Return what a judge is asked about two answers to one question, in the order given.

    Neither the models' names nor the right answer are part of it.
    """
    shape = {
        "comment": "<two or three sentences: what makes the difference>",
        "better": dict.fromkeys(axes(form), "<first | same | second>"),
    }
    material = {
        "question": question_text(first),
        "first": _answer(first),
        "second": _answer(second),
    }
    return _filled(form, prompt, shape, material)


def rate_messages(form: Form, prompt: Prompt, answer: Sample) -> list[dict[str, str]]:
    """Return what a judge is asked about one answer."""
    shape = {
        "comment": "<two or three sentences: the reasons for your levels>",
        "scales": {one.key: f"<1 to {len(one.levels)}>" for one in form.scales},
    }
    return _filled(
        form, prompt, shape, {"question": question_text(answer), "answer": _answer(answer)}
    )


def read_compared(form: Form, text: str) -> Compared | Missing:
    """Return the comparison that a reply holds, complete, or why there is none."""
    values = read_object(text)
    if isinstance(values, Missing):
        return values
    given = values.get("better")
    if not isinstance(given, dict):
        return Missing("the reply does not say which is better")
    better: dict[str, Side] = {}
    for axis in axes(form):
        side = given.get(axis)
        found = next((one for one in SIDES if one == side), None)
        if found is None:
            return Missing(f"{axis}: {'nothing' if side is None else 'neither side'} is named")
        better[axis] = found
    return Compared(better, _comment(values))


def read_rated(form: Form, text: str) -> Rated | Missing:
    """Return the levels that a reply holds, complete, or why there are none."""
    values = read_object(text)
    if isinstance(values, Missing):
        return values
    given = values.get("scales")
    if not isinstance(given, dict):
        return Missing("the reply has no levels")
    levels: dict[str, int] = {}
    for scale in form.scales:
        level = given.get(scale.key)
        if type(level) is not int or not 1 <= level <= len(scale.levels):
            return Missing(f"{scale.key}: {'nothing' if level is None else 'no level'} is given")
        levels[scale.key] = level
    return Rated(levels, _comment(values))


def _answer(sample: Sample) -> dict[str, str]:
    parts = {"reasoning": sample.reasoning, "answer": sample.answer}
    return {name: text for name, text in parts.items() if text}


def _comment(values: Mapping[str, Any]) -> str:
    # A judge's remark is never worth losing its verdict for.
    comment = values.get("comment")
    return comment[:_COMMENT_LIMIT] if isinstance(comment, str) else ""


def _filled(
    form: Form, prompt: Prompt, shape: Mapping[str, Any], material: Mapping[str, Any]
) -> list[dict[str, str]]:
    # As JSON, no text of an answer can pass for the end of the answer.
    return prompt.messages(
        {
            "scales": scales_text(form),
            "example": json.dumps(shape, indent=1, ensure_ascii=False),
            "material": as_material(material),
        }
    )
