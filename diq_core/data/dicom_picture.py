"""A DICOM file as a plain picture: its values through its look-up tables, and nothing else of it.

Sources: DICOM PS3.3, C.7.6.3 (pixels), C.11.1 (modality LUT), C.11.2 (VOI LUT), C.7.6.16 (frames).
Run in a process of its own with bounds (`dicom_program`): decoders are given hostile bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from diq_core.data.redrawing import MAX_PIXELS, Unreadable

if TYPE_CHECKING:
    import numpy as np
    from pydicom import Dataset
    from pydicom.uid import UID

PATIENT, PEOPLE, DATES, NUMBERS, DEVICE, PRIVATE, OVERLAY, OTHER = (
    "patient", "people and places", "dates and times", "numbers of study and series",
    "device and settings", "private fields", "overlays", "further fields",
)  # fmt: skip
KINDS = (PATIENT, PEOPLE, DATES, NUMBERS, DEVICE, PRIVATE, OVERLAY, OTHER)
"""Every kind of header field that is left out, in the order in which they are listed."""

_CODE = re.compile(r"[A-Z0-9 _]{1,16}")
_PIXELS = frozenset((0x7FE00008, 0x7FE00009, 0x7FE00010))
_KEPT = frozenset((0x00080060, 0x00180015))  # Modality and body part; window and bits: group 0028.
# Functional groups that say how one frame's values are meant.
_GROUPS = ("PixelValueTransformationSequence", "FrameVOILUTSequence")
_CURVED = ("LINEAR_EXACT", "SIGMOID")


@dataclass(frozen=True, slots=True)
class Picture:
    """What is taken of a DICOM file.

    Attributes:
        png: the picture, 8 bits of grey or colour or 16 of grey.
        header: modality, body_part, photometric, bits, frames and frame, burned_in_annotation;
            window_center and window_width in the file's own unit with voi_function where it is not
            linear; slope and intercept, by which a stored value becomes one of that unit.
        dropped: kinds of header fields that are left out.
    """

    png: bytes
    header: dict[str, Any]
    dropped: tuple[str, ...]


def picture(data: bytes) -> Picture:
    """Return the first frame of a DICOM file as a picture.

    Modality and VOI look-up tables are applied; a window is not, but kept. MONOCHROME1 is
    inverted, so that black is the smallest value.

    Raises:
        Unreadable: it holds no picture, is damaged, far too large, or nothing here decodes it.
    """
    import warnings

    from pydicom import config, dcmread

    config.settings.reading_validation_mode = config.IGNORE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dataset = dcmread(io.BytesIO(data), force=True)
            _check(dataset)
            dropped = _dropped(dataset)
            return _taken(dataset, _values(dataset), dropped)
        except Unreadable:
            raise
        except MemoryError:
            raise Unreadable("unpacks to more than is allowed", "store it uncompressed") from None
        except Exception as error:  # noqa: BLE001
            # Whatever a decoder raises on such bytes concerns this file and no other. Its message
            # may repeat the header, so only its kind is told.
            said = f"is damaged: {type(error).__name__}"
            raise Unreadable(said, "fetch it again, or store it uncompressed") from None


def _check(dataset: Dataset) -> None:
    if not any(tag in dataset for tag in _PIXELS):
        kind = _code(dataset, "Modality")
        raise Unreadable(
            f"is a DICOM file without a picture{f' ({kind})' if kind else ''}",
            "name the file that holds the picture",
        )
    size = [int(dataset.get(name) or 0) for name in ("Columns", "Rows")]
    if size[0] * size[1] > MAX_PIXELS:
        raise Unreadable(
            f"has {size[0]} × {size[1]} pixels, more than {MAX_PIXELS // 1_000_000} million",
            "make it smaller",
        )


def _values(dataset: Dataset) -> np.ndarray:
    """Return the first frame as it is stored: rows, columns, and channels where there are three."""
    from pydicom.dataset import FileMetaDataset
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.pixels.utils import pixel_array
    from pydicom.uid import ImplicitVRLittleEndian

    meta = getattr(dataset, "file_meta", None) or {}
    syntax = meta.get("TransferSyntaxUID")
    if syntax is None:
        # Without a word about it a file is in the default syntax (PS3.5, 10.1).
        dataset.file_meta = FileMetaDataset()
        syntax = dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    try:
        if syntax.is_encapsulated and not get_decoder(syntax).is_available:
            raise _not_decoded(syntax)
        values: np.ndarray = pixel_array(dataset, index=0)
    except (NotImplementedError, RuntimeError):
        # None of the decoders that are there could do it.
        raise _not_decoded(syntax) from None
    return values


def _not_decoded(syntax: UID) -> Unreadable:
    name = syntax.name.split(",")[0]
    return Unreadable(
        f"has pixels that nothing here decodes ({name})",
        "install python-gdcm, which decodes most, or store it uncompressed",
    )


def _taken(dataset: Dataset, stored: np.ndarray, dropped: tuple[str, ...]) -> Picture:
    from pydicom.pixels.processing import apply_color_lut

    _put_groups_on_top(dataset)
    header = _header(dataset)
    if header["photometric"] == "PALETTE COLOR":
        stored = apply_color_lut(stored, dataset)
    if stored.ndim == 3:
        return Picture(_colour_png(stored, header), header, dropped)
    return Picture(_grey_png(dataset, stored, header), header, dropped)


def _put_groups_on_top(dataset: Dataset) -> None:
    """Move what an enhanced file says of its first frame to where a plain one says it."""
    for name in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for group in (dataset.get(name) or ())[:1]:
            for inner in _GROUPS:
                for item in (group.get(inner) or ())[:1]:
                    dataset.update(item)


def _header(dataset: Dataset) -> dict[str, Any]:
    frames = int(dataset.get("NumberOfFrames") or 1)
    burned = {"YES": "yes", "NO": "no"}.get(_code(dataset, "BurnedInAnnotation"), "not stated")
    header = {
        "modality": _code(dataset, "Modality"),
        "body_part": _code(dataset, "BodyPartExamined"),
        "photometric": _code(dataset, "PhotometricInterpretation"),
        "bits": int(dataset.get("BitsStored") or dataset.get("BitsAllocated") or 0),
        "burned_in_annotation": burned,
    }
    several = {"frames": frames, "frame": 1} if frames > 1 else {}
    return {name: value for name, value in header.items() if value} | several


def _code(dataset: Dataset, name: str) -> str:
    """Return a coded field; "" where it is none, as free text could tell who somebody is."""
    value = str(dataset.get(name) or "").strip().upper()
    return value if _CODE.fullmatch(value) else ""


def _grey_png(dataset: Dataset, stored: np.ndarray, header: dict[str, Any]) -> bytes:
    import numpy as np
    from pydicom.pixels.processing import apply_modality_lut, apply_voi

    values = apply_modality_lut(stored, dataset)
    has_table = bool(dataset.get("VOILUTSequence"))
    if has_table:
        values = apply_voi(values, dataset)
    window = None if has_table else _window(dataset)
    values = np.asarray(values, dtype=np.float64)
    values[~np.isfinite(values)] = 0
    low, high = float(values.min()), float(values.max())
    if header.get("photometric") == "MONOCHROME1":
        values = low + high - values
        window = window and (low + high - window[0] + (window[2] == "LINEAR"), *window[1:])
    if window:
        header["window_center"], header["window_width"] = window[:2]
        if window[2] != "LINEAR":
            header["voi_function"] = window[2]
    return _png(_in_16_bits(values, low, high, header))


def _window(dataset: Dataset) -> tuple[float, float, str] | None:
    """Return centre, width and function of the first window; None = there is none."""
    from pydicom.multival import MultiValue

    found = []
    for name in ("WindowCenter", "WindowWidth"):
        value = dataset.get(name)
        found.append(value[0] if isinstance(value, MultiValue) and value else value)
    if found[0] in (None, "") or found[1] in (None, ""):
        return None
    function = _code(dataset, "VOILUTFunction")
    return float(found[0]), float(found[1]), function if function in _CURVED else "LINEAR"


def _in_16_bits(values: np.ndarray, low: float, high: float, header: dict[str, Any]) -> np.ndarray:
    """Return the values as whole numbers; the header says how they become themselves again."""
    import numpy as np

    if low >= 0 and high <= 255 and header["bits"] <= 8 and _is_whole(values):
        # A mask of zeros and ones would be seen by nobody.
        return (values * (255 if header["bits"] == 1 else 1)).astype(np.uint8)
    if high - low <= 65535 and _is_whole(values):
        shift = 0.0 if low >= 0 and high <= 65535 else low
        header["slope"], header["intercept"] = 1.0, shift
        return (values - shift).astype(np.uint16)
    header["slope"], header["intercept"] = (high - low) / 65535, low
    return np.rint((values - low) / ((high - low) or 1) * 65535).astype(np.uint16)


def _is_whole(values: np.ndarray) -> bool:
    return bool((values == values.round()).all())


def _colour_png(stored: np.ndarray, header: dict[str, Any]) -> bytes:
    import numpy as np

    if stored.dtype.itemsize > 1:
        most = max(int(stored.max()), 1) if header["bits"] > 16 else 0
        shift = max(0, header["bits"] - 8)
        stored = stored / most * 255 if most else stored >> shift
    return _png(stored.clip(0, 255).astype(np.uint8))


def _png(values: np.ndarray) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG", compress_level=6, optimize=False)
    return file.getvalue()


def _dropped(dataset: Dataset) -> tuple[str, ...]:
    found = set(_kinds_in(dataset))
    return tuple(kind for kind in KINDS if kind in found)


def _kinds_in(dataset: Dataset) -> Iterator[str]:
    for tag in dataset.keys():  # noqa: SIM118  (a dataset iterates over its values)
        if tag.group in (0x0002, 0x0028) or int(tag) in _PIXELS | _KEPT:
            continue  # What describes the file and the pixels themselves.
        yield _kind(tag)


def _kind(tag: Any) -> str:
    from pydicom.datadict import dictionary_VR, repeater_has_tag

    if tag.is_private:
        return PRIVATE
    if 0x6000 <= tag.group <= 0x60FF and repeater_has_tag(int(tag)):
        return OVERLAY
    if tag.group == 0x0010:
        return PATIENT
    try:
        representation = dictionary_VR(tag)
    except KeyError:
        return OTHER
    by_form = {"DA": DATES, "TM": DATES, "DT": DATES, "PN": PEOPLE, "UI": NUMBERS}
    by_group = {0x0018: DEVICE, 0x0020: NUMBERS}
    if tag in (0x00080080, 0x00080081, 0x00081010, 0x00081040):
        return PEOPLE
    return by_form.get(representation) or by_group.get(tag.group, OTHER)
