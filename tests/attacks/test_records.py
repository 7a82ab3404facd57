"""Damaged records and changed files: each is named, and none takes the rest with it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from diq_core.cli import app
from diq_core.errors import BadFile, UserError
from diq_core.jobs import lease, queue, standing, worker_lease
from diq_core.jobs.order import Order
from diq_core.jobs.progress import silent
from diq_core.jobs.running import running
from diq_core.stages import export as exporting
from diq_core.stages.joining import SAMPLES, load_table
from diq_core.status import damage, status
from diq_core.study import open_study
from tests.support.tampering import vouched_anew

JUNK = {
    "empty": b"",
    "no-json": b"{",
    "list": b"[1, 2]",
    "null": b"null",
    "text": b'"text"',
    "number": b"1e999",
    "binary": b"\xff\xfe\x00\x01",
    "deep": b"[" * 100_000,
    "empty-object": b"{}",
}
FIELDS: tuple[tuple[str, Any], ...] = (
    ("kind", 7), ("kind", "run"), ("settings", []), ("inputs", ["dataset"]), ("inputs", {"a": "b"}),
    ("counts", "many"), ("facts", None), ("files", {"samples.parquet": 1}), ("files", []),
    ("schema", "new"), ("versions", {"torch": 2}),
)  # fmt: skip


def test_the_sound_study_has_no_damage(study: Path) -> None:
    assert damage(open_study(study)) == []
    assert all(made.faults() == [] for made in open_study(study).artefacts("dataset"))


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_a_damaged_manifest_is_named_and_the_rest_goes_on(study: Path, junk: bytes) -> None:
    (study / "difficulty" / "main" / "manifest.json").write_bytes(junk)
    opened = open_study(study)
    assert [each for each in damage(opened) if "difficulty/main/manifest.json" in each]
    assert opened.artefacts("difficulty") == []
    assert opened.find("dataset").name == "main"
    result = CliRunner().invoke(app, ["status", "--study", str(study)])
    assert result.exit_code == 0, result.exception
    assert "difficulty/main/manifest.json" in result.output


@pytest.mark.parametrize(("field", "value"), FIELDS)
def test_a_manifest_with_another_type_is_named(study: Path, field: str, value: Any) -> None:
    file = study / "dataset" / "main" / "manifest.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), field: value}))
    with pytest.raises(BadFile, match=r"dataset/main/manifest\.json"):
        open_study(study).find("dataset", "main")
    assert len(status(open_study(study))) > 5


def test_a_key_of_a_later_version_is_no_damage(study: Path) -> None:
    vouched_anew(study / "selection" / "diq-10", later={"more": 1})
    assert damage(open_study(study)) == []


@pytest.mark.parametrize(
    "text", ["title = 7", "title = [", "who = {}", "store = 1", "\x00", "a=1\na=2"]
)
def test_a_damaged_study_file_is_named(study: Path, text: str) -> None:
    (study / "study.toml").write_text(text)
    with pytest.raises(BadFile, match=r"study\.toml"):
        open_study(study)


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_a_damaged_record_of_a_job_is_a_job_that_failed(study: Path, junk: bytes) -> None:
    folder = study / "jobs" / "difficulty-main"
    folder.mkdir(parents=True)
    (folder / "progress.json").write_bytes(junk)
    (job,) = standing.all_jobs(open_study(study))
    assert (job.kind, job.name, job.state) == ("difficulty", "main", "failed")
    assert "progress.json" in job.message
    assert len(status(open_study(study))) > 5


@pytest.mark.parametrize(
    "change",
    [
        {"done": "many"}, {"state": "lost"}, {"started": None}, {"name": "other"},
        {"command": "rm"}, {"pid": "1"}, {"result": []}, {"kind": "dataset"},
    ],
    ids=str,
)  # fmt: skip
def test_a_job_with_text_for_a_number_is_named(study: Path, change: dict[str, Any]) -> None:
    folder = study / "jobs" / "difficulty-main"
    folder.mkdir(parents=True)
    sound = {"state": "running", "kind": "difficulty", "name": "main", "started": 1.0}
    (folder / "progress.json").write_text(json.dumps({**sound, **change}))
    (job,) = standing.all_jobs(open_study(study))
    assert job.state in ("failed", "interrupted")
    if change != {"pid": "1"}:
        assert "progress.json" in job.message


def test_strange_folders_among_the_jobs_are_no_jobs(study: Path) -> None:
    for name in ("x", "run-", "run-..", "-", "nonsense-main"):
        (study / "jobs" / name).mkdir(parents=True)
        (study / "jobs" / name / "progress.json").write_text("[]")
    assert standing.all_jobs(open_study(study)) == []


@pytest.mark.parametrize("junk", [each for name, each in JUNK.items() if name != "empty-object"])
def test_a_damaged_line_is_named_and_the_status_goes_on(study: Path, junk: bytes) -> None:
    (study / "jobs" / "queue").mkdir(parents=True)
    (study / "jobs" / "queue" / "entries.json").write_bytes(junk)
    with pytest.raises(BadFile, match=r"entries\.json"):
        queue.entries(open_study(study))
    assert any("entries.json" in each for each in damage(open_study(study)))
    assert len(status(open_study(study))) > 5


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_a_damaged_worker_file_is_no_worker(study: Path, junk: bytes) -> None:
    (study / "jobs" / "queue").mkdir(parents=True)
    (study / "jobs" / "queue" / "worker.json").write_bytes(junk)
    assert not queue.has_worker(open_study(study))


@pytest.mark.parametrize("beat", [1e300, 4e9, -1e300])
def test_a_heartbeat_from_the_future_keeps_nothing(study: Path, beat: float) -> None:
    lived = {"host": "another-machine", "pid": 1, "beat": beat}
    job = {"state": "running", "kind": "difficulty", "name": "main", **lived}
    for place, values in (("queue/worker", lived), ("difficulty-main/progress", job)):
        file = study / "jobs" / f"{place}.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(values))
    assert not lease.is_elsewhere("another-machine", beat)
    assert not worker_lease.elsewhere(open_study(study))
    (found,) = standing.all_jobs(open_study(study))
    assert found.state == "interrupted"
    with running(open_study(study), Order("difficulty", "main")):
        pass


@pytest.mark.parametrize("file", ["samples.parquet", "problems.parquet"])
@pytest.mark.parametrize("how", ["longer", "one-byte", "gone", "other"])
def test_a_changed_table_is_named_and_nothing_is_made_of_it(
    study: Path, file: str, how: str
) -> None:
    path = study / "dataset" / "main" / file
    content = bytearray(path.read_bytes())
    about = path.stat()
    if how == "gone":
        path.unlink()
    else:
        content[len(content) // 2] ^= 1
        ending = b"x" if how == "longer" else b""
        path.write_bytes(b"PAR1" if how == "other" else bytes(content) + ending)
        os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    opened = open_study(study)
    with pytest.raises(BadFile, match=rf"{file} (was changed|is missing)"):
        load_table(opened.find("dataset"), file)
    settings = exporting.ExportSettings(format="trl")
    with pytest.raises(BadFile, match=rf"{file} (was changed|is missing)"):
        exporting.run(opened, "x", settings, silent(), selection=opened.find("selection"))


def test_a_change_after_the_first_read_is_seen(study: Path) -> None:
    dataset = open_study(study).find("dataset")
    load_table(dataset, SAMPLES)
    path = dataset.path / SAMPLES
    about, content = path.stat(), bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    with pytest.raises(BadFile, match=r"samples\.parquet was changed"):
        load_table(dataset, SAMPLES)


def test_a_table_that_is_none_is_said_even_where_the_manifest_vouches_for_it(study: Path) -> None:
    (study / "dataset" / "main" / SAMPLES).write_bytes(b"no table")
    vouched_anew(study / "dataset" / "main")
    with pytest.raises(BadFile, match=r"table is damaged.*samples\.parquet"):
        load_table(open_study(study).find("dataset"), SAMPLES)


def test_another_table_under_the_name_is_said(study: Path) -> None:
    shutil.copy(study / "difficulty/main/scores.parquet", study / "dataset/main" / SAMPLES)
    vouched_anew(study / "dataset" / "main")
    with pytest.raises(BadFile, match=r"table is damaged.*question"):
        load_table(open_study(study).find("dataset"), SAMPLES, ["id", "question"])


def test_a_replaced_input_is_said(study: Path) -> None:
    vouched_anew(study / "dataset" / "main", later=1)
    opened = open_study(study)
    with pytest.raises(UserError, match="has been replaced"):
        opened.resolve(opened.find("selection"), "dataset")


def test_a_foreign_file_in_an_artefact_is_named(study: Path) -> None:
    made = open_study(study).find("dataset")
    (made.path / ".DS_Store").write_text("")
    assert made.faults() == []
    (made.path / "more.bin").write_text("")
    assert made.faults() == ["more.bin is not in its manifest"]
