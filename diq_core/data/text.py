"""Text as it really is: characters made whole, made visible, and cut into words."""

from __future__ import annotations

import re
import unicodedata

# Direction marks, embeddings, overrides and isolates (Unicode Bidi_Control).
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# C0 and C1 controls except tab, line feed and carriage return.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_HIDDEN = re.compile(
    f"{CONTROL.pattern}|{BIDI.pattern}|[\u200b\u2060\ufeff\u2028\u2029\ud800-\udfff]"
)

_BLANK = " \t\n\x0b\x0c\r\x85\xa0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000"
# Han, kana and their signs; Thai, Lao, Tibetan, Burmese, Khmer; the Tai scripts.
_UNSPACED = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\u2e80-\u2fff\u3001-\u312f"
    "\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua9e0-\ua9ff\uaa60-\uaa7f\uf900-\ufaff\uff01-\uff9f"
    "\U00020000-\U0003ffff"
)
_ATTACHED = "".join(
    chr(code) for code in (*range(0x0E00, 0x1AB0), *range(0x3000, 0x3100))
    if unicodedata.category(chr(code)).startswith("M")
)  # fmt: skip
PIECE = f"[{_UNSPACED}][{_ATTACHED}]*|[^{_BLANK}{_UNSPACED}]+"
"""What a text is counted in: what stands between blanks, and in a script without blanks each
character with the vowels and accents that are written on it. Understood by `re` and by Arrow."""
WORDS, WORDS_OR_CHARACTERS = "words", "words or characters"
"""What `text_length` counts, in words for a person; the second where a script has no blanks."""
UNSPACED = f"[{_UNSPACED}]"
"""A character of a script that is written without blanks."""
_PIECE = re.compile(PIECE)
_SINGLE = f"{_UNSPACED}\uac00-\ud7af"
# Signs that change the meaning of a medical sentence are words of their own: CD4+, CD4-, < 5 %.
_WORD = re.compile(
    rf"(?=\w)[{_SINGLE}][{_ATTACHED}]*|[^\W{_SINGLE}]+|[+<>≤≥±=%]|(?<=\w)[-−](?!\w)|(?<!\w)[-−](?=\d)"
)
# The same for texts in ASCII, without a look at each sign's script.
_ASCII_WORD = re.compile(r"\w+|[+<>=%]|(?<=\w)-(?!\w)|(?<!\w)-(?=\d)", re.ASCII)


def mend(text: str) -> tuple[str, bool]:
    """Return `text` with lone surrogates replaced by U+FFFD, and whether there were any.

    Two halves that belong together are joined. Every text that goes on disk or on screen must
    have passed here: a lone surrogate cannot be encoded.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        mended = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return mended, True
    return text, False


def visible(text: str) -> str:
    """Return `text` with control, direction and zero-width characters written as ``⟦U+202E⟧``.

    For display only. Tab and line ends stay as they are; joiners that scripts and emoji need
    stay too.
    """
    return _HIDDEN.sub(lambda match: f"⟦U+{ord(match.group()):04X}⟧", text)


def normal_words(text: str) -> list[str]:
    """Return the words of `text` for comparison: NFKC, case folded, punctuation dropped.

    Numbers count as words, so do the signs ``+ - < > ≤ ≥ ± = %`` where they carry meaning, and
    each Korean character and each of a script that is written without blanks.
    """
    if text.isascii():  # of which NFKC changes nothing, and most texts are
        return _ASCII_WORD.findall(text.lower())
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def text_length(text: str) -> int:
    """Return how long a text is where no model's tokens are known, in `length_unit`.

    Words between blanks, and the characters of scripts that are written without blanks: Chinese,
    Japanese, Thai, Lao, Burmese, Khmer, Tibetan. Korean and Arabic are written with blanks.
    """
    return len(text.encode().split()) if text.isascii() else len(_PIECE.findall(text))


def length_unit(*texts: str) -> str:
    """Return what `text_length` counts in these texts, in words for a person."""
    unspaced = (not text.isascii() and re.search(UNSPACED, text) for text in texts)
    return WORDS_OR_CHARACTERS if any(unspaced) else WORDS
