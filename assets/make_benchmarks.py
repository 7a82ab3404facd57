"""Choose the test questions that ship with the app.

Drawn by seed 0 among short questions, so that a model is tested in minutes on a laptop. They are
test questions: never trained on, and never used as validation questions.

    python assets/make_benchmarks.py ../shared/data
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent / "benchmarks"
SEED = 0
SETS = {
    "medqa_test": ("bench_medqa_test.jsonl", 120, 110),
    "mmlu_medical": ("bench_mmlu_medical_test.jsonl", 120, 80),
}
"""Name → file, how many questions, and the most words of a question."""


def main(folder: Path) -> None:
    """Write each set beside this file, without the chains that some copies carry."""
    TARGET.mkdir(exist_ok=True)
    for name, (source, count, longest) in SETS.items():
        with (folder / source).open(encoding="utf-8", newline="\n") as file:
            rows = [json.loads(line) for line in file]
        fitting = [row for row in rows if len(row["question"].split()) <= longest]
        chosen = sorted(random.Random(SEED).sample(fitting, count), key=lambda row: str(row["id"]))
        lines = (json.dumps(_plain(row), ensure_ascii=False) + "\n" for row in chosen)
        (TARGET / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if not key.startswith("reasoning")}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
