"""How long a text is where no model's tokens are known: in every script, alone or in a column."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.data.checks import check
from diq_core.data.composition import compose
from diq_core.data.lengths import blank_lengths, column_unit, text_lengths
from diq_core.data.sample import Sample
from diq_core.data.table import samples_table
from diq_core.data.text import WORDS, WORDS_OR_CHARACTERS, length_unit, normal_words, text_length

SIGNS = (
    "ab .,\n\t\x0b\x0c\r\x1c\x85\xa0\u2009\u200b\u3000血。，ア가ไข้ກ་ཀе\u0301\U00020001\U0001f600"
)
texts = st.text(st.sampled_from(SIGNS), max_size=30) | st.text(max_size=30)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        (" \n\u3000", 0),
        ("What is the dose?", 4),
        ("37\u00a0°C and 5\u2009mg", 5),
        ("ما هو علاج ارتفاع ضغط الدم؟", 6),
        ("고혈압 치료는 무엇인가요", 3),
        ("血压高怎么办？", 7),
        ("患者CD4+ 细胞 low", 6),
        ("が悪い", 3),
        # A vowel or a tone above a character is no character of its own.
        ("ไข้สูง", 4),
        ("ជំងឺ", 2),
    ],
)
def test_lengths_by_hand(text: str, length: int) -> None:
    assert text_length(text) == length
    assert text_lengths(pa.chunked_array([[text]])).tolist() == [length]


@given(st.lists(st.none() | texts, max_size=8))
def test_a_column_is_counted_as_each_of_its_texts(column: list[str | None]) -> None:
    array = pa.chunked_array([column[:3], column[3:]], pa.string())
    assert text_lengths(array).tolist() == [text_length(text or "") for text in column]
    assert column_unit(array) == length_unit(*(text or "" for text in column))


@given(texts, texts)
def test_a_blank_between_two_texts_adds_nothing(one: str, other: str) -> None:
    assert text_length(f"{one} {other}") == text_length(one) + text_length(other)


def test_the_unit_says_what_was_counted() -> None:
    assert length_unit("Dose?", "الدم", "고혈압", "Größe") == WORDS
    assert length_unit("Dose?", "血") == WORDS_OR_CHARACTERS
    assert column_unit(pa.chunked_array([["a", None], ["ไข้"]])) == WORDS_OR_CHARACTERS


def test_older_versions_counted_what_stands_between_blanks() -> None:
    column = pa.chunked_array([[" a  b\nc ", "血压高 怎么办", "", None]])
    assert blank_lengths(column).tolist() == [3, 2, 0, 0]


@pytest.mark.parametrize(("sign", "unit"), [("word ", WORDS), ("血", WORDS_OR_CHARACTERS)])
def test_a_long_text_is_found_in_every_script(sign: str, unit: str) -> None:
    sample = Sample("a", question=sign * 2_001, answer="x")
    [said] = [each.message for each in check(sample) if each.rule == "very-long"]
    assert f"2001 {unit}" in said


def test_a_dataset_says_in_what_its_lengths_are() -> None:
    found = compose(samples_table([Sample("a", "为什么血压高", "休息", "Because of it")])).lengths
    assert (found["question"].largest, found["question"].unit) == (6, WORDS_OR_CHARACTERS)
    assert (found["reasoning"].largest, found["reasoning"].unit) == (3, WORDS)


def test_words_of_a_script_without_blanks_are_its_characters() -> None:
    """Else a whole Thai question were one word: too short, and near to no other."""
    assert normal_words("ไข้สูง CD4+") == ["ไ", "ข้", "สู", "ง", "cd4", "+"]
    assert normal_words("高血压，怎么") == ["高", "血", "压", "怎", "么"]
