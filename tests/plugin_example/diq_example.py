"""One of each that a package can add to DIQ Studio: a strategy, a score, a format, an exporter."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from diq_core.data.formats import Format, Parts
from diq_core.data.formats.parts import known_by, text
from diq_core.data.sample import Sample, question_text, response_text
from diq_core.export.exporters import Exporter
from diq_core.export.records import Layout
from diq_core.score import Score
from diq_core.scoring.measures import Measure
from diq_core.selection.order import Order
from diq_core.selection.pool import Pool
from diq_core.selection.quadrants import Quadrants
from diq_core.selection.strategies import Knobs, Strategy


def _rank(pool: Pool, _quadrant: Quadrants, _knobs: Knobs) -> tuple[Order, str]:
    """Order the first of each source before the second of any, by influence within a source."""
    scored = pool.scored("influence")
    turn = np.full(len(pool.scores), np.nan)
    for rows in pool.rows_by_source:
        rows = rows[scored[rows]]
        best_first = rows[np.argsort(-pool.oriented("influence")[rows], kind="stable")]
        turn[best_first] = -np.arange(len(rows))
    return Order(pool.scores.ids, scored, keys=(turn,)), "in the round of sources"


def _numbers(samples: Sequence[Sample]) -> list[float]:
    return [float(len(re.findall(r"\d+", sample.question))) for sample in samples]


def _card(row: Mapping[str, Any]) -> Parts:
    return Parts(question=text(row, "front"), answer=text(row, "back"))


def _pair(sample: Sample, _layout: Layout) -> dict[str, Any]:
    return {"id": sample.id, "ask": question_text(sample), "reply": response_text(sample)}


ROUND_ROBIN = Strategy(
    "round-robin",
    "Round of sources",
    "The most influential of every source, then the second of every source, and so on.",
    ("influence",),
    _rank,
)
NUMBERS = Measure(Score("numbers", "Numbers in the question", "more numbers", least=0.0), _numbers)
FLASHCARD = Format(
    "flashcard", "Flashcard", "front, back", known_by("front", "back", layout="flashcard"), _card
)
PAIRS = Exporter(
    "pairs", "Pairs", "JSONL with ask and reply.", _pair, "Any reader of JSON Lines takes it."
)
