"""Answers shown side by side: which one people prefer, and whether the place made the difference.

A pair counts once, however many people judged it: as what most of them preferred, and as no
difference where equally many preferred either side. So pairs are independent of each other and
Wilson's interval holds. The check of places counts single judgements instead: sides are drawn by
lot for every person and pair, so without a habit half of the decided ones are on the left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from diq_core.review.queue.pairs import side_of
from diq_core.review.store.changes import Store
from diq_core.review.store.reading import Judgement
from diq_core.review.store.tables import tasks
from diq_core.statistics.intervals import check_interval, range_of, wilson
from diq_core.statistics.significance import ALPHA, share_p

CHOSEN, REST, OUTSIDE = "chosen", "not chosen", "outside the selection"
FEWEST_PAIRS = 10
"""Fewest decided pairs for which a preference is stated."""

_LEANS = {"a": 1, "b": -1}


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, with Wilson's interval; None where there are none.

    Attributes:
        value, low, high: 0 to 1.
    """

    count: int
    of: int
    value: float | None
    low: float | None
    high: float | None

    def __post_init__(self) -> None:
        check_interval(self.value, self.low, self.high, range_of("share"))


@dataclass(frozen=True, slots=True)
class Place:
    """How often one person preferred the left side, among their decided judgements."""

    reviewer: str
    left: Share


@dataclass(frozen=True, slots=True)
class Contest:
    """Two kinds of answers against each other, as people judged them.

    Attributes:
        sides: what the first and the second answer of each pair are, e.g. "chosen", "not chosen".
        pairs: pairs judged by at least one person.
        judgements, people: how many of each.
        first, same, second: pairs by what most people preferred; they add up to `pairs`.
        preferred: pairs with the first side preferred, among those that are no tie; 0.5 = chance.
        ties: pairs without a difference, among all.
        left: judgements that prefer the left side, among the decided ones; 0.5 = no habit.
        places: the same for each person, by name.
        reason: why no preference is stated; empty otherwise.
    """

    sides: tuple[str, str]
    pairs: int
    judgements: int
    people: int
    first: int
    same: int
    second: int
    preferred: Share
    ties: Share
    left: Share
    places: tuple[Place, ...]
    reason: str

    def sentence(self) -> str:
        """Return what the pairs show, in words."""
        if self.reason or self.preferred.value is None:
            return "Too little is known to say which side is preferred"
        if _is_uneven(self.preferred):
            return f"The side '{self.sides[self.preferred.value < 0.5]}' is preferred"
        return "Neither side is preferred as far as these pairs can tell"

    @property
    def is_biased(self) -> bool:
        """Whether left and right were preferred more unequally than chance explains."""
        return _is_uneven(self.left)


def share(count: int, of: int, confidence: float = 0.95) -> Share:
    """Return `count` of `of` with its interval.

    Source: Wilson 1927.
    """
    if not of:
        return Share(count, of, None, None, None)
    return Share(count, of, count / of, *wilson(count / of, of, confidence))


def _is_uneven(part: Share) -> bool:
    """Return whether test and interval both speak against a half.

    Wilson's interval alone is too generous here: of 21 even pairs it leaves out the half in 8 %.
    """
    if part.low is None or part.high is None:
        return False
    return not part.low <= 0.5 <= part.high and share_p(part.count, part.of, 0.5) < ALPHA


def side_name(reference: str, chosen: Mapping[str, bool | None]) -> str:
    """Return what a reference of a pair stands for.

    A sample is "chosen", "not chosen" or "outside the selection"; the reference of anything else
    is called by what stands before its first colon, e.g. "tuned:q17" by "tuned".

    Args:
        chosen: sample → whether the selection keeps it; None = it is not in the selection.
    """
    if reference in chosen:
        return {True: CHOSEN, False: REST, None: OUTSIDE}[chosen[reference]]
    name, colon, _ = reference.partition(":")
    return name if colon else OUTSIDE


def contests(
    preferences: Iterable[Judgement], name_of: Callable[[str], str], confidence: float = 0.95
) -> list[Contest]:
    """Return one contest for each two kinds of answers that met, by their names.

    Args:
        preferences: stored preferences; models' do not count.
        name_of: from a reference to what it stands for, see `side_name`.
    """
    met: dict[tuple[str, str], list[tuple[Judgement, int]]] = {}
    for one in preferences:
        if one.machine:
            continue
        first, second = (name_of(reference) for reference in one.value["pair"])
        lean = _LEANS.get(one.value["answer"]["preference"], 0)
        # What was chosen later may stand second in a pair planned before.
        if (first, second) == (REST, CHOSEN):
            first, second, lean = second, first, -lean
        met.setdefault((first, second), []).append((one, lean))
    return [_contest(sides, met[sides], confidence) for sides in sorted(met)]


def pair_queues(store: Store) -> dict[str, int]:
    """Return the queues that hold pairs, with how many."""
    query = (
        select(tasks.c.queue, func.count())
        .where(tasks.c.first.is_not(None))
        .group_by(tasks.c.queue)
        .order_by(tasks.c.queue)
    )
    return store.database.read(lambda connection: dict(connection.execute(query).tuples().all()))


def pairs_in(store: Store, queue: str) -> frozenset[str]:
    """Return the names of the pairs in `queue`."""
    query = select(tasks.c.sample).where(tasks.c.queue == queue, tasks.c.first.is_not(None))
    return store.database.read(lambda connection: frozenset(connection.execute(query).scalars()))


def _contest(
    sides: tuple[str, str], judged: Sequence[tuple[Judgement, int]], confidence: float
) -> Contest:
    totals: dict[str, int] = {}
    for one, lean in judged:
        totals[one.sample] = totals.get(one.sample, 0) + lean
    first = sum(total > 0 for total in totals.values())
    second = sum(total < 0 for total in totals.values())
    same = len(totals) - first - second
    places = _places([one for one, _ in judged], confidence)
    decided = first + second
    few = f"Only {decided} pairs are decided; {FEWEST_PAIRS} are needed to state a preference"
    return Contest(
        sides=sides,
        pairs=len(totals),
        judgements=len(judged),
        people=len({one.reviewer for one, _ in judged}),
        first=first,
        same=same,
        second=second,
        preferred=share(first, decided, confidence),
        ties=share(same, len(totals), confidence),
        left=share(
            sum(one.left.count for one in places), sum(one.left.of for one in places), confidence
        ),
        places=places,
        reason=few if decided < FEWEST_PAIRS else "",
    )


def _places(judged: Sequence[Judgement], confidence: float) -> tuple[Place, ...]:
    sides: dict[str, list[str]] = {}
    for one in judged:
        sides.setdefault(one.reviewer, []).append(side_of(one.value))
    return tuple(
        Place(name, share(seen.count("left"), len([x for x in seen if x in ("left", "right")]),
                          confidence))
        for name, seen in sorted(sides.items())
    )  # fmt: skip
