"""What is read from a written answer: the choice, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.data.sample import Option
from diq_core.evaluation.answers import read_choice

OPTIONS = (
    Option("A", "Otitis media"),
    Option("B", "Acute otitis media"),
    Option("C", "Sinusitis"),
    Option("D", "None of the above"),
)
YES_NO = (Option("A", "yes"), Option("B", "no"), Option("C", "maybe"))


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("C", "C"),
        ("C. Sinusitis", "C"),
        ("(c) because of the pain", "C"),
        ("**B.** Acute otitis media", "B"),
        ("The answer is (D).", "D"),
        ("The correct answer is: **A**", "A"),
        ("Answer: B", "B"),
        ("I would choose option D", "D"),
        ("## Thinking\n\nThe answer is A, or not.\n\n## Final Response\n\nC. Sinusitis", "C"),
        ("<think>B?</think>\n\nSinusitis", "C"),
        ("sinusitis.", "C"),
        ("It must be acute otitis media, given the fever.", "B"),
        # Nothing, or more than one thing, is said.
        ("", None),
        ("I do not know.", None),
        ("A 45-year-old man has pain", None),
        ("E. Migraine", None),
        ("The answer is A. The answer is B.", "B"),
        ("A. Otitis media. The correct answer is D.", "D"),
        ("Sinusitis, or none of the above", None),
        ("## Thinking\n\nThe answer is C", None),
    ],
)
def test_choice(text: str, label: str | None) -> None:
    assert read_choice(text, OPTIONS) == label


def test_short_texts_are_words_not_parts_of_words() -> None:
    assert read_choice("No.", YES_NO) == "B"
    assert read_choice("It is not known", YES_NO) is None
    assert read_choice("Yes, the trial shows it", YES_NO) == "A"


@given(st.text(max_size=60))
def test_any_text_gives_one_of_the_labels_or_nothing(text: str) -> None:
    assert read_choice(text, OPTIONS) in {None, "A", "B", "C", "D"}


@given(st.permutations(OPTIONS), st.sampled_from("ABCD"))
def test_the_order_of_the_options_does_not_matter(options: list[Option], label: str) -> None:
    said = next(option.text for option in options if option.label == label)
    assert read_choice(said, options) == label
    assert read_choice(f"The answer is {label}.", options) == label
