"""A study with links: nothing outside is read or written, and the refusal names the file."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from diq_core.cli import app
from diq_core.data.images import ImageStore
from diq_core.errors import BadFile, UserError
from diq_core.inside import is_plain, within
from diq_core.jobs import control, queue, standing
from diq_core.jobs.order import Order
from diq_core.review.store.changes import open_store
from diq_core.stages.joining import SAMPLES, image_file, load_table
from diq_core.status import damage, status
from diq_core.study import open_study, studies_in
from tests.support.tampering import CANARY, vouched_anew

KINDS = ("dataset", "difficulty", "influence", "embedding", "selection")
FILES = (
    "dataset/main/samples.parquet",
    "dataset/main/manifest.json",
    "difficulty/main/scores.parquet",
    "influence/main/scores.parquet",
    "selection/diq-10/selection.parquet",
    "selection/diq-10/manifest.json",
)


def linked(path: Path, target: Path) -> None:
    """Put a link in the place of a file or folder."""
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


@pytest.mark.parametrize("kind", KINDS)
def test_a_linked_kind_is_named_and_the_others_are_there(
    study: Path, outside: Path, kind: str
) -> None:
    shutil.copytree(study / kind, outside.parent / "elsewhere")
    linked(study / kind, outside.parent / "elsewhere")
    opened = open_study(study)
    assert any("is a link" in each and kind in each for each in damage(opened))
    assert opened.artefacts(kind) == []
    assert sum(bool(opened.artefacts(other)) for other in KINDS) == len(KINDS) - 1
    assert len(status(opened)) > 5


@pytest.mark.parametrize("kind", KINDS)
def test_a_linked_artefact_is_named_and_not_opened(study: Path, outside: Path, kind: str) -> None:
    name = next((study / kind).iterdir()).name
    shutil.copytree(study / kind / name, outside.parent / "elsewhere")
    linked(study / kind / name, outside.parent / "elsewhere")
    opened = open_study(study)
    with pytest.raises(BadFile, match=rf"is a link.*{name}"):
        opened.find(kind, name)
    assert any(name in each for each in damage(opened))


@pytest.mark.parametrize("file", FILES)
def test_a_linked_file_is_not_read(study: Path, outside: Path, file: str) -> None:
    shutil.copy(study / file, outside.parent / "copy")
    linked(study / file, outside.parent / "copy")
    kind, name, table = file.split("/")
    with pytest.raises(BadFile, match=r"is a link"):
        load_table(open_study(study).find(kind, name), table)


@pytest.mark.parametrize("name", ["images", "images/a.png"])
def test_images_behind_a_link_are_not_exported(study: Path, outside: Path, name: str) -> None:
    dataset = study / "dataset" / "main"
    (dataset / "images").mkdir()
    (dataset / "images" / "a.png").write_text("picture")
    vouched_anew(dataset)
    linked(dataset / name, outside / ("folder" if name == "images" else "secret.txt"))
    found = open_study(study).find("dataset")
    with pytest.raises(BadFile, match=r"is a link"):
        image_file(found, "a.png")
    with pytest.raises(BadFile, match=r"is a link"):
        found.folder("images")
    with pytest.raises(BadFile, match=r"images"):
        found.require_whole()


@pytest.mark.parametrize("ending", ["", "-wal", "-shm"])
def test_a_linked_review_log_makes_no_database_elsewhere(
    study: Path, outside: Path, ending: str
) -> None:
    linked(study / f"review.db{ending}", outside.parent / "new.db")
    with pytest.raises(BadFile, match=rf"is a link.*review\.db{ending}"):
        open_store(open_study(study))
    assert not (outside.parent / "new.db").exists()
    assert len(status(open_study(study))) > 5


def test_a_linked_database_of_somebody_is_not_read(study: Path, outside: Path) -> None:
    with sqlite3.connect(outside.parent / "theirs.db") as connection:
        connection.execute("CREATE TABLE registers (kind, live, sample, reviewer)")
        connection.execute("INSERT INTO registers VALUES ('verdict', 1, 's', 'r')")
    linked(study / "review.db", outside.parent / "theirs.db")
    assert "samples judged" not in str(status(open_study(study)))


def test_a_linked_study_file_is_named(study: Path, outside: Path) -> None:
    shutil.copy(study / "study.toml", outside.parent / "other.toml")
    linked(study / "study.toml", outside.parent / "other.toml")
    with pytest.raises(BadFile, match=r"is a link.*study\.toml"):
        open_study(study)


@pytest.mark.parametrize(
    "name", ["jobs", "jobs/queue", *(f"jobs/queue/{file}" for file in ("change.lock", "log.txt"))]
)
def test_a_linked_queue_leads_nowhere(study: Path, outside: Path, name: str) -> None:
    linked(study / name, outside / ("secret.txt" if "." in name else "folder"))
    with pytest.raises(BadFile, match=r"is a link"):
        queue.enqueue(open_study(study), Order("run", "main"))


def test_a_linked_line_is_not_read(study: Path, outside: Path) -> None:
    linked(study / "jobs/queue/entries.json", outside / "manifest.json")
    with pytest.raises(BadFile, match=r"is a link.*entries\.json"):
        queue.entries(open_study(study))
    assert any("entries.json" in each for each in damage(open_study(study)))


@pytest.mark.parametrize("file", ["", "/lock", "/log.txt"])
def test_a_linked_record_of_a_job_leads_nowhere(study: Path, outside: Path, file: str) -> None:
    linked(study / f"jobs/run-main{file}", outside / ("secret.txt" if file else "folder"))
    opened = open_study(study)
    with pytest.raises(BadFile, match=r"is a link"):
        control.start(opened, Order("run", "main"))


@pytest.mark.parametrize("file", ["progress.json", "log.txt"])
def test_what_a_linked_record_says_is_not_shown(study: Path, outside: Path, file: str) -> None:
    linked(study / "jobs/run-main" / file, outside / "secret.txt")
    opened = open_study(study)
    assert CANARY not in str(standing.all_jobs(opened))
    with pytest.raises(BadFile, match=r"is a link"):
        within(opened.job_folder("run", "main"), file)


@pytest.mark.parametrize("name", ["samples.parquet", "images", "plan.json"])
def test_a_prepared_draft_leads_nothing_out(study: Path, outside: Path, name: str) -> None:
    from diq_core.draft import begin

    part = study / "dataset" / "new.part"
    part.mkdir()
    (part / name).symlink_to(outside / "secret.txt")
    with pytest.raises(BadFile, match=r"is a link"):
        begin(study / "dataset" / "new", kind="dataset", settings={}, inputs={})


@pytest.mark.parametrize("name", ["samples.parquet", "manifest.json"])
def test_a_pipe_in_the_place_of_a_file_stops_nothing(study: Path, name: str) -> None:
    file = study / "dataset" / "main" / name
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(BadFile, match=r"neither a file nor a folder"):
        load_table(open_study(study).find("dataset", "main"), SAMPLES)


@pytest.mark.parametrize(
    "name",
    [
        "../outside/secret.txt",
        "a/../../x",
        "/etc/passwd",
        "",
        ".",
        "a//b",
        "a/./b",
        "a\x00b",
        "C:\\x",
        "c:x",
        "a\\..\\b",
        "a\nb",
    ],
)
def test_a_name_that_leads_out_is_refused(study: Path, outside: Path, name: str) -> None:
    assert not is_plain(name)
    with pytest.raises(BadFile, match=r"leads out"):
        within(study, name)
    vouched_anew(study / "dataset" / "main", files={name: "0" * 64})
    with pytest.raises(BadFile, match=r"outside its folder"):
        open_study(study).find("dataset", "main")


@pytest.mark.parametrize("path", ["../outside/folder", "/etc", "dataset/../../outside/folder"])
def test_an_input_elsewhere_is_not_opened(study: Path, outside: Path, path: str) -> None:
    made = vouched_anew(
        study / "difficulty" / "main", inputs={"dataset": {"path": path, "digest": "0"}}
    )
    with pytest.raises(BadFile, match=r"leads out"):
        open_study(study).resolve(made, "dataset")


def test_a_linked_workspace_of_studies_shows_them_all(study: Path, tmp_path: Path) -> None:
    (tmp_path / "second" / "study.toml").mkdir(parents=True)
    (tmp_path / "third").mkdir()
    (tmp_path / "third" / "study.toml").symlink_to(study / "study.toml")
    assert [one.path.name for one in studies_in(tmp_path)] == ["second", "study", "third"]
    for name in ("second", "third"):
        result = CliRunner().invoke(app, ["status", "--study", str(tmp_path / name)])
        assert isinstance(result.exception, UserError)
    assert CliRunner().invoke(app, ["status", "--study", str(study)]).exit_code == 0


def test_images_beside_the_imported_file_stay_there(outside: Path) -> None:
    store = ImageStore(outside / "folder")
    with pytest.raises(ValueError, match="leaves"):
        store.add("../secret.txt")
