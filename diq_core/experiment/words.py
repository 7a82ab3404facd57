"""What an experiment does and does not show, in sentences that claim no more than its figures."""

from __future__ import annotations

from collections.abc import Sequence

from diq_core.experiment.arms import BASE, FULL
from diq_core.experiment.findings import (
    MEASURES,
    QUANTITIES,
    RANDOM,
    Cell,
    Contrast,
    Findings,
    Measure,
)
from diq_core.statistics.intervals import check_interval, range_of
from diq_core.statistics.significance import ALPHA
from diq_core.statistics.verdict import FEWEST_SEEDS, p_words

# What rounding leaves of a difference that is none.
_NOTHING = 1e-9


def group_name(group: tuple[str, str]) -> str:
    """Return how a strategy at a budget is called in a sentence or a table."""
    strategy, budget = group
    if strategy == BASE:
        return "the base model"
    if strategy == FULL:
        return "the full set"
    return f"{strategy} at {budget.replace('%', ' %')}"


def is_better(contrast: Contrast) -> bool:
    """Return whether the first group is ahead: more right answers, or less loss."""
    return (contrast.difference.value > 0) == (contrast.measure == "accuracy")


def is_told_apart(contrast: Contrast) -> bool:
    """Return whether the two groups differ by more than chance, after the correction."""
    return (
        contrast.adjusted is not None
        and contrast.adjusted < ALPHA
        and contrast.difference.told_apart
    )


def amount(value: float, measure: Measure, *, signed: bool = False) -> str:
    """Return a score or a difference with its unit: "41.7 %", "+2.1 points", "2.104 nats"."""
    if measure == "accuracy":
        unit = " points" if signed else " %"
        text = f"{100 * value:{'+' if signed else ''}z.1f}{unit}"
    else:
        text = f"{value:{'+' if signed else ''}z.3f} nats"
    return text.replace("-", "−")


def width(value: float, measure: Measure) -> str:
    """Return how wide an interval of a difference is: "2.1 points", "0.104 nats"."""
    return amount(value, measure, signed=True).removeprefix("+")


def span(low: float, high: float, measure: Measure, *, signed: bool = False) -> str:
    """Return an interval in the unit of its measure, without the unit.

    Raises:
        ValueError: it reaches beyond what the measure, or with `signed` its difference, can be.
    """
    check_interval(None, low, high, range_of(QUANTITIES[measure], difference=signed))
    ends = [amount(end, measure, signed=signed).split(" ")[0] for end in (low, high)]
    return f"{ends[0]} to {ends[1]}"


def conclusions(findings: Findings) -> list[str]:
    """Return what can be concluded and what cannot, the comparisons with random first."""
    found: list[str] = []
    for measure in MEASURES:
        contrasts = [
            each for each in findings.contrasts if each.measure == measure and not each.benchmark
        ]
        for against in (RANDOM, FULL, BASE):
            found += _against([one for one in contrasts if one.second[0] == against], measure)
    return [*found, *_cautions(findings)]


def _against(contrasts: Sequence[Contrast], measure: Measure) -> list[str]:
    found = [_told_apart(each) for each in contrasts if is_told_apart(each)]
    alike: dict[tuple[tuple[str, str], str], list[Contrast]] = {}
    for each in contrasts:
        if not is_told_apart(each):
            alike.setdefault((each.second, each.too_few), []).append(each)
    for (second, too_few), some in alike.items():
        found.append((_too_few if too_few else _alike)(some, second, measure))
    return found


def _too_few(contrasts: Sequence[Contrast], second: tuple[str, str], measure: Measure) -> str:
    names = ", ".join(group_name(each.first) for each in contrasts)
    return (
        f"By {measure}, there is too little to tell {names} and {group_name(second)} apart: "
        f"{contrasts[0].too_few}."
    )


def _alike(contrasts: Sequence[Contrast], second: tuple[str, str], measure: Measure) -> str:
    names = ", ".join(group_name(each.first) for each in contrasts)
    said = f"By {measure}, {names} cannot be told apart from {group_name(second)}"
    if len(contrasts) == 1:
        return f"{said}: {_figures(contrasts[0])}."
    widest = max(each.difference.high - each.difference.low for each in contrasts)
    if widest < _NOTHING:
        return f"{said}: there is no difference at all."
    return (
        f"{said}: the intervals of the differences are up to {width(widest, measure)} wide and "
        "hold what chance alone would give."
    )


def _told_apart(contrast: Contrast) -> str:
    how = "is better than" if is_better(contrast) else "is worse than"
    return (
        f"By {contrast.measure}, {group_name(contrast.first)} {how} "
        f"{group_name(contrast.second)}: {_figures(contrast)}."
    )


def _figures(contrast: Contrast) -> str:
    difference = contrast.difference
    p = contrast.adjusted
    adjusted = "" if p is None else f", {p_words(p, 'corrected p')}"
    return (
        f"{amount(difference.value, contrast.measure, signed=True)} (95 % interval "
        f"{span(difference.low, difference.high, contrast.measure, signed=True)}{adjusted})"
    )


def _cautions(findings: Findings) -> list[str]:
    whole = [cell for cell in findings.cells if not cell.benchmark and cell.strategy != BASE]
    found = []
    fewest = min((cell.seeds for cell in whole), default=0)
    if fewest < FEWEST_SEEDS:
        found.append(
            f"Some arms were trained with {fewest} seed{'s' if fewest != 1 else ''} only: how much "
            "a result depends on the seed is then hardly known."
        )
    questions = max((cell.questions for cell in whole), default=0)
    found.append(
        f"All of this holds for this model, this recipe and these {questions} questions; other "
        "models, longer training and other questions were not tried here."
    )
    return found


def best_first(cells: Sequence[Cell], measure: Measure) -> list[Cell]:
    """Return the cells of `measure` on all questions, the best first."""
    some = [cell for cell in cells if cell.measure == measure and not cell.benchmark]
    sign = -1 if measure == "accuracy" else 1
    return sorted(some, key=lambda cell: (sign * cell.mean.value, cell.strategy, cell.budget))
