"""Names of people: behind a title, a label or "seen by", before a degree, or by the lists.

Every run of capitalised words is looked at once. A name behind a title or a label is sure; what
only the lists know (`listed`) is not. What medicine is named after (`eponyms`) is no person unless
a title says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from diq_core.privacy.eponyms import is_eponym, noun_after
from diq_core.privacy.listed import are_several, by_lists, is_given, is_surname
from diq_core.privacy.people import given_names, plain, surnames
from diq_core.privacy.person_words import (
    BEFORE,
    CREDENTIAL,
    LABELS,
    MUST_BE_TWO,
    NO_DOCTORS,
    NOT_NAMES,
    OF_SOMEBODY,
    RELATIVE,
    TITLE_BEFORE,
    TITLES,
)  # fmt: skip
from diq_core.privacy.runs import Token, parts, trim

SMALL = re.compile(
    r"(?<![^\W_])(?:name|nom|nombre)(?: of (?:the )?patient)?\s?(?:is|[:=-])\s{0,2}"
    r"(?P<value>[a-zà-ÿ'’-]{2,20}(?: [a-z]\.?)?(?:,? [a-zà-ÿ'’-]{2,20}))"
)
"""Names behind "name:" in small letters; `small` says whether it is one."""
_GAUGE = re.compile(r"[0-9] ?$")
_Name = tuple[int, int, bool]


def spans(text: str, start: int, end: int) -> Iterator[_Name]:
    """Yield start, end and whether it is sure of each name in one run of capitalised words."""
    for part in parts(text, start, end):
        titled = 1 + max((at for at, each in enumerate(part) if each.plain in TITLES), default=-1)
        rest = part[titled:]
        if _is_title(text, part[:titled], rest):
            yield from _titled(text, rest, rest[0].start)
        elif titled == 0 and (before := _title_before(text, part)):
            yield from _titled(text, part, part[0].start - len(before["particle"]))
        else:
            yield from _judge(text, trim(rest))


def small(value: str) -> bool:
    """Return whether words in small letters are a name by the lists."""
    words = [plain(each) for each in re.split(r"[ ,]+", value)]
    return any(each in given_names() for each in words) and words[-1] not in NOT_NAMES


def may_be_name(text: str, start: int, end: int) -> bool:
    """Return whether words that a model takes for a name are not plainly something else."""
    tokens = [token for part in parts(text, start, end) for token in part]
    if not tokens or not text[start].isupper() or any(map(str.isdecimal, text[start:end])):
        return False
    if all(each.word.isupper() for each in tokens) and len(tokens) == 1:
        return False
    known = any(is_given(each) or is_surname(each) for each in tokens)
    return known and not is_eponym(text, tokens) and tokens[-1].plain not in NOT_NAMES


def _is_title(text: str, titles: list[Token], rest: list[Token]) -> bool:
    """Return whether it is "Mr" or "MR. SMITH", and not "MR imaging", "8 Fr" or "We Miss"."""
    if not titles or not rest:
        return False
    if titles[-1].plain == "miss" and len(titles) > 1 and titles[-2].plain not in TITLES:
        return False
    if titles[-1].plain == "fr" and _GAUGE.search(text[: titles[-1].start][-2:]):
        return False
    shouted = len(titles[-1].word) > 1 and titles[-1].word.isupper()
    return not shouted or (rest[-1].word.isupper() and rest[-1].plain in surnames())


def _title_before(text: str, part: list[Token]) -> re.Match[str] | None:
    return TITLE_BEFORE.search(text[max(0, part[0].start - 24) : part[0].start])


def _titled(text: str, part: list[Token], start: int) -> Iterator[_Name]:
    whole = part if part[0].plain in surnames() else trim(part)
    if not whole or noun_after(text, whole) or whole[0].plain in NO_DOCTORS:
        return
    if any(len(each.word) > 1 for each in whole):
        yield (start if whole is part else whole[0].start), whole[-1].end, True


def _judge(text: str, part: list[Token]) -> Iterator[_Name]:
    if not any(len(each.word) > 1 for each in part):
        return
    if credited := _credited(text, part):
        yield part[0].start, credited, True
    elif _labelled(text, part) or _related(text, part):
        yield part[0].start, part[-1].end, True
    else:
        yield from ((start, end, False) for start, end in by_lists(text, part))


def _labelled(text: str, part: list[Token]) -> bool:
    before = text[max(0, part[0].start - 36) : part[0].start].casefold()
    if is_eponym(text, part) or are_several(text, part):
        return False
    known = is_given(part[0]) or (len(part) > 1 and (is_surname(part[0]) or is_surname(part[-1])))
    if before.endswith("known as ") and not is_given(part[0]):
        return False
    bare = before.rstrip(" \t:=*_-—–|\"'“([")
    if bare != before.rstrip(" ") or before.endswith("\n"):
        return bare.endswith(LABELS) and _whole(bare, LABELS) and (known or len(part) > 1)
    if not before.endswith(" ") or not bare.endswith(BEFORE) or not _whole(bare, BEFORE):
        return False
    if bare.endswith(("paciente", "patiente", "patientin")):
        return len(part) > 1
    if bare.endswith(MUST_BE_TWO):
        alone = part[0].plain in given_names() and not part[0].word.isupper()
        return known and (len(part) > 1 or alone)
    return known or len(part) > 1


def _whole(bare: str, endings: tuple[str, ...]) -> bool:
    """Return whether one of the endings is no mere end of a longer word."""
    return any(bare.endswith(each) and not bare[: -len(each)][-1:].isalnum() for each in endings)


def _related(text: str, part: list[Token]) -> bool:
    """Return whether it is told whose relative this is: "
    ""her daughter, Ann Lee,", "his wife Ayo"."""
    before = text[max(0, part[0].start - 24) : part[0].start]
    if len(part) > 1 and RELATIVE.search(before):
        return is_surname(part[-1]) or is_surname(part[0])
    titlecase = len(part[0].word) > 2 and part[0].word[1:].islower()
    return titlecase and not is_eponym(text, part) and OF_SOMEBODY.search(before) is not None


def _credited(text: str, part: list[Token]) -> int:
    """Return the end of a name of two words or more that a degree or "MRN" follows, else 0."""
    for each in part[1:]:
        degree = CREDENTIAL.match(text, each.end)
        if degree and not _abbreviates(degree.group(), part):
            return each.end
    return 0


def _abbreviates(degree: str, part: list[Token]) -> bool:
    """Return whether it is these words in short: "Nasal Polyposis (NP)"."""
    letters = "".join(filter(str.isalpha, degree))
    return "(" in degree and letters == "".join(each.word[:1] for each in part)[-len(letters) :]
