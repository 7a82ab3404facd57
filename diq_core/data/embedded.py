"""Pictures that stand in the data itself: raw bytes, ``data:`` texts and plain base64.

Nothing is fetched: all that is decoded here is in the row already.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

PICTURE_FILE = re.compile(
    r"(?!\s)[^\n]{1,400}\.(?:png|jpe?g|jpe|jfif|gif|bmp|tiff?|webp|avif|hei[cf]|jp2|svg|dcm|dicom"
    r"|nii(?:\.gz)?)",
    re.IGNORECASE,
)
MEDIA_FILE = re.compile(
    r"(?!\s)[^\n]{1,400}\.(?:mp4|m4v|avi|mov|mkv|webm|mpe?g|wmv|flv|3gp|wav|mp3|flac|ogg|opus|m4a"
    r"|aac|wma|aiff?)",
    re.IGNORECASE,
)
"""The name of a film or a sound."""
_HEADER = re.compile(r'data:(?P<kind>[\w.+-]+/[\w.+-]+)(?P<more>(?:;[\w.+="-]*)*),', re.IGNORECASE)
# How the base64 of PNG, JPEG, GIF, WebP and TIFF begins.
_BEGINS = ("iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR", "SUkqA", "TU0AK")
_BASE64 = re.compile(r"[A-Za-z0-9+/_\s-]+={0,2}\s*\Z")
_SHORTEST, _LONG = 40, 200
_PLACES = (
    "bytes", "data", "base64", "b64", "b64_json", "path", "image_path", "image", "img", "image_url",
    "url", "uri", "file_name", "filename", "file", "file_path", "src", "source",
)  # fmt: skip
_DEEPEST = 3


class NotDecodable(ValueError):
    """A text that should hold a picture cannot be decoded."""


def reference_in(value: Any, depth: int = 0) -> Any:
    """Return the bytes, the text or the file's name by which a value gives a picture; "" = none.

    Args:
        value: as files have it: bytes, a text, or an object of them such as `datasets`'
            ``{"bytes", "path"}``, ``{"image_path"}`` or ``{"image_url": {"url"}}``.
    """
    if not isinstance(value, Mapping):
        return bytes(value) if isinstance(value, (bytearray, memoryview)) else value
    if depth == _DEEPEST:
        return ""
    films = [each for each in value.values() if is_media(each)]  # named beside its bytes
    known = films + [value[name] for name in _PLACES if value.get(name)]
    others = [each for name, each in value.items() if name not in _PLACES and is_picture(each)]
    return reference_in((known + others)[0], depth + 1) if known or others else ""


def is_picture(value: Any) -> bool:
    """Return whether a value can only be a picture: bytes, an embedded one, or a file's name."""
    if isinstance(value, (bytes, bytearray)):
        return True
    if not isinstance(value, str) or not value.strip():
        return False
    return bool(PICTURE_FILE.fullmatch(value.strip())) or is_embedded(value)


def is_embedded(text: str) -> bool:
    """Return whether a text is a ``data:`` text or base64, and no name of a file."""
    text = text.strip()
    if _HEADER.match(text):
        return True
    likely = len(text) >= _SHORTEST and text.startswith(_BEGINS)
    unbroken = len(text) >= _LONG and not re.search(r"[ \t_-]", text[:_LONG])
    return (likely or unbroken) and _BASE64.match(text) is not None


def is_media(reference: Any) -> bool:
    """Return whether a reference is a film or a sound, by its name or its ``data:`` header."""
    if not isinstance(reference, str):
        return False
    header = _HEADER.match(reference.strip())
    if header:
        return header["kind"].lower().startswith(("video/", "audio/"))
    return MEDIA_FILE.fullmatch(reference.strip()) is not None


def decoded(text: str, most: int) -> bytes:
    """Return the bytes that an embedded text stands for.

    Args:
        most: bytes at most; it is looked at before anything is decoded.

    Raises:
        NotDecodable: it is too large, or not what it says.
    """
    text = text.strip()
    header = _HEADER.match(text)
    body = text[header.end() :] if header else text
    if len(body) // 4 * 3 > most:
        raise NotDecodable(f"is larger than {most // 1048576} MB")
    if header and "base64" not in header["more"].lower():
        return unquote_to_bytes(body)
    plain = "".join(body.split()).translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise NotDecodable("is not valid base64") from None
