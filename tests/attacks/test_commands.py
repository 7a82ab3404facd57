"""A study that brings commands: none runs by itself, and none leads to another study."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from diq_core.cli import app
from diq_core.errors import BadFile, BadSetting, NotFound, UserError
from diq_core.jobs import ledger, processes, queue, signing, standing
from diq_core.jobs.argument_list import read_command
from diq_core.jobs.order import Order
from diq_core.jobs.running import running
from diq_core.jobs.worker import work
from diq_core.study import Study, open_study

THEIRS = ["run", "--study", "/elsewhere", "--name", "main", "--export", "main"]
EVIL = (
    ["run", "--study", "/elsewhere", "--name", "main"],
    ["run", "--study=/elsewhere", "--name", "main"],
    ["run", "-s", "/elsewhere", "--name", "main"],
    ["run", "-s/elsewhere", "--name", "main"],
    ["run", "--study", "/a", "--study", "/elsewhere", "-s", "/b"],
    ["finetune", "--study", "/elsewhere"],
)
OTHER = (
    ["review", "judge", "--study", "/elsewhere", "--endpoint", "http://attacker.example"],
    ["quality", "judge", "--endpoint", "http://attacker.example"],
    ["app"], ["work", "--study", "/elsewhere"], ["review", "grant", "eve", "admin"],
    ["evaluate", "--study", "/elsewhere"], ["-c", "import os"], ["--help"], [],
    ["run", "--name", "other"], ["run", "--name=other"], ["run", "-n", "other"],
    ["runs"], ["run; rm -rf /"], ["run", "--name", "main", "--study", "x", "--made-up", "1"],
    ["run", "--epochs", "-1"], ["run", "--epochs"], ["run", "--export", "../x"], ["run", "extra"],
)  # fmt: skip


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[str]]]:
    """Return the commands of every process that would have been started."""
    found: list[list[str]] = []

    def note(command: Any, *_: object, **__: object) -> Any:
        found.append(list(command))
        raise OSError(0, "not started in this test")

    monkeypatch.setattr(processes, "detach", note)
    return found


def planted(study: Path, *entries: dict[str, Any]) -> Study:
    """Write a line as somebody else would, in today's form or in yesterday's."""
    (study / "jobs" / "queue").mkdir(parents=True, exist_ok=True)
    (study / "jobs" / "queue" / "entries.json").write_text(json.dumps(entries))
    return open_study(study)


def entry(**changes: Any) -> dict[str, Any]:
    return {"number": 1, "kind": "run", "name": "main", "command": THEIRS, **changes}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"state": "running", "slot": 0},
        {"state": "stopping", "slot": 0},
        {"signature": "0" * 64},
        {"signature": "é"},
        {"tries": -5},
        {"resumes": True, "parent": 7},
        {"kind": "evaluation", "command": ["evaluate", "--study", "/elsewhere"]},
        {"kind": "review", "name": "judge-m", "command": [*OTHER[0], "--model", "m"]},
        {"kind": "quality", "command": [*OTHER[1], "--model", "m"]},
        {"command": None, "order": {"kind": "run", "name": "main", "settings": {"epochs": 2.0}}},
    ],
    ids=str,
)
def test_what_came_with_a_study_waits_and_says_so(
    study: Path, started: list[list[str]], changes: dict[str, Any]
) -> None:
    opened = planted(study, entry(**changes))
    assert not queue.adopt(opened)
    assert not queue.wake(opened)
    assert work(opened, tell=lambda _: None)
    assert started == []
    (found,) = standing.all_jobs(opened)
    assert (found.state, found.message.endswith(signing.FOREIGN)) == ("queued", True)
    result = CliRunner().invoke(app, ["queue", "--study", str(study)])
    assert signing.FOREIGN in result.output


@pytest.mark.parametrize("field", ["number", "order", "after"])
def test_an_own_entry_that_was_changed_is_not_our_own(
    study: Path, started: list[list[str]], field: str
) -> None:
    opened = open_study(study)
    with ledger.changing(opened) as open_line:
        own = open_line.add(Order("run", "main"), ())
    assert ledger.is_own(opened, own)
    other = {"number": 2, "order": asdict(Order("run", "main", {"seed": 1})), "after": [9]}
    changed = planted(study, {**asdict(own), field: other[field]})
    assert not queue.adopt(changed)
    assert started == []


def test_a_signed_entry_of_another_study_is_foreign(
    study: Path, tmp_path: Path, started: list[list[str]]
) -> None:
    opened = open_study(study)
    with ledger.changing(opened) as open_line:
        open_line.add(Order("run", "main"), ())
    study.rename(tmp_path / "copied")
    assert not queue.adopt(open_study(tmp_path / "copied"))
    assert started == []


def test_machines_that_share_the_secret_share_the_line(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_study(study)
    with ledger.changing(opened) as open_line:
        own = open_line.add(Order("run", "main"), ())
    secret = signing.secret_file().read_bytes()
    assert stat.S_IMODE(signing.secret_file().stat().st_mode) == 0o600
    monkeypatch.setenv(signing.SECRET_FILE, str(tmp_path / "other"))
    assert not ledger.is_own(opened, own)
    (tmp_path / "shared").write_bytes(secret)
    monkeypatch.setenv(signing.SECRET_FILE, str(tmp_path / "shared"))
    assert ledger.is_own(opened, own)


@pytest.mark.parametrize("content", [b"", b"short"])
def test_a_secret_that_is_none_is_refused(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    (tmp_path / "secret").write_bytes(content)
    monkeypatch.setenv(signing.SECRET_FILE, str(tmp_path / "secret"))
    with pytest.raises(BadSetting, match=r"shorter than.*secret"):
        signing.sign(open_study(study), "x")


def test_what_waits_for_a_foreign_entry_waits_too(study: Path, started: list[list[str]]) -> None:
    opened = planted(study, entry())
    with ledger.changing(opened) as open_line:
        open_line.add(Order("evaluation", "main"), (1,))
    assert not queue.adopt(opened)
    assert started == []


@pytest.mark.parametrize("command", EVIL, ids=str)
def test_a_command_is_made_anew_for_this_study(study: Path, command: list[str]) -> None:
    anew = read_command("run", "main", command).command(open_study(study))
    assert anew[0] == "run"
    assert not [part for part in anew if "elsewhere" in part]
    assert anew.count("--study") == 1
    assert anew[anew.index("--study") + 1] == str(study)


@pytest.mark.parametrize("command", OTHER, ids=str)
def test_a_command_that_does_other_work_is_refused(study: Path, command: list[str]) -> None:
    opened = planted(study, entry(command=command))
    with pytest.raises(BadFile, match=r"run 'main' is not run"):
        read_command("run", "main", command)
    assert [one.number for one in queue.unread(opened)] == [1]
    with pytest.raises(NotFound, match="no entry of this number"):
        queue.trust(opened, 1)


def test_a_person_may_start_it_for_this_study_only(study: Path, started: list[list[str]]) -> None:
    opened = planted(study, entry())
    with pytest.raises(OSError, match="not started"):
        queue.trust(opened, 1)
    assert started == [["work", "--study", str(study)]]
    (found,) = queue.entries(opened)
    assert found.order == Order("run", "main", inputs={"export": "main"})
    assert found.order.command(opened) == [
        "run", "--study", str(study), "--name", "main", "--export", "main"
    ]  # fmt: skip
    assert ledger.is_own(opened, found)


@pytest.mark.parametrize("number", [2, 0])
def test_no_entry_is_trusted_that_is_not_there(study: Path, number: int) -> None:
    result = CliRunner().invoke(
        app, ["queue", "trust", str(number), "--study", str(planted(study, entry()).path)]
    )
    assert isinstance(result.exception, UserError)


@pytest.mark.parametrize("name", ["../../outside", "", "/etc", "a/b", "x.part"])
def test_an_entry_for_a_folder_elsewhere_is_refused(study: Path, name: str) -> None:
    opened = planted(study, entry(name=name))
    assert queue.entries(opened) == []
    assert "is not run" in queue.unread(opened)[0].why


def test_a_foreign_entry_can_be_taken_out(study: Path) -> None:
    opened = planted(study, entry(state="running", slot=0))
    assert queue.cancel(opened, 1).state == "stopped"


def test_a_record_that_came_with_the_study_is_known_as_such(study: Path) -> None:
    opened = open_study(study)
    with running(opened, Order("difficulty", "main")):
        pass
    (own,) = standing.all_jobs(opened)
    assert not standing.is_foreign(opened, own)
    file = study / "jobs" / "difficulty-main" / "progress.json"
    record = json.loads(file.read_text())
    record["order"]["settings"] = {"classifier": "/elsewhere"}
    file.write_text(json.dumps(record))
    (theirs,) = standing.all_jobs(opened)
    assert standing.is_foreign(opened, theirs)


BROKEN: tuple[Any, ...] = (
    {"kind": "nonsense", "name": "main"},
    {"kind": "run"},
    {"kind": "run", "name": "main", "settings": {"made_up": 1}},
    {"kind": "run", "name": "main", "settings": {"epochs": -1}},
    {"kind": "run", "name": "main", "settings": {"epochs": "; rm -rf /"}},
    {"kind": "run", "name": "main", "settings": ["--epochs", "1"]},
    {"kind": "run", "name": "main", "inputs": {"command": "sh"}},
    {"kind": "run", "name": "main", "inputs": {"study": "/elsewhere"}},
    {"kind": "run", "name": "main", "inputs": {"export": "../../outside"}},
    {"kind": "run", "name": "main", "inputs": {"processes": "many"}},
    {"kind": "evaluation", "name": "main", "inputs": {"benchmark": "not a list"}},
    {"kind": "dataset", "name": "main"},
    {"kind": "quality", "name": "main", "settings": {"model": "m"}},
    {"kind": "run", "name": "../x"},
    ["run", "--study", "/elsewhere"],
    "run",
    7,
)


@pytest.mark.parametrize("order", BROKEN, ids=str)
def test_what_is_no_order_is_named_and_never_run_and_the_others_go_on(
    study: Path, started: list[list[str]], order: Any
) -> None:
    opened = planted(study, {"number": 1, "order": order}, entry(number=2))
    with ledger.changing(opened) as open_line:
        own = open_line.add(Order("run", "own"))
    (unread,) = queue.unread(opened)
    assert "entry 1" in unread.why or "is not run" in unread.why
    assert [one.number for one in queue.entries(opened)] == [2, own.number]
    with pytest.raises(OSError, match="not started"):
        queue.wake(opened)
    assert started == [["work", "--study", str(study)]]
    listed = CliRunner().invoke(app, ["queue", "--study", str(study)])
    assert "not run" in listed.output
    assert CliRunner().invoke(app, ["queue", "cancel", "1", "-s", str(study)]).exit_code == 0
    assert queue.unread(opened) == []


@pytest.mark.parametrize("order", BROKEN, ids=str)
def test_a_record_that_is_no_order_cannot_be_begun_again(study: Path, order: Any) -> None:
    opened = open_study(study)
    with running(opened, Order("run", "main")):
        pass
    file = study / "jobs" / "run-main" / "progress.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "order": order}))
    (found,) = standing.all_jobs(opened)
    assert (found.state, found.order) == ("done", None)


def test_an_order_says_what_it_reaches_and_what_is_not_by_default() -> None:
    order = read_command(
        "quality", "main",
        [*OTHER[1], "--model=m", "--repeats", "2"],
    )  # fmt: skip
    assert order.reaches() == ["http://attacker.example"]
    assert order.says() == [
        ("endpoint", "http://attacker.example"), ("model", "m"), ("repeats", "2")
    ]  # fmt: skip
