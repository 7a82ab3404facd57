from __future__ import annotations

from pathlib import Path

from diq_core.config import SelectSettings
from diq_core.selection.scores import Scores
from diq_core.stages.reviewing import change, change_by_hand
from tests.support.studies import full_study

SCORES = Scores.of(
    [f"s{number}" for number in range(8)],
    difficulty=[1, 2, 3, 4, 5, 1.5, 2.5, 3.5],
    influence=[0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1],
)
SETTINGS = SelectSettings(strategy="influence", budget="3", quadrants=False)


def test_the_next_in_order_moves_up():
    found = change(SCORES, SETTINGS, {"s1": "out"})
    assert (found.out, found.entered, found.displaced) == (("s1",), ("s3",), ())
    assert (found.before, found.after) == (3, 3)


def test_what_is_put_in_takes_a_place():
    found = change(SCORES, SETTINGS, {"s7": "in"})
    assert (found.put_in, found.displaced, found.after) == (("s7",), ("s2",), 3)


def test_taking_out_what_was_not_in_changes_nothing():
    found = change(SCORES, SETTINGS, {"s6": "out", "unknown": "out"})
    assert (found.out, found.entered, found.before) == ((), (), found.after)


def test_nothing_is_left_when_all_are_taken_out():
    found = change(SCORES, SETTINGS, {f"s{number}": "out" for number in range(8)})
    assert (found.after, len(found.out)) == (0, 3)


def test_a_study_is_chosen_again_by_its_own_settings(tmp_path: Path):
    study = full_study(tmp_path / "study")
    selection = study.find("selection")
    nothing = change_by_hand(study, selection, {})
    assert nothing.before == nothing.after == selection.manifest["counts"]["kept"]
    assert nothing.entered == ()
    assert sum(before for before, _ in nothing.quadrants.values()) == nothing.before
