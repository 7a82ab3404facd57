"""Images that benchmarks show, too: found by their pixels, whatever the file, or nearly so."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image

from diq_core.data.image_overlap import ImageOverlap, ShownImages, shared_words
from diq_core.data.image_prints import NEAR_BITS, ImagePrint, image_print
from diq_core.data.sample import Sample
from tests.support.pictures import drawn


def encoded(image: Image.Image, format: str = "PNG", **how: int) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **how)
    return file.getvalue()


def bits(one: ImagePrint, two: ImagePrint) -> int:
    return sum((a ^ b).bit_count() for a, b in zip(one.hash, two.hash, strict=True))


def test_equal_pixels_are_one_print_whatever_the_file() -> None:
    image = drawn(1)
    png = image_print(encoded(image))
    assert png == image_print(encoded(image, "BMP")) == image_print(encoded(image, "TIFF"))
    lossy = encoded(image, "JPEG", quality=80)
    decoded = Image.open(io.BytesIO(lossy)).convert("RGB")
    assert image_print(lossy) == image_print(encoded(decoded))
    assert image_print(lossy).pixels != png.pixels


@pytest.mark.parametrize(
    "change",
    [
        lambda image: encoded(image, "JPEG", quality=40),
        lambda image: encoded(image.resize((120, 100))),
        lambda image: encoded(image.resize((224, 224))),
        lambda image: encoded(image.point(lambda value: min(255, int(value * 1.1) + 5))),
    ],
    ids=["JPEG", "smaller", "square", "brighter"],
)
def test_another_file_of_a_picture_is_near_and_other_pictures_are_not(
    change: Callable[[Image.Image], bytes],
) -> None:
    images = [drawn(seed, (240, 200)) for seed in range(8)]
    prints = [image_print(encoded(image)) for image in images]
    assert all(
        bits(own, image_print(change(image))) <= NEAR_BITS
        for own, image in zip(prints, images, strict=True)
    )
    assert all(bits(a, b) > NEAR_BITS for a in prints for b in prints if a is not b)


def test_a_picture_of_nothing_is_near_to_nothing() -> None:
    black, grey = (image_print(encoded(Image.new("L", (64, 64), level))) for level in (0, 90))
    assert black.hash == grey.hash == b""
    shown = ShownImages("b", [Sample("q", "?", images=("x",))], {"x": black})
    assert shown.find(grey) is None
    assert shown.find(black) is not None


def test_a_film_of_16_bits_is_compared_as_it_is_seen() -> None:
    import numpy as np

    deep = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64) * 4 + 30_000
    one = image_print(encoded(Image.fromarray(deep)))
    assert one.hash != b""
    assert one != image_print(encoded(Image.fromarray(np.ascontiguousarray(deep[:, ::-1]))))


def overlap(*, leave_out: bool = False) -> ImageOverlap:
    """Two sets: the first shows 0 and a copy of 1, the second shows 2."""
    small = image_print(encoded(drawn(1).resize((30, 25))))
    first = ShownImages(
        "benchmark questions (a)",
        [Sample("q1", "?", images=("zero",)), Sample("q2", "?", images=("zero", "one"))],
        {"zero": image_print(encoded(drawn(0))), "one": small},
    )
    second = ShownImages(
        "benchmark questions (b)", [Sample("q3", "?", images=("two",))],
        {"two": image_print(encoded(drawn(2)))},
    )  # fmt: skip
    texts = ShownImages("validation questions (c)", [Sample("v", "?")], {})
    prints = {f"{seed}.png": image_print(encoded(drawn(seed))) for seed in range(4)}
    return ImageOverlap(
        [first, second, texts], lambda _sample, name: prints.get(name), leave_out=leave_out
    )


def test_each_shared_image_is_said_with_its_benchmark_and_question() -> None:
    found = overlap()
    said = [
        (each.rule, each.id, each.message)
        for sample in (
            Sample("s1", "?", images=("0.png", "3.png")),
            Sample("s2", "?", images=("1.png", "2.png", "1.png")),
            Sample("s3", "?", images=("broken.png",)),
            Sample("s4", "?"),
        )
        for each in found.look_at(sample)
    ]
    assert [each[:2] for each in said] == [
        ("image-overlap-exact", "s1"), ("image-overlap-near", "s2"), ("image-overlap-exact", "s2"),
    ]  # fmt: skip
    assert said[0][2] == "An image is in benchmark questions (a): q1"
    assert said[1][2].startswith("An image is nearly one in benchmark questions (a): q2 (")
    assert found.facts() == {
        "benchmark questions (a)": {"images": 2, "exact": 1, "near": 1, "samples": 2},
        "benchmark questions (b)": {"images": 1, "exact": 1, "near": 0, "samples": 1},
    }
    assert shared_words(found.facts(), left_out=False)[1] == (
        "Images in benchmark questions (b): 1; of these the dataset shows 1 pixel for pixel and 0 "
        "nearly so; each sample that shows one (1) is in use, unless another reason leaves it out"
    )


def test_left_out_only_where_it_was_asked_for() -> None:
    [found] = overlap(leave_out=True).look_at(Sample("s", "?", images=("0.png",)))
    assert found.rule == "image-overlap-out"
