"""What verdicts come to, and which of the reviewers' texts counts."""

from __future__ import annotations

from typing import Any

import pytest

from diq_core.review.store.reading import Judgement
from diq_core.review.verdicts.rulings import DIFFERENT, NO_TEXT, Correction, Ruling, rulings
from tests.support.reviews import answer

EDIT = "accept_with_edit"


def verdict(who: str, what: str, *, machine: bool = False) -> Judgement:
    return Judgement("s1", who, "1", {"answer": {**answer(what), "flags": []}}, who, machine, "", 1)


def edit(who: str, text: str, field: str = "reasoning", *, machine: bool = False) -> Judgement:
    value = {"original": "old", "original_digest": "", "text": text}
    return Judgement("s1", who, field, value, who, machine, "", 1)


def third(what: str, **edits: str) -> Judgement:
    value = {"answer": {**answer(what), "flags": []}, "edits": edits}
    return Judgement("s1", "", "1", value, "Eve", False, "", 1)


def ruling(verdicts: str, edits: list[Judgement] | None = None, *settled: Judgement) -> Ruling:
    """Return the ruling on verdicts by Ann, Ben and Cas, in that order, as letters a e r u."""
    words = {"a": "accept", "e": EDIT, "r": "reject", "u": "unsure"}
    given = [verdict(who, words[one]) for who, one in zip("ABC", verdicts, strict=False)]
    return rulings(given, settled, edits or [])["s1"]


@pytest.mark.parametrize(
    ("verdicts", "standing"),
    [("a", "accepted"), ("e", "accepted with edit"), ("r", "rejected"), ("u", "undecided"),
     ("ae", "accepted with edit"), ("aae", "accepted"), ("ar", "rejected"), ("au", "undecided"),
     ("aur", "undecided"), ("aeu", "accepted with edit"), ("aar", "accepted"),
     ("arr", "rejected")],
)  # fmt: skip
def test_what_verdicts_come_to(verdicts: str, standing: str) -> None:
    assert ruling(verdicts).standing == standing


def test_the_text_of_those_who_accept_with_edit_counts() -> None:
    found = ruling("ea", [edit("A", "new"), edit("A", "B. other", "answer")])
    assert found.corrections == (
        Correction("answer", "old", "B. other"), Correction("reasoning", "old", "new")
    )  # fmt: skip
    assert found.open == ""


def test_an_edit_beside_another_verdict_is_not_applied() -> None:
    assert ruling("ea", [edit("A", "new"), edit("B", "by somebody who accepts")]).corrections == (
        Correction("reasoning", "old", "new"),
    )
    assert ruling("r", [edit("A", "new")]).corrections == ()
    assert ruling("a", [edit("A", "new")]).corrections == ()


def test_two_different_corrections_are_never_mixed() -> None:
    assert ruling("ee", [edit("A", "new"), edit("B", "new")]).corrections
    for other in (edit("B", "else"), edit("B", "new", "answer")):
        found = ruling("ee", [edit("A", "new"), other])
        assert (found.corrections, found.open) == ((), DIFFERENT)


def test_a_third_person_decides() -> None:
    edits = [edit("A", "new"), edit("B", "else")]
    assert ruling("ee", edits, third(EDIT)).open == DIFFERENT
    found = ruling("ee", edits, third(EDIT, reasoning="else"))
    assert found.corrections == (Correction("reasoning", "old", "else"),)
    assert found.settled
    assert ruling("er", edits[:1], third(EDIT)).corrections
    # Whose text it was written for is known, also where its author rejected the sample.
    found = ruling("r", edits[:1], third(EDIT, reasoning="new"))
    assert found.corrections == (Correction("reasoning", "old", "new"),)
    assert ruling("ee", edits, third("accept")) == Ruling("s1", "accepted", settled=True)
    assert ruling("ae", edits, third("reject")).standing == "rejected"
    assert ruling("ar", [], third(EDIT)).open == NO_TEXT


def test_models_decide_nothing() -> None:
    machine: Any = {"machine": True}
    said = [verdict("A", EDIT), verdict("M", "reject", **machine)]
    found = rulings(said, [], [edit("A", "new"), edit("M", "by a model", **machine)])["s1"]
    assert (found.standing, len(found.corrections)) == ("accepted with edit", 1)
    assert rulings([verdict("M", EDIT, **machine)], [], [edit("M", "x", **machine)]) == {}
