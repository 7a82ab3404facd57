"""Measure the finder of patients' identifiers and write the figures that docs/security.md states.

    python -m benchmarks.identifiers [--data FOLDER] [--tagger FOLDER] [--images N] [--write]

Recall: 500 made-up sentences of each class, kept apart from those that the rules were tuned on.
False flags: real medical texts that hold no patient. Images: text drawn into made-up pictures.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.app_server import ROOT
from benchmarks.identifier_images import boxed
from benchmarks.identifier_sentences import Sentence, hard_cases, lines, sentences
from diq_core.privacy.finder import find
from diq_core.privacy.identifier import Identifier
from diq_core.privacy.tagger import Tagger, load_tagger

RESULTS = ROOT / "benchmarks" / "identifiers.json"
SETS = {
    "MedMCQA": "train_medmcqa_cot.jsonl",
    "MedQA": "valid_medqa_dev.jsonl",
    "Huatuo": "train_huatuo_o1_demo.jsonl",
    "PubMedQA": "train_pubmedqa_pqal_dev.jsonl",
    "MedQuAD": "train_medquad.jsonl",
}
_FIELDS = ("question", "context", "reasoning", "answer", "response", "long_answer")
_HOSTILE = ("a", "1", "A", "Aa ", "1-", "12/12/1990 ", "John Smith ", "a@", "name: ", "A, ")


def is_found(sentence: Sentence, found: list[Identifier]) -> bool:
    """Return whether at least 80 % of the identifier was found, whatever class it was given.

    An address counts from half on: its house number and street are enough to leave it out.
    """
    covered = sum(
        max(0, min(each.end, sentence.end) - max(each.start, sentence.start)) for each in found
    )
    return covered >= (0.5 if sentence.kind == "place" else 0.8) * (sentence.end - sentence.start)


def recall(which: str, count: int) -> dict[str, float]:
    """Return the share of identifiers found, by class."""
    return {kind: _share(many) for kind, many in sentences(which, count).items()}


def _share(many: list[Sentence], tagger: Tagger | None = None) -> float:
    return sum(is_found(each, find(each.text, tagger=tagger)) for each in many) / len(many)


def hard(which: str) -> dict[str, int]:
    """Return how many of the hard cases are found, and how many that are none are flagged."""
    cases = [(wanted, find(text)) for wanted, text in hard_cases(which)]
    return {
        "cases": sum(wanted is not None for wanted, _ in cases),
        "found": sum(wanted is not None and is_found(wanted, found) for wanted, found in cases),
        "harmless": sum(wanted is None for wanted, _ in cases),
        "flagged": sum(wanted is None and bool(found) for wanted, found in cases),
    }


def name_precision(count: int, tagger: Tagger | None) -> float:
    """Return the share of flagged names that are names.

    Read are the held-out sentences about people, and the sentences about medicine's own names.
    """
    right = wrong = 0
    for each in sentences("held out", count)["name"]:
        for one in find(each.text, tagger=tagger):
            if one.kind == "name":
                hit = one.start < each.end and each.start < one.end
                right, wrong = right + hit, wrong + (not hit)
    for text in lines("no_names"):
        wrong += sum(one.kind == "name" for one in find(text, tagger=tagger))
    return right / (right + wrong)


def texts(row: dict[str, Any]) -> list[str]:
    """Return the texts of one sample."""
    options = row.get("options") or {}
    return [str(row[each]) for each in _FIELDS if row.get(each)] + list(options.values())


def flags(file: Path, most: int, tagger: Tagger | None = None) -> dict[str, Any]:
    """Return how many samples of a file are flagged, by class, and the time for each."""
    rows = [json.loads(line) for line in file.read_text("utf-8").split("\n")[:most] if line]
    kinds: Counter[str] = Counter()
    flagged = 0
    began = time.process_time()
    for row in rows:
        found = {one.kind for text in texts(row) for one in find(text, tagger=tagger)}
        kinds.update(found)
        flagged += bool(found - {"age", "url"})
    took = (time.process_time() - began) / len(rows) * 1000
    return {
        "samples": len(rows), "flagged": flagged, "by class": dict(sorted(kinds.items())),
        "ms": round(took, 2),
    }  # fmt: skip


def slowest(length: int) -> float:
    """Return the seconds that the worst of several hostile texts takes."""
    times = []
    for unit in _HOSTILE:
        text = (unit * (length // len(unit) + 1))[:length]
        began = time.process_time()
        find(text)
        times.append(time.process_time() - began)
    return max(times)


def measure(data: Path, folder: Path | None, images: int) -> dict[str, Any]:
    """Return all figures; those of sets that are not there, and of no tagger, are left out."""
    tagger = load_tagger(folder) if folder else None
    figures: dict[str, Any] = {
        "recall": recall("held out", 500),
        "name precision": name_precision(500, None),
        "hard": {which: hard(which) for which in ("tuning", "held out")},
        "sets": {
            name: flags(data / file, 1000) for name, file in SETS.items() if (data / file).exists()
        },
        "hostile": {"2.5 MB": round(slowest(2_500_000), 2), "10 MB": round(slowest(10**7), 2)},
        "images": {"drawn": images, "boxed": boxed(images)},
    }
    if tagger:
        figures["with a name finder"] = {
            "recall": _share(sentences("held out", 500)["name"], tagger),
            "name precision": name_precision(500, tagger),
            "sets": {name: flags(data / SETS[name], 200, tagger) for name in ("MedMCQA", "MedQA")},
        }
    return figures


def main() -> None:
    """Measure, print, and write where asked to."""
    reads = argparse.ArgumentParser(description=__doc__)
    reads.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    reads.add_argument("--tagger", type=Path)
    reads.add_argument("--images", type=int, default=60)
    reads.add_argument("--write", action="store_true")
    asked = reads.parse_args()
    figures = json.dumps(measure(asked.data, asked.tagger, asked.images), indent=1, sort_keys=True)
    print(figures)
    if asked.write:
        RESULTS.write_text(figures + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
