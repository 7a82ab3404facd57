"""Hostile sets of images: what cannot be used is a finding with file, row and name, and the rest is
whole; nothing outside is read and nothing is fetched."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from diq_core.data.image_prints import image_print
from diq_core.data.importing import Imported, import_samples
from diq_core.data.redrawing import Unreadable
from tests.support.pictures import picture


def write(folder: Path, files: dict[str, bytes], names: list[str]) -> Path:
    """Write pictures and a file that names them as VQA-RAD does, by bare names."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    rows = [
        {
            "qid": str(n),
            "question": f"What does film {n} show?",
            "answer": "A rib.",
            "image_name": e,
        }
        for n, e in enumerate(names)
    ]
    (folder / "rows.json").write_text(json.dumps(rows))
    return folder / "rows.json"


def read(source: Path, kept: Path) -> Imported:
    return import_samples(source, images_to=kept, compare=False)


def problems(found: Imported) -> dict[str, str]:
    return {each.id: each.rule for each in found.findings if each.id and "image" in each.rule}


def bomb() -> bytes:
    """Return a picture of 100 million pixels in a few kilobytes."""
    file = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(file, "PNG")
    return file.getvalue()


def zipped(name: str, data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, data)
    return file.getvalue()


def test_each_hostile_picture_costs_itself_alone(tmp_path: Path) -> None:
    sound = picture(1)
    files = {
        "images/good.png": sound, "images/bomb.png": bomb(), "images/cut.png": sound[:-40],
        "images/page.png": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "images/script.png": b"%!PS-Adobe-3.0 EPSF-3.0\n(x) run\n", "images/empty.png": b"",
        "images/zip.png": zipped("a.png", sound),
    }  # fmt: skip
    names = [Path(name).name for name in files]
    found = read(
        write(tmp_path / "set", files, [*names, "nowhere.png", "good.png"]), tmp_path / "k"
    )
    expected = {str(number): "image-unreadable" for number in range(1, 7)} | {"7": "image-missing"}
    assert problems(found) == expected
    assert set(found.excluded) == set(expected)
    said = {each.id: each for each in found.findings if each.id}
    assert (said["7"].file, said["7"].line) == ("rows.json", 8)
    assert "'nowhere.png'" in said["7"].message
    assert "pixels" in said["1"].message
    assert [each.name for each in (tmp_path / "k").iterdir()] == [found.samples[0].images[0]]


@pytest.mark.parametrize("head", ["PNG", "JPEG", "GIF"])
def test_a_picture_that_is_also_an_archive_or_a_page_is_its_picture(
    head: str, tmp_path: Path
) -> None:
    file = io.BytesIO()
    Image.new("L", (9, 9), 50).save(file, head)
    plain = file.getvalue()
    both = plain + zipped("../../evil.txt", b"x") + b"<script>alert(1)</script>"
    found = read(write(tmp_path / "set", {"images/a.png": both}, ["a.png"]), tmp_path / "kept")
    assert found.excluded == {}
    # What hangs behind is kept in the study, as imported, and told; exports redraw the pixels.
    assert image_print(both) == image_print(plain)
    assert not list(tmp_path.rglob("evil.txt"))


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("../outside.png", "image-refused"), ("/etc/x.png", "image-refused"),
        ("https://example.org/a.png", "image-refused"), ("//host/share/a.png", "image-refused"),
        ("file:///etc/a.png", "image-refused"), ("images/../../outside.png", "image-refused"),
        ("linked.png", "image-missing"), ("below/linked.png", "image-missing"),
    ],
)  # fmt: skip
def test_no_search_below_the_folder_leads_out_of_it(name: str, rule: str, tmp_path: Path) -> None:
    (tmp_path / "outside.png").write_bytes(picture(2))
    source = write(tmp_path / "set", {"images/good.png": picture(1)}, [name, "good.png"])
    (tmp_path / "elsewhere" / "below").mkdir(parents=True)
    (tmp_path / "elsewhere" / "below" / "linked.png").write_bytes(picture(3))
    (tmp_path / "set" / "images" / "linked.png").symlink_to(tmp_path / "outside.png")
    (tmp_path / "set" / "images" / "folder").symlink_to(tmp_path / "elsewhere")
    found = read(source, tmp_path / "kept")
    assert problems(found) == {"0": rule}
    assert [len(each.images) for each in found.samples] == [0, 1]


def test_a_zip_that_leads_out_writes_nothing_and_loses_no_other_image(tmp_path: Path) -> None:
    packed = tmp_path / "set.zip"
    row = {"question": "What does the film show?", "answer": "A rib.", "img_name": "a.png"}
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("rows.jsonl", json.dumps(row))
        archive.writestr("imgs/a.png", picture(1))
        archive.writestr("../../evil.png", picture(2))
    found = read(packed, tmp_path / "kept")
    assert [len(each.images) for each in found.samples] == [1]
    assert "not-taken" in {each.rule for each in found.findings}
    assert not [each for each in tmp_path.parent.rglob("evil.png") if each.is_file()]


def test_many_images_are_held_a_few_at_a_time(tmp_path: Path) -> None:
    large = {f"images/{n}.png": picture(n, "BMP", (128, 128)) for n in range(120)}
    source = write(tmp_path / "set", large, [f"{n}.png" for n in range(120)])
    read(source, tmp_path / "warm")
    tracemalloc.start()
    found = read(source, tmp_path / "kept")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.counts["included"] == 120
    # All of them are 6 MB.
    assert peak < 3_000_000


def test_a_bomb_among_benchmark_images_is_no_print(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="pixels"):
        image_print(bomb())
