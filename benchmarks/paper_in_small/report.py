"""The tables of docs/evidence.md, computed from the files in ``results/`` and nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.paper_in_small.collect import ABOUT, ARMS, CHOICES
from diq_core.experiment.arms import Arm
from diq_core.experiment.findings import MEASURES, ArmScores, Findings, Measure, findings
from diq_core.experiment.words import amount, best_first, group_name, span
from diq_core.statistics.paired import paired_many
from diq_core.statistics.resampling import Bootstrap
from diq_core.statistics.significance import holm
from diq_core.statistics.verdict import p_cell

EVIDENCE = Path(__file__).resolve().parents[2] / "docs" / "evidence.md"
HOW = Bootstrap(resamples=5000)
BEGIN, END = "<!-- tables: python -m benchmarks.paper_in_small -->", "<!-- end of tables -->"


def write_report() -> None:
    """Put the tables into docs/evidence.md; the words around them are written by hand."""
    text = EVIDENCE.read_text(encoding="utf-8")
    EVIDENCE.write_text(with_tables(text), encoding="utf-8")


def with_tables(text: str) -> str:
    """Return `text` with its tables made anew from the result files."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables()}\n{END}{after}"


def tables() -> str:
    """Return all tables as Markdown."""
    found = all_findings()
    parts = [_measure(found, measure) for measure in MEASURES]
    return "\n\n".join([*parts, _against_diq(), _choices()]) + "\n"


def _measure(found: Findings, measure: Measure) -> str:
    """Return both tables of a measure, or one sentence where all arms score alike."""
    cells = best_first(found.cells, measure)
    if len({cell.mean.value for cell in cells}) > 1:
        return _scores(found, measure) + "\n\n" + _differences(found, measure)
    mean = cells[0].mean
    return (
        f"### {measure.capitalize()} on all questions\n\nEvery arm, the base model among them: "
        f"{amount(mean.value, measure)} ({span(mean.low, mean.high, measure)})."
    )


def all_findings() -> Findings:
    """Return the findings over the arms of all grids together: they answered the same questions."""
    about = json.loads(ABOUT.read_text(encoding="utf-8"))
    return findings(_arms(), [name for name, _ in about["questions"]], HOW)


def _arms() -> list[ArmScores]:
    rows = _lines(ARMS)
    arms: dict[Arm, ArmScores] = {}
    for row in rows:
        arm = Arm(row["strategy"], row["budget"], row["seed"])
        arms.setdefault(arm, ArmScores(
            arm, row["samples"], row["steps"], row["tokens"],
            np.array(row["correct"], dtype=float), np.array(row["loss"], dtype=float),
        ))  # fmt: skip
    return list(arms.values())


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
         p_cell(each.adjusted) if each.adjusted is not None else "too few seeds")
        for each in found.contrasts
        if each.measure == measure and not each.benchmark
    ]  # fmt: skip
    return f"### Paired differences of {measure}\n\n{_table(heads, rows)}"


def _against_diq() -> str:
    """Return DIQ at its budget against every other arm of that budget, by answer loss."""
    by_group = {key: [each for each in _arms() if each.arm.group == key]
                for key in dict.fromkeys(each.arm.group for each in _arms())}  # fmt: skip
    ours = ("diq", "5%")
    others = [key for key in by_group if key[1] == ours[1] and key != ours]
    mine = np.stack([each.loss for each in by_group[ours]])
    found = [paired_many(mine, np.stack([each.loss for each in by_group[key]]), HOW, "loss")
             for key in others]  # fmt: skip
    rows = [
        (group_name(key), amount(each.value, "answer loss", signed=True),
         span(each.low, each.high, "answer loss", signed=True), p_cell(p))
        for key, each, p in zip(others, found, holm([each.p for each in found]), strict=True)
    ]  # fmt: skip
    heads = ("DIQ at 5 % against", "difference of answer loss", "95 % interval", "corrected p")
    return f"### DIQ against the other strategies\n\n{_table(heads, rows)}"


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
