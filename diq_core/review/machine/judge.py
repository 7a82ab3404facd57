"""A language model fills in the review form: what it is asked, and what counts as its answer.

Pure: messages are made of the form's own words, and a reply is either an answer that passes the
same checks as a person's or missing with a reason. Nothing is filled in for the model.

Source: the DIQ paper rates reasoning on three axes by people and by a language model; the
prompt's words are ours.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from diq_core.asking.prompts import PROMPTS, Prompt, load_prompt
from diq_core.asking.replies import Missing, read_object
from diq_core.data.marks import as_material
from diq_core.data.sample import Sample, answer_text, question_text
from diq_core.data.steps import split_steps
from diq_core.errors import BadSetting
from diq_core.review.form.answer import EDIT_VERDICT, Answer, Criterion, check_answer
from diq_core.review.form.form import Choice, Form

_FIELDS = ("scales", "verdict", "flags", "marks", "criteria", "comment")


def judge_prompt() -> Prompt:
    """Return the shipped prompt."""
    return load_prompt(PROMPTS / "judge.md")


def judge_messages(
    form: Form, prompt: Prompt, sample: Sample, criteria: Sequence[Criterion] = ()
) -> list[dict[str, str]]:
    """Return what a model is asked about `sample`: what the form asks, then the sample as JSON.

    The sample's source, subject, scores and others' ratings are not part of it.
    """
    form = replace(form, scales=form.asked(len(split_steps(sample.reasoning))))
    excusing = [one.key for one in (*form.verdicts, *form.flags) if one.excuses_scales]
    clashes = [f"{flag.key} with {', '.join(flag.contradicts)}" for flag in form.flags
               if flag.contradicts]  # fmt: skip
    return prompt.messages(
        {
            "form": form_text(form),
            "missing": "Every scale needs a level. It may be null only together with: "
            + ", ".join(excusing)
            + ".",
            "contradictions": "These contradict each other: " + "; ".join(clashes) + ".",
            "example": _example(form, criteria),
            "sample": _sample_text(sample, criteria),
        }
    )


def read_answer(
    form: Form, text: str, *, criteria: Sequence[Criterion] = (), steps: int | None = None
) -> Answer | Missing:
    """Return the answer that a model's reply holds.

    Fields the form does not know are left aside; every field it knows is checked as a person's.

    Args:
        steps: how many steps the sample's reasoning has; None = not checked.
    """
    values = read_object(text)
    if isinstance(values, Missing):
        return values
    known = {name: values[name] for name in _FIELDS if name in values}
    known["marks"] = _marks(known.get("marks", []))
    try:
        answer = check_answer(form, known, criteria=criteria, steps=steps)
    except BadSetting as error:
        return Missing(f"{error.which}: {error.what[:1].lower()}{error.what[1:]}")
    if answer.verdict == EDIT_VERDICT and not answer.comment.strip():
        return Missing("verdict: accepted with an edit that the comment does not name")
    return answer


def form_text(form: Form) -> str:
    """Return the form in words, every level with its anchor sentence."""
    parts = [scales_text(form)]
    parts.append(_choices("Verdict, exactly one:", form.verdicts))
    parts.append(_choices("Flags, any number:", form.flags))
    parts.append(_choices("Marks for single steps of the reasoning:", form.marks))
    return "\n\n".join(parts)


def scales_text(form: Form) -> str:
    """Return the form's scales in words, every level with its anchor sentence."""
    parts = []
    for scale in form.scales:
        levels = [f"  {one.level} = {one.label}: {one.anchor}" for one in scale.levels]
        parts.append("\n".join([f"Scale {scale.key} ({scale.title}). {scale.question}", *levels]))
    return "\n\n".join(parts)


def _choices(heading: str, choices: Sequence[Choice]) -> str:
    return "\n".join([heading, *(f"  {one.key}: {one.help}" for one in choices)])


def _example(form: Form, criteria: Sequence[Criterion]) -> str:
    """Describe the reply by its types: an example with levels would pull ratings towards them."""
    shape: dict[str, Any] = {
        "comment": "<two or three sentences: the reasons for your levels>",
        "scales": {one.key: f"<1 to {len(one.levels)}, or null>" for one in form.scales},
        "verdict": "<" + " | ".join(one.key for one in form.verdicts) + ">",
        "flags": ["<any of: " + ", ".join(one.key for one in form.flags) + ">"],
        "marks": [{"step": "<number>", "mark": "<" + " | ".join(_keys(form.marks)) + ">"}],
    }
    if criteria:
        shape["criteria"] = {one.key: "<true if met, else false>" for one in criteria}
    return json.dumps(shape, indent=1, ensure_ascii=False)


def _keys(choices: Sequence[Choice]) -> list[str]:
    return [one.key for one in choices]


def _sample_text(sample: Sample, criteria: Sequence[Criterion]) -> str:
    steps = split_steps(sample.reasoning)
    material: dict[str, Any] = {
        "earlier_turns": [{"role": turn.role, "content": turn.content} for turn in sample.history],
        "question": question_text(sample),
        "calls_of_tools": [
            {"role": turn.role, "content": turn.content} for turn in sample.tool_turns
        ],
        "reasoning": [{"step": number, "text": text} for number, text in enumerate(steps, 1)],
        "answer": answer_text(sample),
        "criteria": {one.key: one.text for one in criteria},
    }
    return as_material({key: value for key, value in material.items() if value})


def _marks(given: Any) -> Any:
    if not isinstance(given, list):
        return given
    return [
        [mark.get("step"), mark.get("mark")] if isinstance(mark, dict) else mark for mark in given
    ]
