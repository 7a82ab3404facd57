"""Splitting a chain of reasoning into steps: what a reader sees, and that nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.data.steps import LONG, split_steps

SENTENCE = "The fever began before the rash, which speaks against a drug reaction. "


def shown(text: str) -> list[str]:
    return [step.strip() for step in split_steps(text)]


def test_paragraphs_are_steps() -> None:
    assert shown("First thought.\n\nSecond one.\n \n\nThird.") == [
        "First thought.",
        "Second one.",
        "Third.",
    ]


def test_a_single_line_break_is_part_of_a_step() -> None:
    assert shown("A line\nthat goes on.") == ["A line\nthat goes on."]


@pytest.mark.parametrize(
    "text",
    [
        "1. Look at the age.\n2. Look at the drugs.",
        "- Look at the age.\n- Look at the drugs.",
        "## Look at the age.\n## Look at the drugs.",
        "Step 1: look at the age.\nStep 2: look at the drugs.",
        "(1) Look at the age.\n(2) Look at the drugs.",
    ],
)
def test_list_items_and_headings_are_steps(text: str) -> None:
    assert len(split_steps(text)) == 2


def test_a_long_paragraph_becomes_several_steps_of_whole_sentences() -> None:
    steps = shown(SENTENCE * 12)
    assert len(steps) > 1
    assert all(step.endswith("reaction.") for step in steps)
    assert all(len(step) <= LONG for step in steps)
    assert all(len(step) > LONG // 3 for step in steps[:-1])


@pytest.mark.parametrize(
    "sentence",
    ["Dr. Smith gave 2.5 mg of it, i.e. Half of the dose, to the pt. It helped for a while. ",
     "The culture grew E. Coli in St. Mary's Hospital after approx. Two days of waiting there. "],
)  # fmt: skip
def test_abbreviations_and_decimals_do_not_end_a_sentence(sentence: str) -> None:
    for step in split_steps(sentence * 10):
        assert step.strip().endswith(("while.", "there."))


def test_chinese_sentences_are_split() -> None:
    steps = shown("患者有发热和皮疹，需要考虑药物反应。" * 60)
    assert len(steps) > 1
    assert all(step.endswith("。") for step in steps)


def test_a_long_text_without_an_end_stays_whole() -> None:
    assert split_steps("x" * 5000) == ["x" * 5000]


def test_empty_text_has_no_steps() -> None:
    assert split_steps("") == []


@pytest.mark.parametrize("text", [" \n\n ", "\n", "\n\n\n- \n\n"])
def test_white_space_alone_makes_no_extra_step(text: str) -> None:
    assert len(split_steps(text)) == 1


@given(
    st.text(
        alphabet=st.characters(codec="utf-8") | st.sampled_from(list("\n .?!-1。 aA")), max_size=900
    )
)
def test_no_character_is_lost(text: str) -> None:
    assert "".join(split_steps(text)) == text


@given(st.lists(st.sampled_from([SENTENCE, "\n\n", "\n- ", "Why? ", "1. "]), max_size=60))
def test_every_step_says_something(parts: list[str]) -> None:
    text = "".join(parts)
    steps = split_steps(text)
    assert "".join(steps) == text
    if text.strip():
        assert all(step.strip() for step in steps)


@pytest.mark.parametrize("piece", [".", "\n", " \n", "\n ", ". ", "(", "1. ", "a.", "。"])
def test_a_giant_text_does_not_take_forever(piece: str) -> None:
    # Quadratic work would take hours here.
    text = piece * (300_000 // len(piece))
    assert "".join(split_steps(text)) == text
