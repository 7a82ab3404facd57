"""Whose answers are better: what a judge's replies to pairs and single answers add up to.

Pure. A question counts once, however often it was asked: its repeats are averaged, and intervals
come from drawing questions again, and are exact where one model is better on every one.

Source: a win needs both orders, and a verdict that turns with the order is a tie, as in MT-Bench
(Zheng et al. 2023); intervals as in `compare`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from diq_core.quality.asking import Side
from diq_core.statistics.intervals import Quantity, check_interval, range_of, within
from diq_core.statistics.paired import mean_many
from diq_core.statistics.resampling import Bootstrap
from diq_core.statistics.significance import sign_flip

DEFAULT = Bootstrap()
FEWEST = 10
"""Fewest questions for an interval."""

_TURNED: dict[Side, Side] = {"first": "second", "same": "same", "second": "first"}
_POINTS: dict[Side, float] = {"first": 1.0, "same": 0.5, "second": 0.0}


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over questions.

    Attributes:
        value: None where there is no question.
        low, high: of the interval; None where there is none.
        questions: how many it is made of.
        reason: why value or interval is missing; empty otherwise.
        quantity: what was averaged; nothing reaches beyond its range.
    """

    value: float | None
    low: float | None
    high: float | None
    questions: int
    reason: str = ""
    quantity: Quantity = "score"

    def __post_init__(self) -> None:
        check_interval(self.value, self.low, self.high, range_of(self.quantity))


@dataclass(frozen=True, slots=True)
class Match:
    """One pair, asked once in each order.

    Attributes:
        as_given: the better one, where the first model's answer stood first.
        turned: the better one *as it was shown*, where the second model's answer stood first.
    """

    question: str
    as_given: Side
    turned: Side

    @property
    def winner(self) -> Side:
        """Whose answer is better in both orders; "same" where the orders do not agree."""
        return self.as_given if self.as_given == _TURNED[self.turned] else "same"

    @property
    def flipped(self) -> bool:
        """Whether the judge preferred the same place twice, so another answer each time."""
        return self.as_given == self.turned != "same"

    @property
    def wavered(self) -> bool:
        """Whether one order was decided and the other one was not."""
        return (self.as_given == "same") != (self.turned == "same")


@dataclass(frozen=True, slots=True)
class Preference:
    """Two models against each other on one scale or as a whole.

    Attributes:
        share: how often the first model's answer is better, ties counted half; 0 to 1, 0.5 = no
            difference.
        first, same, second: matches by winner; they add up to `matches`.
        matches: pairs asked in both orders, with repeats; identical answers are ties.
        asked: matches that a judge was asked about, identical answers aside.
        flipped, wavered: matches whose two orders disagree; see `Match`.
        flip_rate: share of `asked` that flipped.
        p: of the exact test of the questions' means against 0.5 (sign flips).
        shown_first: share of the decided replies that name the answer shown first; 0.5 = no habit;
            None where none is decided.
    """

    share: Interval
    first: int
    same: int
    second: int
    matches: int
    asked: int
    flipped: int
    wavered: int
    flip_rate: Interval
    shown_first: float | None
    p: float


@dataclass(frozen=True, slots=True)
class Scale:
    """Levels of two models' answers on one scale.

    Attributes:
        first, second: mean level, 1 (worst) to 5 (best), over questions where both were rated.
        difference: first minus second; positive = the first model's answers are rated higher.
    """

    first: float | None
    second: float | None
    difference: Interval


def preference(
    matches: Iterable[Match], identical: Iterable[str] = (), how: Bootstrap = DEFAULT
) -> Preference:
    """Return what `matches` show.

    Args:
        matches: any number for each question.
        identical: questions whose two answers are the same text: ties that nobody was asked about.
    """
    asked = list(matches)
    points: dict[str, list[float]] = {question: [0.5] for question in identical}
    same_text = len(points)
    flips: dict[str, list[float]] = {}
    for one in asked:
        points.setdefault(one.question, []).append(_POINTS[one.winner])
        flips.setdefault(one.question, []).append(float(one.flipped))
    decided = [side for one in asked for side in (one.as_given, one.turned) if side != "same"]
    first = sum(one.winner == "first" for one in asked)
    second = sum(one.winner == "second" for one in asked)
    return Preference(
        share=mean_interval(points, how, quantity="share"),
        first=first,
        same=len(asked) + same_text - first - second,
        second=second,
        matches=len(asked) + same_text,
        asked=len(asked),
        flipped=sum(one.flipped for one in asked),
        wavered=sum(one.wavered for one in asked),
        flip_rate=mean_interval(flips, how, quantity="share"),
        shown_first=decided.count("first") / len(decided) if decided else None,
        p=sign_flip(np.array([_mean(points[name]) - 0.5 for name in sorted(points)]), how.seed),
    )


def scale(
    first: Mapping[str, Sequence[float]],
    second: Mapping[str, Sequence[float]],
    how: Bootstrap = DEFAULT,
) -> Scale:
    """Return how two models' levels differ, on the questions where both were rated.

    Args:
        first, second: question → its levels, one for each repeat that could be read.
    """
    both = [question for question, levels in first.items() if levels and second.get(question)]
    mean = {
        question: (_mean(first[question]), _mean(second[question])) for question in sorted(both)
    }
    return Scale(
        first=_mean([one for one, _ in mean.values()]) if mean else None,
        second=_mean([two for _, two in mean.values()]) if mean else None,
        difference=mean_interval({name: [one - two] for name, (one, two) in mean.items()}, how),
    )


def mean_interval(
    values: Mapping[str, Sequence[float]],
    how: Bootstrap = DEFAULT,
    *,
    quantity: Quantity = "score",
) -> Interval:
    """Return the mean over questions of each question's mean, with its interval.

    The order of questions does not matter. Where every question lies at an end of what is possible
    (e.g. one model is always better), drawing questions again shows no spread; then the bound is
    exact: n values of a quantity between 0 and 1 with mean m are all 1 with probability m^n at
    most, so a mean below ((1 - confidence) / 2)^(1/n) is ruled out.

    Args:
        quantity: what is averaged; a widened interval ends where it does.
    """
    means = np.array([_mean(values[question]) for question in sorted(values)], dtype=np.float64)
    if not means.size:
        return Interval(None, None, None, 0, "no question was judged")
    value, possible = float(means.mean()), range_of(quantity)
    made = partial(Interval, value, questions=means.size, quantity=quantity)
    if means.size < FEWEST:
        reason = f"{means.size} questions are too few for an interval; {FEWEST} are needed"
        return made(None, None, reason=reason)
    if np.ptp(means) == 0 and value in possible:
        low, high = possible
        known = (high - low) * ((1.0 - how.confidence) / 2.0) ** (1.0 / means.size)
        return made(low + known, high) if value == high else made(low, high - known)
    if np.ptp(means) == 0:
        reason = "every question came out alike, so drawing them again shows no spread"
        return made(None, None, reason=reason)
    mean = mean_many(means[None, :], how)
    return made(*within((mean.low, mean.high), possible))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
