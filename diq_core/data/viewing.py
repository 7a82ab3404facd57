"""Pictures as the viewer in a browser gets them: bare numbers, in the depth that the file has.

A browser shows no more than 8 bits of a grey value, so it is given the values themselves, and
draws of them what the chosen window lets through. Nothing of the given file is copied.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from diq_core.data.redrawing import on_white, opened, upright

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

MAX_SIDE = 4096
"""Pixels a side; more than this squared cannot be drawn by every browser."""
_DEEP = ("I;16", "I", "F")
_PLAIN = ("1", "L", "P", "RGB", "RGBA", "LA", "PA")


@dataclass(frozen=True, slots=True)
class View:
    """A picture for the viewer.

    Attributes:
        packed: its values as zlib packs them, in rows from the top, each value as the difference
            to the one before it in the row, modulo its size; 16 bits have the low byte first.
        width, height: in pixels, as it is drawn.
        channels: values a pixel: 1 = grey, 3 = red, green and blue.
        bits: of a value, 8 or 16.
        low, high: the numbers that the smallest and the greatest value stand for.
        window: the numbers that are drawn black and white at first.
        notes: what is not drawn as it stands in the file: a name, and what to fill in.
    """

    packed: bytes
    width: int
    height: int
    channels: int
    bits: int
    low: float
    high: float
    window: tuple[float, float]
    notes: tuple[tuple[str, dict[str, Any]], ...]


def view(data: bytes, side: int = MAX_SIDE) -> View:
    """Return the first picture of an image file, upright, for a screen.

    Grey of more than 8 bits keeps 16; its window goes from the darkest to the brightest value.
    32-bit and real numbers are spread over 16 bits. Transparent parts become white.

    Args:
        side: pixels that may be wide or high; larger pictures are averaged over whole blocks.

    Raises:
        Unreadable: it cannot be decoded.
    """
    with opened(data) as image:
        several = bool(getattr(image, "is_animated", False))
        picture = upright(image)
        notes: list[tuple[str, dict[str, Any]]] = [("first_picture", {})] if several else []
        full = picture.size
        if picture.mode in _DEEP:
            values, low, high, window = _deep(picture, notes)
            values = _averaged(values, *_block(full, side))
        else:
            values, (low, high) = _shallow(picture, _block(full, side), notes), (0.0, 255.0)
            window = low, high
    height, width, channels = values.shape
    if (width, height) != full:
        size = {"width": width, "height": height, "full_width": full[0], "full_height": full[1]}
        notes.append(("reduced", size))
    bits = values.dtype.itemsize * 8
    return View(_packed(values), width, height, channels, bits, low, high, window, tuple(notes))


def _block(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Return how many pixels across and down become one."""
    block = -(-max(size) // side)
    return min(block, size[0]), min(block, size[1])


def _shallow(
    picture: Image.Image, block: tuple[int, int], notes: list[tuple[str, dict[str, Any]]]
) -> np.ndarray:
    import numpy as np

    if picture.mode not in _PLAIN:
        notes.append(("converted", {"mode": picture.mode}))
    grey = "L" if picture.mode in ("1", "L") else "RGB"
    picture = picture.convert("RGBA" if picture.has_transparency_data else grey)
    if block != (1, 1):
        picture = picture.reduce(block)
    if picture.mode == "RGBA":
        if np.asarray(picture)[..., 3].min() < 255:
            notes.append(("transparent", {}))
        picture = on_white(picture)
    values = np.asarray(picture)
    values = values.reshape(*values.shape[:2], -1)
    return values[..., :1] if (values == values[..., :1]).all() else values


def _deep(
    picture: Image.Image, notes: list[tuple[str, dict[str, Any]]]
) -> tuple[np.ndarray, float, float, tuple[float, float]]:
    """Return values of 16 bits, what the smallest and the greatest stand for, and a window."""
    import numpy as np

    given = np.asarray(picture)
    if picture.mode == "I;16":
        darkest, brightest = float(given.min()), float(given.max())
        return given.astype(np.uint16)[..., None], 0.0, 65535.0, (darkest, brightest)
    is_number = np.isfinite(given)
    numbers = given[is_number]
    low, high = (float(numbers.min()), float(numbers.max())) if numbers.size else (0.0, 0.0)
    if numbers.size < given.size:
        notes.append(("not_numbers", {"count": int(given.size - numbers.size)}))
    notes.append(("spread", {"low": low, "high": high}))
    # Halved, so that the widest span of real numbers is a number, too.
    span = (high / 2 - low / 2) or 0.5
    with np.errstate(invalid="ignore", over="ignore"):
        spread = np.where(is_number, (given / 2 - low / 2) / span * 65535, 0)
    high = high if high > low else low + 1
    return np.rint(spread).astype(np.uint16)[..., None], low, high, (low, high)


def _averaged(values: np.ndarray, across: int, down: int) -> np.ndarray:
    """Return the picture with each block of as many pixels averaged to one."""
    import numpy as np

    if (across, down) == (1, 1):
        return values
    height, width, channels = values.shape
    spare = ((0, -height % down), (0, -width % across), (0, 0))
    whole = np.pad(values, spare, mode="edge")
    blocks = whole.reshape(-(-height // down), down, -(-width // across), across, channels)
    mean: np.ndarray = np.rint(blocks.mean(axis=(1, 3), dtype=np.float64)).astype(values.dtype)
    return mean


def _packed(values: np.ndarray) -> bytes:
    import numpy as np

    # Neighbours are alike: their differences pack to about half.
    apart = np.diff(values, axis=1, prepend=np.zeros_like(values[:, :1]))
    return zlib.compress(apart.astype(apart.dtype.newbyteorder("<")).tobytes(), 6)
