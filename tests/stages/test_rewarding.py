"""What reinforcement learning is judged by: the same as everything else, of an export too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from diq_core.config import FinetuneSettings
from diq_core.data.sample import Option, Sample, answer_text, question_text
from diq_core.evaluation.verify.target import target_of
from diq_core.evaluation.verify.verdict import Target
from diq_core.evaluation.verify.verifying import verify
from diq_core.export.exporters import exporters
from diq_core.stages.rewarding import judge_of, read_learned, with_options
from diq_core.study import create_study
from diq_core.training.data import TrainingData
from tests.support.training import exported, sample_file

OPTIONS = (Option("A", "Fever of 39.5 °C"), Option("B", "Cough"), Option("C", ""))
ASKED = Sample("a", "Which sign?", "Cough", options=OPTIONS, answer_label="B", context="Once.")
ANSWERS = (
    "B",
    "B.",
    "B. Cough",
    "Cough",
    "The answer is B.",
    "A",
    "A. Fever",
    "C",
    "I do not know",
)


def written(sample: Sample) -> Sample:
    """Return a sample as a training file has it: options in the question, label in the answer."""
    return replace(sample, question=question_text(sample), answer=answer_text(sample), options=(),
                   answer_label="", context="")  # fmt: skip


@pytest.mark.parametrize("sample", [ASKED, replace(ASKED, answer="", answer_label="A")])
def test_the_options_in_a_question_are_found_again(sample: Sample) -> None:
    found = with_options(written(sample))
    assert found.options == OPTIONS
    assert found.answer_label == sample.answer_label
    assert found.question == question_text(sample)


@pytest.mark.parametrize(
    "other",
    [
        replace(written(ASKED), answer="Coughing"),
        replace(written(ASKED), question="Which?\n\nA. One\nB. Cough\nThen what?"),
        replace(written(ASKED), question="Which?\n\nB. Cough\nC. Two"),
        replace(written(ASKED), question="B. Cough"),
        replace(written(ASKED), question="Which?\n\nA. B. Cough\nB. Cough\nB. Cough"),
        Sample("n", "How much?", "5 mg"),
    ],
)
def test_what_is_not_letter_for_letter_an_option_is_none(other: Sample) -> None:
    assert with_options(other) is other


@pytest.mark.parametrize("format", ["trl", "alpaca", "sharegpt", "llama-factory", "csv"])
def test_an_answer_earns_what_the_verifier_says_whatever_the_export(
    tmp_path: Path, format: str
) -> None:
    assert format in exporters()
    samples = [ASKED, replace(ASKED, id="b", question="And this?", reasoning="It is dry.")]
    study = create_study(tmp_path / "study")
    export = exported(study, sample_file(tmp_path / "s.jsonl", samples), format)
    read = read_learned(export.path, FinetuneSettings(objective="grpo"))
    assert isinstance(read, TrainingData)
    judge = judge_of(read.samples)
    target = target_of(ASKED)
    assert isinstance(target, Target)
    for sample in read.samples:
        assert [judge(sample.id, text)[0] for text in ANSWERS] == [
            verify(text, target).outcome for text in ANSWERS
        ]
