"""What lies beside a sample: models' own answers count only where the question is the same one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from diq_core.data.sample import Option, Sample
from diq_core.data.table import samples_table
from diq_core.stages.beside import OwnAnswer, near_questions, own_answers
from diq_core.stages.influence import VALIDATION
from diq_core.study import Study, create_study
from tests.support.results import add_evaluation
from tests.support.studies import add_dataset, add_influence
from tests.support.tampering import vouched_anew

OPTIONS = (Option("A", "Gout"), Option("B", "Lupus"))
ASKED = Sample("q1", "What is it?", answer="Lupus", options=OPTIONS, answer_label="B")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    study = create_study(tmp_path / "study")
    file = tmp_path / "exam.jsonl"
    rows = [{"id": id, "question": "What is it?", "options": {"A": "Gout", "B": "Lupus"},
             "answer": "B"} for id in ("q1", "q2")]  # fmt: skip
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    add_evaluation(study, [str(file)], {"q1"}, name="base", model="Small")
    add_evaluation(study, [str(file)], {"q2"}, name="tuned", model="Large")
    return study


def test_a_models_answer_stands_beside_the_right_one(study: Study) -> None:
    assert own_answers(study, ASKED) == [
        OwnAnswer("base", "Small", "B", "", True), OwnAnswer("tuned", "Large", "A", "", False),
    ]  # fmt: skip


def test_another_question_of_the_same_id_is_not_taken_for_it(study: Study) -> None:
    assert own_answers(study, replace(ASKED, id="q9")) == []
    assert own_answers(study, replace(ASKED, answer_label="A")) == []


def test_validation_questions_come_with_task_and_shared_words(study: Study) -> None:
    scores = add_influence(study, add_dataset(study))
    assert near_questions(scores, ASKED, most=3) == []
    known = [
        Sample("v1", "Which drug treats lupus nephritis?", answer="x", subject="Nephrology"),
        Sample("v2", "Which drug treats gout?", answer="y", meta={"task": "Rheumatology"}),
        Sample("v3", "Which bone is longest?", answer="z", source="anatomy"),
    ]
    pq.write_table(samples_table(known), scores.path / VALIDATION)
    found = near_questions(
        vouched_anew(scores.path), Sample("a", "Is lupus nephritis gout?"), most=2
    )
    assert [(one.sample.id, one.task) for one in found] == [
        ("v1", "Nephrology"), ("v2", "Rheumatology"),
    ]  # fmt: skip
    assert set(found[0].shared) == {"lupus", "nephritis"}
