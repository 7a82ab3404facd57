"""What is unpacked, fetched or packed on the way does not stay behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

from benchmarks.app_server import ROOT
from diq_core.data.importing import import_samples
from diq_core.scratch import Scratch

ROW = {"question": "Which vitamin prevents scurvy?", "answer": "Vitamin C"}
KILLED_WHILE_READING = """
import os, signal, sys
from diq_core.data.importing import import_samples
import_samples(sys.argv[1], tick=lambda *_: os.kill(os.getpid(), signal.SIGKILL))
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def archive(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("rows.jsonl", f"{json.dumps(ROW)}\n" * 3)
    return path


@pytest.mark.slow
def test_what_a_killed_import_unpacked_is_removed_by_the_next(
    tmp_path: Path, temporary: Path
) -> None:
    source = archive(tmp_path / "set.zip")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_WHILE_READING, source],
        check=False, cwd=ROOT, env={**os.environ, "TMPDIR": str(temporary)},
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    left = [each.name for each in temporary.rglob("*.jsonl")]
    assert left == ["rows.jsonl"]
    with Scratch() as own:
        assert [*temporary.rglob("*.jsonl")] == []
        imported = import_samples(source)
        assert (imported.counts["rows"], own.is_dir()) == (3, True)


def test_a_folder_that_is_held_stays_and_goes_with_its_holder(temporary: Path) -> None:
    first = Scratch()
    (first.path / "rows").write_text("1")
    with Scratch() as second:
        assert (first.path / "rows").read_text() == "1"
        assert second.stat().st_mode & 0o777 == 0o700
    del first
    assert [*temporary.iterdir()] == []


def test_a_link_in_place_of_a_folder_is_left_alone(tmp_path: Path, temporary: Path) -> None:
    (tmp_path / "other").mkdir()
    (temporary / "diq-other").symlink_to(tmp_path / "other")
    (temporary / "diq-other.lock").touch()
    with Scratch():
        assert (tmp_path / "other").is_dir()
        assert (temporary / "diq-other").is_symlink()
