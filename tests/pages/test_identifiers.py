"""What may tell who a patient is, on the pages Dataset and Export: seen in context and decided."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from diq_core.config import ImportSettings, SelectSettings
from diq_core.jobs.progress import silent
from diq_core.stages import dataset as importing
from diq_core.stages import identifier_log
from diq_core.stages import selection as selecting
from diq_core.study import Study, create_study
from tests.pages.conftest import Opened, words

Started = list[tuple[str, str, list[str]]]


@pytest.fixture
def ward(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.setenv("DIQ_SECRET_FILE", str(workspace.parent / "secret"))
    study = create_study(workspace / "ward")
    rows = [
        {"question": "Mrs. <b>Helen</b> Carter (MRN 4471-22819) coughs. What is it?",
         "answer": "Gout"},
        {"question": "Which finding of a course speaks for gout?", "answer": "Tophi"},
    ]  # fmt: skip
    file = workspace.parent / "pool.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    settings = ImportSettings(exclude_identifiers=False)
    dataset = importing.run(study, "main", settings, silent(), source=str(file), validation=())
    every = SelectSettings(strategy="random", budget="100%")
    selecting.run(study, "all", every, silent(), dataset=dataset, difficulty=None, influence=None)
    return study


def test_a_class_is_seen_in_context_and_decided(open_page: Opened, ward: Study) -> None:
    app = open_page("pages/1_dataset.py", view="Identifiers")
    assert "Some identifiers are missed" in words(app)
    app.session_state["class-record"] = True
    app.run()
    assert "<mark>4471-22819</mark>" in words(app)
    assert "&lt;b&gt;Helen" in words(app)
    app.radio(key="ruling-record").set_value("none")
    app.text_input(key="record-role").set_value("data protection officer")
    app.text_input(key="record-reason").set_value("made up")
    next(each for each in app.button if each.label == "Decide").click().run()
    assert not app.exception
    (entry,) = identifier_log.entries(ward)
    assert (entry["kind"], entry["ruling"], entry["reason"]) == ("record", "none", "made up")


def test_an_export_with_findings_asks_what_to_do(
    open_page: Opened, ward: Study, started: Started
) -> None:
    app = open_page("pages/6_export.py")
    assert "1 sample may tell who a patient is" in words(app)
    assert not [each for each in app.button if each.key == "start-export"]
    app.radio(key="export-gate").set_value("Write them all the same: I answer for it").run()
    app.text_input(key="export-release-role").set_value("officer").run()
    app.text_input(key="export-release-reason").set_value("Mrs. Helen Carter agreed").run()
    assert "itself holds what may tell" in words(app)
    app.text_input(key="export-release-reason").set_value("made up").run()
    app.button(key="start-export").click().run()
    assert "--release-reason" in started[0][2]
