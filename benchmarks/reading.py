"""How well written answers are read: right, wrong label, undecided, on each committed corpus.

    python -m benchmarks.reading

Prints the table of docs/evaluate.md, then each answer that was not read as it was rated.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diq_core.data.sample import Option
from diq_core.evaluation.reading import read_answer

CORPORA = Path(__file__).resolve().parents[1] / "tests" / "cases" / "answer-reading"
NAMES = {
    "cases": "phrasings of other hands",
    "tuned": "phrasings that the rules were made on",
    "held_out": "phrasings written before the rules, never tuned on",
    "model": "answers of the embedded model, rated one by one",
}


@dataclass(frozen=True, slots=True)
class Tally:
    """How the answers of one corpus were read.

    Attributes:
        right: as they were rated, those that settle on nothing among them.
        wrong: another label than the right one, or a label where there is none.
        undecided: no label where there is one.
        misread: the texts that were not read right.
    """

    right: int
    wrong: int
    undecided: int
    misread: tuple[str, ...]

    @property
    def answers(self) -> int:
        return self.right + self.wrong + self.undecided

    def row(self, name: str) -> str:
        """Return the line of the table in docs/evaluate.md."""
        share = f"{100 * self.right / self.answers:.1f} %"
        return f"| {name} | {self.answers} | {share} | {self.wrong} | {self.undecided} |"


def rows_of(corpus: str) -> list[dict[str, Any]]:
    """Return the rows of a corpus: options, text, want (a label, null, or a list of either)."""
    lines = (CORPORA / f"{corpus}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def tally(corpus: str) -> Tally:
    """Return how the answers of a corpus are read."""
    right, wrong, undecided = 0, 0, 0
    misread = []
    for row in rows_of(corpus):
        options = tuple(Option(label, text) for label, text in row["options"].items())
        want = row["want"] if isinstance(row["want"], list) else [row["want"]]
        label = read_answer(row["text"], options).label
        if label in want:
            right += 1
            continue
        wrong += label is not None
        undecided += label is None
        misread.append(f"{corpus}: {row['text']!r} is {want[0]}, read as {label}")
    return Tally(right, wrong, undecided, tuple(misread))


def main() -> None:
    tallies = {name: tally(name) for name in NAMES}
    print("\n".join(found.row(NAMES[name]) for name, found in tallies.items()))
    print("\n".join(text for found in tallies.values() for text in found.misread))


if __name__ == "__main__":
    main()
