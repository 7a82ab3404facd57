"""Files as a visitor sends them: a data file with its images, and an archive."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from benchmarks.app_server import serve
from tests.browser.walk import LONG, SOON, Walk
from tests.support.packed import lines, picture, zipped

pytestmark = pytest.mark.xdist_group("browser")

ROWS = lines(*(
    {"question": f"Which part of the lung does film number {n} show, and why?",
     "answer": f"The {part} lobe.", "image": f"images/{n}.png"}
    for n, part in enumerate(("upper", "middle", "lower"), start=1)
))  # fmt: skip
IMAGES = {f"{n}.png": picture(40 * n) for n in (1, 2, 3)}


def test_images_come_with_their_data_as_files_and_as_an_archive(page: Page, tmp_path: Path) -> None:
    workspace = tmp_path / "studies"
    workspace.mkdir()
    for name, content in {"films.jsonl": ROWS, "notes.txt": b"x", **IMAGES}.items():
        (tmp_path / name).write_bytes(content)
    asked = zipped(
        tmp_path / "two.zip",
        {"set/heart.jsonl": ROWS.replace(b"lung", b"heart"), "set/lung.jsonl": ROWS,
         **{f"set/images/{name}": content for name, content in IMAGES.items()}},
    )  # fmt: skip
    with serve(workspace) as address:
        walk = Walk(page, address)
        page.goto(address)
        walk.settle()
        chosen = page.locator("input[type=file]").first
        chosen.set_input_files([tmp_path / n for n in ("films.jsonl", "notes.txt", *IMAGES)])
        walk.wait_for("1 data file, 3 images; 1 file was not used: notes.txt", SOON)
        walk.look("new-study")
        walk.press("Create the study and read the file")
        walk.wait_for("Samples in use", LONG)
        expect(page.get_by_text(re.compile(r"100\s%"))).to_be_visible()
        walk.look("dataset")
        page.get_by_text("Import another file").click()
        page.locator("input[type=file]").first.set_input_files(asked)
        walk.wait_for("There are several parts", SOON)
        walk.look("asked")
        expect(page.get_by_role("button", name="Import", exact=True)).to_have_count(0)
        walk.choose("The part to read", "heart.jsonl")
        walk.wait_for("1 data file, 3 images; 1 file was not used: lung.jsonl", SOON)
        walk.look("answered")
    assert [file.name for file in (workspace / "films" / "uploads").iterdir()] >= ["films.zip"]
