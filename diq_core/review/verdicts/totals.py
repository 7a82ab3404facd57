"""How much was judged, in a few numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from diq_core.review.store.reading import Judgement


@dataclass(frozen=True, slots=True)
class Totals:
    """How much there is.

    Attributes:
        verdicts: people's.
        samples: judged by at least one person.
        people: who judged.
        shared: samples judged by two people or more.
        by_machines: verdicts of models.
    """

    verdicts: int
    samples: int
    people: int
    shared: int
    by_machines: int


def totals(verdicts: Iterable[Judgement]) -> Totals:
    """Count `verdicts`, people's and models' apart."""
    everything = list(verdicts)
    people = [one for one in everything if not one.machine]
    raters = Counter(one.sample for one in people)
    return Totals(
        verdicts=len(people),
        samples=len(raters),
        people=len({one.reviewer for one in people}),
        shared=sum(number > 1 for number in raters.values()),
        by_machines=len(everything) - len(people),
    )
