"""Benchmark questions inside training data, in every form that training data has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from diq_core.data.sample import Sample, question_text
from diq_core.evaluation.contamination import contamination
from diq_core.evaluation.questions import Question, read_benchmark
from tests.support.benchmarks import write_rows

STEMS = (
    "Free gingival groove represents",
    "A 64-year-old man with fever, a new murmur and splinter haemorrhages has two positive blood "
    "cultures. Echocardiography shows a vegetation on the aortic valve. Which antibiotic comes "
    "first while the sensitivities are awaited?",
    "Which nerve is injured when the wrist drops after a fracture of the humeral shaft?",
)


@pytest.fixture
def asked(tmp_path: Path) -> tuple[Question, ...]:
    rows = [
        {"id": f"q{place}", "question": stem, "answer_idx": "A",
         "options": {label: f"choice {label}{place}" for label in "ABCD"}}
        for place, stem in enumerate(STEMS)
    ]  # fmt: skip
    return read_benchmark(write_rows(tmp_path / "bench.jsonl", rows)).questions


def test_the_same_question_with_its_options(asked: tuple[Question, ...]) -> None:
    trained = [replace(asked[place].sample, id=f"t{place}") for place in (0, 2)]
    found = contamination(trained, asked)
    assert (found.trained, found.exact, found.near) == (2, ("q0", "q2"), ())


def test_options_written_into_the_question(asked: tuple[Question, ...]) -> None:
    trained = [Sample(f"t{n}", question_text(asked[n].sample), "Yes.") for n in (0, 1)]
    found = contamination(trained, asked)
    assert found.exact == ("q0", "q1")


def test_a_question_inside_a_longer_prompt_is_near(asked: tuple[Question, ...]) -> None:
    text = f"You are a careful doctor. Think step by step. {STEMS[1]} Answer in one word."
    found = contamination([Sample("t", text, "Vancomycin")], asked)
    assert (found.exact, found.near, found.ids) == ((), ("q1",), {"q1"})


def test_other_questions_are_not_found(asked: tuple[Question, ...]) -> None:
    other = Sample("t", "Which nerve is injured when the foot drops after a knee fracture?", "x")
    assert contamination([other], asked).ids == frozenset()
    assert contamination([], asked).trained == 0
