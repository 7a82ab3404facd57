"""DICOM files as pictures: through their look-up tables, and without anything of the header."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset

from diq_core.data.dicom import is_dicom
from diq_core.data.dicom_picture import KINDS, Picture, picture
from diq_core.data.redrawing import Unreadable
from pages.parts.viewer import _window
from tests.support.dicom import CANARY, FILES, made


def stored(taken: Picture) -> list[list[int]]:
    values: list[list[int]] = np.asarray(Image.open(io.BytesIO(taken.png))).tolist()
    return values


def meant(taken: Picture) -> list[list[float]]:
    """Return the values in the file's own unit."""
    slope, intercept = taken.header.get("slope", 1), taken.header.get("intercept", 0)
    return [[slope * value + intercept for value in row] for row in stored(taken)]


def table(descriptor: list[int], values: list[int]) -> Dataset:
    made = Dataset()
    made.add_new("LUTDescriptor", "US", descriptor)
    made.add_new("LUTData", "US", values)
    made.ModalityLUTType = "US"
    return made


# ---- values


def test_a_rescaled_picture_keeps_its_unit_and_its_window() -> None:
    taken = picture(made(RescaleSlope=2, RescaleIntercept=-1024, WindowCenter=[40, 300],
                         WindowWidth=[400, 1500]))  # fmt: skip
    assert meant(taken) == [[-1024, -824], [-624, 976]]
    assert stored(taken) == [[0, 200], [400, 2000]]
    assert (taken.header["window_center"], taken.header["window_width"]) == (40, 400)
    assert (taken.header["modality"], taken.header["bits"]) == ("CT", 16)
    assert _window(taken.header) == (40, 400, -160, 239)


def test_signed_values_and_a_slope_that_is_no_whole_number() -> None:
    given = np.array([[-500, 0, 500]], np.int16)
    assert meant(picture(made(given))) == [[-500, 0, 500]]
    taken = picture(made(given, RescaleSlope=0.37, RescaleIntercept=1))
    assert np.allclose(meant(taken), [[-184, 1, 186]], atol=0.003)


def test_a_modality_table_is_applied() -> None:
    tables = [table([4, 0, 16], [7, 500, 9, 1])]
    taken = picture(made(np.array([[0, 1, 2, 3]], np.uint16), ModalityLUTSequence=tables))
    assert meant(taken) == [[7, 500, 9, 1]]


def test_a_table_of_interest_is_applied_and_takes_the_place_of_the_window() -> None:
    tables = [table([3, 10, 16], [0, 60000, 65535])]
    taken = picture(made(np.array([[9, 10, 11, 12]], np.uint16), VOILUTSequence=tables,
                         WindowCenter=5, WindowWidth=6))  # fmt: skip
    assert meant(taken) == [[0, 0, 60000, 65535]]
    assert "window_center" not in taken.header


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT"])
def test_what_begins_with_white_is_turned_around_with_its_window(function: str) -> None:
    given = np.array([[10, 20, 110]], np.uint16)
    more = {"WindowCenter": 30, "WindowWidth": 41, "VOILUTFunction": function}
    plain = picture(made(given, **more))
    turned = picture(made(given, PhotometricInterpretation="MONOCHROME1", **more))
    assert meant(turned) == [[110, 100, 10]]
    first, second = _window(plain.header), _window(turned.header)
    assert first
    assert second
    assert second[2:] == (120 - first[3], 120 - first[2])


def test_what_an_enhanced_file_says_of_its_frame_counts() -> None:
    shared, transformation, frame, voi = Dataset(), Dataset(), Dataset(), Dataset()
    transformation.RescaleSlope, transformation.RescaleIntercept = 1, -1000
    transformation.RescaleType = "HU"
    shared.PixelValueTransformationSequence = [transformation]
    voi.WindowCenter, voi.WindowWidth = 50, 350
    frame.FrameVOILUTSequence = [voi]
    two = np.array([[[1, 2]], [[3, 4]]], np.uint16)
    taken = picture(made(two[0], NumberOfFrames=2, PixelData=two.tobytes(),
                         SharedFunctionalGroupsSequence=[shared],
                         PerFrameFunctionalGroupsSequence=[frame, frame]))  # fmt: skip
    assert meant(taken) == [[-999, -998]]
    assert (taken.header["window_center"], taken.header["frames"]) == (50, 2)


def test_eight_bits_stay_eight_and_a_mask_can_be_seen() -> None:
    assert stored(picture(made(np.array([[0, 7, 255, 3]], np.uint8)))) == [[0, 7, 255, 3]]
    one = made(np.array([[0, 1]], np.uint8), BitsStored=1, HighBit=0)
    assert stored(picture(one)) == [[0, 255]]


SAME = ["MR_small.dcm", "MR_small_RLE.dcm", "MR_small_jp2klossless.dcm", "MR_small_bigendian.dcm",
        "MR_small_jpeg_ls_lossless.dcm", "MR_small_implicit.dcm", "MR_small_expb.dcm"]  # fmt: skip


def test_one_picture_in_many_syntaxes_is_one_picture() -> None:
    taken = [picture((FILES / name).read_bytes()) for name in SAME]
    assert len({each.png for each in taken}) == 1
    assert taken[0].header["window_center"] == 600


@pytest.mark.parametrize("name", ["examples_palette.dcm", "examples_ybr_color.dcm",
                                  "SC_rgb_rle_16bit.dcm", "SC_rgb_rle_32bit.dcm"])  # fmt: skip
def test_colours_become_eight_bits_of_red_green_and_blue(name: str) -> None:
    with Image.open(io.BytesIO(picture((FILES / name).read_bytes()).png)) as image:
        assert image.mode == "RGB"
        assert image.getextrema()[0][1] > 150


# ---- the header


def test_nothing_of_the_header_is_in_the_picture_or_in_what_is_kept() -> None:
    data = made(
        PatientName=CANARY, PatientID=CANARY, PatientBirthDate="19700102", StudyDate="20200102",
        InstitutionName=CANARY, StudyInstanceUID="1.2.3.4", Manufacturer=CANARY,
        ProtocolName=CANARY, BodyPartExamined=CANARY, ImageComments=CANARY,
        BurnedInAnnotation="YES",
    )  # fmt: skip
    taken = picture(data)
    assert CANARY.encode() not in taken.png
    assert CANARY not in json.dumps(taken.header)
    assert "body_part" not in taken.header
    assert taken.header["burned_in_annotation"] == "yes"
    assert set(taken.dropped) == set(KINDS) - {"private fields", "overlays"}
    real = picture((FILES / "CT_small.dcm").read_bytes())
    assert "private fields" in real.dropped
    assert real.header["burned_in_annotation"] == "not stated"
    assert "overlays" in picture((FILES / "examples_overlay.dcm").read_bytes()).dropped


# ---- what cannot be read


@pytest.mark.parametrize(("name", "words"), [
    ("rtplan.dcm", r"without a picture \(RTPLAN\)"), ("reportsi.dcm", "without a picture"),
    ("MR_truncated.dcm", "is damaged"), ("JPGExtended.dcm", "nothing here decodes"),
    ("SC_rgb_jpeg_gdcm.dcm", r"nothing here decodes \(JPEG Lossless\)"),
])  # fmt: skip
def test_what_is_no_picture_or_not_decoded_is_said(name: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words) as error:
        picture((FILES / name).read_bytes())
    assert error.value.hint


@pytest.mark.parametrize(("more", "words"), [
    ({"Rows": 65535, "Columns": 65535}, "more than 64 million"),
    ({"Rows": 0}, "is damaged"), ({"BitsAllocated": 7}, "is damaged"),
    ({"PixelData": None}, "without a picture"), ({"PixelData": b""}, "is damaged"),
    ({"PixelData": b"\1\2"}, "is damaged"), ({"SamplesPerPixel": 77}, "is damaged"),
])  # fmt: skip
def test_absurd_headers_are_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        picture(made(**more))


def test_a_file_is_known_by_its_mark_or_by_its_name() -> None:
    assert is_dicom(made(), "image")
    assert is_dicom(b"no mark", "SCAN.DCM")
    assert not is_dicom(b"\x89PNG" + bytes(200), "a.png")
