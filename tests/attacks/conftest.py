"""A study that came from somebody else, and what surrounds every attack in this folder.

Each test here runs inside a `Containment`, whether it asks for it or not: files beside the study,
in the home folder and in a folder of the system, which nobody may read, change or repeat; no
connection but to this machine; 30 seconds and 1.5 GB; and what commands say ends with 0 or 2 and
shows no traceback. `test_containment.py` shows that each of these guards bites.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from diq_core.demo import DEMO
from diq_core.errors import UserError
from tests.support.asking import careless_keys, recorder
from tests.support.containment import Containment, outcome_broken, words_broken
from tests.support.tampering import CANARY

__all__ = ["careless_keys", "recorder"]

_HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def around(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Containment]:
    """Surround an attack; fail it for what it did outside."""
    canaries = tmp_path_factory.getbasetemp() / "canaries"
    here = Containment(canaries, tmp_path, spared=(tmp_path / "outside",))
    monkeypatch.setenv("HOME", str(canaries / "home"))
    for name, value in here.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(CliRunner, "invoke", _listened(here, CliRunner.invoke))
    here.begin()
    try:
        yield here
    finally:
        faults = here.end()
    if faults:
        pytest.fail("\n".join(["not contained:", *faults]), pytrace=False)


def _listened(around: Containment, invoke: Any) -> Any:
    def listening(*arguments: Any, **named: Any) -> Result:
        result: Result = invoke(*arguments, **named)
        error = result.exception
        # The command `diq` turns these into a message and an exit status of 2.
        code = 2 if isinstance(error, UserError) else result.exit_code
        around.faults += outcome_broken(code, f"{result.output}\n{error}")
        return result

    return listening


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail an attack for what was written to the terminal while it ran."""
    report = yield
    if report.when == "call" and report.passed and item.path.is_relative_to(_HERE):
        found = words_broken("\n".join(text for _, text in report.sections))
        if found:
            report.outcome, report.longrepr = "failed", "not contained: " + ", ".join(found)
    return report


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
