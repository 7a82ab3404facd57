"""Dates with more than a year, in English, German, French, Spanish and figures.

A relative time ("three days ago", "on day 5") is no date, neither is a year alone. A month with
nothing but its year counts, as HIPAA has it; a month alone only behind an event ("admitted in
March").
"""

from __future__ import annotations

import re

from diq_core.privacy.months import (
    EVENT,
    EVENT_STEMS,
    HOLIDAYS,
    LONG_MONTHS,
    MONTH_STEMS,
    MONTHS,
    MORE_MONTHS,
    PLAIN_MONTHS,
    TO,
    WRITTEN_DAY,
)  # fmt: skip
from diq_core.privacy.rule import Rule, shaped

_DAY = r"(?:0?[1-9]|[12][0-9]|3[01])"
_MONTH = r"(?:0?[1-9]|1[0-2])"
_YEAR = r"(?:1[89][0-9]{2}|20[0-9]{2})"
_SHORT_YEAR = r"(?:1[89][0-9]{2}|20[0-9]{2}|['’]?[0-9]{2})"
_TH = r"(?:st|nd|rd|th|er|\.|º|°|ª)?"
_BESIDE = r"(?:\s{1,3}|[-/.]|\.\s|,\s|\s?(?:of|de|del|d['’])\s)"
_APART = r"(?![0-9A-Za-z])"
_ONE_OR_TWO = range(1, 3)


def _after_event(value: str) -> Rule:
    pattern = rf"(?<![0-9A-Za-z]){EVENT}{TO}(?P<value>{value}){_APART}"
    return Rule("date", re.compile(pattern, re.IGNORECASE), stems=EVENT_STEMS)


def _month(pattern: str) -> Rule:
    return shaped("date", pattern, stems=MONTH_STEMS)


def _before_month(pattern: str, reach: int) -> Rule:
    return shaped("date", pattern, stems=MONTH_STEMS, reach=reach)


def _cased(pattern: str, stems: str) -> Rule:
    return shaped("date", pattern, flags=0, stems=stems)


RULES: tuple[Rule, ...] = (
    # 2023-04-05, 2023/4/5, 2023.04.05, with or without a time
    shaped(
        "date",
        rf"{_YEAR}(?P<gap>[-/._]|\.\s){_MONTH}(?P=gap){_DAY}(?:[T ][0-2]?[0-9]:[0-5][0-9]"
        r"(?::[0-5][0-9](?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?",
        longest=4,
        runs=range(4, 5),
    ),
    # 05.04.2023, 5/4/2023, 04-05-2023, 5. 4. 2023, 05 04 2023
    shaped(
        "date",
        rf"(?:{_DAY}(?P<gap>[-/._ ]|\. |\s/\s|\s-\s){_MONTH}(?P=gap)|"
        rf"{_MONTH}(?P<gap2>[-/._ ]|\s/\s|\s-\s){_DAY}(?P=gap2)){_YEAR}",
        longest=4,
        runs=_ONE_OR_TWO,
    ),
    # 5/4/23, 05.04.23, 05-04-23
    shaped(
        "date",
        rf"(?<![0-9][./-])(?:{_DAY}(?P<gap>[-/.])(?:{_MONTH})(?P=gap)|"
        rf"{_MONTH}(?P<gap2>[-/]){_DAY}(?P=gap2))"
        r"['’]?[0-9]{2}(?![./-][0-9]|\s?(?:mg|mcg|µg|g|kg|ml|mmol|%|mm|cm|IU|U|units|times)\b)",
        sure=False,
        longest=2,
        runs=_ONE_OR_TWO,
    ),
    # 5 April 2023, 05-Apr-23, 5. April 2023, 5 de abril de 2023; the 5th of April, 1er avril
    _before_month(
        rf"(?:{_DAY}{_TH}|{WRITTEN_DAY}){_BESIDE}{MONTHS}\.?(?:{_BESIDE}){{1,2}}{_SHORT_YEAR}"
        r"(?![a-zà-ÿ])",
        24,
    ),
    _before_month(
        rf"(?<![0-9][/.,-])(?:{_DAY}{_TH}(?:\s{{1,2}}|\s?(?:of|de|del|d['’])\s))"
        rf"{PLAIN_MONTHS}\.?(?![a-zà-ÿ])",
        14,
    ),
    # 5APR2023
    _before_month(
        rf"{_DAY}(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)(?:{_YEAR}|[0-9]{{2}})",
        3,
    ),
    # April 5th, 2023; Apr. 5; April the 5th; Apr-05-2023
    _month(
        rf"{MONTHS}\.?(?:\s{{1,3}}(?:the\s)?|[-/.]){_DAY}(?:st|nd|rd|th)?"
        rf"(?:,\s?|\s{{1,3}}|[-/.]){_YEAR}"
    ),
    _month(
        rf"{PLAIN_MONTHS}\.?(?:\s{{1,3}}(?:the\s)?|-(?=0?[0-9]{{1,2}}-)){_DAY}(?:st|nd|rd|th)?"
        r"(?:(?:,\s?|\s|-)['’]?[0-9]{2})?"
        r"(?![0-9%]|[.:,/-][0-9]|\s?(?:mg|ml|cm|mm|kg|years?|days?|weeks?|months?|hours?|g|l)\b)"
    ),
    # 2023 April 5, 2023-Apr-05
    _before_month(rf"{_YEAR}(?:,?\s|[-/.]){MONTHS}\.?(?:\s|[-/.]){_DAY}{_TH}", 8),
    # April 2023, Apr-2023, April of 2023, April '23
    _cased(
        rf"(?i:{LONG_MONTHS})\.?(?:,?\s{{1,2}}(?:of\s|de\s|del\s)?|[-/]){_YEAR}", MONTH_STEMS
    ),
    _cased(rf"{LONG_MONTHS}\.?[\s-]['’][0-9]{{2}}", MONTH_STEMS),
    # 14 febbraio 1962, 3 de março de 1990
    shaped(
        "date",
        rf"{_DAY}[.º]?\s(?:de\s)?(?:{'|'.join(MORE_MONTHS)})\s(?:de\s)?{_YEAR}",
        stems=" ".join(each[:3] for each in MORE_MONTHS),
        reach=8,
    ),
    # 05.IV.2023
    shaped(
        "date",
        rf"{_DAY}[./ -]{{1,2}}(?:I{{1,3}}|IV|VI{{0,3}}|IX|XI{{0,2}})[./ -]{{1,2}}{_YEAR}",
        flags=0,
        longest=4,
        runs=_ONE_OR_TWO,
    ),
    # behind an event or "date": 20230405, 05042023, 050423; 04/2023; 5/4, 5.4., 04-05; 5 4 23
    _after_event(
        rf"{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])|"
        rf"(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])(?:{_YEAR}|[0-9]{{2}})|"
        rf"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:{_YEAR}|[0-9]{{2}})"
    ),
    _after_event(rf"{_MONTH}[/.-]{_YEAR}|{_YEAR}[/-](?:0[1-9]|1[0-2])"),
    _after_event(
        rf"{_DAY}/{_MONTH}|{_MONTH}/{_DAY}|{_DAY}\.{_MONTH}\.(?=\s\S)"
        r"(?!\s{1,3}[A-Z][a-z]{1,20} (?:of|is|are|the)\b)|0[1-9]\.(?:0[1-9]|1[0-2])\.?|"
        r"(?:0[1-9]|1[0-2])-(?:0?[1-9]|[12][0-9]|3[01])"
        r"(?!\s?(?:years?|days?|weeks?|months?|hours?|mg|times))"
    ),
    _after_event(rf"{_DAY}(?P<gap>[-/. ]){_MONTH}(?P=gap)[0-9]{{2}}"),
)  # fmt: skip

_ALONE = (
    r"January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Januar|Februar|März|Mai|Juni|Juli|Oktober|Dezember|janvier|février|mars|avril|juin|juillet|"
    r"août|septembre|octobre|novembre|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|"
    r"septiembre|octubre|noviembre|diciembre"
)
_YEAR_WORDS = (
    r"(?:nineteen|twenty|two[ -]thousand)(?:[ -](?:hundred|and|oh|twenty|thirty|forty|fifty|sixty|"
    r"seventy|eighty|ninety|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|one|two|"
    r"three|four|five|six|seven|eight|nine)){1,4}"
)
_OF_YEAR = rf"(?:,?\s(?:in\s|of\s)?(?:{_YEAR}|(?i:{_YEAR_WORDS})))?"
MONTHS_ALONE = tuple(_ALONE.lower().split("|"))
IN_WORDS = re.compile(
    rf"(?<![0-9A-Za-z])(?:(?i:{EVENT})"
    r"(?:\s(?:in|since|last|this|on|im|en|en el mes de|early|late|mid)){1,2}[\s-]"
    rf"(?P<value>{_ALONE})|(?i:{WRITTEN_DAY})\s(?:of\s)?{LONG_MONTHS}{_OF_YEAR}|"
    rf"{LONG_MONTHS}\s(?:the\s)?(?i:{WRITTEN_DAY}){_OF_YEAR})(?![0-9A-Za-zà-ÿ])"
)
"""A month behind an event, or with its day written out."""
HOLIDAY = re.compile(
    rf"(?<![^\W_])(?:{'|'.join(HOLIDAYS)})(?:['’]?s)?(?:\s(?:day|eve|sunday|monday|morning|"
    rf"night))?,?"
    rf"\s(?:in\s|of\s)?{_YEAR}(?![0-9])".replace("'s day", "['’]?s day"),
    re.IGNORECASE,
)
"""A day that has a name, with its year."""
