"""Images stay inside the dataset's folder, are real, and are named by their content."""

from __future__ import annotations

import base64
import hashlib
import io
import struct
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image

from diq_core.data import images
from diq_core.data.images import ImageProblem, ImageStore


def png(colour: str = "red") -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(data, "PNG")
    return data.getvalue()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a.png").write_bytes(png())
    (tmp_path / "secret.png").write_bytes(png("blue"))
    (folder / "out.png").symlink_to(tmp_path / "secret.png")
    (folder / "in.png").symlink_to(folder / "sub" / "a.png")
    (folder / "loop.png").symlink_to(folder / "loop.png")
    return folder


def test_an_image_is_copied_under_the_name_of_its_content(root: Path, tmp_path: Path) -> None:
    target = tmp_path / "images"
    name = ImageStore(root, target).add("sub/a.png")
    assert name == hashlib.sha256(png()).hexdigest()[:32] + ".png"
    assert (target / name).read_bytes() == png()
    for same in ("./sub/a.png", "sub\\a.png", "in.png", {"bytes": png(), "path": "x"}):
        assert ImageStore(root, target).add(same) == name
    assert len(list(target.iterdir())) == 1
    assert ImageStore(root).add("sub/a.png") == name


def test_a_picture_is_found_however_a_row_gives_it(root: Path, tmp_path: Path) -> None:
    data = (root / "sub" / "a.png").read_bytes()
    plain = base64.b64encode(data).decode()
    web = base64.urlsafe_b64encode(data).decode().rstrip("=")
    lines = "\n".join(plain[at : at + 76] for at in range(0, len(plain), 76))
    uri = f"data:image/png;base64,{plain}"
    given = [
        data, bytearray(data), plain, lines, web, uri, uri.replace("data:image", "DATA:Image"),
        "data:image/png," + quote(data), {"image_path": "sub/a.png"}, {"file_name": "sub/a.png"},
        {"image_url": {"url": uri}}, {"bytes": None, "path": "sub/a.png"}, {"path": "", "url": uri},
        {"source": {"type": "base64", "media_type": "image/png", "data": plain}},
        {"note": "first", "slide": "sub/a.png"},
    ]  # fmt: skip
    store = ImageStore(root, tmp_path / "images")
    assert len({store.add(each) for each in given}) == 1
    assert len(list((tmp_path / "images").iterdir())) == 1


def test_what_is_embedded_has_the_budget_of_a_file(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diq_core.data.images.MAX_BYTES", 1024 * 1024)
    store = ImageStore(root, tmp_path / "images")
    with pytest.raises(ImageProblem, match="the embedded image is larger than 1 MB"):
        store.add("data:image/png;base64," + "A" * 1_500_000)
    with pytest.raises(ImageProblem, match="the embedded image is larger than 1 MB"):
        store.add(b"\x89PNG" * 300_000)


@pytest.mark.parametrize(
    ("reference", "rule"),
    [
        ("../secret.png", "image-refused"),
        ("sub/../../secret.png", "image-refused"),
        ("sub\\..\\..\\secret.png", "image-refused"),
        ("/etc/passwd", "image-refused"),
        ("~/a.png", "image-refused"),
        ("out.png", "image-refused"),
        ("\\\\server\\share\\a.png", "image-refused"),
        ("//server/share/a.png", "image-refused"),
        ("C:\\a.png", "image-refused"),
        ("http://example.org/a.png", "image-refused"),
        ("HTTPS://example.org/a.png", "image-refused"),
        ("file:///etc/passwd", "image-refused"),
        ("data:image/png;base64,AAAA", "image-unreadable"),
        ("data:image/png;base64,A", "image-unreadable"),
        ("data:video/mp4;base64,AAAA", "video-or-sound"),
        ("data: a.png", "image-refused"),
        ("clip.MP4", "video-or-sound"),
        ({"bytes": b"\0\0\0 ftypisom", "path": "clip.mp4"}, "video-or-sound"),
        ({"type": "audio", "path": "a.wav"}, "video-or-sound"),
        ({"image_url": {"url": {"url": {"url": "a.png"}}}}, "image-missing"),
        ({"url": "https://example.org/a.png"}, "image-refused"),
        ("sub/a\0.png", "image-refused"),
        ("loop.png", "image-missing"),
        ("no.png", "image-missing"),
        ("sub", "image-missing"),
        ("", "image-missing"),
        ("x" * 3000, "image-unreadable"),  # no file has such a name; it can only be base64
        ("x" * 3000 + ".png", "image-missing"),
        (None, "image-missing"),
        (3, "image-missing"),
        ({"bytes": b"no image"}, "image-unreadable"),
        ({"bytes": png()[:50]}, "image-unreadable"),
        ({"bytes": b"<svg xmlns='http://www.w3.org/2000/svg'/>"}, "image-unreadable"),
    ],
)
def test_what_is_refused(root: Path, tmp_path: Path, reference: Any, rule: str) -> None:
    with pytest.raises(ImageProblem) as caught:
        ImageStore(root, tmp_path / "images").add(reference)
    assert caught.value.rule == rule
    assert caught.value.hint
    assert not (tmp_path / "images").exists()


def bomb(width: int, height: int) -> bytes:
    """Return a tiny PNG that claims to be huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels)


@pytest.mark.parametrize("size", [(10_000, 10_000), (60_000, 60_000), (150_000, 1)])
def test_a_decompression_bomb_is_not_opened(root: Path, size: tuple[int, int]) -> None:
    with pytest.raises(ImageProblem, match="pixels"):
        ImageStore(root).add({"bytes": bomb(*size)})


def test_a_large_file_is_not_read_whole(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_BYTES", 10)
    with pytest.raises(ImageProblem, match="larger than"):
        ImageStore(root).add("sub/a.png")


def test_without_a_folder_only_embedded_images_can_be_used() -> None:
    assert ImageStore(None).add({"bytes": png(), "path": None})
    with pytest.raises(ImageProblem, match="no image 'a.png'"):
        ImageStore(None).add("a.png")
