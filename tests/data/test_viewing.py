"""Pictures as the viewer gets them: every value of the file in its depth, or said."""

from __future__ import annotations

import io
import zlib
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from diq_core.data.redrawing import Unreadable
from diq_core.data.viewing import View, view


def saved(image: Image.Image, format: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def values_of(seen: View) -> np.ndarray:
    """Return the values as the browser unpacks them, in rows, columns and channels."""
    kind = np.dtype("<u2") if seen.bits == 16 else np.dtype("u1")
    apart = np.frombuffer(zlib.decompress(seen.packed), kind)
    return np.cumsum(apart.reshape(seen.height, seen.width, seen.channels), axis=1, dtype=kind)


def names_of(seen: View) -> list[str]:
    return [name for name, _ in seen.notes]


@given(st.integers(1, 9), st.integers(1, 9), st.randoms(use_true_random=False))
def test_sixteen_bits_arrive_as_they_are(height: int, width: int, chance: Any) -> None:
    given = np.array([[chance.randrange(65536) for _ in range(width)] for _ in range(height)])
    seen = view(saved(Image.fromarray(given.astype(np.uint16))))
    assert (values_of(seen)[..., 0] == given).all()
    assert (seen.bits, seen.channels, seen.low, seen.high) == (16, 1, 0, 65535)
    assert seen.window == (given.min(), given.max())
    assert seen.notes == ()


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "1"])
def test_eight_bits_arrive_as_they_are(mode: str) -> None:
    grey = np.arange(48, dtype=np.uint8).reshape(4, 4, 3) * 5
    image = Image.fromarray(grey).convert(mode)
    seen = view(saved(image))
    assert (values_of(seen) == np.asarray(image.convert("RGB"))).all()
    assert (seen.bits, seen.window, seen.notes) == (8, (0, 255), ())


def test_grey_that_is_written_as_colours_is_sent_once() -> None:
    grey = Image.fromarray(np.arange(12, dtype=np.uint8).reshape(3, 4))
    assert view(saved(grey.convert("RGB"))).channels == 1


def test_a_turned_picture_is_upright() -> None:
    exif = Image.Exif()
    exif[274] = 6
    image = Image.fromarray(np.arange(12, dtype=np.uint8).reshape(3, 4))
    seen = view(saved(image, exif=exif))
    assert (values_of(seen)[..., 0] == np.rot90(np.asarray(image), 3)).all()


def test_transparent_parts_become_white_and_are_said() -> None:
    image = Image.new("P", (3, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((1, 0), 1)
    seen = view(saved(image, transparency=0))
    assert values_of(seen).tolist() == [[[255, 255, 255], [0, 0, 255], [255, 255, 255]]]
    assert names_of(seen) == ["transparent"]
    half = view(saved(Image.new("LA", (1, 1), (0, 128))))
    assert values_of(half).tolist() == [[[127]]]


@pytest.mark.parametrize("format", ["GIF", "PNG", "TIFF", "WEBP"])
def test_the_first_of_several_pictures_is_shown_and_said(format: str) -> None:
    several = [Image.new("RGB", (4, 4), (shade, shade, shade)) for shade in (10, 120, 250)]
    options = {"lossless": True} if format == "WEBP" else {}
    seen = view(saved(several[0], format, save_all=True, append_images=several[1:], **options))
    assert values_of(seen)[0, 0, 0] == 10
    assert names_of(seen) == ["first_picture"]


def test_colours_of_print_are_converted_and_said() -> None:
    seen = view(saved(Image.new("CMYK", (4, 4), (0, 255, 255, 0)), "JPEG"))
    red, green, blue = values_of(seen)[0, 0].tolist()
    assert red > 200
    assert max(green, blue) < 60
    assert seen.notes == (("converted", {"mode": "CMYK"}),)


def test_real_numbers_are_spread_and_what_is_none_is_black() -> None:
    given = np.array([[-3.0, 0.0, 3.0, np.nan, np.inf]], np.float32)
    seen = view(saved(Image.fromarray(given), "TIFF"))
    assert values_of(seen)[0, :, 0].tolist() == [0, 32768, 65535, 0, 0]
    assert (seen.low, seen.high, seen.window) == (-3, 3, (-3, 3))
    assert seen.notes == (("not_numbers", {"count": 2}), ("spread", {"low": -3.0, "high": 3.0}))


@pytest.mark.parametrize("values", [[np.nan, np.inf], [7, 7], [-3.4e38, 3.4e38]])
def test_no_real_number_is_too_large_or_too_like_the_others(values: list[float]) -> None:
    seen = view(saved(Image.fromarray(np.array([values], np.float32)), "TIFF"))
    assert np.isfinite([seen.low, seen.high, *seen.window]).all()
    assert seen.low < seen.high
    assert values_of(seen).max() == (65535 if values[0] < 0 else 0)


def test_whole_numbers_of_32_bits_are_spread() -> None:
    seen = view(saved(Image.fromarray(np.array([[-(2**31), 0, 2**31 - 1]], np.int32)), "TIFF"))
    assert values_of(seen)[0, :, 0].tolist() == [0, 32768, 65535]
    assert names_of(seen) == ["spread"]


@pytest.mark.parametrize(("size", "drawn"), [((9, 6), (3, 2)), ((8, 5), (3, 2)), ((9, 1), (3, 1)),
                                             ((1, 9), (1, 3)), ((3, 3), (3, 3))])  # fmt: skip
def test_a_large_picture_is_averaged_and_said(
    size: tuple[int, int], drawn: tuple[int, int]
) -> None:
    seen = view(saved(Image.new("I;16", size, 40000)), side=3)
    assert (seen.width, seen.height) == drawn
    assert (values_of(seen) == 40000).all()
    full = {"width": drawn[0], "height": drawn[1], "full_width": size[0], "full_height": size[1]}
    assert seen.notes == ((("reduced", full),) if size != drawn else ())


def test_the_average_is_that_of_each_block() -> None:
    given = np.array([[0, 100, 7, 9], [200, 100, 9, 7]], np.uint8)
    assert values_of(view(saved(Image.fromarray(given)), side=2))[..., 0].tolist() == [[100, 8]]


@given(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"]), st.data())
def test_a_damaged_file_raises_nothing_else(format: str, data: st.DataObject) -> None:
    whole = bytearray(saved(Image.new("RGB", (12, 9), (1, 2, 3)), format))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(whole)))
    with suppress(Unreadable):
        seen = view(bytes(whole[:cut]))
        assert values_of(seen).shape == (seen.height, seen.width, seen.channels)
