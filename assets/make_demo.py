"""Make the demo study again, by the very commands that a user types.

    python assets/make_demo.py                    score the shipped samples again (make demo)
    python assets/make_demo.py --draw FOLDER      first draw the samples again from the real data

The samples: questions of MedMCQA with a chain that reached the right answer, open questions of
Huatuo-o1 with long chains, NIH answers of MedQuAD without any, and some MedMCQA chains that are
known to be wrong; those have ``meta.known_wrong``. See NOTICE.md beside them.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).resolve().parent
STUDY = ASSETS / "demo_study"
POOL = STUDY / "uploads" / "demo_samples.jsonl"
PARTS = (
    ("train_medmcqa_cot.jsonl", 330),
    ("train_huatuo_o1_demo.jsonl", 70),
    ("train_medquad.jsonl", 160),
    ("noise_medmcqa_wrong_chains.jsonl", 40),
)
LONGEST_WORDS, SEED = 600, 0


def main() -> None:
    """Draw the samples if asked to, then run every stage."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draw", type=Path, metavar="FOLDER", help="folder of the real data")
    parser.add_argument("--threads", default="1", help="processor cores to use")
    options = parser.parse_args()
    if options.draw:
        draw(options.draw)
    for made in ("dataset", "embedding", "difficulty", "influence", "selection", "jobs"):
        shutil.rmtree(STUDY / made, ignore_errors=True)
    (STUDY / "study.toml").unlink(missing_ok=True)
    compute(options.threads)


def draw(folder: Path) -> None:
    """Choose the samples by seed and write them in a mixed order."""
    chance = random.Random(SEED)
    rows: list[dict[str, Any]] = []
    for name, count in PARTS:
        lines = (folder / name).read_text(encoding="utf-8").rstrip("\n").split("\n")
        fitting = [row for row in map(json.loads, lines) if _fits(row, name)]
        chosen = chance.sample(fitting, count)
        rows += [_flagged(row) for row in chosen] if name.startswith("noise") else chosen
    chance.shuffle(rows)
    POOL.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    POOL.write_text(text, encoding="utf-8")


def compute(threads: str) -> None:
    """Run import, embed, difficulty, influence and one selection."""
    study = ["--study", str(STUDY)]
    (STUDY / "study.toml").write_text(
        'title = "Demo: 600 medical questions"\nwho = "DIQ Studio"\n', encoding="utf-8"
    )
    for command in (
        ["import", str(POOL)],
        ["embed"],
        ["difficulty"],
        ["influence", "--threads", threads],
        ["select", "--budget", "10%", "--name", "diq-10"],
    ):
        subprocess.run([sys.executable, "-m", "diq_core", *command, *study], check=True)
    shutil.rmtree(STUDY / "jobs", ignore_errors=True)


def _fits(row: dict[str, Any], name: str) -> bool:
    words = len(f"{row.get('reasoning') or ''} {row['answer']}".split())
    return words <= LONGEST_WORDS and bool(row.get("reasoning") or "medquad" in name)


def _flagged(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "meta": {**row["meta"], "known_wrong": True}}


if __name__ == "__main__":
    main()
