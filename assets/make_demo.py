"""Make the demo study again, by the very commands that a user types.

    python assets/make_demo.py                    score the shipped samples again (make demo)
    python assets/make_demo.py --draw FOLDER      first draw the samples again from the real data
    python assets/make_demo.py --resume           go on where an earlier call was stopped

The samples, all with a reasoning chain: open questions of Huatuo-o1 with long chains, questions
of MedMCQA with a chain that reached the right answer, and some MedMCQA chains that are known to
be wrong; those have ``meta.known_wrong``. See NOTICE.md beside them.
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
# Of each file: how many samples, and the most words of reasoning and answer together.
PARTS = (
    ("train_huatuo_o1_demo.jsonl", 35, 400),
    ("train_medmcqa_cot.jsonl", 125, 120),
    ("noise_medmcqa_wrong_chains.jsonl", 20, 120),
)
# An explanation by the question's author names the answer and does not reason towards it.
NO_CHAIN = "human_explanation"
SHORTEST_CHAIN, SEED = 40, 0


def main() -> None:
    """Draw the samples if asked to, then run every stage."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draw", type=Path, metavar="FOLDER", help="folder of the real data")
    parser.add_argument("--threads", default="1", help="processor cores to use")
    parser.add_argument("--resume", action="store_true", help="keep what is finished")
    options = parser.parse_args()
    if options.draw:
        draw(options.draw)
    if not options.resume:
        clear()
    compute(options.threads)


def clear() -> None:
    """Remove everything that was made of the samples."""
    for made in ("dataset", "embedding", "difficulty", "influence", "selection", "jobs"):
        shutil.rmtree(STUDY / made, ignore_errors=True)


def draw(folder: Path) -> None:
    """Choose the samples by seed and write them in a mixed order."""
    chance = random.Random(SEED)
    rows: list[dict[str, Any]] = []
    for name, count, longest in PARTS:
        lines = (folder / name).read_text(encoding="utf-8").rstrip("\n").split("\n")
        fitting = [row for row in map(json.loads, lines) if _fits(row, longest)]
        chosen = chance.sample(fitting, count)
        rows += [_trimmed(row, known_wrong=name.startswith("noise")) for row in chosen]
    chance.shuffle(rows)
    POOL.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    POOL.write_text(text, encoding="utf-8")


def compute(threads: str) -> None:
    """Run import, embed, difficulty, influence and one selection."""
    study = ["--study", str(STUDY)]
    (STUDY / "study.toml").write_text(
        'title = "Demo: medical reasoning"\nwho = "DIQ Studio"\n',
        encoding="utf-8",
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


def _fits(row: dict[str, Any], longest: int) -> bool:
    chain = (row.get("reasoning") or "").split()
    words = len(chain) + len(row["answer"].split())
    is_chain = row.get("reasoning_origin") != NO_CHAIN and len(chain) >= SHORTEST_CHAIN
    return is_chain and words <= longest


def _trimmed(row: dict[str, Any], *, known_wrong: bool) -> dict[str, Any]:
    """Return the row without the texts beside the sample that the demo has no use for."""
    kept = {name: value for name, value in row.items() if name != NO_CHAIN}
    meta = {name: value for name, value in row["meta"].items() if name != "mc_question"}
    return {**kept, "meta": {**meta, "known_wrong": True} if known_wrong else meta}


if __name__ == "__main__":
    main()
