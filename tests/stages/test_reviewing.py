from __future__ import annotations

from pathlib import Path

import pytest

from diq_core.config import SelectSettings
from diq_core.errors import BadSetting
from diq_core.selection.scores import Scores
from diq_core.stages.reviewed import sorted_out
from diq_core.stages.reviewing import Change, change, change_by_hand
from tests.support.studies import full_study

SCORES = Scores.of(
    [f"s{number}" for number in range(8)],
    difficulty=[1, 2, 3, 4, 5, 1.5, 2.5, 3.5],
    influence=[0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1],
    excluded=[None] * 7 + ["duplicate of s1"],
)
SETTINGS = SelectSettings(strategy="influence", budget="3", quadrants=False)


def changed(manual: dict[str, str], *rejected: str) -> Change:
    return change(SCORES, SETTINGS, sorted_out(SCORES, manual, rejected).over(SETTINGS))


def test_the_next_in_order_moves_up():
    found = changed({"s1": "out"})
    assert (found.out, found.entered, found.displaced) == (("s1",), ("s3",), ())
    assert (found.before, found.after) == (3, 3)


def test_what_was_rejected_moves_up_nobody_who_was_rejected_too():
    found = changed({"s2": "in"}, "s1", "s2", "s3")
    assert (found.out, found.entered) == (("s1",), ("s4",))


def test_what_is_put_in_takes_a_place():
    found = changed({"s6": "in"})
    assert (found.put_in, found.displaced, found.after) == (("s6",), ("s2",), 3)


def test_taking_out_what_was_not_in_changes_nothing():
    found = changed({"s6": "out", "unknown": "out"})
    assert (found.out, found.entered, found.before) == ((), (), found.after)


def test_what_cannot_be_used_is_passed_over_with_its_reason():
    placed = sorted_out(SCORES, {"s7": "in", "unknown": "out", "s1": "in"}, ["gone", "s1", "s0"])
    assert placed.put_in == ("s1",)
    assert placed.taken_out == ()
    assert placed.rejected == ("s0",)
    assert placed.passed_over == {
        "s7": "left out at import: duplicate of s1", "unknown": "not in this dataset"
    }  # fmt: skip


def test_nothing_is_left_when_all_are_taken_out():
    with pytest.raises(BadSetting, match="Every sample that could be chosen was taken out"):
        changed({f"s{number}": "out" for number in range(8)})


def test_a_study_is_chosen_again_by_its_own_settings(tmp_path: Path):
    study = full_study(tmp_path / "study")
    selection = study.find("selection")
    nothing = change_by_hand(study, selection, {})
    assert nothing.before == nothing.after == selection.manifest["counts"]["kept"]
    assert nothing.entered == ()
    assert sum(before for before, _ in nothing.quadrants.values()) == nothing.before
