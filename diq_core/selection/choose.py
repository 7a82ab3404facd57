"""The one function that selects."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from diq_core import plugins
from diq_core.errors import BadSetting
from diq_core.score import AXES, KNOWN, Axes
from diq_core.selection.budget import Budget, parse_budget
from diq_core.selection.order import Order
from diq_core.selection.placements import Placements, place
from diq_core.selection.pool import Pool, Rows
from diq_core.selection.quadrants import Cuts, Quadrants, check_percentile, quadrant_of
from diq_core.selection.result import Selection
from diq_core.selection.scores import Scores
from diq_core.selection.strategies import PLUGINS, Knobs, Rule, Strategy, find_strategy


def select(
    scores: Scores | Pool,
    *,
    strategy: str = "diq",
    budget: str | int | float | Budget = "10%",
    rule: Rule = "paper",
    weight: float = 0.5,
    quadrants: bool = True,
    axes: Axes = AXES,
    difficulty_cut: float = 50.0,
    influence_cut: float = 50.0,
    seed: int = 0,
    max_per_source: str | int | float | Budget | None = None,
    put_in: Collection[str] = (),
    taken_out: Collection[str] = (),
    rejected: Collection[str] = (),
) -> Selection:
    """Choose the best samples within a budget and keep what is needed to say why.

    Samples without the scores a strategy needs are never chosen, excluded ones neither. Row
    order has no effect. A larger budget keeps all that a smaller one keeps, as long as
    ``max_per_source`` is not a share (which grows with the budget).

    What people placed is not left to the rule: what is put in is kept and counts towards the
    budget and its source's limit, what is left out never is, and the next in the order takes the
    place. Cuts and percentile ranks do not move by it: the scores are what they were.

    Args:
        scores: a `Pool` where several selections are made of the same scores: it remembers
            what they share.
        strategy: see `find_strategy`.
        budget: see `parse_budget`; a share is of all samples that are not excluded.
        rule: "paper" or "weight", for diq; see `Knobs`.
        weight: balance weight, 0 = influence only, 1 = difficulty only; see `Pool.weighted`.
        quadrants: False lets diq order the whole pool at once.
        axes: the scores that take the parts of difficulty and influence.
        difficulty_cut: percentile of difficulty from which a sample counts as hard.
        influence_cut: percentile of influence from which it counts as influential.
        seed: of the random strategy.
        max_per_source: at most this many of one source: a count, or a share of the budget.
            The best of each source are kept.
        put_in: ids that are kept.
        taken_out: ids that were left out by hand.
        rejected: ids that are left out because their reviewers rejected them.

    Raises:
        BadSetting: a setting is outside its range, no sample can be chosen at all, more samples
            are put in than the budget keeps, or see `place`.
    """
    pool = (scores if isinstance(scores, Pool) else Pool(scores)).on(axes)
    chosen = find_strategy(strategy)
    knobs = Knobs(rule, weight, quadrants, seed)
    with plugins.guarded(PLUGINS, chosen.name):
        seen = chosen.derive(pool) if chosen.derive else pool
    cuts, quadrant = _quadrants(seen, difficulty_cut, influence_cut)
    if cuts is not None:
        cuts = replace(cuts, derived=seen.axes != pool.axes)
    with plugins.guarded(PLUGINS, chosen.name):
        order, phrase = chosen.rank(seen, quadrant, knobs)
    placed = place(pool, put_in, taken_out, rejected)
    free = placed.free(order)
    wanted, limit = parse_budget(budget), _limit(max_per_source)
    _refuse_empty(pool, order, placed, chosen)
    available = int(np.count_nonzero(pool.included & ~placed.left_out))
    included = int(np.count_nonzero(pool.included))
    asked = available if chosen.whole else wanted.of(included)
    per_source = None if limit is None else limit.of(asked)
    room = _room(asked, placed)
    by_rule = free.best(room, _within(pool, free, placed, per_source))
    return Selection.of(
        pool,
        free,
        placed.ranked(order, np.concatenate([by_rule, np.flatnonzero(placed.put_in)])),
        placed=placed,
        quadrant=quadrant,
        cuts=cuts,
        asked=asked,
        per_source=per_source,
        phrase=phrase,
        settings={
            "strategy": chosen.name,
            "budget": "100 %" if chosen.whole else str(wanted),
            "rule": rule,
            "weight": weight,
            "quadrants": quadrants,
            "axes": list(axes),
            "difficulty_cut": difficulty_cut,
            "influence_cut": influence_cut,
            "seed": seed,
            "max_per_source": None if limit is None else str(limit),
            "put_in": sorted(set(put_in)),
            "taken_out": sorted(set(taken_out)),
            "rejected": sorted(set(rejected)),
        },
    )


def _quadrants(
    pool: Pool, difficulty_cut: float, influence_cut: float
) -> tuple[Cuts | None, Quadrants]:
    check_percentile("difficulty", difficulty_cut)
    check_percentile("influence", influence_cut)
    if not pool.both.any():
        return None, np.zeros(len(pool.scores), dtype=np.int8)
    cuts = pool.cuts(difficulty_cut, influence_cut)
    return cuts, quadrant_of(pool.across, pool.up, cuts)


def _limit(value: str | int | float | Budget | None) -> Budget | None:
    return None if value is None else parse_budget(value, "limit per source")


def _room(asked: int, placed: Placements) -> int:
    """Return how many places are left for the rule."""
    by_hand = int(np.count_nonzero(placed.put_in))
    if by_hand > asked:
        raise BadSetting(
            f"{by_hand:,} samples are put in by hand, but the budget keeps {asked:,}",
            todo="choose a larger budget, or put fewer samples in",
        )
    return asked - by_hand


def _refuse_empty(pool: Pool, order: Order, placed: Placements, strategy: Strategy) -> None:
    if placed.put_in.any() or placed.free(order).candidates.any():
        return
    if not pool.included.any():
        raise BadSetting(
            f"None of the {len(pool.scores)} samples can be chosen: all are excluded",
            todo="Import samples that are not excluded",
        )
    if order.candidates.any():
        raise BadSetting(
            "Every sample that could be chosen was taken out",
            todo="Leave some of them in, or choose another strategy",
        )
    if any(each.mask.any() for each in order.ruled_out):
        raise BadSetting(
            f"The strategy '{strategy.name}' rules out every sample that has its scores",
            todo="Choose another strategy",
        )
    needs = strategy.needed(pool.axes)
    raise BadSetting(
        f"No sample has what the strategy '{strategy.name}' needs: {' and '.join(needs)}",
        todo=f"{_how_to_score(pool, needs)}, or choose another strategy",
    )


def _how_to_score(pool: Pool, needs: Collection[str]) -> str:
    """Return how to get what is missing, the scores that need an option of their own first."""
    ways = {pool.scores.describe(name).todo for name in needs if not pool.scores.has(name)}
    particular = ways - {KNOWN["difficulty"].todo}
    return ", ".join(sorted(particular)) or KNOWN["difficulty"].todo


def _within(pool: Pool, order: Order, placed: Placements, limit: int | None) -> Rows | None:
    """Return the rows that the limit per source leaves, or None where there is no limit.

    Taking the best of each source first and the best of those afterwards gives exactly what
    walking down the whole order and skipping full sources gives, without sorting it.
    """
    if limit is None:
        return None
    by_hand = placed.put_in
    left = (max(0, limit - int(np.count_nonzero(by_hand[rows]))) for rows in pool.rows_by_source)
    groups = (rows[order.candidates[rows]] for rows in pool.rows_by_source)
    return np.concatenate([order.best(most, rows) for most, rows in zip(left, groups, strict=True)])
