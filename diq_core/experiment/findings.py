"""What an experiment found: every arm's score, and every strategy against the ones it must beat.

All arms answered the same questions, so they are compared question by question; the seeds of one
strategy and budget form one group. A difference is tested only where questions and seeds are
enough to tell anything, and where p-values are fine enough for so many comparisons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diq_core.errors import BadSetting
from diq_core.experiment.arms import BASE, FULL, Arm, groups
from diq_core.statistics.intervals import Quantity
from diq_core.statistics.paired import Difference, Mean, mean_many, paired_many
from diq_core.statistics.resampling import Bootstrap
from diq_core.statistics.verdict import corrected, too_few_seeds

Floats = NDArray[np.float64]
Measure = Literal["accuracy", "answer loss"]
MEASURES: tuple[Measure, ...] = ("accuracy", "answer loss")
QUANTITIES: dict[Measure, Quantity] = {"accuracy": "share", "answer loss": "loss"}
RANDOM = "random"
FEWEST = 2
"""Questions below which nothing has an interval: a benchmark with one is not shown by itself."""


@dataclass(frozen=True, eq=False)
class ArmScores:
    """One arm's scores on every question of every benchmark.

    Attributes:
        samples: how many samples there were to learn from; a run of few steps does not see all
            of them, a long one sees each several times; 0 for the base model.
        steps, tokens: optimiser steps, and response tokens learned from.
        correct: float64[questions], 1 = right, 0 = wrong or undecided; NaN = not asked.
        loss: float64[questions], loss of the right answer in nats per token; NaN = not measured.
    """

    arm: Arm
    samples: float
    steps: float
    tokens: float
    correct: Floats
    loss: Floats

    def measured(self, measure: Measure) -> Floats:
        """Return the scores of one measure."""
        return self.correct if measure == "accuracy" else self.loss


@dataclass(frozen=True, slots=True)
class Cell:
    """One strategy at one budget: the mean over its seeds.

    Attributes:
        seeds: how many arms it is the mean of.
        benchmark: on whose questions; "" = all of them.
        samples, steps, tokens: of one arm, the mean over seeds where they differ.
    """

    strategy: str
    budget: str
    benchmark: str
    measure: Measure
    mean: Mean
    seeds: int
    questions: int
    samples: float
    steps: float
    tokens: float


@dataclass(frozen=True, slots=True)
class Contrast:
    """One group against another on the same questions.

    Attributes:
        first, second: (strategy, budget); the difference is first minus second.
        adjusted: the p-value, corrected (Holm) for all tested contrasts of the same measure on
            all questions; None for what is not tested: single benchmarks, and where there is too
            little.
        too_few: what there is too little of to tell the two apart; "" = nothing.
    """

    first: tuple[str, str]
    second: tuple[str, str]
    benchmark: str
    measure: Measure
    difference: Difference
    adjusted: float | None = None
    too_few: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that is drawn and written of an experiment."""

    cells: tuple[Cell, ...]
    contrasts: tuple[Contrast, ...]


def findings(arms: Sequence[ArmScores], benchmarks: Sequence[str], how: Bootstrap) -> Findings:
    """Return the mean of every group and its difference from its references.

    Args:
        arms: every arm, with its questions in the same order.
        benchmarks: for each question, the benchmark it is of.
        how: draws, seed and confidence of the bootstrap.

    Raises:
        BadSetting: fewer than two questions.
        ValueError: an arm has another number of questions.
    """
    where = np.array(benchmarks, dtype=object)
    if len(where) < FEWEST:
        raise BadSetting(
            f"An experiment needs at least {FEWEST} questions, there are {len(where)}",
            which="questions",
            todo="test the arms on more questions",
        )
    for each in arms:
        if not len(each.correct) == len(each.loss) == len(where):
            raise ValueError(f"{each.arm} answered other questions")
    by_arm = {each.arm: each for each in arms}
    grouped = {key: [by_arm[arm] for arm in members]
               for key, members in groups(by_arm).items()}  # fmt: skip
    parts = {"": np.ones(len(where), dtype=bool)}
    parts |= {name: where == name for name in dict.fromkeys(benchmarks)}
    cells, contrasts = [], []
    for measure in MEASURES:
        scores = {key: _rows(members, measure) for key, members in grouped.items()}
        for name, part in parts.items():
            cells += _cells(grouped, scores, measure, name, part, how)
            found = _contrasts(scores, measure, name, part, how)
            contrasts += _adjusted(found) if not name else found
    return Findings(tuple(cells), tuple(contrasts))


def references(group: tuple[str, str], known: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the groups that `group` is compared with: random at its budget, full and base."""
    strategy, budget = group
    wanted = [(RANDOM, budget)] if strategy not in (RANDOM, FULL, BASE) else []
    wanted += [(FULL, "100%")] if strategy not in (FULL, BASE) else []
    wanted += [(BASE, "")] if strategy != BASE else []
    present = set(known)
    return [each for each in wanted if each in present]


def _rows(members: Sequence[ArmScores], measure: Measure) -> Floats:
    return np.stack([each.measured(measure) for each in members])


def _cells(
    grouped: Mapping[tuple[str, str], Sequence[ArmScores]],
    scores: Mapping[tuple[str, str], Floats],
    measure: Measure, benchmark: str, part: NDArray[np.bool_], how: Bootstrap,
) -> list[Cell]:  # fmt: skip
    found = []
    for (strategy, budget), members in grouped.items():
        values = _known(scores[strategy, budget][:, part])
        if values.shape[1] < FEWEST:
            continue
        sizes = [float(np.mean([getattr(each, name) for each in members]))
                 for name in ("samples", "steps", "tokens")]  # fmt: skip
        found.append(Cell(
            strategy, budget, benchmark, measure,
            mean_many(values, how, QUANTITIES[measure]), len(members),
            values.shape[1], *sizes,
        ))  # fmt: skip
    return found


def _contrasts(
    scores: Mapping[tuple[str, str], Floats],
    measure: Measure, benchmark: str, part: NDArray[np.bool_], how: Bootstrap,
) -> list[Contrast]:  # fmt: skip
    found = []
    for first in scores:
        for second in references(first, scores):
            one, other = scores[first][:, part], scores[second][:, part]
            both = ~np.isnan(one).any(axis=0) & ~np.isnan(other).any(axis=0)
            if both.sum() >= FEWEST:
                difference = paired_many(one[:, both], other[:, both], how, QUANTITIES[measure])
                found.append(Contrast(first, second, benchmark, measure, difference))
    return found


def _adjusted(contrasts: Sequence[Contrast]) -> list[Contrast]:
    """Return the contrasts with corrected p-values, or with what they have too few of."""
    doubts, p_values = corrected(
        [each.difference for each in contrasts], list(map(_too_few_seeds, contrasts))
    )
    return [
        replace(each, too_few=doubt, adjusted=p)
        for each, doubt, p in zip(contrasts, doubts, p_values, strict=True)
    ]


def _too_few_seeds(contrast: Contrast) -> str:
    sides = zip((contrast.first, contrast.second), contrast.difference.seeds, strict=True)
    # The base model was not trained here: it has no seed that another one could replace.
    return too_few_seeds(min(seeds for (strategy, _), seeds in sides if strategy != BASE))


def _known(values: Floats) -> Floats:
    """Return the columns of the questions that every seed has a score for."""
    known: Floats = values[:, ~np.isnan(values).any(axis=0)]
    return known
