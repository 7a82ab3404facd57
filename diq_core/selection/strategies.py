"""The named rules that turn a pool into an order; `choose.select` cuts that order off.

A strategy decides who may be chosen and who comes first, nothing else, so all of them share
the budget, the quota, the reasons and the return type.

Source: the quadrant order Q1, Q2, Q3, Q4 and the paper rule inside it (influence, then
difficulty) come from a reading note of the DIQ paper (arXiv 2508.01450), not confirmed against
its text. The weight rule, the last tie-break by id and the control by length are our own. The
others are baselines; see docs/method.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from diq_core import plugins
from diq_core.errors import BadSetting
from diq_core.score import PASS_RATE, Axes, Score, known_score
from diq_core.selection.order import Order, RuledOut
from diq_core.selection.pool import Pool
from diq_core.selection.quadrants import QUADRANT_WORDS, Quadrants

Rule = Literal["paper", "weight"]
LARGEST_IFD = 1.0
BY = "by-"
"""What the name of a strategy begins with that orders by one score, e.g. "by-pass-rate"."""


@dataclass(frozen=True, slots=True)
class Knobs:
    """What a user can turn besides the budget; a strategy reads the ones it knows.

    Attributes:
        rule: "paper" orders by influence, then difficulty; "weight" by the balance weight.
        weight: balance weight, 0 = influence only, 1 = difficulty only.
        quadrants: whether quadrants are filled one after the other.
        seed: of the random draw.

    Raises:
        BadSetting: the rule is unknown or the weight outside 0 to 1.
    """

    rule: Rule = "paper"
    weight: float = 0.5
    quadrants: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        if self.rule not in ("paper", "weight"):
            raise BadSetting(f"There is no rule '{self.rule}'", todo="Use 'paper' or 'weight'")
        if not 0 <= self.weight <= 1:
            raise BadSetting(
                f"The balance weight {self.weight:g} is outside 0 to 1",
                todo="Give 0 for influence only, 1 for difficulty only, or a number between",
            )


Rank = Callable[[Pool, Quadrants, Knobs], tuple[Order, str]]


@dataclass(frozen=True, slots=True)
class Strategy:
    """A named rule.

    Attributes:
        name: the word on the command line.
        label: the words on screen.
        description: one sentence for someone who chooses among strategies.
        needs: the scores without which a sample is never chosen, besides those of the axes.
        rank: makes the order, and says by what it orders ("by difficulty").
        whole: the budget does not apply; everything is kept.
        drawn: the seed changes what is chosen.
        cuts: the quadrants change what is chosen, so it needs the scores of the axes.
        fills: it fills quadrant after quadrant, so that rule, weight and quadrants mean something.
        derive: makes the pool that it ranks, with a column more that it derives of others.
    """

    name: str
    label: str
    description: str
    needs: tuple[str, ...]
    rank: Rank
    whole: bool = False
    drawn: bool = False
    cuts: bool = False
    fills: bool = False
    derive: Callable[[Pool], Pool] | None = None

    def needed(self, axes: Axes) -> tuple[str, ...]:
        """Return every score without which a sample is never chosen."""
        return tuple(dict.fromkeys((*axes, *self.needs))) if self.cuts else self.needs


def strategies() -> Mapping[str, Strategy]:
    """Return every strategy by name: ours, then those of installed packages."""
    return {**STRATEGIES, **plugins.load(PLUGINS)}


def find_strategy(name: str) -> Strategy:
    """Return a strategy by name; ``by-NAME`` orders by the score of that name.

    Raises:
        BadSetting: there is none of this name; the message lists them.
    """
    if name in STRATEGIES:
        return STRATEGIES[name]
    if name.startswith(BY) and len(name) > len(BY):
        return by_score(known_score(name.removeprefix(BY)) or name.removeprefix(BY))
    found = strategies()
    if name not in found:
        raise BadSetting(
            f"There is no strategy '{name}'{plugins.why_not(PLUGINS, name)}",
            todo=f"Use one of: {', '.join(found)}, or {BY}NAME to order by the score of that name",
        )
    return found[name]


def by_score(score: Score | str) -> Strategy:
    """Return the strategy that takes the best by one score.

    Args:
        score: its description, or its name where only a name is known.
    """
    name, label = (score, score) if isinstance(score, str) else (score.name, score.in_text)
    return Strategy(
        f"{BY}{name}",
        f"By {label}",
        f"The best by {label} alone.",
        (name,),
        _rank_by_score(name, f"by {name}"),
    )


def _rank_diq(pool: Pool, quadrant: Quadrants, knobs: Knobs) -> tuple[Order, str]:
    tier = quadrant if knobs.quadrants else None
    if knobs.rule == "paper":
        paper = (pool.up, pool.across)
        return Order(
            pool.scores.ids, pool.both, tier, paper
        ), f"by {pool.scores.describe(pool.axes[1]).in_text}"
    weighted = (pool.weighted(knobs.weight),)
    return Order(pool.scores.ids, pool.both, tier, weighted), "by weighted priority"


def _rank_by_score(score: str, phrase: str) -> Rank:
    def rank(pool: Pool, _quadrant: Quadrants, _knobs: Knobs) -> tuple[Order, str]:
        candidates = pool.scored(score)
        key = np.where(candidates, pool.oriented(score), np.nan)
        return Order(pool.scores.ids, candidates, keys=(key,)), phrase

    return rank


def _rank_by_ifd(pool: Pool, _quadrant: Quadrants, _knobs: Knobs) -> tuple[Order, str]:
    scored = pool.scored("ifd")
    above = scored & (pool.scores["ifd"] > LARGEST_IFD)
    key = np.where(scored & ~above, pool.scores["ifd"], np.nan)
    why = "its IFD is above 1: the question makes the response no likelier"
    order = Order(pool.scores.ids, scored & ~above, keys=(key,), ruled_out=(RuledOut(above, why),))
    return order, "by IFD"


def _rank_by_pass_rate(pool: Pool, _quadrant: Quadrants, _knobs: Knobs) -> tuple[Order, str]:
    rate = pool.scores[PASS_RATE]
    scored = pool.scored(PASS_RATE)
    never, always = scored & (rate <= 0.0), scored & (rate >= 1.0)
    candidates = scored & ~never & ~always
    key = np.where(candidates, -np.abs(rate - 0.5), np.nan)
    ruled_out = (
        RuledOut(never, "the model never answers it rightly, so it gives no reward to learn from"),
        RuledOut(always, "the model always answers it rightly, so nothing is left to learn"),
    )
    return Order(pool.scores.ids, candidates, keys=(key,), ruled_out=ruled_out), "by pass rate"


def _rank_one_quadrant(only: int) -> Rank:
    def rank(pool: Pool, quadrant: Quadrants, knobs: Knobs) -> tuple[Order, str]:
        candidates = quadrant == only
        key = np.where(candidates, pool.draw(knobs.seed), np.nan)
        ruled_out = tuple(
            RuledOut(quadrant == other, f"it is in Q{other} ({words}), and only Q{only} is chosen")
            for other, words in pool.quadrant_words.items()
            if other != only
        )
        order = Order(pool.scores.ids, candidates, keys=(key,), ruled_out=ruled_out)
        return order, f"in the random draw from Q{only} with seed {knobs.seed}"

    return rank


def _rank_random(pool: Pool, _quadrant: Quadrants, knobs: Knobs) -> tuple[Order, str]:
    key = np.where(pool.included, pool.draw(knobs.seed), np.nan)
    order = Order(pool.scores.ids, pool.included, keys=(key,))
    return order, f"in the random draw with seed {knobs.seed}"


def _rank_full(pool: Pool, _quadrant: Quadrants, _knobs: Knobs) -> tuple[Order, str]:
    return Order(pool.scores.ids, pool.included), "by id"


_ALL = (
    Strategy(
        "diq",
        "DIQ: quadrants",
        "Hard and influential samples first, then easy and influential, hard and weak, the rest.",
        (),
        _rank_diq,
        cuts=True,
        fills=True,
    ),
    Strategy(
        "diq-length",
        "DIQ at similar length",
        "As DIQ, but each sample's influence is compared only with those of similar length.",
        ("length",),
        _rank_diq,
        cuts=True,
        fills=True,
        derive=lambda pool: pool.by_length,
    ),
    Strategy(
        "random",
        "Random",
        "A draw by seed; every rule that is worth its scores should beat it.",
        (),
        _rank_random,
        drawn=True,
    ),
    Strategy(
        "difficulty",
        "Difficulty only",
        "The hardest samples, whatever their influence.",
        ("difficulty",),
        _rank_by_score("difficulty", "by difficulty"),
    ),
    Strategy(
        "influence",
        "Influence only",
        "The most influential samples, whatever their difficulty.",
        ("influence",),
        _rank_by_score("influence", "by influence"),
    ),
    Strategy(
        "cosine",
        "Cosine of influence",
        "Influence whatever the length of a sample's own gradient, which favours short responses.",
        ("cosine",),
        _rank_by_score("cosine", "by cosine"),
    ),
    Strategy(
        "ifd",
        "IFD",
        "Responses with which the question helps least, without those with which it does not help.",
        ("ifd",),
        _rank_by_ifd,
    ),
    Strategy(
        PASS_RATE,
        "Pass rate",
        "Questions that the model answers rightly now and then, half of the time first; none that "
        "it always or never does.",
        (PASS_RATE,),
        _rank_by_pass_rate,
    ),
    Strategy(
        "longest",
        "Longest response",
        "The longest responses; a simple rule that is hard to beat.",
        ("length",),
        _rank_by_score("length", "by length of response"),
    ),
    Strategy(
        "full",
        "Everything",
        "All samples that are not excluded, scored or not; the budget does not apply.",
        (),
        _rank_full,
        whole=True,
    ),
    *(
        Strategy(
            f"q{number}",
            f"Only Q{number}",
            f"A draw by seed from the {words} samples alone, to see what one quadrant teaches.",
            (),
            _rank_one_quadrant(number),
            drawn=True,
            cuts=True,
        )
        for number, words in QUADRANT_WORDS.items()
    ),
)

STRATEGIES: dict[str, Strategy] = {strategy.name: strategy for strategy in _ALL}
"""Ours, by name; `strategies` has those of installed packages too."""
PLUGINS = plugins.Group("diq.strategies", "strategy", Strategy, taken=tuple(STRATEGIES), before=BY)
