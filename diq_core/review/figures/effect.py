"""Chosen samples against the rest on one rating scale: how much better, and how sure.

Reviewers differ in severity, so the comparison is made within reviewers wherever any of them
rated both chosen samples and others, and then put together. Intervals are bootstrap intervals
over samples: a sample is drawn again with all its ratings. Reviewers are taken as given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from diq_core.statistics.intervals import percentile
from diq_core.statistics.resampling import DEFAULT, Bootstrap, drawn_times

Floats = npt.NDArray[np.float64]

FEWEST_SAMPLES = 10
"""Fewest samples on either side for which intervals are given."""


class Score(NamedTuple):
    """One rating: whose, of what, how high, and on which side the sample is."""

    sample: str
    reviewer: str
    value: float
    chosen: bool
    group: str = "people"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval; None where it cannot be given."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """How the chosen samples differ from the rest.

    Attributes:
        difference: mean of the chosen minus mean of the rest, in points of the scale.
        delta: Cliff's delta, −1 to 1: chance that a chosen sample is rated higher than
            another one, minus the chance that it is rated lower.
        g: Hedges' g, the difference in standard deviations of the ratings.
        paired: whether it was compared within reviewers; then only the ratings of reviewers
            who rated both sides count, here and in the numbers below.
        ratings, samples: how many, of the chosen and of the rest.
        reviewers: how many reviewers this rests on.
        left_out: ratings that do not count because their reviewer rated one side only.
        reason: why something is missing; empty otherwise.
    """

    difference: Estimate
    delta: Estimate
    g: Estimate
    confidence: float
    paired: bool
    ratings: tuple[int, int]
    samples: tuple[int, int]
    reviewers: int
    left_out: int
    reason: str


def effects(scores: Iterable[Score], how: Bootstrap = DEFAULT) -> dict[str, Effect]:
    """Return the effect of every group on its own, e.g. people and machine, by name."""
    groups: dict[str, list[Score]] = {}
    for score in scores:
        groups.setdefault(score.group, []).append(score)
    return {name: effect(groups[name], how) for name in sorted(groups)}


def effect(scores: Sequence[Score], how: Bootstrap = DEFAULT) -> Effect:
    """Return how the chosen samples differ from the rest.

    Raises:
        ValueError: a sample is both chosen and not.
    """
    ordered = sorted(scores)
    both = _on_both_sides(ordered)
    used = [score for score in ordered if score.reviewer in both] if both else ordered
    sides = [[score for score in used if score.chosen is side] for side in (True, False)]
    samples = [len({score.sample for score in side}) for side in sides]
    if {score.sample for score in sides[0]} & {score.sample for score in sides[1]}:
        raise ValueError("A sample is both chosen and not chosen")
    numbers, reason = _estimates(sides, samples, bool(both), how)
    return Effect(
        *numbers,
        confidence=how.confidence,
        paired=bool(both),
        ratings=(len(sides[0]), len(sides[1])),
        samples=(samples[0], samples[1]),
        reviewers=len({score.reviewer for score in used}),
        left_out=len(ordered) - len(used),
        reason=reason,
    )


def _on_both_sides(scores: Sequence[Score]) -> set[str]:
    chosen = {score.reviewer for score in scores if score.chosen}
    return chosen & {score.reviewer for score in scores if not score.chosen}


def _estimates(
    sides: list[list[Score]], samples: list[int], paired: bool, how: Bootstrap
) -> tuple[tuple[Estimate, Estimate, Estimate], str]:
    if min(samples) < 2:
        few = "chosen" if samples[0] < 2 else "other"
        return (Estimate(), Estimate(), Estimate()), f"Fewer than two {few} samples were rated"
    levels = np.unique([score.value for side in sides for score in side])
    tables = [_table(side, sides, levels, paired) for side in sides]
    whole = [table.sum(axis=0, keepdims=True) for table in tables]
    point = _measures(whole[0], whole[1], levels)
    if min(samples) < FEWEST_SAMPLES:
        reason = f"Intervals need {FEWEST_SAMPLES} rated samples on either side"
        values = [Estimate(_number(measure[0])) for measure in point]
        return (values[0], values[1], values[2]), reason
    random = np.random.default_rng(how.seed)
    drawn = [_drawn(table, random, how.resamples) for table in tables]
    many = _measures(drawn[0], drawn[1], levels)
    values = [_estimate(one[0], all_, how) for one, all_ in zip(point, many, strict=True)]
    spread = values[2].value is not None
    return (values[0], values[1], values[2]), "" if spread else "All ratings of a side are equal"


def _table(side: list[Score], sides: list[list[Score]], levels: Floats, paired: bool) -> Floats:
    """Count the ratings of each sample, shape (samples, reviewers, levels)."""
    everybody = sorted({score.reviewer for one in sides for score in one}) if paired else [""]
    reviewer = {name: place for place, name in enumerate(everybody)}
    sample = {name: place for place, name in enumerate(sorted({score.sample for score in side}))}
    table = np.zeros((len(sample), len(everybody), len(levels)))
    for score in side:
        who = reviewer[score.reviewer] if paired else 0
        table[sample[score.sample], who, np.searchsorted(levels, score.value)] += 1
    return table


def _drawn(table: Floats, random: np.random.Generator, resamples: int) -> Floats:
    """Draw the samples again, shape (resamples, reviewers, levels)."""
    times = drawn_times(len(table), resamples, random)
    drawn: Floats = (times @ table.reshape(len(table), -1)).reshape(resamples, *table.shape[1:])
    return drawn


def _measures(chosen: Floats, rest: Floats, levels: Floats) -> tuple[Floats, Floats, Floats]:
    """Return difference, delta and g, one a resample; NaN where undefined."""
    n_chosen, n_rest = chosen.sum(axis=2), rest.sum(axis=2)
    weight = _ratio(n_chosen * n_rest, n_chosen + n_rest)
    apart = _ratio(chosen @ levels, n_chosen) - _ratio(rest @ levels, n_rest)
    difference = _ratio(
        (np.nan_to_num(weight) * np.nan_to_num(apart)).sum(axis=1),
        np.nan_to_num(weight).sum(axis=1),
    )
    higher = np.sign(levels[:, None] - levels[None, :])
    wins = np.einsum("brk,kl,brl->b", chosen, higher, rest)
    delta = _ratio(wins, (n_chosen * n_rest).sum(axis=1))
    squares = _squares(chosen, levels) + _squares(rest, levels)
    freedom = (n_chosen + n_rest - (n_chosen > 0) - (n_rest > 0)).sum(axis=1)
    deviation = np.sqrt(np.maximum(_ratio(squares, freedom), 0.0))
    g = _ratio(difference, deviation) * (1 - 3 / np.maximum(4 * freedom - 1, 1))
    return difference, delta, g


def _squares(table: Floats, levels: Floats) -> Floats:
    """Return the squared deviations from the mean of each reviewer, summed."""
    count, total = table.sum(axis=2), table @ levels
    inside = table @ levels**2 - np.nan_to_num(_ratio(total**2, count))
    return np.asarray(np.maximum(inside, 0.0).sum(axis=1))


def _estimate(value: float, many: Floats, how: Bootstrap) -> Estimate:
    defined = many[~np.isnan(many)]
    if np.isnan(value) or len(defined) < 0.95 * len(many):
        return Estimate(_number(value))
    return Estimate(float(value), *percentile(defined, how.confidence))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _ratio(above: Floats, below: Floats) -> Floats:
    ratio: Floats = np.full(np.broadcast_shapes(above.shape, below.shape), np.nan)
    np.divide(above, below, out=ratio, where=np.abs(below) > 1e-12)
    return ratio
