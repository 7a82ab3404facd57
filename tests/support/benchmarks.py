"""Benchmark files of questions that need no knowledge, as the real ones are laid out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SIGNS = ("fever", "cough", "rash", "pain", "nausea", "fatigue", "dizziness")


def rows(count: int, *, first: int = 0, options: int = 4) -> list[dict[str, Any]]:
    """Return `count` questions in MedQA's layout, of different lengths."""
    found = []
    for number in range(first, first + count):
        labels = "ABCDEFGHIJ"[:options]
        texts = {label: f"Drug {(number + place) % 13}" for place, label in enumerate(labels)}
        gold = labels[number * 5 % options]
        signs = " and ".join(SIGNS[: 1 + number % 5])
        found.append(
            {
                "id": f"b{number:03d}",
                "question": f"Patient {number} has {signs}. What now?",
                "options": texts,
                "answer_idx": gold,
                "answer": texts[gold],
            }
        )
    return found


def write_rows(path: Path, lines: Iterable[dict[str, Any]]) -> str:
    """Write rows as JSON lines and return the file's path."""
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")
    return str(path)


def write_benchmark(path: Path, count: int, *, first: int = 0, options: int = 4) -> str:
    """Write `count` questions and return the file's path."""
    return write_rows(path, rows(count, first=first, options=options))
