"""The tables of docs/evidence.md, computed from the files in ``results/`` and nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.paper_in_small.collect import ABOUT, ARMS, CHOICES, RESULTS
from diq_core.evaluation.arms import Arm
from diq_core.evaluation.compare import Bootstrap
from diq_core.evaluation.experiment import MEASURES, ArmScores, Findings, Measure, findings
from diq_core.evaluation.experiment_words import amount, best_first, group_name, span

REPORT = RESULTS / "tables.md"


def write_report() -> None:
    """Write ``results/tables.md``."""
    REPORT.write_text(tables(), encoding="utf-8")


def tables() -> str:
    """Return all tables as Markdown."""
    found = all_findings()
    parts = [_scores(found, measure) + "\n\n" + _differences(found, measure)
             for measure in MEASURES]  # fmt: skip
    return "\n\n".join([*parts, _choices()]) + "\n"


def all_findings() -> Findings:
    """Return the findings over the arms of all grids together: they answered the same questions."""
    rows, about = _lines(ARMS), json.loads(ABOUT.read_text(encoding="utf-8"))
    arms: dict[Arm, ArmScores] = {}
    for row in rows:
        arm = Arm(row["strategy"], row["budget"], row["seed"])
        arms.setdefault(arm, ArmScores(
            arm, row["samples"], row["steps"], row["tokens"],
            np.array(row["correct"], dtype=float), np.array(row["loss"], dtype=float),
        ))  # fmt: skip
    return findings(list(arms.values()), [name for name, _ in about["questions"]],
                    Bootstrap(resamples=5000))  # fmt: skip


def _scores(found: Findings, measure: Measure) -> str:
    heads = ("arm", "samples", "seeds", "response tokens", measure, "95 % interval")
    rows = [
        (group_name((cell.strategy, cell.budget)), f"{cell.samples:.0f}", str(cell.seeds),
         f"{cell.tokens:,.0f}", amount(cell.mean.value, measure),
         span(cell.mean.low, cell.mean.high, measure))
        for cell in best_first(found.cells, measure)
    ]  # fmt: skip
    return f"### {measure.capitalize()} on all questions\n\n{_table(heads, rows)}"


def _differences(found: Findings, measure: Measure) -> str:
    heads = ("arm", "against", "difference", "95 % interval", "corrected p")
    rows = [
        (group_name(each.first), group_name(each.second),
         amount(each.difference.value, measure, signed=True),
         span(each.difference.low, each.difference.high, measure, signed=True),
         f"{each.adjusted:.3f}")
        for each in found.contrasts
        if each.measure == measure and not each.benchmark and each.adjusted is not None
    ]  # fmt: skip
    return f"### Paired differences of {measure}\n\n{_table(heads, rows)}"


def _choices() -> str:
    heads = ("strategy", "budget", "samples", "known to be wrong", "share",
             "multiple choice", "median words")  # fmt: skip
    rows = [
        (row["strategy"], row["budget"].replace("%", " %"), str(row["samples"]),
         f"{row['known_wrong']:g}", f"{100 * row['known_wrong'] / row['samples']:.1f} %",
         f"{100 * row['multiple_choice']:.0f} %", f"{row['median_words']:.0f}")
        for row in _lines(CHOICES)
    ]  # fmt: skip
    return f"### What each strategy lets in\n\n{_table(heads, rows)}"


def _lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="\n") as file:
        return [json.loads(line) for line in file]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
