"""The search for a chain whose conclusion is right.

Source: HuatuoGPT-o1 (Chen et al., 2024), in our words. A chain is written; while its conclusion is
wrong and corrections are left, its last verification is dropped and it goes on by a drawn
strategy. Further attempts begin from the first chain. As a last resort one continuation sees the
reference. Ours differs where theirs accepts too much: the last resort is verified like the rest
and stays marked, and one reply that cannot be read costs one step, never the sample.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from diq_core.asking.parts import Messages
from diq_core.reflection import requests
from diq_core.reflection.chain import (
    LINK,
    Accepted,
    Found,
    Judge,
    Link,
    Outcome,
    Step,
    Teacher,
    loss,
)
from diq_core.reflection.requests import Problem
from diq_core.reflection.rewriting import TRIES, rewritten
from diq_core.reflection.strategy import seed_for, strategy_for

BEGIN, REFERENCE = "begin", "reference"


@dataclass(frozen=True, slots=True)
class Plan:
    """How long is searched.

    Attributes:
        attempts: how often corrections begin anew from the first chain, 1 or more.
        corrections: most corrections of an attempt.
        last_resort: whether a continuation may see the reference in the end.
        seed: of the strategies and of what is drawn.
    """

    attempts: int = 3
    corrections: int = 2
    last_resort: bool = True
    seed: int = 0

    @property
    def bounds(self) -> tuple[int, int]:
        """The fewest and the most requests for a sample, repairs apart: of one that is right at
        once, the chain is asked for and written again."""
        return 2, 1 + self.attempts * self.corrections + self.last_resort + TRIES


def search(problem: Problem, teacher: Teacher, judge: Judge, plan: Plan) -> Found:
    """Return what became of one sample: an accepted chain, rewritten, or why it is lost.

    Raises:
        EndpointFailed: the teacher's or the verifier's endpoint is unusable.
    """
    run = _Run(problem, teacher, judge, plan)
    chain = run.find()
    if not chain:
        return Found(loss(run.steps), tuple(run.steps))
    found = Found(_branch(run.steps[-1]), tuple(run.steps), tuple(chain))
    return rewritten(problem, teacher, judge, found, plan.seed)


@dataclass
class _Run:
    """One search under way.

    Attributes:
        first: the first chain that could be read.
        outcome: of its conclusion; None = there was none.
    """

    problem: Problem
    teacher: Teacher
    judge: Judge
    plan: Plan
    first: Link | None = None
    outcome: Outcome | None = None
    steps: list[Step] = field(default_factory=list)

    def find(self) -> list[Link]:
        """Return the first right chain; empty where there is none."""
        chain: list[Link] = []
        for attempt in range(1, self.plan.attempts + 1):
            if self.first is None:
                self.first = self._ask(requests.begin(self.problem), attempt, 0, BEGIN)
                self.outcome = self._last
                if self._is_right:
                    return [self.first] if self.first else []
            if self.first is None:
                continue
            chain = [self.first]
            if self._corrected(chain, attempt):
                return chain
        if chain and self.plan.last_resort:
            messages = requests.with_reference(self.problem, chain)
            link = self._ask(messages, self.plan.attempts, self.plan.corrections + 1, REFERENCE)
            if link and self._is_right:
                return [*chain, link]
        return []

    def _corrected(self, chain: list[Link], attempt: int) -> bool:
        """Let `chain` grow by corrections; return whether its last conclusion is right."""
        undecided = self.outcome == "undecided"
        for correction in range(1, self.plan.corrections + 1):
            strategy = strategy_for(
                self.problem.id, seed=self.plan.seed, attempt=attempt, correction=correction
            )
            messages = requests.go_on(self.problem, chain, strategy, undecided=undecided)
            link = self._ask(messages, attempt, correction, strategy)
            if link:
                chain.append(link)
                undecided = self._last == "undecided"
            if self._is_right:
                return True
        return False

    @property
    def _last(self) -> Outcome | None:
        judged = self.steps[-1].judged
        return judged.outcome if judged else None

    @property
    def _is_right(self) -> bool:
        return self._last == "right"

    def _ask(self, messages: Messages, attempt: int, correction: int, strategy: str) -> Link | None:
        seed = seed_for(
            self.problem.id, seed=self.plan.seed, attempt=attempt, correction=correction
        )
        said = self.teacher(messages, LINK, seed)
        link = Link.of(said.values) if said.values is not None else None
        judged = self.judge(link.conclusion) if link else None
        self.steps.append(Step(attempt, correction, strategy, link, judged, said))
        return link


def _branch(last: Step) -> Accepted:
    if last.strategy == REFERENCE:
        return "aided"
    if last.strategy == BEGIN:
        return "first"
    return "corrected" if last.attempt == 1 else "later"
