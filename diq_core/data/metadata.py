"""What an image file holds besides its picture: kinds of metadata, never their values.

Read from the container (chunks, segments, blocks), so that it is found whether or not the decoder
knows of it. Sources: PNG (W3C, 3rd ed.), JPEG (ITU-T T.81, Annex B), GIF89a, RIFF of WebP, TIFF 6.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

EXIF, POSITION, THUMBNAIL = "EXIF", "position (GPS)", "thumbnail"
XMP, IPTC, PROFILE = "XMP", "IPTC", "colour profile"
TEXT, COMMENT, DATE = "text", "comment", "date"
FRAMES, TRAILING, OTHER = "further pictures", "bytes after the end", "other data"
KINDS = (
    EXIF, POSITION, THUMBNAIL, XMP, IPTC, PROFILE, TEXT, COMMENT, DATE, FRAMES, TRAILING, OTHER,
)  # fmt: skip
"""Every kind, in the order in which they are listed."""

_EXIF_TAG, _GPS_TAG = 0x8769, 0x8825
_SECOND_DIRECTORY = -1  # As Pillow numbers it.
# What describes the pixels themselves: sizes, layout, compression, colours, orientation.
_TIFF_PIXELS = frozenset((
    254, 255, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 280, 281, 282, 283, 284, 292,
    293, 296, 317, 320, 322, 323, 324, 325, 332, 338, 339, 340, 341, 347, 512, 513, 514, 515, 517,
    518, 519, 520, 521, 529, 530, 531, 532,
))  # fmt: skip
_TIFF_KINDS = {
    _EXIF_TAG: EXIF, _GPS_TAG: POSITION, 700: XMP, 33723: IPTC, 34377: IPTC, 34675: PROFILE,
    306: DATE,
}  # fmt: skip
_PNG_PIXELS = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS")
_PNG_KINDS = {
    b"eXIf": EXIF, b"iCCP": PROFILE, b"tEXt": TEXT, b"zTXt": TEXT, b"iTXt": TEXT, b"tIME": DATE,
    b"acTL": FRAMES, b"fcTL": FRAMES, b"fdAT": FRAMES,
}  # fmt: skip
_WEBP_PIXELS = (b"VP8 ", b"VP8L", b"VP8X", b"ALPH")
_WEBP_KINDS = {
    b"EXIF": EXIF, b"XMP ": XMP, b"ICCP": PROFILE, b"ANIM": FRAMES, b"ANMF": FRAMES,
}  # fmt: skip
# (marker, first bytes, kind); a segment that fits none is OTHER.
_JPEG_KINDS = (
    (0xE1, b"Exif\0", EXIF),
    (0xE1, b"http://ns.adobe.com/x", XMP),
    (0xE2, b"ICC_PROFILE\0", PROFILE),
    (0xE2, b"MPF\0", FRAMES),
    (0xED, b"Photoshop 3.0\0", IPTC),
    (0xFE, b"", COMMENT),
)


def kinds_of(data: bytes, image: Image) -> tuple[str, ...]:
    """Return the kinds of metadata in an image file, in the order of `KINDS`.

    Args:
        data: the file.
        image: the same, opened; its pixels need not be loaded.
    """
    found = set(_in_container(data, image.format or ""))
    if getattr(image, "n_frames", 1) > 1:
        found.add(FRAMES)
    found.update(_in_tags(image))
    return tuple(kind for kind in KINDS if kind in found)


def _in_container(data: bytes, format: str) -> Iterator[str]:
    walk = _WALKS.get(format)
    if walk is None:
        return
    try:
        yield from walk(data)
    except (struct.error, IndexError):
        # A decoder may forgive a container that breaks off here.
        yield OTHER


def _in_tags(image: Image) -> Iterator[str]:
    """Yield what EXIF holds: kinds that are worth a name of their own."""
    try:
        exif = image.getexif()
        if exif.get_ifd(_GPS_TAG):
            yield POSITION
        if exif.get_ifd(_SECOND_DIRECTORY):
            yield THUMBNAIL
        tags = set(exif) if image.format == "TIFF" else set()
    except Exception:  # noqa: BLE001 (damaged tags may raise anything, and are dropped anyway)
        yield OTHER
        return
    for tag in tags - _TIFF_PIXELS:
        yield _TIFF_KINDS.get(tag, TEXT)


def _png(data: bytes) -> Iterator[str]:
    at = 8
    while at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        content = data[at + 8 : at + 8 + min(length, 32)]
        at += length + 12
        if name == b"iTXt" and content.startswith(b"XML:com.adobe.xmp"):
            yield XMP
        elif name not in _PNG_PIXELS:
            yield _PNG_KINDS.get(name, OTHER)
        if name == b"IEND":
            break
    if at < len(data):
        yield TRAILING


def _jpeg(data: bytes) -> Iterator[str]:
    at = 2
    while (at := data.find(b"\xff", at)) >= 0:
        marker = data[at + 1]
        if marker == 0xD9:
            break
        if marker in (0x00, 0x01, 0xFF) or 0xD0 <= marker <= 0xD7:
            at += 1 if marker == 0xFF else 2
            continue
        length = struct.unpack_from(">H", data, at + 2)[0]
        if 0xE0 <= marker <= 0xEF or marker == 0xFE:
            yield from _segment(marker, data[at + 4 : at + 2 + length])
        at += 2 + length
    if 0 <= at < len(data) - 2:
        yield TRAILING


def _segment(marker: int, content: bytes) -> Iterator[str]:
    if marker == 0xE0 and content.startswith(b"JFIF\0"):
        # Twelve bytes of sizes; what follows is a small picture.
        if content[14:]:
            yield THUMBNAIL
    elif not (marker == 0xEE and content.startswith(b"Adobe") and len(content) <= 12):
        starts = (kind for mark, head, kind in _JPEG_KINDS
                  if mark == marker and content.startswith(head))  # fmt: skip
        yield next(starts, OTHER)


def _gif(data: bytes) -> Iterator[str]:
    at = 13 + _gif_colours(data[10])
    pictures = 0
    while (block := data[at]) != 0x3B:
        if block == 0x2C:
            pictures += 1
            at += 11 + _gif_colours(data[at + 9])
        else:
            label, at = data[at + 1], at + 2
            if label == 0xFE:
                yield COMMENT
            elif label == 0xFF:
                yield XMP if data[at + 1 : at + 12] == b"XMP DataXMP" else OTHER
            elif label != 0xF9:
                yield TEXT
        while data[at]:
            at += 1 + data[at]
        at += 1
    if pictures > 1:
        yield FRAMES
    if at + 1 < len(data):
        yield TRAILING


def _gif_colours(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _webp(data: bytes) -> Iterator[str]:
    end = 8 + struct.unpack_from("<I", data, 4)[0]
    at = 12
    while at < end:
        name, length = struct.unpack_from("<4sI", data, at)
        if name not in _WEBP_PIXELS:
            yield _WEBP_KINDS.get(name, OTHER)
        at += 8 + length + length % 2
    if end < len(data):
        yield TRAILING


def _bmp(data: bytes) -> Iterator[str]:
    start, head = struct.unpack_from("<I", data, 10)[0], struct.unpack_from("<I", data, 14)[0]
    width, height = struct.unpack_from("<ii", data, 18)
    _, bits, packing, packed = struct.unpack_from("<HHII", data, 26)
    size = packed if packing in (1, 2) else (width * bits + 31) // 32 * 4 * abs(height)
    if head > 108:
        profile, length = struct.unpack_from("<II", data, 14 + 112)
        if length:
            yield PROFILE
            size = max(size, 14 + profile + length - start)
    if start + size < len(data):
        yield TRAILING


_WALKS: dict[str, Callable[[bytes], Iterator[str]]] = {
    "PNG": _png, "JPEG": _jpeg, "MPO": _jpeg, "GIF": _gif, "WEBP": _webp, "BMP": _bmp,
}  # fmt: skip
