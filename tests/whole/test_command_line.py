"""From a file to an export through the real command line, twice: every artefact byte for byte."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from diq_core.models.shipped import cache_folder

pytestmark = pytest.mark.xdist_group("whole")

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
POOL = SHARED / "train_medmcqa_cot.jsonl"
needs_data = pytest.mark.skipif(not POOL.exists(), reason="the real data folder is not here")
FAST = ["--per-task", "1", "--max-tokens", "300", "--batch-tokens", "1024"]


def diq(*arguments: str | Path, code: int = 0, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "diq_core", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, **(environment or {})},
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stderr


def made(*arguments: str | Path, **options: Any) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(diq(*arguments, "--json", **options))
    return result


def all_bytes(study: Path) -> dict[str, bytes]:
    return {
        file.relative_to(study).as_posix(): file.read_bytes()
        for file in sorted(study.rglob("*"))
        if file.is_file() and "jobs" not in file.relative_to(study).parts
    }


def work_through(study: Path, pool: Path) -> dict[str, Any]:
    made("new", study, "--title", "Whole")
    counts = {"dataset": made("import", pool, "--study", study)["counts"]}
    counts["embedding"] = made("embed", "--study", study)["counts"]
    counts["difficulty"] = made("difficulty", "--study", study)["counts"]
    counts["influence"] = made("influence", "--study", study, "--limit", "12", *FAST)["counts"]
    counts["selection"] = made("select", "--study", study, "--budget", "5")["counts"]
    counts["export"] = made("export", "--study", study, "--format", "trl")["counts"]
    return counts


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("pool") / "pool.jsonl"
    with POOL.open(encoding="utf-8") as lines:
        file.write_text("".join(next(lines) for _ in range(40)), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, pool: Path) -> tuple[Path, dict[str, Any]]:
    path = tmp_path_factory.mktemp("first") / "study"
    return path, work_through(path, pool)


@needs_data
def test_the_whole_way_gives_a_file_to_train_on(study: tuple[Path, dict[str, Any]]) -> None:
    path, counts = study
    assert counts["dataset"]["samples"] == 40
    assert counts["influence"]["scored"] == 12
    assert counts["selection"]["kept"] == 5
    rows = [
        json.loads(line) for line in (path / "export/main/train.jsonl").read_text().splitlines()
    ]
    assert len(rows) == 5
    assert [turn["role"] for turn in rows[0]["messages"]][-2:] == ["user", "assistant"]
    assert (path / "export/main/DATASHEET.md").exists()
    assert (path / "export/main/croissant.json").exists()
    lines = diq("status", "--study", path)
    assert "done     Export" in lines


@needs_data
def test_run_twice_every_artefact_is_the_same_to_the_byte(
    study: tuple[Path, dict[str, Any]],
    pool: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The model that was converted once may stay; the validation direction must be found again.
    own = tmp_path / "cache"
    own.mkdir()
    for kept in cache_folder().iterdir():
        if kept.name != "directions":
            (own / kept.name).symlink_to(kept)
    monkeypatch.setenv("DIQ_CACHE", str(own))
    work_through(tmp_path / "study", pool)
    one, two = all_bytes(study[0]), all_bytes(tmp_path / "study")
    assert list(one) == list(two)
    assert [name for name in one if one[name] != two[name]] == []


@needs_data
def test_an_export_is_made_again_from_its_manifest(
    study: tuple[Path, dict[str, Any]], pool: Path, tmp_path: Path
) -> None:
    manifest = study[0] / "export/main/manifest.json"
    result = made("reproduce", manifest, "--source", pool, "--study", tmp_path / "again")
    assert result["identical"]
    assert [step["different"] for step in result["steps"]] == [[]] * len(result["steps"])
    other = tmp_path / "other.jsonl"
    other.write_text(pool.read_text() + pool.read_text().splitlines()[0] + "\n")
    words = diq("reproduce", manifest, "--source", other, "--study", tmp_path / "b", code=2)
    assert "not among those given" in words
    assert "pool.jsonl" in words


@needs_data
def test_killed_in_the_middle_influence_continues_to_the_same_bytes(
    study: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    path = tmp_path / "study"
    shutil.copytree(study[0], path, ignore=shutil.ignore_patterns("jobs", "influence"))
    command = ["influence", "--study", str(path), "--limit", "12", *FAST]
    process = subprocess.Popen([sys.executable, "-m", "diq_core", *command])
    part = path / "influence" / "main.part"
    while not (part / "check.json").exists():
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert "interrupted" in diq("status", "--study", path)
    diq(*command)
    for file in (study[0] / "influence/main").iterdir():
        assert file.read_bytes() == (path / "influence/main" / file.name).read_bytes(), file.name


@needs_data
@pytest.mark.parametrize(
    ("kind", "command"),
    [
        ("dataset", ["import", "POOL"]),
        ("embedding", ["embed"]),
        ("difficulty", ["difficulty"]),
        ("selection", ["select", "--budget", "5"]),
        ("export", ["export"]),
    ],
)
def test_killed_at_any_moment_every_job_ends_with_the_same_bytes(
    study: tuple[Path, dict[str, Any]], pool: Path, tmp_path: Path, kind: str, command: list[str]
) -> None:
    path = tmp_path / "study"
    shutil.copytree(study[0], path, ignore=shutil.ignore_patterns("jobs", kind))
    whole = [str(pool) if part == "POOL" else part for part in command] + ["--study", str(path)]
    process = subprocess.Popen([sys.executable, "-m", "diq_core", *whole])
    # It is killed as soon as the unfinished folder is there; a quick one may be done by then.
    while process.poll() is None and not (path / kind).exists():
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    diq(*whole)
    assert not list((path / kind).glob("*.part"))
    for file in (study[0] / kind / "main").iterdir():
        assert file.read_bytes() == (path / kind / "main" / file.name).read_bytes(), file.name


@needs_data
def test_mistakes_are_one_message_and_exit_2(
    study: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    path = study[0]
    assert "There is no study here" in diq("status", "--study", tmp_path, code=2)
    words = diq("influence", "--study", path, "--name", "x", "--model", tmp_path / "no", code=2)
    assert str(tmp_path / "no") in words
    assert "Traceback" not in words
    words = diq("select", "--study", path, "--budget", "0%", "--name", "x", code=2)
    assert "budget" in words
    words = diq("select", "--study", path, "--budget", "7", code=2)
    assert "exists already with other settings: setting budget was '5', now '7'" in words
    words = diq("select", "--study", path, "--paper-rule", "--weight", "0.5", code=2)
    assert "contradict" in words


@needs_data
def test_every_command_has_help() -> None:
    for verb in (
        "new",
        "import",
        "embed",
        "difficulty",
        "influence",
        "select",
        "export",
        "reproduce",
        "train-difficulty",
        "status",
        "app",
    ):
        assert "Usage" in diq(verb, "--help")


def test_an_import_says_what_it_did_not_use_and_stops_where_that_matters(tmp_path: Path) -> None:
    study = tmp_path / "study"
    diq("new", study)
    pool = tmp_path / "pool.jsonl"
    row = {"question": "Which shape is it?", "answer": "A ring.", "film": "a.png", "ward": "north"}
    pool.write_text(json.dumps(row) + "\n", encoding="utf-8")
    said = diq("import", pool, "--study", study, code=2)
    assert "'film' holds files or bytes (such as a.png)" in said
    assert "--map images=film or --ignore film" in said
    assert not (study / "dataset" / "main").exists()
    told = diq("import", pool, "--study", study, "--ignore", "film")
    assert "Not used, and kept in meta:" in told
    assert "ward: 14.3% of the file, in 1 row, such as north" in told
    report = json.loads(diq("import", pool, "--study", study, "--ignore", "film", "--json"))
    assert [each["column"] for each in report["unused"]] == ["film", "ward"]


def test_with_no_sample_in_use_nothing_is_offered_and_the_reason_is_said(tmp_path: Path) -> None:
    study = tmp_path / "study"
    diq("new", study)
    pool = tmp_path / "pool.jsonl"
    pool.write_text('{"question": "Which shape is on the card?"}\n', encoding="utf-8")
    diq("import", pool, "--study", study)
    said = diq("difficulty", "--study", study, code=2)
    assert "No sample of the dataset is in use: 1 left out: no answer (main)" in said
    told = json.loads(diq("status", "--study", study, "--json"))
    steps = {step["key"]: step for step in told["steps"]}
    assert (steps["difficulty"]["state"], steps["difficulty"]["next_action"]) == ("waiting", "")
    assert "no sample of the dataset is in use" in steps["influence"]["summary"]
    assert "put right why, and import again" in steps["dataset"]["next_action"]
