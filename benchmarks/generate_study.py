"""Make a study of any size with made-up samples and scores, for tests and benchmarks.

Nothing in it is medicine: the texts are put together at random, and the scores are drawn so
that they look like real ones: difficulty between 1 and 5, influence with heavy tails and larger
for short responses. The folders are whole artefacts, as the stages write them.

    python -m benchmarks.generate_study studies/big --samples 100000
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from diq_core.artefact import Artefact
from diq_core.config import (
    DifficultySettings,
    EmbedSettings,
    ImportSettings,
    InfluenceSettings,
    Settings,
    build,
)
from diq_core.data.table import problem_schema, sample_schema
from diq_core.draft import Draft, begin
from diq_core.kinds import Kind
from diq_core.study import Study, create_study

SOURCES = ("medmcqa", "huatuo-o1", "medquad", "pubmedqa")
SUBJECTS = ("cardiology", "neurology", "infectious disease", "paediatrics", "surgery")
GROUP = 20_000
"""Rows of a row group, as an import writes them."""
OPTIONS = ("Amlodipine", "Enoxaparin", "Vancomycin", "Levodopa")
_SENTENCES = (
    "The onset was sudden, which makes a vascular cause more likely than an inflammatory one.",
    "Let me look at the laboratory values again: the potassium is low and the bicarbonate high.",
    "Wait, the patient is already taking an anticoagulant, so bleeding has to be considered first.",
    "That leaves two candidates, and only one of them explains the rash.",
    "A negative test does not rule it out, because the sensitivity in the first week is poor.",
    "Guidelines advise imaging before the lumbar puncture when there is a focal deficit.",
    "The dose has to be reduced, since the clearance of creatinine is 28 ml/min.",
    "Hmm, the age does not fit well, but the family history does.",
)


def generate_study(
    path: Path, samples: int, *, seed: int = 0, unscored: float = 0.01, embedding: bool = True
) -> Study:
    """Make the study in the empty folder `path`: dataset, difficulty, influence, embedding.

    Args:
        samples: how many.
        seed: the same seed gives the same bytes.
        unscored: share of samples without an influence score.
        embedding: whether to make the meaning map.
    """
    random = np.random.default_rng(seed)
    study = create_study(path, title=f"Generated study of {samples:,} samples")
    ids = pa.array([f"made-{number:07d}" for number in range(samples)])
    length = random.gamma(2.0, 5.0, samples).astype(int) + 1
    dataset = _dataset(study, ids, length, random)
    difficulty = np.clip(1 + 4 * random.beta(2.6, 2.2, samples), 1, 5)
    _difficulty(study, dataset, ids, difficulty, random)
    _influence(study, dataset, ids, length, difficulty, unscored, random)
    if embedding:
        _embedding(study, dataset, ids, random)
    return study


def _dataset(
    study: Study, ids: pa.Array, length: NDArray[np.int_], random: np.random.Generator
) -> Artefact:
    size = len(ids)
    drawn = _Drawn(
        source=random.choice(len(SOURCES), size, p=(0.55, 0.25, 0.15, 0.05)),
        subject=random.integers(len(SUBJECTS), size=size),
        age=random.integers(1, 95, size),
        right=random.integers(4, size=size),
        start=random.integers(len(_SENTENCES), size=size),
        length=length,
        excluded=_some(size, 0.01, "duplicate of another sample", random),
    )
    # Texts are put together a group at a time, so that ten million samples fit into the memory.
    tables = (drawn.table(ids, slice(at, at + GROUP)) for at in range(0, size, GROUP))
    problems = pa.Table.from_pylist([], schema=problem_schema())
    out = size - drawn.excluded.null_count
    return _write(
        study,
        "dataset",
        build(ImportSettings, {}),
        {"source": {"path": "made-up.jsonl", "digest": "0" * 64}},
        {"samples.parquet": tables, "problems.parquet": [problems]},
        {"rows": size, "samples": size, "included": size - out, "excluded": out, "unreadable": 0},
    )


@dataclass(frozen=True)
class _Drawn:
    """What was drawn for each sample; its texts follow from it."""

    source: NDArray[np.int_]
    subject: NDArray[np.int_]
    age: NDArray[np.int_]
    right: NDArray[np.int_]
    start: NDArray[np.int_]
    length: NDArray[np.int_]
    excluded: pa.Array

    def table(self, ids: pa.Array, part: slice) -> pa.Table:
        """Return the samples of a part."""
        ids = ids[part]
        size, schema = len(ids), sample_schema()
        option = [
            {"label": letter, "text": text} for letter, text in zip("ABCD", OPTIONS, strict=True)
        ]
        right = pa.array(self.right[part])
        columns: dict[str, object] = {
            "id": ids,
            "question": self._questions(part),
            "answer": pa.array(OPTIONS).take(right),
            "reasoning": self._reasoning(part),
            "options": pa.array([option] * size, schema.field("options").type),
            "answer_label": pa.array(list("ABCD")).take(right),
            "source": pa.array(SOURCES).take(pa.array(self.source[part])),
            "subject": pa.array(SUBJECTS).take(pa.array(self.subject[part])),
            "licence": pa.repeat("made up", size),
            "meta": pa.repeat("{}", size),
            "file": pa.repeat("made-up.jsonl", size),
            "line": pa.array(np.arange(part.start + 1, part.start + size + 1)),
            "excluded": self.excluded[part],
            "history": pa.array([[]] * size, schema.field("history").type),
            "images": pa.array([[]] * size, schema.field("images").type),
        }
        empty = pa.nulls(size, pa.string()).fill_null("")
        return pa.table({name: columns.get(name, empty) for name in schema.names}, schema=schema)

    def _questions(self, part: slice) -> list[str]:
        drawn = zip(self.age[part], self.subject[part], strict=True)
        return [
            f"Case {number}: a patient aged {years} from {SUBJECTS[topic]} has had fever and a "
            "stiff neck for two days and now cannot lift the left arm. What is the best next step?"
            for number, (years, topic) in enumerate(drawn, part.start)
        ]

    def _reasoning(self, part: slice) -> list[str]:
        text = " ".join(_SENTENCES) + " "
        starts = np.cumsum([0, *(len(sentence) + 1 for sentence in _SENTENCES)])
        long = text * 12
        return [
            long[starts[first] : starts[first] + 90 * count].rsplit(". ", 1)[0] + "."
            for first, count in zip(self.start[part], self.length[part], strict=True)
        ]


def _difficulty(
    study: Study,
    dataset: Artefact,
    ids: pa.Array,
    overall: NDArray[np.float64],
    random: np.random.Generator,
) -> None:
    columns: dict[str, object] = {"id": ids}
    for aspect in ("knowledge", "reasoning", "overall"):
        noise = 0.0 if aspect == "overall" else random.normal(0, 0.5, len(ids))
        columns[aspect] = pa.array(np.clip(overall + noise, 1, 5).astype(np.float32))
    for aspect in ("knowledge", "reasoning", "overall"):
        level = np.arange(1, 6)[:, None]
        weight = np.exp(-((level - np.asarray(columns[aspect])[None]) ** 2) / 0.8)
        for number, share in zip(range(1, 6), weight / weight.sum(axis=0), strict=True):
            columns[f"p_{aspect}_{number}"] = pa.array(share.astype(np.float32))
    columns["reason"] = pa.nulls(len(ids), pa.string())
    inputs = {"dataset": study.reference(dataset)}
    tables = {"scores.parquet": [pa.table(columns)]}
    counts = {"scored": len(ids), "not_scored": 0}
    _write(study, "difficulty", build(DifficultySettings, {}), inputs, tables, counts)


def _influence(
    study: Study,
    dataset: Artefact,
    ids: pa.Array,
    length: NDArray[np.int_],
    difficulty: NDArray[np.float64],
    unscored: float,
    random: np.random.Generator,
) -> None:
    size = len(ids)
    heavy = random.standard_t(2.2, size)
    score = (0.4 + 0.15 * (difficulty - 3) + 0.35 * heavy) * 4e-3 / np.sqrt(length / 10)
    reason = _some(size, unscored, "no response token is left after cutting", random)
    missing = np.asarray(reason.is_valid())
    columns = {
        "id": ids,
        "influence": pa.array(score, mask=missing),
        "loss": pa.array(random.gamma(8.0, 0.2, size), mask=missing),
        "response_tokens": pa.array((length * 24).astype(np.int32), mask=missing),
        "reason": reason,
    }
    inputs = {"dataset": study.reference(dataset)}
    tables = {"scores.parquet": [pa.table(columns)]}
    counts = {"scored": int((~missing).sum()), "not_scored": int(missing.sum()), "not_drawn": 0}
    _write(study, "influence", build(InfluenceSettings, {}), inputs, tables, counts)


def _embedding(study: Study, dataset: Artefact, ids: pa.Array, random: np.random.Generator) -> None:
    centres = random.normal(0, 6, (9, 2))
    place = centres[random.integers(9, size=len(ids))] + random.normal(0, 1.1, (len(ids), 2))
    table = pa.table({"id": ids, "x": place[:, 0], "y": place[:, 1]})
    inputs = {"dataset": study.reference(dataset)}
    tables = {"coordinates.parquet": [table]}
    _write(study, "embedding", build(EmbedSettings, {}), inputs, tables, {"placed": len(ids)})


def _some(size: int, share: float, text: str, random: np.random.Generator) -> pa.Array:
    """Return `text` for a random share of the rows, null for the others."""
    return pa.array([text] * size, mask=random.random(size) >= share)


def _write(
    study: Study,
    kind: Kind,
    settings: Settings,
    inputs: dict[str, dict[str, str]],
    tables: Mapping[str, Iterable[pa.Table]],
    counts: dict[str, int],
) -> Artefact:
    draft = begin(
        study.folder(kind, "main"),
        kind=kind,
        settings=settings.model_dump(mode="json"),
        inputs=inputs,
    )
    if not isinstance(draft, Draft):
        return draft
    for name, parts in tables.items():
        rest = iter(parts)
        first = next(rest)
        with pq.ParquetWriter(draft.path / name, first.schema) as writer:
            for table in chain([first], rest):
                writer.write_table(table, row_group_size=GROUP)
    reason = "the samples are made up"
    return draft.finish(
        counts=counts, facts={"format": "made up", "reason": reason, "kind": reason}
    )


def main() -> None:
    """Read the command line and make the study."""
    parser = argparse.ArgumentParser(description="Make a study of made-up samples and scores.")
    parser.add_argument("path", type=Path, help="an empty or new folder")
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    generate_study(given.path, given.samples, seed=given.seed)


if __name__ == "__main__":
    main()
