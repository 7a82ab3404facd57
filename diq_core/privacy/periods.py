"""The period of a study, which is a date of many people and of nobody.

"Between January 2005 and March 2008, 139 patients underwent …" tells no one's date. A date is left
alone only where its sentence speaks of a group, of no single person, and of a period: of two
dates, or of a month and a year that something was done until or since. Everything else stays an
identifier: in doubt, a date is somebody's.
"""

from __future__ import annotations

import re

_BEFORE, _AFTER = 240, 240
_SENTENCE_ENDS = re.compile(r"[.!?]\s+(?=[A-ZÀ-Þ0-9])|\n")
_GROUP = re.compile(
    r"\b(?:patients|women|men|children|infants|newborns|neonates|adults|adolescents|subjects|"
    r"participants|individuals|volunteers|students|residents|physicians|nurses|cases|controls|"
    r"beneficiaries|recipients|donors|survivors|deaths|births|deliveries|pregnancies|admissions|"
    r"procedures|operations|examinations|specimens|samples|biopsies|records|charts|articles|"
    r"publications|studies|trial|cohorts?|survey|surveys|questionnaires?|registry|database|"
    r"MEDLINE|PubMed|Embase|Cochrane|consecutive|retrospective(?:ly)?|prospective(?:ly)?|"
    r"\w{3,20}(?:tomies|plasties|scopies|visits)|enrolled|recruited|hospitals|centers|centres|"
    r"institutions?|study|LSG|"
    r"Patienten|Patientinnen|Fälle|Studie|Probanden|patients consécutifs|étude|cas|pacientes|"
    r"casos|estudio)\b"
)
_PERSON = re.compile(
    r"\b(?:[Hh]e|[Ss]he|[Hh]is|[Hh]er|[Hh]im|I|[Mm]y|Mr|Mrs|Ms|Miss|Frau|Herr|Herrn|[Ii]hre?|"
    r"[Ss]eine?|"
    r"M\.|Mme|Monsieur|Madame|Sra?\.|[Ee]lle|[Ii]l|DOB|MRN|wife|husband|mother|father|son|"
    r"daughter|[Pp]atiente?|[Pp]atientin|[Pp]aciente|[Pp]t|[Cc]ase|[Cc]hild|[Ii]nfant|[Bb]aby|"
    r"[Bb]oy|"
    r"[Gg]irl|[Mm]an|[Ww]oman|[Gg]entleman|[Ll]ady|[Vv]eteran|[0-9]+[ -](?:year|month|week|"
    r"day)s?-old)\b"
    r"(?!-[a-z]|\s(?:records?|data|charts?|files?|characteristics|populations?|groups?|outcomes?|"
    r"care|"
    r"satisfaction|safety|demographics|series|reports|controls?|mortality|volume|notes|database|"
    r"history|histories|numbers|education|selection|registry|cohort|deaths?|mix|surveys?)\b)"
)
_TO = re.compile(
    r"\s?[,(]?\s?(?:and|to|through|until|till|-|–|—|bis|und|à|au|et|a|y|hasta|al)\s?[,)]?\s?"
    r"(?:the\s|le\s|el\s|zum\s|den\s)?$"
)
_FROM = re.compile(
    r"(?:between|from|since|until|during|in|beginning on|as of|through|zwischen|von|vom|seit|entre|"
    r"desde|de|du|depuis)\s(?:the\s|le\s|el\s|dem\s)?$",
    re.IGNORECASE,
)
_MONTH_AND_YEAR = re.compile(r"[^\W\d_]{3,12}\.?\s(?:of\s)?(?:19|20)[0-9]{2}")


def is_period(text: str, start: int, end: int, others: list[tuple[int, int]]) -> bool:
    """Return whether a date says when a study took place rather than something of one person.

    Args:
        text: the whole text.
        start: first character of the date.
        end: one after its last.
        others: where the other dates of the text lie.
    """
    first, last = _sentence(text, start, end)
    sentence = text[first:last]
    if not _GROUP.search(sentence) or _PERSON.search(sentence):
        return False
    if any(_joined(text, start, end, other) for other in others if first <= other[0] < last):
        return True
    month = _MONTH_AND_YEAR.fullmatch(text, start, end) is not None
    return month and _FROM.search(text[max(first, start - 16) : start]) is not None


def _joined(text: str, start: int, end: int, other: tuple[int, int]) -> bool:
    """Return whether two dates are one period: "May 2001 to June 2002"."""
    left, right = (other[1], start) if other[1] <= start else (end, other[0])
    return 0 < right - left < 24 and _TO.fullmatch(text, left, right) is not None


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    first, last = max(0, start - _BEFORE), min(len(text), end + _AFTER)
    for match in _SENTENCE_ENDS.finditer(text, first, start):
        first = match.end()
    after = _SENTENCE_ENDS.search(text, end, last)
    return first, after.start() if after else last
