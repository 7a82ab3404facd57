"""Draw the pool, the validation questions and the test questions from the real data, by seed.

The pool mixes five kinds of samples; every tenth is a chain that is known to be wrong
(``meta.known_wrong``), so that one can count which strategy lets them in. Only samples that fit
into the token limit of the runs are drawn, because this experiment runs on two cores.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

WRONG = "noise_medmcqa_wrong_chains.jsonl"
PARTS = {
    "train_medmcqa_cot.jsonl": 260,
    WRONG: 50,
    "train_medquad.jsonl": 140,
    "train_huatuo_o1_demo.jsonl": 25,
    "train_pubmedqa_pqal_dev.jsonl": 25,
}
"""File → how many samples of it; 500 in all."""
MOST_WORDS = {"train_huatuo_o1_demo.jsonl": 420, "train_pubmedqa_pqal_dev.jsonl": 420}
MOST_WORDS_ELSEWHERE = 220
QUESTIONS = {
    "validation": ("valid_medqa_dev.jsonl", 72, 80),
    "medqa": ("bench_medqa_test.jsonl", 40, 80),
    "mmlu": ("bench_mmlu_medical_test.jsonl", 60, 60),
}
"""Name → file, how many questions, and the most words of a question with its options."""


def draw(data: Path, folder: Path, *, seed: int = 0) -> dict[str, Path]:
    """Write ``pool.jsonl`` and one file for each set of questions; return name → file.

    Args:
        data: the folder of the real data.
        folder: where the files go; made if need be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    rows: list[dict[str, Any]] = []
    for name, count in PARTS.items():
        most = MOST_WORDS.get(name, MOST_WORDS_ELSEWHERE)
        fitting = [row for row in _rows(data / name) if _is_sample(row, name, most)]
        rows += [_marked(row, name) for row in chance.sample(fitting, count)]
    chance.shuffle(rows)
    files = {"pool": _write(rows, folder / "pool.jsonl")}
    for name, (source, count, most) in QUESTIONS.items():
        fitting = [row for row in _rows(data / source) if _asked(row) <= most]
        chosen = chance.sample(fitting, count)
        # A question is answered by its option alone, in training direction and test alike.
        plain = [{key: value for key, value in row.items() if key != "reasoning"} for row in chosen]
        files[name] = _write(plain, folder / f"{name}.jsonl")
    return files


def _rows(path: Path) -> list[dict[str, Any]]:
    # Not splitlines: a text may hold a line separator that is no end of a JSON line.
    with path.open(encoding="utf-8", newline="\n") as file:
        return [json.loads(line) for line in file]


def _is_sample(row: dict[str, Any], name: str, most: int) -> bool:
    said = len(f"{row.get('reasoning') or ''} {row['answer']}".split())
    has_chain = bool(row.get("reasoning")) or "medquad" in name
    return has_chain and _asked(row) + said <= most


def _asked(row: dict[str, Any]) -> int:
    parts = [row["question"], *(row.get("options") or {}).values(), str(row.get("context") or "")]
    return len(" ".join(parts).split())


def _marked(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {**row, "meta": {**row["meta"], "known_wrong": True}} if name == WRONG else row


def _write(rows: list[dict[str, Any]], path: Path) -> Path:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    return path
