"""A picture as the bytes that `browser/packed.js` reads: words and numbers first, arrays after.

uint32   length of the head, a multiple of 8
head     JSON: what is drawn once, and for each array its name, kind, start and length
arrays   one after the other, little-endian, each beginning at a multiple of 8
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diq_core.maps.density import Counts
from diq_core.maps.region import Box
from pages.parts.explore.picture import Picture
from pages.parts.palette import ACCENT, CUT

_HIGH = (0.085, 0.05)
"""How much of the map the histograms along its edges cover at most, across and up."""
_CHOSEN, _MARKED = 1, 2
_STEP = 8


def pack(picture: Picture, box: str, names: str = "", *, answers: bool = True) -> bytes:
    """Return the bytes.

    Args:
        box: the key of the box on the page in which the chart of its frame lies.
        names: the address of what a pointer shows of each point; "" = there is none.
        answers: whether clicks and looks go back.
    """
    arrays: dict[str, NDArray[Any]] = {
        "rows": picture.rows.astype("<i4"),
        "x": picture.x.astype("<f4"),
        "y": picture.y.astype("<f4"),
        "code": picture.code.astype(np.uint8),
        "marks": (_CHOSEN * picture.chosen + _MARKED * picture.marked).astype(np.uint8),
        "ranks": picture.ranks.astype(np.int8),
    }
    if picture.density is not None:
        arrays["density"] = _light(picture.density)
    places, parts, at = {}, [], 0
    for name, array in arrays.items():
        part = _filled(np.ascontiguousarray(array).tobytes())
        places[name] = (f"{array.dtype.kind}{array.dtype.itemsize}", at, array.size)
        parts.append(part)
        at += len(part)
    about = {"box": box, "names": names, "answers": answers, "arrays": places}
    head = json.dumps({**_head(picture), **about}, allow_nan=False).encode()
    # The length itself takes four bytes of what has to be a multiple.
    head += b" " * (-(len(head) + 4) % _STEP)
    return b"".join([len(head).to_bytes(4, "little"), head, *parts])


def _head(picture: Picture) -> dict[str, Any]:
    shape = None if picture.density is None else picture.density.shape
    return {
        "frame": picture.frame,
        "token": picture.token,
        "spans": [picture.across.span, picture.up.span],
        "colours": picture.colours,
        "accent": ACCENT,
        "cut": CUT,
        "words": picture.words,
        "shape": shape,
        "looked": view_of(picture.looked),
        "opened": picture.opened,
        "lines": [asdict(line) for line in picture.lines],
        "labels": [asdict(label) for label in picture.labels],
        "spots": [asdict(spot) for spot in picture.spots],
        "margins": [[heights(counts, high) for counts in both]
                    for both, high in zip(picture.margins, _HIGH, strict=False)],
        "note": picture.note,
    }  # fmt: skip


def view_of(box: Box | None) -> list[float] | None:
    """Return a part of a picture as the browser says and reads it: left, right, bottom, top."""
    return None if box is None else [box.left, box.right, box.bottom, box.top]


def heights(counts: Counts, high: float) -> list[float]:
    """Return how high each bar is, as a share of the map; those of all and of the chosen each to
    their own highest, since few are chosen. Where nothing lies there are none."""
    most = counts.max(initial=0)
    return [round(float(each), 4) for each in counts / most * high] if most else []


def _light(density: Counts) -> NDArray[np.uint8]:
    """Return how much light each cell takes, 0 to 255, the lowest row first."""
    light = np.log1p(density)
    shades: NDArray[np.uint8] = np.round(255 * light / max(light.max(), 1)).astype(np.uint8)
    return shades


def _filled(part: bytes) -> bytes:
    return part + bytes(-len(part) % _STEP)
