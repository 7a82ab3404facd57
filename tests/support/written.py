"""Two evaluations with written answers, as `diq evaluate --scorings generated` leaves them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from diq_core.artefact import Artefact
from diq_core.config import EvaluateSettings
from diq_core.draft import Draft, begin
from diq_core.evaluation.answers import Answer
from diq_core.evaluation.table import rows_of
from diq_core.files import write_json
from diq_core.stages.sources import source_reference
from diq_core.study import Study

BENCHMARK = "mini"


def write_questions(folder: Path, count: int) -> Path:
    """Write a file of `count` multiple-choice questions and return it."""
    path = folder / f"{BENCHMARK}.jsonl"
    lines = [
        {"id": f"q{number:02d}", "question": f"What explains sign {number}?",
         "options": {"A": f"Cause {number}", "B": "Another cause"}, "answer_idx": "A",
         "answer": f"Cause {number}"}
        for number in range(count)
    ]  # fmt: skip
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def add_written(study: Study, name: str, questions: Path, texts: Sequence[str | None]) -> Artefact:
    """Add the evaluation `name`: its answer to question `n` is ``texts[n]``."""
    settings = EvaluateSettings(scorings=("generated",), answer_loss=False)
    draft = begin(
        study.folder("evaluation", name),
        kind="evaluation",
        settings=settings.model_dump(mode="json"),
        inputs={f"benchmark {questions.stem}": source_reference(str(questions))},
    )
    assert isinstance(draft, Draft)
    answers = [
        Answer(f"q{number:02d}", "generated", "A", None, False, text=text)
        for number, text in enumerate(texts)
    ]
    pq.write_table(rows_of(questions.stem, answers), draft.path / "answers.parquet")
    write_json(draft.path / "results.json", {"benchmarks": {}, "averages": {}})
    model = {"name": f"{name} model", "device": "cpu"}
    counts = {"questions": len(texts), "left_out": 0, "unanswered": sum(not one for one in texts)}
    return draft.finish(counts=counts, facts={"model": model})
