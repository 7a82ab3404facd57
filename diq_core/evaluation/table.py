"""Answers as a table: one row for each question and scoring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from diq_core.config import Scoring
from diq_core.evaluation.answers import Answer, written_answer
from diq_core.evaluation.losses import AnswerLoss
from diq_core.evaluation.questions import Benchmark, Question

SCHEMA = pa.schema(
    {
        "benchmark": pa.string(),
        "id": pa.string(),
        "scoring": pa.string(),
        "gold": pa.string(),
        "chosen": pa.string(),
        "correct": pa.bool_(),
        "logliks": pa.list_(pa.float64()),
        "answer_loss": pa.float64(),
        "answer_tokens": pa.int32(),
        "text": pa.string(),
        "reason": pa.string(),
    }
)
"""Columns of ``answers.parquet``.

``logliks`` are in nats, in the order of the options; null for written answers. ``correct`` is
False where nothing was chosen (undecided), null where only the loss was measured. ``answer_loss``
(nats a token) and ``answer_tokens`` belong to the question and are the same in each of its rows.
``reason`` says why nothing was chosen, or why no loss was measured.
"""


def rows_of(benchmark: str, answers: Sequence[Answer]) -> pa.Table:
    """Return answers as rows, without their losses."""
    rows: list[dict[str, Any]] = []
    for each in answers:
        row = asdict(each) | {"benchmark": benchmark}
        row["logliks"] = list(each.logliks) or None
        rows.append(row)
    return pa.Table.from_pylist(rows, SCHEMA)


def loss_rows(benchmark: str, losses: Sequence[AnswerLoss]) -> pa.Table:
    """Return losses as rows without a scoring."""
    rows = [
        {"benchmark": benchmark, "id": each.id, "answer_loss": each.loss,
         "answer_tokens": each.tokens, "reason": each.reason}
        for each in losses
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, SCHEMA)


def answers_table(
    sets: Sequence[Benchmark], scorings: Sequence[Scoring], answered: pa.Table
) -> pa.Table:
    """Return the rows of all shards in a fixed order, with the losses beside the answers.

    The order is that of the benchmarks, of the questions in their files and of `scorings`; without
    any scoring there is one row a question, for its loss. Written answers are read here and now, so
    that one rule has read them all, also where an older version wrote some of the shards.
    """
    found = {(row["benchmark"], row["id"], row["scoring"]): row for row in answered.to_pylist()}
    rows = []
    for benchmark in sets:
        for question in benchmark.questions:
            loss = found.get((benchmark.name, question.id, None), {})
            measured = {name: loss.get(name) for name in ("answer_loss", "answer_tokens")}
            if not scorings:
                rows.append(loss | {"gold": question.right})
            for scoring in scorings:
                rows.append(_read_again(question, found[benchmark.name, question.id, scoring])
                            | measured)  # fmt: skip
    return pa.Table.from_pylist(rows, SCHEMA)


def _read_again(question: Question, row: dict[str, Any]) -> dict[str, Any]:
    if row["scoring"] != "generated" or row["text"] is None:
        return row
    answer = written_answer(question, row["text"])
    return row | {"chosen": answer.chosen, "correct": answer.correct, "reason": answer.reason}
