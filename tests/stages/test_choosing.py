"""Choices among samples that ask the same: kept in the log, and followed by what comes after."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from diq_core.artefact import Artefact
from diq_core.cli import app
from diq_core.config import ImportSettings, JudgeSettings, SelectSettings
from diq_core.errors import BadSetting, NotFound
from diq_core.jobs.progress import silent
from diq_core.review.form.form import load_form
from diq_core.review.refusals import NotAllowed
from diq_core.review.store.changes import open_store
from diq_core.review.store.roles import Actor
from diq_core.stages import dataset as importing
from diq_core.stages import selection as selecting
from diq_core.stages.choosing import (
    Alike,
    alike,
    best_of,
    decide,
    left_out,
    refuse_left_out,
    scores_for,
    with_choices,
    without_chosen,
)
from diq_core.stages.joining import included_samples, load_scores, load_table
from diq_core.stages.judge_requests import judged_items
from diq_core.stages.reviewed import sorted_out
from diq_core.stages.reviewing import change_by_hand
from diq_core.stages.selection import SELECTION
from diq_core.study import Study, create_study

KIM = Actor("Dr Kim", "admin")
ASKED = "Which drug is given first to an adult with status epilepticus in the emergency room?"
ROWS = [
    {"id": "lora", "question": ASKED, "answer": "Lorazepam"},
    {"id": "pheny", "question": ASKED, "answer": "Phenytoin", "reasoning": "It was said so once."},
    {"id": "again", "question": ASKED, "answer": "Lorazepam", "reasoning": "It acts at once."},
    {"id": "other", "question": "What closes the foramen ovale after birth?", "answer": "Pressure"},
    {"id": "plain", "question": "Which organ makes insulin in adults?", "answer": "The pancreas"},
]


@pytest.fixture
def study(tmp_path: Path) -> Study:
    file = tmp_path / "pool.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    study = create_study(tmp_path / "study")
    imported(study, "main")
    return study


def imported(study: Study, name: str, settings: ImportSettings | None = None) -> Artefact:
    source = str(study.path.parent / "pool.jsonl")
    return importing.run(
        study, name, settings or ImportSettings(), silent(), source=source, validation=()
    )


def group(study: Study, name: str = "main") -> Alike:
    (found,) = alike(study, study.find("dataset", name))
    return found


def test_contradictions_and_duplicates_are_one_group_with_both_kinds_of_link(study: Study) -> None:
    found = group(study)
    assert found.group.ids == ("lora", "pheny", "again")
    assert found.group.contradicts
    assert found.stays == {"lora": "in", "pheny": "in", "again": "out"}
    assert found.excluded == {"again": "an exact duplicate of lora"}
    links = {(match.id, match.other, match.contradicts) for match in found.group.matches}
    assert links == {("pheny", "lora", True), ("again", "lora", False)}


def test_a_choice_is_kept_with_who_when_and_why_and_a_later_one_replaces_it(study: Study) -> None:
    decide(study, KIM, group(study), ["lora"], why="first line in every guideline")
    choice = group(study).choice
    assert choice
    assert (choice.by, choice.why) == ("Dr Kim", "first line in every guideline")
    assert choice.at.startswith("20")
    decide(study, Actor("Dr Lee", "admin"), group(study), [], why="both are unclear")
    found = group(study)
    assert found.choice
    assert (found.choice.by, found.choice.version) == ("Dr Lee", 2)
    assert set(found.stays.values()) == {"out"}


def test_a_selection_leaves_out_what_was_left_out_and_an_older_one_is_not_exported(
    study: Study,
) -> None:
    dataset = study.find("dataset", "main")
    settings = SelectSettings(strategy="random", budget="100%")
    assert without_chosen(study, dataset, settings) == (settings, {})
    older = select(study, "older", settings)
    decide(study, KIM, group(study), ["lora"], why="first line")
    assert left_out(study, dataset) == {"pheny"}
    taken, facts = without_chosen(study, dataset, settings)
    assert taken.set_aside == ("pheny",)
    assert facts["chosen_out"] == 1
    with pytest.raises(BadSetting, match="keeps what was left out .*: pheny"):
        refuse_left_out(study, older)
    newer = select(study, "newer", taken)
    refuse_left_out(study, newer)
    said = {row["id"]: row["reason"] for row in load_table(newer, SELECTION).to_pylist()}
    assert said["pheny"] == "Out: left out by a choice among samples that ask the same"


def test_no_hand_puts_in_what_a_choice_left_out(study: Study) -> None:
    dataset = study.find("dataset", "main")
    decide(study, KIM, group(study), ["lora"], why="first line")
    by_hand = SelectSettings(strategy="random", budget="100%", put_in=("pheny",))
    settings, _ = without_chosen(study, dataset, by_hand)
    with pytest.raises(BadSetting, match="left out by a choice among samples that ask the same "
                       ".*pheny.*Change that choice"):  # fmt: skip
        select(study, "forced", settings)
    # What was put in earlier, in the review, is passed over and named.
    found = sorted_out(load_scores(dataset, None, None), {"pheny": "in"}, set_aside={"pheny"})
    assert found.put_in == ()
    assert found.passed_over == {"pheny": "left out by a choice among samples that ask the same"}


def test_the_change_by_hand_and_a_judge_follow_a_choice_made_after_the_selection(
    study: Study,
) -> None:
    older = select(study, "older", SelectSettings(strategy="random", budget="100%"))
    assert change_by_hand(study, older, {}).out == ()
    decide(study, KIM, group(study), ["lora"], why="first line")
    found = change_by_hand(study, older, {"pheny": "in", "plain": "out"})
    assert (found.out, found.put_in) == (("pheny", "plain"), ())
    assert [*found.passed_over] == ["pheny"]
    store = open_store(study)
    try:
        judged = judged_items(
            study, store, older, JudgeSettings(endpoint="http://127.0.0.1:9/v1", model="m"),
            load_form(), KIM,
        )  # fmt: skip
    finally:
        store.close()
    assert "pheny" not in {each.sample for each in judged}
    assert "lora" in {each.sample for each in judged}


def select(study: Study, name: str, settings: SelectSettings) -> Artefact:
    given = selecting.inputs(study, settings, "main", None, None)
    return selecting.run(study, name, settings, silent(), **given)


def test_another_import_brings_in_what_was_chosen_and_is_a_function_of_its_settings(
    study: Study,
) -> None:
    with pytest.raises(NotFound, match="Nobody chose among samples"):
        with_choices(study, ImportSettings())
    decide(study, KIM, group(study), ["again"], why="with its reasoning")
    assert group(study).comes_in == ("again",)
    settings = with_choices(study, ImportSettings())
    second = imported(study, "second", settings)
    assert [sample.id for sample in included_samples(second)] == ["again", "other", "plain"]
    assert second.manifest["counts"]["excluded"] == {"left out by hand": 2}
    assert group(study, "second").comes_in == ()
    by_id = imported(study, "typed", ImportSettings(keep=("again",), leave_out=("lora", "pheny")))
    files = ("samples.parquet", "problems.parquet", "alike.parquet")
    assert [second.manifest["files"][each] for each in files] == [
        by_id.manifest["files"][each] for each in files
    ]


def test_what_cannot_be_followed_is_said(study: Study) -> None:
    kept = ImportSettings(keep=("other", "nowhere"), leave_out=("plain",))
    counts = imported(study, "odd", kept).manifest["counts"]
    assert counts["findings"]["choice-not-followed"] == 1
    assert counts["included"] == 3


def test_the_best_by_a_score_is_only_told_where_all_have_it_and_one_is_best(study: Study) -> None:
    scores = scores_for(study, study.find("dataset", "main"))
    assert best_of(scores, ["lora", "pheny"], "length") == "pheny"
    assert best_of(scores, ["lora", "other"], "length") is None
    assert best_of(scores, ["lora", "pheny"], "influence") is None
    with pytest.raises(BadSetting, match="There is no score 'luck'"):
        best_of(scores, ["lora"], "luck")


def test_choosing_needs_a_reason_a_role_and_a_word_on_every_sample(study: Study) -> None:
    with pytest.raises(BadSetting, match="A reason is missing"):
        decide(study, KIM, group(study), ["lora"], why=" ")
    with pytest.raises(BadSetting, match="not said of every sample"):
        decide(study, KIM, group(study), ["lora"], why="x", leave_out=["again"])
    with pytest.raises(BadSetting, match="both be kept and left out"):
        decide(study, KIM, group(study), ["lora"], why="x", leave_out=["lora"])
    with pytest.raises(NotAllowed, match="may not put samples in or out by hand"):
        decide(study, Actor("Vi", "viewer"), group(study), ["lora"], why="x")
    assert group(study).choice is None


def test_the_command_lists_chooses_and_chooses_by_a_score(study: Study) -> None:
    def said(*words: str) -> str:
        result = CliRunner().invoke(app, ["alike", "--study", str(study.path), *words])
        assert result.exception is None, result.exception
        return result.output

    assert "1 groups of samples that ask the same, 0 chosen" in said()
    assert "1 chosen, 1 of them now" in said("--by", "length", "--why", "more to learn")
    assert said().count("  out ") == 2
    out = said("--keep", "lora", "--leave-out", "pheny", "--leave-out", "again", "--why", "first",
               "--as", "Dr Kim", "--json")  # fmt: skip
    (told,) = json.loads(out)["groups"]
    assert told["samples"] == {"lora": "in", "pheny": "out", "again": "out"}
    assert (told["chosen"]["by"], told["chosen"]["why"]) == ("Dr Kim", "first")
