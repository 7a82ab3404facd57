"""A sample as it is shown: complete, readable, and inert."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import words

Card = Callable[..., AppTest]


@pytest.fixture
def card() -> Card:
    """Return a function that draws the card of a sample with these fields."""

    def draw(reason: str = "", **fields: object) -> AppTest:
        def page(reason: str, fields: dict[str, object]) -> None:
            from diq_core.data.sample import Option, Sample
            from pages.parts.sample_card import sample_card

            options = tuple(Option(*pair) for pair in fields.pop("options", ()))
            sample = Sample(**{"id": "s1", "question": "Why?", "options": options, **fields})
            sample_card(sample, ["harder than 83 % of this set"], reason)

        inputs = {"reason": reason, "fields": fields}
        return AppTest.from_function(page, kwargs=inputs).run()

    return draw


def test_the_right_option_is_marked_and_no_other(card: Card) -> None:
    drawn = words(card(options=[("A", "Iron"), ("B", "Zinc")], answer_label="B", answer="Zinc"))
    assert drawn.count("right answer") == 1
    assert "\u2713 <bdi>B</bdi>" in drawn


def test_reasoning_is_shown_in_numbered_steps(card: Card) -> None:
    drawn = words(card(reasoning="First.\n\nSecond.\n\nThird."))
    assert "Reasoning in 3 steps" in drawn
    assert drawn.count("<li><div") == 3


def test_what_is_missing_is_said(card: Card) -> None:
    drawn = words(card())
    assert "No reasoning is given." in drawn
    assert "No answer is given." in drawn


def test_everything_a_sample_says_is_shown(card: Card) -> None:
    drawn = words(
        card(
            reason="Out: Q4",
            context="An abstract",
            system="Be brief",
            source="medquad",
            subject="Surgery",
            licence="CC BY 4.0",
            meta={"known_wrong": True},
            file="pool.jsonl",
            line=12,
        )
    )
    for part in ("Out: Q4", "An abstract", "Be brief", "medquad", "Surgery", "CC BY 4.0",
                 "known_wrong", "pool.jsonl", "line 12", "harder than 83 %"):  # fmt: skip
        assert part in drawn


def test_control_and_direction_characters_are_written_out(card: Card) -> None:
    drawn = words(card(question="left \u202eright\u202c \x07"))
    assert "\u202e" not in drawn
    assert "U+202E" in drawn
    assert "U+0007" in drawn


@pytest.mark.parametrize("field", ["question", "answer", "reasoning", "context", "source", "id"])
def test_html_of_a_sample_stays_text(card: Card, field: str) -> None:
    drawn = words(card(**{field: '<img src="http://evil.example/x">'}))
    assert "<img" not in drawn
    assert "&lt;img" in drawn


def test_a_giant_text_is_cut_and_says_so(card: Card) -> None:
    drawn = words(card(question="x" * 50_000, reasoning="y" * 1_000_000))
    assert "30,000 more characters are not shown" in drawn
    assert "980,000 more characters are not shown" in drawn
    assert len(drawn) < 100_000
