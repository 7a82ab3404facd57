"""DICOM files of strangers: decoded in a process with bounds, and what an import makes of them."""

from __future__ import annotations

import importlib.util
import io
import json
import zlib
from contextlib import suppress
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEGBaseline8Bit, RLELossless

from diq_core.data import dicom_program
from diq_core.data.dicom import DicomReader
from diq_core.data.dicom_picture import picture
from diq_core.data.importing import Imported, import_samples
from diq_core.data.redrawing import Unreadable
from tests.support.dicom import CANARY, FILES, made

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def reader() -> DicomReader:
    return DicomReader()


def test_the_process_gives_what_the_function_gives(reader: DicomReader) -> None:
    data = (FILES / "CT_small.dcm").read_bytes()
    assert reader.picture(data) == picture(data)
    with pytest.raises(Unreadable, match="without a picture"):
        reader.picture((FILES / "rtplan.dcm").read_bytes())
    assert reader.picture(made()) == picture(made())


def deflated_bomb() -> bytes:
    """Return a file of a few megabytes that unpacks to more than 3 GB."""
    head = made(syntax=DeflatedExplicitVRLittleEndian)
    start = head.index(DeflatedExplicitVRLittleEndian.encode())
    start += len(DeflatedExplicitVRLittleEndian) + len(DeflatedExplicitVRLittleEndian) % 2
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    field = b"\x09\x00\x01\x10OB\x00\x00" + (0xFFFFFFF0).to_bytes(4, "little")
    parts = [packer.compress(field)]
    block = packer.compress(bytes(1 << 24)) + packer.flush(zlib.Z_FULL_FLUSH)
    parts += [block, *[_again(1 << 24)] * 190]
    return head[:start] + b"".join(parts)


def _again(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(bytes(size)) + packer.flush(zlib.Z_FULL_FLUSH)


def encapsulated(syntax: Any, frame: bytes, size: int) -> bytes:
    """Return a file of `size` × `size` pixels whose one frame is these bytes."""
    data = pydicom.encaps.encapsulate([frame])
    return made(np.zeros((size, size), np.uint8), syntax, PixelData=data)


def big_jpeg() -> bytes:
    file = io.BytesIO()
    Image.new("L", (14000, 14000)).save(file, "JPEG")
    return file.getvalue()


def test_a_bomb_ends_its_process_and_nothing_else(reader: DicomReader) -> None:
    # A run of two bytes becomes 128; the header speaks of sixteen pixels.
    run = encapsulated(RLELossless, (1).to_bytes(4, "little") + (64).to_bytes(4, "little")
                       + bytes(56) + b"\x81\x00" * 2_000_000, 4)  # fmt: skip
    for bomb in (deflated_bomb(), run, encapsulated(JPEGBaseline8Bit, big_jpeg(), 4)):
        assert len(bomb) < 50_000_000
        with suppress(Unreadable):
            assert len(reader.picture(bomb).png) < 1_000_000
        assert reader.picture(made()) == picture(made())


def test_a_process_that_ends_is_a_finding_and_the_next_file_gets_another(
    reader: DicomReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.picture(made())
    assert reader._process
    reader._process._process.kill()
    with pytest.raises(Unreadable, match="needs more memory or time"):
        reader.picture(made())
    assert reader.picture(made()) == picture(made())
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(Unreadable, match="pydicom is not installed") as error:
        reader.picture(made())
    assert error.value.hint == 'run `pip install "diq-studio[dicom]"`'


@pytest.mark.parametrize("cut", [0, 3, 8, 10])
def test_half_a_message_is_none(cut: int) -> None:
    whole = io.BytesIO()
    dicom_program.send(whole, b"abc")
    assert dicom_program.receive(io.BytesIO(whole.getvalue()[:cut])) == b""


# ---- in an import


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    folder = tmp_path_factory.mktemp("dicom")
    files = {"scan": made(PatientName=CANARY), 
             "film.dcm": (FILES / "examples_ybr_color.dcm").read_bytes(),
             "plan.dcm": (FILES / "rtplan.dcm").read_bytes()}  # fmt: skip
    for name, data in files.items():
        (folder / name).write_bytes(data)
    rows = [{"id": name, "question": f"What does {name} show?", "answer": "It.", "images": [name],
             "dicom": "theirs"} for name in files]  # fmt: skip
    (folder / "pool.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return import_samples(folder / "pool.jsonl", images_to=folder / "images", compare=False)


def test_an_import_takes_the_picture_and_says_what_it_left(imported: Imported) -> None:
    scan, film, plan = imported.samples
    assert [len(each.images) for each in (scan, film, plan)] == [1, 1, 0]
    kept = scan.meta["dicom"][scan.images[0]]
    assert kept == {"modality": "CT", "photometric": "MONOCHROME2", "bits": 16,
                    "burned_in_annotation": "not stated", "slope": 1, "intercept": 0}  # fmt: skip
    assert scan.meta["dicom (column)"] == "theirs"
    said = {each.line: each.message for each in imported.findings if each.rule == "dicom"}
    assert said[1] == (
        "A picture was made of a DICOM file; of its header is left out: patient, numbers of study "
        "and series. It states nothing of text drawn into the picture"
    )
    assert "of the first of its 30 frames" in said[2]
    (unread,) = [each for each in imported.findings if each.rule == "image-unreadable"]
    assert "without a picture (RTPLAN)" in unread.message
    assert CANARY not in repr(list(imported.samples)) + repr(list(imported.findings))
