"""The variant that looks first how often a teacher is right: what is stable is kept, and masked.

Source: InfiMed2's stability-aware regeneration as far as it is published: eight answers; six right
and more: the explanations that are right, with their answer masked, are read by a small model, and
of those it recovers the answer from, the one with the lowest answer entropy stays; three to five: a
stronger model writes with the reference in view; fewer: the question is dropped. Ours: the masking
rule, and as answer entropy the mean negative log-probability of the reader's tokens. Where an
endpoint gives no log-probabilities, the first that is recovered stays, and its entropy is missing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from diq_core.reflection import requests
from diq_core.reflection.chain import (
    ANSWER,
    LINK,
    Accepted,
    Found,
    Judge,
    Link,
    Step,
    Teacher,
    entropy_of,
    loss,
)
from diq_core.reflection.requests import Problem
from diq_core.reflection.rewriting import TRIES, rewritten
from diq_core.reflection.search import BEGIN, REFERENCE
from diq_core.reflection.strategy import seed_for

ANSWERS, STABLE, UNSURE = 8, 6, 3
"""Answers to each question; right ones from which it is stable; and from which it is written with
the reference in view."""
MASK = "[answer]"


@dataclass(frozen=True, slots=True)
class Stability:
    """How the variant goes.

    Attributes:
        aided: whether what is unsure is written with the reference in view.
        seed: of what is drawn.
    """

    aided: bool = True
    seed: int = 0

    @property
    def bounds(self) -> tuple[int, int]:
        """The fewest and the most requests for a sample, repairs apart."""
        return ANSWERS, 2 * ANSWERS + TRIES


def stabilise(
    problem: Problem, teacher: Teacher, reader: Teacher, judge: Judge, plan: Stability
) -> Found:
    """Return what became of one sample: its most stable chain, rewritten, or why it is lost.

    Args:
        reader: who answers from the masked explanations.

    Raises:
        EndpointFailed: an endpoint is unusable.
    """
    steps = [_asked(problem, teacher, judge, plan, number) for number in range(1, ANSWERS + 1)]
    right = [each for each in steps if each.judged and each.judged.outcome == "right"]
    chain: list[Link] = []
    branch: Accepted = "stable"
    if len(right) >= STABLE:
        read = [_read(problem, reader, judge, plan, each) for each in right]
        steps += read
        chain = _most_stable(right, read)
    elif len(right) >= UNSURE and plan.aided:
        branch = "aided"
        step = _with_reference(problem, teacher, judge, plan, steps)
        steps.append(step)
        is_right = step.judged is not None and step.judged.outcome == "right"
        chain = [step.link] if step.link and is_right else []
    if not chain:
        seen = any(each.judged for each in steps)
        return Found("unstable" if seen else loss(steps), tuple(steps))
    return rewritten(problem, teacher, judge, Found(branch, tuple(steps), tuple(chain)), plan.seed)


def masked(problem: Problem, link: Link) -> str:
    """Return the thinking of a link without its answer: its words, and an option's label."""
    sample = problem.sample
    texts = {link.conclusion, problem.reference, sample.answer}
    texts |= {each.text for each in sample.options if each.label == sample.answer_label}
    whole = "\n\n".join(link.thinking)
    for text in sorted(filter(None, (each.strip(" .") for each in texts)), key=len, reverse=True):
        whole = re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", MASK, whole, flags=re.IGNORECASE)
    if sample.answer_label:
        whole = re.sub(rf"(?<!\w){re.escape(sample.answer_label)}(?!\w)", MASK, whole)
    return whole


def _asked(problem: Problem, teacher: Teacher, judge: Judge, plan: Stability, number: int) -> Step:
    seed = seed_for(problem.id, seed=plan.seed, attempt=number, correction=0)
    said = teacher(requests.begin(problem), LINK, seed)
    link = Link.of(said.values) if said.values is not None else None
    return Step(number, 0, BEGIN, link, judge(link.conclusion) if link else None, said)


def _read(problem: Problem, reader: Teacher, judge: Judge, plan: Stability, step: Step) -> Step:
    assert step.link is not None
    seed = seed_for(problem.id, seed=plan.seed, attempt=step.attempt, correction=0, what="answer")
    said = reader(requests.answer_from(problem, masked(problem, step.link)), ANSWER, seed)
    judged = judge(said.values["answer"]) if said.values is not None else None
    return Step(step.attempt, 0, "answer", None, judged, said)


def _most_stable(right: Sequence[Step], read: Sequence[Step]) -> list[Link]:
    """Return the link whose answer was recovered with the lowest entropy, the earliest first."""
    found = [
        (math.inf if (entropy := entropy_of(answer.said)) is None else entropy, step.link)
        for step, answer in zip(right, read, strict=True)
        if answer.judged and answer.judged.outcome == "right" and step.link
    ]
    return [min(found, key=lambda each: each[0])[1]] if found else []


def _with_reference(
    problem: Problem, teacher: Teacher, judge: Judge, plan: Stability, steps: Sequence[Step]
) -> Step:
    wrong = [each.link for each in steps
             if each.link and each.judged and each.judged.outcome != "right"]  # fmt: skip
    seed = seed_for(problem.id, seed=plan.seed, attempt=ANSWERS, correction=1)
    said = teacher(requests.with_reference(problem, wrong[-1:]), LINK, seed)
    link = Link.of(said.values) if said.values is not None else None
    judged = judge(link.conclusion) if link else None
    return Step(ANSWERS, 1, REFERENCE, link, judged, said)
