"""A diff loses no character of either text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from diq_core.review.verdicts.edits import diff


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_both_texts_can_be_read_off_the_diff(original: str, edited: str) -> None:
    pieces = diff(original, edited)
    assert "".join(text for change, text in pieces if change != "added") == original
    assert "".join(text for change, text in pieces if change != "removed") == edited


def test_one_changed_dose_is_one_changed_word() -> None:
    assert diff("Give 10 mg twice.", "Give 5 mg twice.") == [
        ("same", "Give "),
        ("removed", "10"),
        ("added", "5"),
        ("same", " mg twice."),
    ]


def test_a_giant_text_is_compared_as_a_whole() -> None:
    left, right = "a\n" * 30_000, "b\n" * 30_000
    assert diff(left, right) == [("removed", left), ("added", right)]
