"""The image viewer: what the server says of each image, and the one element that draws them.

The browser gets numbers (`diq_core.data.viewing`), never a file of a study, and asks for them at
this app's own address. The modules are `browser/viewer.js` and what it imports; the desk of the
reviewers draws with the same ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import streamlit as st
from streamlit import runtime

from diq_core.assets import ASSETS
from diq_core.data.sample import Sample
from diq_core.data.text import visible
from diq_core.data.viewing import MAX_SIDE, View, view
from diq_core.errors import BadFile, NotFound
from diq_core.files import read_json
from pages.parts import served

_HERE = Path(__file__).resolve().parent
_NAME: Final = "viewer"
_WORDS = ASSETS / "viewer"
MOST: Final = 24
"""Images of one sample that are sent to a browser; that more are missing is said."""
_FEW, _SIDE_OF_MANY = 4, 2048
_ABOUT = (
    ("modality", "modality_type", "image_modality"),
    ("body_part", "image_organ", "organ", "location"),
)
"""Names under which a source says how a picture was taken, and of what."""

ImageFile = Callable[[str], Path]


@dataclass(frozen=True)
class Shown:
    """An image of a sample as the browser is told of it.

    Attributes:
        name: inside the dataset.
        why: why it cannot be shown: a name of the viewer's words; "" = it can.
        view: what is drawn.
        about: what is known of it, e.g. "CT, HEAD".
        window: centre and width that its file asks for, and which numbers are drawn black and
            white for it; None = it asks for none.
        unit: slope and intercept that make its stored numbers the file's own, e.g. Hounsfield
            units.
    """

    name: str
    why: str = ""
    view: View | None = None
    about: str = ""
    window: tuple[float, float, float, float] | None = None
    unit: tuple[float, float] = (1.0, 0.0)


def show_images(sample: Sample, images: ImageFile | None, *, key: str = "images") -> None:
    """Draw the images of a sample; of each that cannot be shown it says so, and why.

    Args:
        images: gives the file of an image by its name; without it their names are shown.
        key: tells viewers on one page apart.
    """
    if sample.images:
        served.mount(
            _NAME, _HERE, "viewer.js", key=f"viewer-{key}",
            data={"images": to_browser(shown_images(sample, images), key), "words": words("en")},
        )  # fmt: skip


def shown_images(sample: Sample, images: ImageFile | None) -> list[Shown]:
    """Return the images of a sample as they are shown, or why they cannot be."""
    side = MAX_SIDE if len(sample.images) <= _FEW else _SIDE_OF_MANY
    return [
        _shown(sample, name, images, side) if place < MOST else Shown(name, "too_many")
        for place, name in enumerate(sample.images)
    ]


def to_browser(images: Iterable[Shown], key: str) -> list[dict[str, Any]]:
    """Return what `viewer.js` is given of images, and lend it their numbers.

    Args:
        key: what is lent under one key takes the place of what was lent under it before.
    """
    return [_message(one, f"{_NAME}-{key}-{place}") for place, one in enumerate(images)]


def lend_modules() -> None:
    """Let other modules in the browser import ``../diq.viewer/viewer.js``."""
    served.lend(_NAME, _HERE)


@cache
def words(code: str) -> dict[str, str]:
    """Return what the viewer says in a language; English where it is not spoken."""
    file = _WORDS / f"{code}.json"
    found: dict[str, str] = read_json(file if file.is_file() else _WORDS / "en.json")
    return found


def _shown(sample: Sample, name: str, images: ImageFile | None, side: int) -> Shown:
    try:
        path = images(name) if images else None
        if path is None or not path.is_file():
            return Shown(name, "not_there")
        seen = _viewed(str(path), path.stat().st_mtime_ns, side)
    except NotFound:
        return Shown(name, "not_there")
    except BadFile:
        return Shown(name, "changed")
    except (OSError, ValueError):
        # What is no image, or a broken one: `Unreadable` is a ValueError.
        return Shown(name, "not_readable")
    header = _header(sample.meta, name)
    unit = _number(header.get("slope")) or 1.0, _number(header.get("intercept")) or 0.0
    return Shown(name, "", seen, _about(header, sample.meta), _window(header), unit)


@st.cache_data(max_entries=24, show_spinner=False)
def _viewed(path: str, _changed: int, side: int) -> View:
    return view(Path(path).read_bytes(), side)


def _message(one: Shown, slot: str) -> dict[str, Any]:
    told = {"name": visible(one.name[:200]), "why": one.why, "url": None, "about": one.about}
    seen = one.view
    if seen is None:
        return told
    slope, intercept = one.unit
    low, high, dark, bright = (
        value * slope + intercept for value in (seen.low, seen.high, *seen.window)
    )
    return told | {
        "url": _lent(seen.packed, slot),
        "width": seen.width, "height": seen.height, "channels": seen.channels, "bits": seen.bits,
        "low": low, "high": high,
        "window": list(one.window[2:]) if one.window else [dark, bright],
        "asked": list(one.window[:2]) if one.window else None,
        "notes": [{"name": name, "values": values} for name, values in seen.notes],
    }  # fmt: skip


def _lent(packed: bytes, slot: str) -> str:
    """Return the address at which the browser finds the numbers while its page shows them."""
    lent = runtime.get_instance().media_file_mgr
    return lent.add(packed, "application/octet-stream", slot)


def _header(meta: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return what an import kept of a DICOM header; anybody may have written the field."""
    of_all = meta.get("dicom")
    found = of_all.get(name) if isinstance(of_all, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _window(header: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
    """Return centre and width of a header's window, and what it draws black and white.

    Source: DICOM PS3.3, C.11.2.1.2.1 and C.11.2.1.3.2.
    """
    centre, width = (_number(header.get(name)) for name in ("window_center", "window_width"))
    if centre is None or width is None or width < 1:
        return None
    if header.get("voi_function"):
        return centre, width, centre - width / 2, centre + width / 2
    half = (width - 1) / 2
    return centre, width, centre - 0.5 - half, centre - 0.5 + half


def _about(header: Mapping[str, Any], meta: Mapping[str, Any]) -> str:
    said = (_first(header, names) or _first(meta, names) for names in _ABOUT)
    return ", ".join(visible(one[:60]) for one in said if one)


def _first(meta: Mapping[str, Any], names: Iterable[str]) -> str:
    return next((one for name in names if isinstance(one := meta.get(name), str) and one), "")


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    number = float(value) if is_number else math.nan  # type: ignore[arg-type]
    return number if math.isfinite(number) else None
