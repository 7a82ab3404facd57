"""A newcomer's sitting: upload, score, look, choose, export; the file trains with TRL."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page

from benchmarks.app_server import serve
from benchmarks.people import counted
from tests.browser.walk import Walk, to_an_export
from tests.support.studies import sample

pytestmark = pytest.mark.xdist_group("browser")


def _upload(path: Path) -> Path:
    rows = []
    for number in range(14):
        one = sample(number)
        rows.append({"question": f"{one.question} Case {number * 37}.", "source": one.source,
                     "reasoning": one.reasoning[:200], "answer": one.answer})  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_from_a_file_to_an_export_in_one_sitting(page: Page, tmp_path: Path) -> None:
    file, workspace = _upload(tmp_path / "cases.jsonl"), tmp_path / "studies"
    workspace.mkdir()
    with serve(workspace) as address, counted(page) as sittings:
        walk = to_an_export(page, address, file)
    assert sittings[0].clicks <= 20
    exported = next((workspace / walk.study / "export").glob("*/train.jsonl"))
    rows = [json.loads(line) for line in exported.read_text(encoding="utf-8").splitlines()]
    assert rows
    assert all(row["messages"][-1]["role"] == "assistant" for row in rows)


def test_the_work_goes_on_when_tab_and_server_are_gone(page: Page, tmp_path: Path) -> None:
    file, workspace = _upload(tmp_path / "cases.jsonl"), tmp_path / "studies"
    workspace.mkdir()
    with serve(workspace) as address:
        walk = Walk(page, address)
        walk.new_study(file, "My cases")
        walk.open("influence")
        walk._fill("Questions of each task", 1)
        walk.press("Measure influence")
        walk.wait_for("Stop")
        page.goto("about:blank")
    with serve(workspace) as address:
        walk.address = address
        walk.open("influence")
        walk.wait_for("How influence spreads")
