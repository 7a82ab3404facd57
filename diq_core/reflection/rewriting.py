"""An accepted chain as natural thinking and a final answer, which is verified once more."""

from __future__ import annotations

from dataclasses import replace

from diq_core.reflection import requests
from diq_core.reflection.chain import REWRITTEN, Found, Judge, Step, Teacher
from diq_core.reflection.requests import Problem
from diq_core.reflection.strategy import seed_for

TRIES = 3
"""How often a chain is rewritten before it is lost; each try is drawn anew."""


def rewritten(problem: Problem, teacher: Teacher, judge: Judge, found: Found, seed: int) -> Found:
    """Return `found` with its chain rewritten; it is lost where no try can be used.

    A final answer that is wrong is never taken. One that nobody can decide on gives way to the
    chain's own conclusion, which was found right.
    """
    steps = list(found.steps)
    messages = requests.rewrite(problem, found.chain)
    last = steps[-1]
    for number in range(1, TRIES + 1):
        drawn = seed_for(problem.id, seed=seed, attempt=number, correction=0, what="rewrite")
        said = teacher(messages, REWRITTEN, drawn)
        judged = judge(said.values["answer"]) if said.values is not None else None
        steps.append(Step(last.attempt, last.correction, "rewrite", None, judged, said))
        if said.values is None or judged is None or judged.outcome == "wrong":
            continue
        right = judged.outcome == "right"
        answer = said.values["answer"] if right else found.chain[-1].conclusion
        return replace(found, steps=tuple(steps), thinking=said.values["thinking"], answer=answer)
    return replace(found, branch="not-rewritten", steps=tuple(steps), chain=())
