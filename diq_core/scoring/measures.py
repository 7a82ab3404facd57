"""Scores that are measured on the samples themselves, one function each.

A measure is its score's description and a function from samples to numbers. To add one, write the
function and its row here; a package adds its own by the entry point ``diq.scores``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diq_core import plugins
from diq_core.data.sample import Sample
from diq_core.data.steps import split_steps
from diq_core.errors import BadSetting
from diq_core.score import KNOWN, Score


@dataclass(frozen=True, slots=True)
class Measure:
    """How a score is measured.

    Attributes:
        score: what its numbers say; its name is the measure's name.
        of: samples → one number each, in their order; None = this sample has none.
    """

    score: Score
    of: Callable[[Sequence[Sample]], Iterable[float | None]]

    @property
    def name(self) -> str:
        """The word on the command line."""
        return self.score.name


def _steps(samples: Sequence[Sample]) -> list[float | None]:
    return [float(len(split_steps(s.reasoning))) if s.reasoning.strip() else None for s in samples]


_ALL = (
    Measure(Score("steps", "Steps of reasoning", "more steps", "steps", 1.0), _steps),
)  # fmt: skip
MEASURES: dict[str, Measure] = {measure.name: measure for measure in _ALL}
"""Ours, by name; `measures` has those of installed packages too."""
PLUGINS = plugins.Group("diq.scores", "score", Measure, taken=(*MEASURES, *KNOWN))


def measures() -> Mapping[str, Measure]:
    """Return every measure by name: ours, then those of installed packages."""
    return {**MEASURES, **plugins.load(PLUGINS)}


def find_measure(name: str) -> Measure:
    """Return a measure by name.

    Raises:
        BadSetting: there is none of this name; the message lists them.
    """
    found = measures()
    if name not in found:
        raise BadSetting(
            f"There is no measure '{name}'{plugins.why_not(PLUGINS, name)}",
            todo=f"use one of: {', '.join(found)}",
        )
    return found[name]


def measured(measure: Measure, samples: Sequence[Sample]) -> NDArray[np.float64]:
    """Return float64[n]: a number for each sample, NaN = it has none.

    Raises:
        BadSetting: the measure of a package failed, or did not give one finite number or None for
            each sample.
    """
    with plugins.guarded(PLUGINS, measure.name):
        given = list(measure.of(samples))
        values = np.array([np.nan if one is None else float(one) for one in given])
        if len(values) != len(samples):
            raise ValueError(f"{len(values)} numbers for {len(samples)} samples")
        if np.isinf(values).any():
            raise ValueError("an infinite number")
    return values.astype(np.float64)
