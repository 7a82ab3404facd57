"""One export in several formats: each as an export of its own would have written it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from diq_core.artefact import Artefact
from diq_core.config import ExportSettings, ImportSettings, SelectSettings
from diq_core.errors import BadSetting
from diq_core.export.exporters import EXPORTERS, find_exporter
from diq_core.jobs.progress import silent
from diq_core.stages import dataset as importing
from diq_core.stages import export as exporting
from diq_core.stages import selection as selecting
from diq_core.stages.identifier_log import IdentifiersFound
from diq_core.study import Study, create_study
from tests.export.conftest import PIXEL


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Three samples: plain, with an image, and one that names a patient."""
    folder = tmp_path_factory.mktemp("also")
    (folder / "x.png").write_bytes(PIXEL)
    rows: list[dict[str, Any]] = [
        {"id": "a", "question": "Which drug is for gout?", "answer": "Colchicine"},
        {"id": "v", "question": "What is shown here?", "answer": "A point", "images": ["x.png"]},
        {"id": "p", "question": "Mrs. Helen Carter coughs. What does she have?",
         "answer": "A cold"},
    ]  # fmt: skip
    (folder / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    study = create_study(folder / "study")
    dataset = importing.run(
        study, "main", ImportSettings(exclude_identifiers=False), silent(),
        source=str(folder / "pool.jsonl"), validation=(),
    )  # fmt: skip
    selecting.run(
        study, "main", SelectSettings(strategy="random", budget="100%"), silent(),
        dataset=dataset, difficulty=None, influence=None,
    )  # fmt: skip
    return study


def export(study: Study, name: str, **settings: Any) -> Artefact:
    said = ExportSettings(**{"leave_out_identifiers": True, **settings})
    return exporting.run(study, name, said, silent(), selection=study.find("selection"))


def test_each_format_is_what_its_own_export_holds(study: Study) -> None:
    whole = export(study, "whole", format="trl", also=("csv", "alpaca"))
    for name in ("csv", "alpaca"):
        alone = export(study, name, format=name)
        file = find_exporter(name).file
        assert whole.file(f"also/{name}/{file}").read_bytes() == alone.file(file).read_bytes()
    assert (
        whole.file("train.jsonl").read_bytes()
        == export(study, "trl").file("train.jsonl").read_bytes()
    )
    assert "Helen" not in "".join(
        path.read_text(errors="replace") for path in whole.path.rglob("*") if path.is_file()
    )
    assert "also/csv: 2" in whole.file("DATASHEET.md").read_text()


@pytest.mark.slow
def test_all_are_those_that_ship(study: Study) -> None:
    whole = export(study, "all", format="csv", also=("all",))
    folders = {Path(name).parts[1] for name in whole.manifest["files"] if name.startswith("also/")}
    assert folders == set(EXPORTERS) - {"csv"}
    assert whole.settings["also"] == sorted(folders)
    assert export(study, "all", format="csv", also=("all", "trl")).digest == whole.digest


def test_without_further_formats_an_export_is_the_artefact_as_ever(study: Study) -> None:
    alone = export(study, "ever")
    assert "also" not in alone.settings
    assert "Also written" not in alone.file("DATASHEET.md").read_text()


def test_the_gate_looks_at_every_format_and_counts_once(study: Study) -> None:
    alone = export(study, "once", release_role="officer", release_reason="made up",
                   leave_out_identifiers=False)  # fmt: skip
    whole = export(study, "twice", release_role="officer", release_reason="made up",
                   leave_out_identifiers=False, also=("sharegpt",))  # fmt: skip
    seen = [one.manifest["facts"]["identifiers"]["open"] for one in (alone, whole)]
    assert seen[0] == seen[1] == {"name": 1}
    with pytest.raises(IdentifiersFound):
        export(study, "none", also=("csv",), leave_out_identifiers=False)
    with pytest.raises(BadSetting, match="fancy"):
        export(study, "fancy", also=("fancy",))
