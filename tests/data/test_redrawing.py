"""An image written anew has the same pixels, upright, in the same depth, in the same bytes."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from diq_core.data.redrawing import Unreadable, as_seen, redrawn


def saved(image: Image.Image, format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def reopened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def corners() -> Image.Image:
    """Return 3 × 2 pixels, all different."""
    return Image.frombytes("RGB", (3, 2), bytes(range(0, 180, 10)))


# What a viewer must do for each value of the tag (EXIF 2.32, table of "Orientation"), by hand.
TURNS = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
    8: lambda a: np.rot90(a, 1),
}


@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("value", TURNS)
def test_orientation_is_applied_to_the_pixels(format: str, value: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = value
    options = {"lossless": True} if format == "WEBP" else {}
    made = redrawn(saved(corners(), format, exif=exif, **options))
    image = reopened(made.data)
    assert np.array_equal(np.asarray(image), TURNS[value](np.asarray(corners())))
    assert not image.getexif()


def test_a_jpeg_keeps_every_decoded_pixel_and_is_turned() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(corners().resize((60, 40)), "JPEG", exif=exif)
    upright = ImageOps.exif_transpose(reopened(data))
    assert reopened(redrawn(data).data).tobytes() == upright.tobytes()


@pytest.mark.parametrize(
    ("mode", "format"),
    [
        ("1", "PNG"), ("L", "PNG"), ("LA", "PNG"), ("I;16", "PNG"), ("P", "PNG"), ("RGB", "PNG"),
        ("RGBA", "PNG"), ("L", "JPEG"), ("CMYK", "JPEG"), ("CMYK", "TIFF"), ("I;16", "TIFF"),
        ("I", "TIFF"), ("F", "TIFF"), ("P", "GIF"), ("1", "TIFF"), ("L", "BMP"), ("RGBA", "WEBP"),
    ],
)  # fmt: skip
def test_mode_and_pixels_stay(mode: str, format: str) -> None:
    values = np.random.default_rng(1).integers(0, 60_000, (9, 11))
    if mode in ("I;16", "I", "F"):
        kind = {"I;16": np.uint16, "I": np.int32, "F": np.float32}[mode]
        image = Image.fromarray(values.astype(kind))
    else:
        image = Image.fromarray((values % 256).astype(np.uint8)).convert("RGB").convert(mode)
    before = reopened(saved(image, format))
    after = reopened(redrawn(saved(image, format)).data)
    assert after.mode == before.mode
    assert after.convert("RGBA" if mode == "P" else mode).tobytes() == before.convert(
        "RGBA" if mode == "P" else mode
    ).tobytes()  # fmt: skip


@pytest.mark.parametrize("format", ["PNG", "GIF"])
def test_a_transparent_colour_of_a_palette_stays(format: str) -> None:
    image = Image.new("P", (4, 4), 2)
    image.putpalette([0, 0, 0, 9, 9, 9, 200, 100, 50, 1, 2, 3])
    image.putpixel((0, 0), 1)
    data = saved(image, format, transparency=1)
    before, after = (reopened(each).convert("RGBA") for each in (data, redrawn(data).data))
    assert after.tobytes() == before.tobytes()
    assert after.getpixel((0, 0))[3] == 0


@pytest.mark.parametrize(("mode", "value"), [("L", 7), ("RGB", (1, 2, 3)), ("1", 0)])
def test_a_transparent_colour_without_a_palette_stays(mode: str, value: Any) -> None:
    data = saved(Image.new(mode, (2, 2), value), "PNG", transparency=value)
    assert reopened(redrawn(data).data).convert("RGBA").getpixel((0, 0))[3] == 0


@given(
    st.sampled_from(["L", "LA", "RGB", "RGBA"]),
    st.integers(1, 9),
    st.integers(1, 9),
    st.binary(min_size=1, max_size=40),
    st.binary(max_size=60),
)
def test_what_surrounds_the_pixels_never_matters(
    mode: str, width: int, height: int, seed: bytes, after: bytes
) -> None:
    size = width * height * len(mode)
    image = Image.frombytes(mode, (width, height), (seed * (size // len(seed) + 1))[:size])
    once = redrawn(saved(image, "PNG"))
    assert reopened(once.data).tobytes() == image.tobytes()
    again = redrawn(saved(image, "PNG", compress_level=1, dpi=(72, 72)) + after)
    assert again.data == once.data == redrawn(once.data).data
    assert redrawn(once.data).removed == ()


@given(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"]), st.data())
def test_a_damaged_file_raises_nothing_else(format: str, data: st.DataObject) -> None:
    whole = bytearray(saved(corners(), format))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(whole)))
    with suppress(Unreadable):
        assert redrawn(bytes(whole[:cut])).data


def test_dark_and_deep_grey_is_spread_for_a_model() -> None:
    values = np.linspace(1000, 3000, 64).astype(np.uint16).reshape(8, 8)
    shown = np.asarray(as_seen(saved(Image.fromarray(values), "PNG")).convert("L"))
    assert (shown.min(), shown.max()) == (0, 255)


def test_a_model_sees_transparent_parts_white() -> None:
    image = Image.new("RGBA", (2, 1), (255, 0, 0, 255))
    image.putpixel((1, 0), (0, 0, 0, 0))
    shown = as_seen(saved(image, "PNG"))
    assert [shown.getpixel((place, 0)) for place in (0, 1)] == [(255, 0, 0), (255, 255, 255)]
