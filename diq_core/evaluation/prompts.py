"""What a model is asked: the text before its answer, for each way of taking the answer.

- ``plain``: the prompt of lm-evaluation-harness's MedQA task, the same for every benchmark, so
  that numbers can be compared with those that the harness prints.
- ``chat``: the model's own chat template around the very text that samples are trained with.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from diq_core.config import Scoring
from diq_core.data.sample import Sample, question_text
from diq_core.data.text import mend

Template = Literal["plain", "chat"]


def prompt_text(sample: Sample, scoring: Scoring, template: Template) -> str:
    """Return the text a model reads before it answers, without the chat template.

    For "option" the choices are not listed: each is then judged as the answer on its own, as in
    the harness's cloze tasks.
    """
    listed = scoring != "option"
    if template == "chat":
        asked = sample if listed else _without_options(sample)
        return mend(question_text(asked))[0]
    lines = [sample.context] if sample.context else []
    lines.append(f"Question: {sample.question}")
    if listed:
        lines += [f"{option.label}. {option.text}" for option in sample.options]
    return mend("\n".join([*lines, "Answer:"]))[0]


def choices(sample: Sample, scoring: Scoring) -> list[str]:
    """Return the continuations whose likelihoods are compared: labels, or texts of the options."""
    if scoring == "letter":
        return [mend(option.label)[0] for option in sample.options]
    return [mend(option.text.strip())[0] for option in sample.options]


def _without_options(sample: Sample) -> Sample:
    return replace(sample, options=())
