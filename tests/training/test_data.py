"""What is learned from is what was scored: every format leads to the same tokens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.config import FinetuneSettings
from diq_core.data.sample import Sample, Turn
from diq_core.errors import BadSetting
from diq_core.export.exporters import EXPORTERS
from diq_core.models.tokens import tokenise, tokens_digest
from diq_core.study import create_study
from diq_core.training import data as training_data
from diq_core.training.data import make_examples, read_training
from diq_core.training.plan import plan_steps
from tests.support.tiny import question, questions, tiny_tokenizer
from tests.support.training import exported, sample_file

CONTEXT = Sample("c", "Is it so?", answer="yes", context="An abstract.", reasoning="Line.\n\nLine.")


@pytest.mark.parametrize("format", tuple(EXPORTERS))
def test_an_export_in_any_format_gives_the_tokens_that_were_scored(
    tmp_path: Path, format: str
) -> None:
    samples = [*questions(6), CONTEXT, Sample("o", "Only?", answer="- An answer.")]
    scored = tokenise(samples, tiny_tokenizer(), max_tokens=2000)
    study = create_study(tmp_path / "study")
    export = exported(study, sample_file(tmp_path / "pool.jsonl", samples), format)
    data = read_training(export.path)
    examples = make_examples(data, tiny_tokenizer(), max_tokens=2000)
    assert examples.digest == tokens_digest(scored.tokens)
    assert examples.counts == {"samples": 8, "trained": 8, "dropped": 0, "cut": 0}


def test_system_and_earlier_turns_are_part_of_the_prompt(tmp_path: Path) -> None:
    turns = (Turn("user", "Hello"), Turn("assistant", "Yes?"))
    talk = Sample("t", "And now?", answer="Now.", system="Be brief.", history=turns)
    scored = tokenise([talk, question(1)], tiny_tokenizer(), max_tokens=900)
    study = create_study(tmp_path / "study")
    for format in ("trl", "alpaca", "sharegpt", "csv"):
        export = exported(study, sample_file(tmp_path / f"{format}.jsonl", [talk, question(1)]),
                          format)  # fmt: skip
        examples = make_examples(read_training(export.path), tiny_tokenizer(), max_tokens=900)
        assert examples.digest == tokens_digest(scored.tokens), format


def test_the_order_of_the_file_does_not_matter(tmp_path: Path) -> None:
    one = read_training(sample_file(tmp_path / "one.jsonl", questions(5)))
    two = read_training(sample_file(tmp_path / "two.jsonl", questions(5)[::-1]))
    first, second = (make_examples(each, tiny_tokenizer(), max_tokens=900) for each in (one, two))
    assert [each.id for each in first.tokens] == [each.id for each in second.tokens]
    assert first.digest == second.digest


def test_a_cut_sample_is_counted(tmp_path: Path) -> None:
    data = read_training(sample_file(tmp_path / "pool.jsonl", questions(5)))
    assert make_examples(data, tiny_tokenizer(), max_tokens=105).counts["cut"] > 0


def test_three_epochs_of_five_in_steps_of_four() -> None:
    plan = plan_steps([10, 20, 30, 40, 50], FinetuneSettings(epochs=3, batch_size=4))
    assert plan.steps == 4
    assert plan.passes() == [3] * 5
    assert plan.tokens[-1] == 3 * 150
    assert [plan.epoch(step) for step in (1, 2, 4)] == [0.8, 1.6, 3.0]
    for first in (0, 5, 10):
        assert sorted(plan.order[first : first + 5]) == [0, 1, 2, 3, 4]


def test_max_steps_means_as_many_samples_whatever_the_size_of_the_set() -> None:
    settings = FinetuneSettings(max_steps=7, batch_size=4)
    for count in (1, 3, 28, 500):
        assert len(plan_steps([1] * count, settings).order) == 28


def test_a_token_budget_ends_with_the_step_that_reaches_it() -> None:
    settings = FinetuneSettings(token_budget=100, batch_size=2)
    assert plan_steps([10] * 50, settings).tokens == (20, 40, 60, 80, 100)
    assert plan_steps([30] * 3, settings).tokens == (60, 120)
    both = FinetuneSettings(token_budget=100, max_steps=2, batch_size=2)
    assert plan_steps([10] * 50, both).tokens == (20, 40)


@given(
    st.lists(st.integers(1, 500), min_size=1, max_size=40),
    st.integers(1, 8),
    st.integers(0, 3),
    st.floats(0.1, 4),
)
def test_no_sample_is_more_than_one_pass_ahead(
    lengths: list[int], size: int, seed: int, epochs: float
) -> None:
    settings = FinetuneSettings(batch_size=size, seed=seed, epochs=epochs)
    plan = plan_steps(lengths, settings)
    passes = plan.passes()
    assert max(passes) - min(passes) <= 1
    assert sum(passes) == len(plan.order) == max(1, round(epochs * len(lengths)))
    assert plan.steps == -(-len(plan.order) // size)
    assert plan == plan_steps(lengths, settings)
    assert list(plan.tokens) == sorted(plan.tokens)


def test_a_batch_must_be_divisible_over_the_processes() -> None:
    with pytest.raises(BadSetting, match="micro-batches of 2 on 3 processes"):
        plan_steps([1], FinetuneSettings(batch_size=8, micro_batch=2), processes=3)
    plan = plan_steps([1] * 5, FinetuneSettings(batch_size=4, epochs=1), processes=2)
    assert len(plan.order) == 8


def test_images_beside_rendered_texts_are_not_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "train.jsonl"
    row = {"id": "a", "prompt": "Which?", "completion": "This.", "images": ["images/a.png"]}
    file.write_text(json.dumps(row) + "\n", encoding="utf-8")
    with pytest.raises(BadSetting, match=r"written these texts already.*line 1.*llama-factory"):
        list(training_data._rendered(file))
