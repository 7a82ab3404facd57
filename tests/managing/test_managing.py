"""Delete, rename, archive, duplicate, restore: what rests on something is never left without it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from diq_core.cli import app
from diq_core.draft import Draft, begin
from diq_core.errors import BadFile, BadSetting, Busy, NotFound
from diq_core.files import write_json
from diq_core.jobs import ledger
from diq_core.jobs import record as records
from diq_core.jobs.order import Order
from diq_core.jobs.signing import is_signed, sign
from diq_core.lineage import go_together, line_of, made_at
from diq_core.managing.changes import archive, bring_back, duplicate, rename
from diq_core.managing.resting import Thing, resting_on
from diq_core.managing.trash import delete, deletions, empty, find_deleted, restore
from diq_core.packing.pack import pack
from diq_core.packing.unpack import unpack
from diq_core.review.queue.claiming import plan
from diq_core.review.queue.material import items_of, members_of
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.store.changes import open_store
from diq_core.review.store.roles import Actor
from diq_core.stages.joining import SAMPLES, load_table
from diq_core.status import faults
from diq_core.study import Study
from tests.support.studies import (
    add_export,
    add_job,
    add_selection,
    full_study,
)

DATASET = Thing("dataset", "main")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Dataset, two scores, a selection and its export, each called "main"."""
    return full_study(tmp_path / "study", samples=12)


def everything(study: Study) -> dict[str, str]:
    """Return path → digest of each finished artefact."""
    kinds = ("dataset", "difficulty", "influence", "selection", "export")
    found = [one for kind in kinds for one in study.all_artefacts(kind)]  # type: ignore[arg-type]
    return {study.reference(one)["path"]: one.digest for one in found}


def plan_review(study: Study) -> None:
    """Plan a review of the samples of the dataset."""
    dataset = study.find("dataset")
    reference = study.reference(dataset)
    members = members_of(load_table(dataset, SAMPLES), None)
    settings = QueueSettings(
        "ward round", "1", samples=reference["path"], digest=reference["digest"]
    )
    store = open_store(study)
    plan(store, Actor("A", "admin"), "ward round", items_of(members, "all"), settings, key="k")
    store.close()


def test_what_others_rest_on_is_kept_and_they_are_named(study: Study) -> None:
    before = everything(study)
    with pytest.raises(
        BadSetting,
        match=r"4 that rest on it .*export 'main', selection 'main', influence 'main', "
        r"difficulty 'main' \(dataset 'main'\)\. Archive it instead, or delete it --with-dep",
    ):
        delete(study, "dataset", "main")
    assert everything(study) == before
    assert deletions(study) == []


def test_a_deletion_takes_what_rests_on_it_along_and_is_undone_as_a_whole(study: Study) -> None:
    before = everything(study)
    add_job(study, "selection", log="fixed")
    job = study.job_folder("selection", "main")
    gone = delete(study, "difficulty", "main", with_dependants=True)
    assert [one.path for one in gone.things] == [
        "difficulty/main", "selection/main", "export/main"
    ]  # fmt: skip
    assert sorted(everything(study)) == ["dataset/main", "influence/main"]
    assert not (job / "progress.json").exists()
    assert faults(study) == []
    assert deletions(study) == [gone]
    assert restore(study, find_deleted(study, "export", "main")) == list(gone.things)
    assert everything(study) == before
    assert faults(study) == []
    assert deletions(study) == []
    assert (job / "log.txt").read_text() == "fixed"


def test_a_renamed_artefact_is_found_by_what_was_made_of_it(study: Study) -> None:
    before = everything(study)
    add_job(study, "dataset", finished=1234.0)
    rename(study, "dataset", "main", "ward")
    renamed, selection = study.find("dataset", "ward"), study.find("selection")
    assert study.resolve(selection, "dataset") == renamed
    assert go_together(study, renamed, study.find("export"))
    assert ("dataset", renamed.digest) in line_of(study, study.find("export"))
    assert made_at(study, renamed) == 1234.0
    assert everything(study) == {
        **{path: digest for path, digest in before.items() if path != "dataset/main"},
        "dataset/ward": before["dataset/main"],
    }
    assert faults(study) == []


def test_the_same_command_finds_what_it_made_after_an_input_was_renamed(study: Study) -> None:
    made = study.find("selection")
    rename(study, "dataset", "main", "ward")
    again = add_selection(
        study, study.find("dataset"), study.find("difficulty"), study.find("influence")
    )
    assert again.digest == made.digest


def test_another_dataset_under_the_old_name_is_not_taken_for_the_renamed(study: Study) -> None:
    rename(study, "dataset", "main", "ward")
    other = full_study(study.path.parent / "other", samples=9)
    (other.path / "dataset" / "main").rename(study.path / "dataset" / "main")
    assert study.resolve(study.find("selection"), "dataset").name == "ward"
    delete(study, "dataset", "main")
    with pytest.raises(BadSetting, match="4 that rest on it"):
        delete(study, "dataset", "ward")


def test_of_two_equal_ones_either_may_go(study: Study) -> None:
    copy = duplicate(study, "dataset", "main", "copy")
    assert copy.digest == study.find("dataset", "main").digest
    assert copy.faults() == []
    assert resting_on(study, [DATASET]) == [] == resting_on(study, [Thing("dataset", "copy")])
    delete(study, "dataset", "main")
    assert study.resolve(study.find("selection"), "dataset").name == "copy"
    assert faults(study) == []
    with pytest.raises(BadSetting, match="4 that rest on it"):
        delete(study, "dataset", "copy")


def test_an_archived_one_is_not_offered_and_still_resolves(study: Study, tmp_path: Path) -> None:
    before = everything(study)
    archive(study, "dataset", "main")
    assert study.artefacts("dataset") == []
    assert everything(study) == before
    assert study.resolve(study.find("selection"), "dataset").is_archived
    assert faults(study) == []
    pack(study, tmp_path / "study.tar")
    opened = unpack(tmp_path / "study.tar", tmp_path / "opened", Actor("A", "admin")).study
    assert opened.artefacts("dataset") == []
    assert everything(opened) == before
    bring_back(study, "dataset", "main")
    assert [one.name for one in study.artefacts("dataset")] == ["main"]


def test_who_makes_an_archived_one_again_gets_it_back(study: Study) -> None:
    archive(study, "selection", "main")
    add_selection(study, study.find("dataset"), study.find("difficulty"), study.find("influence"))
    assert not study.find("selection", "main").is_archived


def test_the_trash_does_not_go_into_a_pack(study: Study, tmp_path: Path) -> None:
    delete(study, "export", "main")
    made = pack(study, tmp_path / "study.tar")
    assert ".trash" in made.left_out
    assert unpack(tmp_path / "study.tar", tmp_path / "opened", Actor("A", "admin")).files


def test_what_people_reviewed_is_archived_and_never_deleted(study: Study) -> None:
    plan_review(study)
    with pytest.raises(BadSetting, match=r"never deleted: 'ward round'.*Archive it instead"):
        delete(study, "dataset", "main", with_dependants=True)
    delete(study, "selection", "main", with_dependants=True)
    archive(study, "dataset", "main")


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (Order("export", "e", inputs={"selection": "main"}), "reads a selection made of it"),
        (Order("selection", "s"), "names nothing, and the only one is meant"),
        (Order("run", "r", {"model": "study:dataset/main/samples.parquet"}), "reads a file of it"),
        (None, "cannot be understood"),
    ],
)
def test_a_running_job_blocks_what_it_reads(study: Study, order: Order | None, why: str) -> None:
    kind, name = (order.kind, order.name) if order else ("run", "r")
    add_job(study, kind, name=name, state="running", order=order, finished=0.0)
    with records.FileLock(study.job_folder(kind, name) / "lock"):
        for act in (
            lambda: delete(study, "dataset", "main", with_dependants=True),
            lambda: rename(study, "dataset", "main", "ward"),
            lambda: archive(study, "dataset", "main"),
        ):
            with pytest.raises(Busy, match=f"{kind} '{name}' is being made and needs it"):
                act()
    assert study.find("dataset", "main").faults() == [], why


def test_a_waiting_job_blocks_too_and_what_it_does_not_read_may_go(study: Study) -> None:
    with ledger.changing(study) as line:
        line.add(Order("run", "later", inputs={"export": "main"}))
    with pytest.raises(Busy, match="run 'later' waits in the queue and needs it"):
        rename(study, "influence", "main", "new")
    add_export(study, study.find("selection"), name="other")
    delete(study, "export", "other")


def test_a_job_that_makes_the_new_name_blocks_it(study: Study) -> None:
    add_job(study, "dataset", name="ward", state="running", finished=0.0)
    with records.FileLock(study.job_folder("dataset", "ward") / "lock"):
        for act in (rename, duplicate):
            with pytest.raises(Busy, match="dataset 'ward' is being made"):
                act(study, "dataset", "main", "ward")


def test_names_that_are_taken_or_none_are_refused(study: Study) -> None:
    add_export(study, study.find("selection"), name="other")
    for act in (rename, duplicate):
        with pytest.raises(BadSetting, match="one of this name already"):
            act(study, "export", "main", "other")
        with pytest.raises(BadSetting, match="cannot be a name"):
            act(study, "export", "main", "../out")
    with pytest.raises(NotFound, match="no export called 'none'.*Name one that is there: main, ot"):
        delete(study, "export", "none")


def test_a_name_that_was_taken_meanwhile_keeps_its_folder(study: Study) -> None:
    gone = delete(study, "export", "main")
    add_export(study, study.find("selection"))
    with pytest.raises(BadSetting, match="another one of this name now"):
        restore(study, gone)
    rename(study, "export", "main", "second")
    restore(study, gone)
    assert [one.name for one in study.artefacts("export")] == ["main", "second"]


def test_what_it_was_made_of_comes_back_first(study: Study) -> None:
    export = delete(study, "export", "main")
    selection = delete(study, "selection", "main")
    with pytest.raises(BadSetting, match="selection 'main', which was deleted, too.*restore sel"):
        restore(study, export)
    restore(study, selection)
    restore(study, export)
    assert faults(study) == []


def test_a_deletion_that_was_cut_off_is_undone_as_far_as_it_came(study: Study) -> None:
    gone = delete(study, "selection", "main", with_dependants=True)
    place = study.path / ".trash" / str(gone.number)
    # As if it had been killed before the selection went: what rests on it goes first.
    (place / "selection" / "main").rename(study.path / "selection" / "main")
    assert restore(study, deletions(study)[0]) == [Thing("export", "main")]
    assert faults(study) == []


def test_what_is_damaged_or_unfinished_can_go_too(study: Study) -> None:
    (study.path / "export" / "main" / "manifest.json").write_text("{")
    delete(study, "export", "main")
    settings, inputs = {"a": 1}, {"selection": study.reference(study.find("selection"))}
    assert isinstance(
        begin(study.folder("export", "half"), kind="export", settings=settings, inputs=inputs),
        Draft,
    )
    with pytest.raises(BadSetting, match="unfinished export 'half'"):
        delete(study, "selection", "main")
    rename(study, "export", "half", "part")
    gone = delete(study, "selection", "main", with_dependants=True)
    assert Thing("export", "part", unfinished=True) in gone.things
    restore(study, gone)
    assert (study.path / "export" / "part.part").is_dir()


def test_nothing_is_moved_through_a_link(study: Study, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (study.path / ".trash").symlink_to(outside)
    with pytest.raises(BadFile, match="It is a link"):
        delete(study, "export", "main")
    (study.path / ".trash").unlink()
    (study.path / "export" / "linked").symlink_to(outside)
    for act in (rename, duplicate):
        with pytest.raises((BadFile, NotFound)):
            act(study, "export", "linked", "mine")
        with pytest.raises(BadFile, match="It is a link"):
            act(study, "export", "main", "linked")
    file = study.path / "export" / "main" / "train.jsonl"
    file.unlink()
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadFile, match="It is a link|it is a link"):
        duplicate(study, "export", "main", "copy")
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize(
    "things",
    [
        [{"kind": "../x", "name": "main", "unfinished": False}],
        [{"kind": "export", "name": "../../main", "unfinished": False}],
        [{"kind": "review", "name": "main", "unfinished": False}],
        "nothing",
    ],
)
def test_a_forged_record_in_the_trash_moves_nothing(study: Study, things: object) -> None:
    place = study.path / ".trash" / "1"
    place.mkdir(parents=True)
    write_json(place / "deleted.json", {"at": 0.0, "things": things})
    assert deletions(study) == []


def test_only_a_job_of_this_machine_is_signed_under_its_new_name(study: Study) -> None:
    own = Order("export", "main", inputs={"selection": "main"})
    for signature, is_own in ((sign(study, own.text), True), ("forged", False)):
        add_job(study, "export", order=own, signature=signature)
        rename(study, "export", "main", "new")
        job = records.read(study.job_folder("export", "new")).job
        assert job is not None
        assert job.order is not None
        assert job.order.name == "new"
        assert is_signed(study, job.signature, job.order.text) is is_own
        rename(study, "export", "new", "main")
    assert records.read(study.job_folder("export", "new")).job is None


def test_the_command_line_does_the_same_and_says_how_to_undo_it(study: Study) -> None:
    def diq(*line: str) -> dict[str, object]:
        found = CliRunner().invoke(
            app, [*line, "--study", str(study.path), "--json"], catch_exceptions=False
        )
        assert found.exit_code == 0, found.output
        return json.loads(found.output)  # type: ignore[no-any-return]

    diq("rename", "export", "main", "first")
    diq("duplicate", "export", "first", "second")
    diq("archive", "export", "second")
    assert diq("delete", "selection", "main", "--with-dependants")["deleted"] == [
        "selection/main", "export/first", "export/second"
    ]  # fmt: skip
    listed = diq("restore")
    assert listed["archived"] == []
    assert diq("restore", "export", "first")["restored"] == [
        "selection/main", "export/first", "export/second"
    ]  # fmt: skip
    assert diq("restore")["archived"] == ["export/second"]
    assert diq("restore", "export", "second")["restored"] == ["export/second"]
    diq("delete", "export", "second")
    assert diq("empty-trash")["bytes"] != 0
    assert deletions(study) == []
    assert empty(study) == 0
    with pytest.raises(BadSetting, match="no such kind.*Use one of dataset, mix, difficulty"):
        CliRunner().invoke(
            app, ["delete", "samples", "x", "--study", str(study.path)], catch_exceptions=False
        )
