"""The results of one evaluation: every figure that a page or a paper shows, from the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from diq_core.config import EvaluateSettings
from diq_core.evaluation.contamination import Contamination
from diq_core.evaluation.figures import Accuracy, accuracy, average, mean_loss
from diq_core.evaluation.questions import Benchmark, chance_level
from diq_core.evaluation.seven import Tally, known_as

ALL = "A"
"""The average of all benchmarks."""


def results_of(
    sets: Sequence[Benchmark],
    settings: EvaluateSettings,
    table: pa.Table,
    contaminations: Mapping[str, Contamination] | str,
) -> dict[str, Any]:
    """Return what ``results.json`` holds.

    Args:
        table: see `table.SCHEMA`.
        contaminations: benchmark → what of it was trained on, or why that is not known.
    """
    by_benchmark: dict[str, Any] = {}
    accuracies: dict[str, dict[str, Accuracy]] = {scoring: {} for scoring in settings.scorings}
    for benchmark in sets:
        rows = table.filter(pc.equal(table["benchmark"], benchmark.name))
        known = (
            contaminations if isinstance(contaminations, str) else contaminations[benchmark.name]
        )
        scorings = {}
        for scoring in settings.scorings:
            own = rows.filter(pc.equal(rows["scoring"], scoring))
            figures = _accuracy(benchmark, own)
            accuracies[scoring][benchmark.name] = figures
            scorings[scoring] = figures.to_json() | _parts(benchmark, own, known)
        by_benchmark[benchmark.name] = {
            "questions": len(benchmark.questions),
            "available": benchmark.available,
            "left_out": benchmark.left_out,
            "format": benchmark.format,
            "chance": chance_level(benchmark.questions),
            "scorings": scorings,
            "answer_loss": _loss(benchmark, rows) if settings.answer_loss else None,
            "contamination": {"unknown": known} if isinstance(known, str) else known.to_json(),
            **_seen(benchmark, rows, settings),
        }
    return {
        "template": settings.template,
        "benchmarks": by_benchmark,
        "averages": {
            scoring: _averages(parts, settings.groups) for scoring, parts in accuracies.items()
        },
    }


def _seen(benchmark: Benchmark, rows: pa.Table, settings: EvaluateSettings) -> dict[str, Any]:
    """Return closed and open questions apart, and which known benchmark it is.

    Only of written answers, where a question has images or no options: other evaluations are
    the same as ever.
    """
    asked = benchmark.questions
    plain = all(each.options and not each.sample.images for each in asked)
    if plain or settings.scorings != ("generated",):
        return {}
    row_of = {row["id"]: row for row in rows.to_pylist() if row["scoring"] == "generated"}
    tallies = {"closed": Tally(), "open": Tally()}
    for each in asked:
        tallies[each.kind].count(row_of[each.id]["correct"], row_of[each.id]["chosen"])
    return {
        "kinds": {kind: tally.to_json() for kind, tally in tallies.items()},
        "known_as": known_as(benchmark.name, [each.sample.meta for each in asked]),
    }


def _accuracy(benchmark: Benchmark, rows: pa.Table, ids: frozenset[str] | None = None) -> Accuracy:
    """Return the accuracy on all questions of `rows`, or on those with these ids."""
    correct = dict(zip(rows["id"].to_pylist(), rows["correct"].to_pylist(), strict=True))
    chosen = dict(zip(rows["id"].to_pylist(), rows["chosen"].to_pylist(), strict=True))
    asked = [each for each in benchmark.questions if ids is None or each.id in ids]
    return accuracy(
        [correct[each.id] for each in asked],
        chance=chance_level(asked),
        unanswered=sum(chosen[each.id] is None for each in asked),
    )


def _parts(benchmark: Benchmark, rows: pa.Table, known: Contamination | str) -> dict[str, Any]:
    """Return the accuracy without and on the contaminated questions, where there are some."""
    if isinstance(known, str) or not known.ids:
        return {}
    clean = frozenset(each.id for each in benchmark.questions) - known.ids
    return {
        "clean": _accuracy(benchmark, rows, clean).to_json() if clean else None,
        "contaminated": _accuracy(benchmark, rows, known.ids).to_json(),
    }


def _loss(benchmark: Benchmark, rows: pa.Table) -> dict[str, Any]:
    losses = dict(zip(rows["id"].to_pylist(), rows["answer_loss"].to_pylist(), strict=True))
    return mean_loss([losses[each.id] for each in benchmark.questions]).to_json()


def _averages(parts: Mapping[str, Accuracy], groups: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    found = {
        group: average({name: parts[name] for name in members}) for group, members in groups.items()
    }
    return found | {ALL: average(parts)}
