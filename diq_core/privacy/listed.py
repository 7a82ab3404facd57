"""Names by the lists of given names and surnames, and by forms that only names have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from diq_core.privacy.eponyms import EPONYMS, is_eponym, noun_after
from diq_core.privacy.people import (
    KOREAN,
    VIETNAMESE,
    VIETNAMESE_MIDDLE,
    doubtful_names,
    given_names,
    plain,
    surnames,
)  # fmt: skip
from diq_core.privacy.person_words import AGED, CITED, PERSON_DOES, PERSON_IS
from diq_core.privacy.rule import Span
from diq_core.privacy.runs import Token

_ENDINGS = (
    "wski", "wska", "cki", "cka", "wicz", "czyk", "czak", "enko", "chuk", "yuk", "ovic", "evic",
    "ovich", "evich", "sson", "sdottir", "sdatter", "escu", "oglu", "opoulos", "opoulou", "idis",
    "akis", "shvili", "adze", "murthy", "swamy", "subramanian", "nathan", "singh", "wala", "bhai",
)  # fmt: skip
"""What only surnames end in, without accents."""
_LINE = re.compile(r"(?:^|\n|[.:;!?][ \n]|[(\"“*•-] ?)$")
_GOES_ON = re.compile(r",? ?(?:and\b|&)")


def is_given(token: Token) -> bool:
    """Return whether it is a given name that is no other word."""
    return token.plain in given_names() or token.plain.split("-")[0] in given_names()


def is_surname(token: Token) -> bool:
    """Return whether it is a surname, by the list or by its ending."""
    if len(token.word) < 2:
        return False
    bare = token.plain.replace("'", "").replace("’", "")
    return bare in surnames() or (len(bare) > 6 and bare.endswith(_ENDINGS))


def by_lists(text: str, part: list[Token]) -> Iterator[Span]:
    """Yield the first name in a run that nothing but its own words tells."""
    if are_several(text, part):
        return
    if span := _formed(text, part) or _aged(text, part) or _with_initials(text, part):
        yield span
        return
    for at, token in enumerate(part):
        rest = part[at:]
        if "," in text[token.end : token.end + 1] and len(rest) > 1:
            if is_surname(token) and is_given(rest[1]) and not noun_after(text, rest[:2]):
                if not CITED.search(text, rest[1].end, rest[1].end + 60):
                    yield token.start, rest[min(2, len(rest) - 1)].end
                return
        elif _given_here(text, token, part[-1].end):
            whole = _until_comma(text, rest)
            if CITED.search(text, whole[-1].end, whole[-1].end + 60):
                return
            if len(whole) > 1 and is_surname(whole[-1]) and not is_eponym(text, whole):
                yield token.start, whole[-1].end
                return
            if at == 0 and len(part) == 1 and _alone(text, token):
                yield token.start, token.end
                return


def two_words(text: str) -> bool:
    """Return whether a line is nothing but a given name and a surname, in either order."""
    words = [plain(each) for each in re.findall(r"[^\W\d_]{2,}", text)]
    return 1 < len(words) < 5 and any(
        each in given_names() and other in surnames()
        for each in words for other in words if each != other
    )  # fmt: skip


def are_several(text: str, part: list[Token]) -> bool:
    """Return whether they are cited: "Weathers, Litz, Herman, and Keane", "King's, Lenke's"."""
    if any(text[each.end : each.end + 3] in ("'s,", "’s,") for each in part):
        return True
    single = all("," in text[each.end : each.end + 1] for each in part[:-1])
    return len(part) > 2 and single and _GOES_ON.match(text, part[-1].end) is not None


def _given_here(text: str, token: Token, end: int) -> bool:
    """Return whether it is a given name, or is doubtful and does what people do."""
    if is_given(token):
        return True
    return token.plain in doubtful_names() and (
        PERSON_DOES.match(text, end) is not None or PERSON_IS.match(text, end) is not None
    )


def _alone(text: str, token: Token) -> bool:
    """Return whether a given name alone is somebody who does what patients do."""
    if token.plain in EPONYMS or not PERSON_DOES.match(text, token.end):
        return False
    return not text[max(0, token.start - 2) : token.start].strip(" \n(").isalnum()


def _until_comma(text: str, part: list[Token]) -> list[Token]:
    for at, token in enumerate(part):
        if "," in text[token.end : token.end + 2]:
            return part[: at + 1]
    return part


def _formed(text: str, part: list[Token]) -> Span | None:
    """Return where a name of a form of its own stands: "Kim Min-jun", "Nguyen Van Minh"."""
    first, *rest = part
    if not rest or "," in text[first.end : first.end + 1]:
        return None
    halves = rest[0].word.split("-")
    korean = first.plain in KOREAN and len(halves) == 2 and halves[1].islower() and len(part) == 2
    vietnamese = len(rest) > 1 and first.plain in VIETNAMESE and rest[0].plain in VIETNAMESE_MIDDLE
    return (first.start, part[-1].end) if korean or vietnamese else None


def _aged(text: str, part: list[Token]) -> Span | None:
    """Return where two words stand of which it is told how old they are."""
    whole = _until_comma(text, part)
    plainly = all(each.initial or each.word[1:2].islower() for each in whole)
    if 1 < len(whole) < 5 and plainly and AGED.match(text, whole[-1].end):
        return None if is_eponym(text, whole) else (whole[0].start, whole[-1].end)
    return None


def _with_initials(text: str, part: list[Token]) -> Span | None:
    """Return where "J. R. Hathaway" begins a sentence and does what people do."""
    *initials, last = part
    if not initials or not all(each.initial for each in initials) or not is_surname(last):
        return None
    begins = _LINE.search(text[max(0, part[0].start - 2) : part[0].start]) is not None
    does = PERSON_DOES.match(text, last.end) is not None
    return (part[0].start, last.end) if begins and does and not is_eponym(text, part) else None
