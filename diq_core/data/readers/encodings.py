"""The encoding of a text file: proven, or guessed and asked for; never assumed.

A letter that is read wrongly is learned wrongly. UTF-8 and byte order marks prove themselves, and
so does UTF-16 by its NUL bytes. Everything else is a guess, and a person decides.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from diq_core.data.readers.opening import BAD_BYTES, UTF8, Wrapping, decoded, open_bytes
from diq_core.errors import BadFile, BadSetting, SettingNeeded, UserError

_MARKS: tuple[tuple[bytes, str], ...] = (
    # UTF-32 begins like UTF-16, so it comes first.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Those that files really have, the likelier of two equals first, with what people call them.
_KNOWN = {
    "cp1252": "Western European, Windows",
    "mac_roman": "Western European, old Mac",
    "cp1250": "Central European, Windows",
    "cp1251": "Cyrillic, Windows",
    "koi8_r": "Cyrillic, KOI8",
    "cp1253": "Greek, Windows",
    "cp1254": "Turkish, Windows",
    "cp1255": "Hebrew, Windows",
    "cp1256": "Arabic, Windows",
    "gb18030": "Chinese, GB18030 or GBK",
    "big5": "Chinese, Big5",
    "cp932": "Japanese, Shift JIS",
    "euc_jp": "Japanese, EUC",
    "cp949": "Korean, EUC-KR",
    "utf_16_le": "Unicode in two bytes",
    "utf_16_be": "Unicode in two bytes",
}
# So much messier (0 to 1) than the best guess may a likelier one be.
_ALIKE = 0.06
# So many guesses are told, each with how a line would read.
_OFFERED = 3
_PIECE = 1 << 16
_SAMPLE = 1 << 16
_NOT_TEXT = re.compile("utf.?7|idna|punycode|escape|undefined|mbcs|oem|palmos")
_BAD = "\udcff"


def check_encoding(name: str) -> str:
    """Return the name of a text encoding as Python writes it.

    Raises:
        BadSetting: there is no such encoding of texts.
    """
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        found = None
    is_text = found is not None and getattr(found, "_is_text_encoding", True)
    if found is None or not is_text or _NOT_TEXT.search(found.name):
        raise BadSetting(
            f"There is no text encoding '{name[:40]}'",
            which="encoding",
            todo=f"use one such as utf-8, utf-16 or {', '.join(list(_KNOWN)[:5])}",
        )
    return found.name


def encoding_of(path: Path, packing: str, head: bytes, named: str | None) -> str:
    """Return the encoding of a text file.

    Args:
        head: its first bytes, unpacked.
        named: what the user says it is; None = find out.

    Raises:
        BadSetting: it cannot be read as named.
        SettingNeeded: it is not UTF-8, and must be named; the message says what it looks like.
        BadFile: it is no text.
    """
    if named:
        return _fitting(check_encoding(named), head, path.name)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if wide := _wide(head):
        return wide
    tally = _Tally()
    with open_bytes(path, Wrapping(packing)) as stream:
        while piece := stream.read(_PIECE):
            tally.add(piece)
    tally.add(b"", final=True)
    if tally.is_utf8():
        return UTF8
    raise _question(tally, path.name)


def _fitting(named: str, head: bytes, file: str) -> str:
    try:
        decoded(head, named, final=False)
    except UnicodeError as error:
        said = str(error)[:100].rstrip(".")
        raise BadSetting(
            f"The file cannot be read as {named}: {said}",
            which=file,
            todo="name another encoding, such as utf-16-le, or none",
        ) from None
    return named


def _wide(head: bytes) -> str:
    """Return UTF-16 without a mark where its NUL bytes prove it: half of a Latin text is NUL."""
    sample = head[: min(len(head), 4096) // 2 * 2]
    pairs = len(sample) // 2
    if pairs < 4:
        return ""
    first, second = sample[::2].count(0), sample[1::2].count(0)
    name = ""
    if second > pairs * 0.4 and first == 0:
        name = "utf-16-le"
    elif first > pairs * 0.4 and second == 0:
        name = "utf-16-be"
    return name if name and _BAD not in decoded(sample, name, final=False) else ""


class _Tally:
    """What speaks for and against UTF-8.

    Attributes:
        bad_lines: (number, bytes) of the first lines with bytes that UTF-8 does not know.
    """

    def __init__(self) -> None:
        self.bad_lines: list[tuple[int, bytes]] = []
        self._good = self._bad = self._breaks = self._kept = 0
        self._decoder = codecs.getincrementaldecoder(UTF8)(BAD_BYTES)

    def add(self, piece: bytes, *, final: bool = False) -> None:
        """Count a piece of the file."""
        text = self._decoder.decode(piece, final)
        if not piece.isascii():
            bad = text.count(_BAD)
            self._good += len(text) - len(text.encode("ascii", "ignore")) - bad
            self._bad += bad
            if bad and self._kept < _SAMPLE:
                self._keep(piece)
        self._breaks += max(piece.count(b"\n"), piece.count(b"\r"))

    def is_utf8(self) -> bool:
        """Return whether it is UTF-8, perhaps with a few bytes that a fault has changed."""
        single = self._bad == 1 and self._breaks >= 2
        return self._bad == 0 or self._bad * 2 < self._good or single

    def _keep(self, piece: bytes) -> None:
        for number, line in enumerate(piece.splitlines(), self._breaks + 1):
            if self._kept < _SAMPLE and not line.isascii() and _BAD in decoded(line, UTF8):
                self.bad_lines.append((number, line))
                self._kept += len(line)


def _question(tally: _Tally, file: str) -> UserError:
    number, line = (tally.bad_lines or [(1, b"")])[0]
    guesses = _guesses(b"\n".join(line for _, line in tally.bad_lines))
    if not guesses:
        return BadFile(
            "The file is not UTF-8, and looks like no other encoding either",
            which=f"{file}, line {number}",
            todo="save it as UTF-8; if it is text, --encoding names its encoding",
        )
    best = guesses[0]
    read = {name: _read(line, name) for name in guesses[:_OFFERED]}
    others = "".join(f"; as {name} it would read {read[name]}" for name in guesses[1:_OFFERED])
    return SettingNeeded(
        f"The file is not UTF-8. It is most likely {best} ({_KNOWN[best]}): its line {number} "
        f"would read {read[best]}{others}",
        which=f"{file}, line {number}",
        todo=f"add --encoding {best} if that reads right, or save the file as UTF-8",
        setting="encoding",
        choices={name: f"{_KNOWN[name]}: {said}" for name, said in read.items()},
    )


def _guesses(sample: bytes) -> list[str]:
    from charset_normalizer import from_bytes

    found = list(from_bytes(sample, cp_isolation=list(_KNOWN)))
    if not found:
        return []
    # What reads the same in two encodings is one match with two names.
    alike = {
        name: match.chaos
        for match in found
        for name in match.could_be_from_charset
        if name in _KNOWN
    }
    order, least = list(_KNOWN), min(alike.values(), default=0.0)
    return sorted(alike, key=lambda name: (alike[name] > least + _ALIKE, order.index(name)))


def _read(line: bytes, encoding: str) -> str:
    """Return the surroundings of the first letter that is not plain, in an encoding."""
    text = decoded(line, encoding).replace(_BAD, "?")
    at = next((place for place, letter in enumerate(text) if letter > "\x7f"), 0)
    return f"'…{text[max(0, at - 15) : at + 25].strip()}…'"
