"""What the viewer is told of a sample's images: which there are, how they are drawn, or why not."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from diq_core.data.sample import Sample
from pages.parts import viewer

Told = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """Return a function that shows images of `tmp_path` and returns what the browser is told."""

    def draw(*names: str, **fields: object) -> list[dict[str, Any]]:
        def page(folder: str, names: tuple[str, ...], fields: dict[str, object]) -> None:
            from functools import partial
            from pathlib import Path

            from diq_core.data.sample import Sample
            from diq_core.inside import within
            from pages.parts.viewer import show_images

            sample = Sample(id="s1", question="Why?", images=names, **fields)  # type: ignore[arg-type]
            show_images(sample, partial(within, Path(folder)))

        inputs = {"folder": str(tmp_path), "names": names, "fields": fields}
        app = AppTest.from_function(page, kwargs=inputs, default_timeout=30).run()
        assert not app.exception
        (drawn,) = app.get("bidi_component")
        images: list[dict[str, Any]] = json.loads(drawn.proto.json)["images"]
        return images

    return draw


def save(path: Path, values: list[list[int]], kind: type = np.uint16) -> str:
    Image.fromarray(np.array(values, kind)).save(path)
    return path.name


@pytest.mark.parametrize("name", ["../secret.png", "/etc/hostname", "missing.png", "a\x00b", "."])
def test_an_image_outside_its_folder_is_not_read(told: Told, tmp_path: Path, name: str) -> None:
    (tmp_path.parent / "secret.png").write_bytes(b"secret")
    (image,) = told(name)
    assert image["url"] is None
    assert image["why"] in ("not_there", "changed", "not_readable")


def test_a_broken_image_is_said_and_the_others_are_shown(told: Told, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no image")
    broken, whole = told("a.png", save(tmp_path / "b.png", [[0, 300]]))
    assert (broken["why"], broken["url"]) == ("not_readable", None)
    assert whole["why"] == ""
    assert whole["url"].startswith("/mock/media/")
    assert (whole["bits"], whole["window"], whole["asked"]) == (16, [0, 300], None)


def test_nothing_of_the_file_but_its_pixels_is_lent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.png"
    exif = Image.Exif()
    exif[315] = "Dr Example"
    Image.fromarray(np.array([[1, 2], [3, 9]], np.uint8)).save(path, exif=exif)
    lent: list[bytes] = []
    monkeypatch.setattr(viewer, "_lent", lambda packed, _: lent.append(packed) or "/media/a.bin")
    sample = Sample(id="s1", question="Why?", images=("a.png",))
    viewer.to_browser(viewer.shown_images(sample, lambda name: tmp_path / name), "k")
    assert [zlib.decompress(each) for each in lent] == [bytes([1, 1, 3, 6])]


def test_what_a_source_says_of_a_picture_is_its_description(told: Told, tmp_path: Path) -> None:
    name = save(tmp_path / "a.png", [[0, 1]])
    assert told(name)[0]["about"] == ""
    assert told(name, meta={"image_organ": "HEAD"})[0]["about"] == "HEAD"
    both = {"modality": "CT", "organ": "CHEST", "dicom": {"other.png": {"modality": "MR"}}}
    assert told(name, meta=both)[0]["about"] == "CT, CHEST"


HEADER = {"modality": "CT", "window_center": 40, "window_width": 400, "intercept": -1024}


def test_a_window_of_the_header_is_where_the_viewer_begins(told: Told, tmp_path: Path) -> None:
    (image,) = told(save(tmp_path / "a.png", [[0, 4095]]), meta={"dicom": {"a.png": HEADER}})
    # PS3.3 C.11.2.1.2.1: from c - 0.5 - (w - 1) / 2 to c - 0.5 + (w - 1) / 2.
    assert (image["window"], image["asked"]) == ([-160, 239], [40, 400])
    assert (image["low"], image["high"]) == (-1024, 64511)


@pytest.mark.parametrize("said", [
    7, {"a.png": 7}, {"a.png": {**HEADER, "window_width": 0}},
    {"a.png": {**HEADER, "window_center": "<b>"}}, {"a.png": {**HEADER, "window_center": True}},
    {"a.png": {"window_center": float("nan"), "window_width": 1e999}},
])  # fmt: skip
def test_a_window_that_is_none_is_passed_over(told: Told, tmp_path: Path, said: object) -> None:
    (image,) = told(save(tmp_path / "a.png", [[5, 4095]]), meta={"dicom": said})
    assert image["asked"] is None
    assert image["window"] == [5 + image["low"], 4095 + image["low"]]


def test_of_very_many_images_some_are_sent_and_the_others_are_said(
    told: Told, tmp_path: Path
) -> None:
    name = save(tmp_path / "a.png", [[0, 1]])
    images = told(*[name] * (viewer.MOST + 2))
    assert [image["why"] for image in images] == [""] * viewer.MOST + ["too_many"] * 2
