"""Images decoded and written anew: their pixels, and nothing else that the file held.

Nothing of the given file is copied. PNG keeps every pixel as it was decoded, also of a JPEG, whose
own format would change them once more; what PNG cannot hold (CMYK, Lab, 32-bit and real numbers)
becomes TIFF. The encoder's options are pinned, so the same pixels give the same bytes.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from diq_core.data.metadata import kinds_of

if TYPE_CHECKING:
    from PIL import Image

READABLE = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")
"""Formats that are opened; MPO is what Pillow calls some JPEG files once they are open."""
MAX_PIXELS = 64_000_000
MAX_LONG = 100_000
"""Pixels of the longer side; to wait for a whole row takes the square of its length."""
_IN_PNG = ("1", "L", "LA", "I;16", "P", "RGB", "RGBA")
_IN_TIFF = ("CMYK", "LAB", "I", "F")
_SAME = {"I;16B": "I;16", "I;16L": "I;16", "I;16N": "I;16", "La": "LA", "RGBX": "RGB"}


class Unreadable(ValueError):
    """An image cannot be decoded.

    Args:
        message: a clause that begins after the image's name, e.g. "is damaged: …".
        hint: what to do about it.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Redrawn:
    """An image written anew.

    Attributes:
        data: the file.
        suffix: ".png" or ".tif".
        removed: kinds of metadata that the given file held and this one does not.
    """

    data: bytes
    suffix: str
    removed: tuple[str, ...]


@contextmanager
def opened(data: bytes) -> Iterator[Image.Image]:
    """Yield an image whose pixels are not decoded yet.

    Whatever the decoder raises, here or in the block, is `Unreadable`: given hostile bytes it may
    raise anything, and that concerns this image and no other.

    Raises:
        Unreadable: it is damaged, far too large, or no image of a known format.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=READABLE) as image:
                _refuse_size(*image.size)
                yield image
    except Unreadable:
        raise
    except Image.DecompressionBombError:
        raise Unreadable("has far too many pixels", "make it smaller") from None
    except UnidentifiedImageError:
        raise Unreadable(
            "is not an image that can be read", f"save it as one of: {', '.join(READABLE)}"
        ) from None
    except Exception as error:  # noqa: BLE001
        said = str(error)[:200] or type(error).__name__
        raise Unreadable(f"is damaged: {said}", "fetch it again") from None


def _refuse_size(width: int, height: int) -> None:
    said, hint = f"has {width} × {height} pixels, more than", "make it smaller"
    if width * height > MAX_PIXELS:
        raise Unreadable(f"{said} {MAX_PIXELS // 1_000_000} million", hint)
    if max(width, height) > MAX_LONG:
        raise Unreadable(f"{said} {MAX_LONG:,} on a side", hint)


def redrawn(data: bytes) -> Redrawn:
    """Return the first picture of an image file, upright, without anything else.

    Kept: width and height, every pixel, the depth (16-bit grey stays so), transparency, and a
    palette's colours as far as they are used. A colour profile is dropped, not applied. Of more
    than 8 bits a channel in colour, the decoder keeps 8.

    Raises:
        Unreadable: it cannot be decoded.
    """
    with opened(data) as image:
        removed = kinds_of(data, image)
        turned = upright(image)
        file = io.BytesIO()
        if turned.mode in _IN_TIFF:
            _bare(turned).save(file, "TIFF", compression=None)
            return Redrawn(file.getvalue(), ".tif", removed)
        transparency = _transparency(turned)
        _bare(turned).save(file, "PNG", compress_level=6, optimize=False, **transparency)
        return Redrawn(file.getvalue(), ".png", removed)


def as_seen(data: bytes) -> Image.Image:
    """Return the first picture of an image file in red, green and blue, as a person would see it.

    Upright; grey values of more than 8 bits are spread from darkest to brightest, since a plain
    conversion would cut them off and show nearly all of them white; transparent parts become white.

    Raises:
        Unreadable: it cannot be decoded.
    """
    with opened(data) as image:
        return _bare(on_white(_spread(upright(image))).convert("RGB"))


def on_white(image: Image.Image) -> Image.Image:
    """Return a picture whose transparent parts are drawn on white; others as they are."""
    from PIL import Image

    if not image.has_transparency_data:
        return image
    layered = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), layered).convert("RGB")


def upright(image: Image.Image) -> Image.Image:
    """Return the decoded picture as it is meant to be seen, in a mode that can be written."""
    from PIL import ImageOps

    image.load()
    turned = ImageOps.exif_transpose(image)
    if turned.mode in (*_IN_PNG, *_IN_TIFF):
        return turned
    return turned.convert(_SAME.get(turned.mode) or ("RGBA" if "a" in turned.mode.lower()
                                                     else "RGB"))  # fmt: skip


def _bare(image: Image.Image) -> Image.Image:
    """Return the pixels alone; a palette entry that no pixel has is black."""
    from PIL import Image

    bare = Image.frombytes(image.mode, image.size, image.tobytes())
    if image.mode == "P":
        used = _used(image)
        colours = (image.getpalette("RGB") or []) + [0] * 768
        bare.putpalette(
            [
                value if number // 3 in used else 0
                for number, value in enumerate(colours[: 3 * (max(used) + 1)])
            ]
        )
    return bare


def _transparency(image: Image.Image) -> dict[str, Any]:
    found = image.info.get("transparency")
    if found is None and image.mode == "P" and image.palette and image.palette.mode == "RGBA":
        found = bytes((image.getpalette("RGBA") or [])[3::4])
    if found is None or image.mode not in ("1", "L", "I;16", "RGB", "P"):
        return {}
    if isinstance(found, bytes) and image.mode == "P":
        used = _used(image)
        found = bytes(
            alpha if number in used else 255 for number, alpha in enumerate(found[: max(used) + 1])
        )
    return {"transparency": found}


def _used(image: Image.Image) -> frozenset[int]:
    """Return the palette entries that occur among the pixels."""
    return frozenset(number for number, count in enumerate(image.histogram()) if count)


def _spread(image: Image.Image) -> Image.Image:
    import numpy as np
    from PIL import Image

    if image.mode not in ("I;16", "I", "F"):
        return image
    values = np.nan_to_num(np.asarray(image, dtype=np.float64), posinf=0, neginf=0)
    low, high = values.min(), values.max()
    return Image.fromarray(((values - low) * (255 / ((high - low) or 1))).astype(np.uint8))
