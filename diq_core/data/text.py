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

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
# Signs that change the meaning of a medical sentence are words of their own: CD4+, CD4-, < 5 %.
_WORD = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+|[+<>≤≥±=%]|(?<=\w)[-−](?!\w)|(?<!\w)[-−](?=\d)")


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
    each Chinese, Japanese or Korean character.
    """
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def word_count(text: str) -> int:
    """Return the number of pieces between white space."""
    return len(text.split())
