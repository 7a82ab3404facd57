"""The one function that selects."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from diq_core import plugins
from diq_core.errors import BadSetting
from diq_core.score import AXES, KNOWN, Axes
from diq_core.selection.apart import skip_near
from diq_core.selection.budget import Budget, parse_budget
from diq_core.selection.contents import NOTHING, QUADRANT, Contents
from diq_core.selection.fill import fill
from diq_core.selection.filters import Columns, column_named, fitting, parse_filter
from diq_core.selection.order import Order
from diq_core.selection.placements import Placements, place
from diq_core.selection.pool import Mask, Pool
from diq_core.selection.quadrants import (
    Cuts,
    Quadrants,
    check_percentile,
    quadrant_names,
)
from diq_core.selection.quotas import Parts, parse_quota, parts_of, refuse_impossible
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
    set_aside: Collection[str] = (),
    words: str = "",
    where: Sequence[str] = (),
    quotas: Sequence[str] = (),
    apart: float | None = None,
    contents: Contents = NOTHING,
) -> Selection:
    """Choose the best samples within a budget and keep what is needed to say why.

    Samples without the scores a strategy needs are never chosen, excluded ones neither. Row
    order has no effect. A larger budget keeps all that a smaller one keeps, as long as no limit or
    quota is a share (which grows with the budget) or at least so many.

    What people placed is not left to the rule: what is put in is kept and counts towards the
    budget and its source's limit, what is left out never is, and the next in the order takes the
    place. Cuts and percentile ranks do not move by it, nor by a filter: the scores are what they
    were.

    Args:
        scores: a `Pool` where several selections are made of the same scores: it remembers
            what they share.
        strategy: see `find_strategy`.
        budget: see `parse_budget`; a share is of all samples that are not excluded and fit the
            filter.
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
        set_aside: ids that are left out by a choice among samples that ask the same.
        words: a filter: only samples are chosen in which all of these words occur.
        where: filters on columns, see `filters`: only samples that fit all are chosen. Besides
            those of `contents` every score is a column, and ``quadrant``.
        quotas: at least or at most so many, see `quotas`, and `fill` for what they do.
        apart: skip near neighbours: the similarity of two questions from which the later one in
            the order is not chosen, in (0, 1]; see `skip_near`.
        contents: what filters, quotas and `apart` may look at.

    Raises:
        BadSetting: a setting is outside its range, no sample can be chosen at all, more samples
            are put in than the budget keeps, a quota cannot be met, or see `place`.
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
    columns: Columns = {}
    if words or where or quotas:
        columns = contents.columns_over(pool.scores, quadrant_names(quadrant))
    placed = place(pool, put_in, taken_out, rejected, set_aside)
    if words or where:
        placed = placed.among(pool, _fits(columns, contents, words, where))
    free = placed.free(order)
    wanted, limit = parse_budget(budget), _limit(max_per_source)
    _refuse_empty(pool, order, placed, chosen)
    included = pool.included & ~placed.not_asked_for
    available = int(np.count_nonzero(included & ~placed.left_out))
    asked = available if chosen.whole else wanted.of(int(np.count_nonzero(included)))
    per_source = None if limit is None else limit.of(asked)
    room = _room(asked, placed)
    by_hand = np.flatnonzero(placed.put_in)
    parts = [*_source_parts(pool, per_source), *_quota_parts(quotas, columns, asked)]
    if apart is not None:
        free = skip_near(free, contents.near, apart, by_hand, None if parts else room)
    refuse_impossible(parts, free.candidates | placed.put_in, asked)
    filled = fill(free, room, parts, by_hand)
    return Selection.of(
        pool,
        free,
        placed.ranked(order, np.concatenate([filled.rows, by_hand])),
        filled=filled,
        parts=parts,
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
            "set_aside": sorted(set(set_aside)),
            **({"words": words} if words else {}),
            **({"where": list(where)} if where else {}),
            **({"quotas": list(quotas)} if quotas else {}),
            **({"apart": apart} if apart is not None else {}),
        },
    )


def _fits(columns: Columns, contents: Contents, words: str, where: Sequence[str]) -> Mask:
    size = len(columns[QUADRANT])
    fits = fitting(columns, [parse_filter(each) for each in where], size)
    return fits & contents.holding(words) if words else fits


def _source_parts(pool: Pool, limit: int | None) -> list[Parts]:
    """Return the limit per source as a quota, or nothing where there is none."""
    if limit is None:
        return []
    names, code = pool.sources
    most = np.full(len(names), limit, dtype=np.int64)
    told = tuple(name or "" for name in names)
    return [Parts("source", told, code.astype(np.int64), np.zeros_like(most), most)]


def _quota_parts(quotas: Sequence[str], columns: Columns, asked: int) -> list[Parts]:
    found = [parse_quota(each) for each in quotas]
    return parts_of(found, lambda one: column_named(columns, one.column, one.text), asked)


def _quadrants(
    pool: Pool, difficulty_cut: float, influence_cut: float
) -> tuple[Cuts | None, Quadrants]:
    check_percentile("difficulty", difficulty_cut)
    check_percentile("influence", influence_cut)
    if not pool.both.any():
        return None, np.zeros(len(pool.scores), dtype=np.int8)
    cuts = pool.cuts(difficulty_cut, influence_cut)
    return cuts, pool.quadrant(cuts)


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
    if (placed.not_asked_for & order.candidates).any():
        raise BadSetting(
            "No sample that could be chosen fits the filter",
            todo="ask for less in the filter, or choose another strategy",
        )
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
