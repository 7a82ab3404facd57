"""Images that the import did not look into: said on every page, looked into before an export."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from diq_core.config import ExportSettings, ImportSettings, SelectSettings
from diq_core.jobs.progress import silent
from diq_core.stages import dataset as importing
from diq_core.stages import export as exporting
from diq_core.stages import selection as selecting
from diq_core.stages.identifier_log import IdentifiersFound
from diq_core.study import Study, create_study
from tests.pages.conftest import Opened, words

Started = list[tuple[str, str, list[str]]]


@pytest.fixture
def ward(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    """Two samples, one of which shows a picture with a patient's number in a corner."""
    monkeypatch.setenv("DIQ_SECRET_FILE", str(workspace.parent / "secret"))
    picture = Image.new("L", (360, 160), 128)
    font = ImageFont.load_default(24)
    ImageDraw.Draw(picture).text((8, 8), "MRN 4471228", fill=255, font=font)
    # As a scanner has it: in 16 bits, all of them above what 8 bits hold.
    Image.fromarray(np.asarray(picture).astype(np.uint16) * 16 + 2000).save(
        workspace.parent / "scan.png"
    )
    rows = [
        {"question": "What does the scan show?", "answer": "Nothing", "image": "scan.png"},
        {"question": "Which finding of a course speaks for gout?", "answer": "Tophi"},
    ]
    file = workspace.parent / "pool.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    study = create_study(workspace / "ward")
    dataset = importing.run(
        study, "main", ImportSettings(), silent(), source=str(file), validation=()
    )
    every = SelectSettings(strategy="random", budget="100%")
    selecting.run(study, "all", every, silent(), dataset=dataset, difficulty=None, influence=None)
    return study


def test_pages_and_artefacts_say_that_images_were_not_looked_at(
    open_page: Opened, ward: Study
) -> None:
    said = "The images were not looked at for text that is drawn into them"
    assert said in words(open_page("pages/1_dataset.py"))
    app = open_page("pages/6_export.py")
    assert "1 image was not looked at for text drawn into it" in words(app)
    made = exporting.run(ward, "main", ExportSettings(), silent(), selection=ward.find("selection"))
    assert "read-images" in made.manifest["facts"]["identifiers"]["images_not_read"]
    assert "**The images were not looked at**" in made.file("DATASHEET.md").read_text("utf-8")


@pytest.mark.slow
def test_an_export_looks_into_images_when_asked(
    open_page: Opened, ward: Study, started: Started
) -> None:
    app = open_page("pages/6_export.py")
    app.checkbox(key="export-read-images").check().run(timeout=180)
    assert "1 sample may tell who a patient is" in words(app)
    assert "medical record number" in words(app)
    app.radio(key="export-gate").set_value("Leave these samples out of the export").run()
    app.button(key="start-export").click().run()
    assert {"--read-images", "--leave-out-identifiers"} <= {*started[0][2]}
    selection = ward.find("selection")
    read = ExportSettings(read_images=True)
    with pytest.raises(IdentifiersFound, match="1 sample may tell who a patient is: .* × medical"):
        exporting.run(ward, "refused", read, silent(), selection=selection)
    left = read.model_copy(update={"leave_out_identifiers": True})
    made = exporting.run(ward, "left", left, silent(), selection=selection)
    assert made.manifest["counts"]["exported"] == 1
    facts = made.manifest["facts"]["identifiers"]
    assert (facts["images_not_read"], len(facts["withheld"])) == ("", 1)
