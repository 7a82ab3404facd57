"""A study that came from somebody else, and something outside it that nobody may touch."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from diq_core.demo import DEMO
from tests.support.tampering import CANARY


def state(folder: Path) -> str:
    """Return a digest of every name and byte below a folder."""
    whole = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        whole.update(str(file.relative_to(folder)).encode() + b"\0")
        whole.update(file.read_bytes() if file.is_file() else b"")
    return whole.hexdigest()


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """Return a folder beside the study; at the end nothing in it has changed."""
    folder = tmp_path / "outside"
    (folder / "folder").mkdir(parents=True)
    (folder / "secret.txt").write_text(CANARY)
    (folder / "folder" / "secret.png").write_text(CANARY)
    (folder / "manifest.json").write_text("{}")
    before = state(folder)
    yield folder
    assert state(folder) == before, "something outside the study was written"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Return a copy of the demo study, as it may come in a mail."""
    return Path(shutil.copytree(DEMO, tmp_path / "study"))
