"""Choose the validation questions that ship with the app.

Six specialties of the MedQA (USMLE) dev questions, twenty each, drawn by seed 0 among questions of
at most 110 words, so that the direction of improvement is computed in a minute or two on a laptop.

    python assets/make_validation.py ../shared/data/valid_medqa_dev.jsonl
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

TASKS = (
    "Emergency Medicine",
    "Internal Medicine",
    "Neurology",
    "Obstetrics and Gynecology",
    "Pediatrics",
    "Psychiatry",
)
PER_TASK, LONGEST, SEED = 20, 110, 0
TARGET = Path(__file__).parent / "validation" / "medqa_dev.jsonl"


def main(source: Path) -> None:
    """Write the chosen questions, each with its task, beside this file."""
    rows = [
        json.loads(line) for line in source.read_text(encoding="utf-8").rstrip("\n").split("\n")
    ]
    draw = random.Random(SEED)
    chosen = []
    for task in TASKS:
        fitting = [
            row
            for row in rows
            if row["meta"].get("specialty") == task and len(row["question"].split()) <= LONGEST
        ]
        for row in sorted(draw.sample(fitting, PER_TASK), key=lambda row: str(row["id"])):
            chosen.append({**row, "meta": {**row["meta"], "task": task}})
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in chosen)
    TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
