"""Text that is burned into an image, read by RapidOCR (extra `privacy`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from diq_core.extras import need
from diq_core.privacy.finder import find
from diq_core.privacy.identifier import Kind, digest
from diq_core.privacy.listed import two_words

if TYPE_CHECKING:
    from PIL.Image import Image

_FEWEST_DIGITS = 4
_LONG_SIDE = 1536
_CUT_OFF = (20.0, 0.2)
"""Per cent of the darkest and of the brightest pixels that are taken for black and white."""


@dataclass(frozen=True, slots=True, order=True)
class Box:
    """Where an image holds text, in pixels from its left upper corner; never the text.

    Attributes:
        top: first row of pixels.
        left: first column.
        bottom: one after the last row.
        right: one after the last column.
        kinds: the classes of identifiers that were read there; empty = text that is none, such as
            the mark of a side.
        digest: 16 hex digits of a keyed SHA-256 of what was read (see `identifier.digest`).
    """

    top: int
    left: int
    bottom: int
    right: int
    kinds: tuple[Kind, ...]
    digest: str


def find_in_image(image: Image, *, key: bytes = b"") -> list[Box]:
    """Return every box of text in `image`, from top to bottom.

    Besides what `find` knows, four digits and more or two words that are a name count as
    identifiers here: what stands in a corner of an image has no label.

    Args:
        image: any image of Pillow's.
        key: a secret for the digests.

    Raises:
        BadSetting: the extra `privacy` is not installed.
    """
    from PIL import ImageOps

    plain = image.convert("RGB")
    boxes = _boxes(plain, key)
    # Small white letters on light grey are seen only with the greys drawn apart; so is noise that
    # looks like letters, hence only what is of a class counts.
    clear = ImageOps.autocontrast(plain, cutoff=_CUT_OFF)
    more = [box for box in _boxes(clear, key) if box.kinds]
    return sorted([*boxes, *(box for box in more if not any(_inside(box, each) for each in boxes))])


def _boxes(image: Image, key: bytes) -> list[Box]:
    import numpy as np

    # Letters of nine pixels are not seen, of eighteen they are.
    factor = max(1, round(_LONG_SIDE / max(image.size)))
    large = image.resize((image.width * factor, image.height * factor))
    read = _reader()(np.asarray(large), box_thresh=0.3)
    if read.boxes is None:
        return []
    return [
        _box(corners / factor, text, key)
        for corners, text in zip(read.boxes, read.txts, strict=True)
    ]


def _inside(box: Box, other: Box) -> bool:
    return (other.top <= box.top and other.left <= box.left and box.bottom <= other.bottom
            and box.right <= other.right)  # fmt: skip


@cache
def _reader() -> Any:
    need("rapidocr", "privacy")
    need("onnxruntime", "privacy")
    from rapidocr import RapidOCR

    # The least that is read with any confidence: to miss text is worse than to see too much.
    return RapidOCR(params={"Global.log_level": "error", "Global.text_score": 0.1})


def _box(corners: Any, text: str, key: bytes) -> Box:
    across, down = corners[:, 0], corners[:, 1]
    return Box(
        int(down.min()), int(across.min()), int(down.max()) + 1, int(across.max()) + 1,
        _kinds(text), digest(text, key),
    )  # fmt: skip


def _kinds(text: str) -> tuple[Kind, ...]:
    kinds: set[Kind] = {each.kind for each in find(text)}
    if not kinds and sum(map(str.isdecimal, text)) >= _FEWEST_DIGITS:
        kinds.add("other")
    if not kinds and two_words(text):
        kinds.add("name")
    return tuple(sorted(kinds))
