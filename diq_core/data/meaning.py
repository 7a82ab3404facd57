"""What may not differ between two texts that ask, or answer, the same.

Two long questions can share nearly all their words and mean opposite things: potassium is 7.4 or
2.2, the pain is left or right, the drug is indicated or not. What turns the meaning of a medical
text is read here, in order: numbers with their units, negations, sides, and words that have an
opposite. All lists are our own, and closed: a word that is missing costs at most that two
different questions count as near duplicates, which a person then sees among the findings.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from diq_core.data.sample import Sample
from diq_core.data.text import normal_words

SHORT_ANSWER = 12
"""Answers with at most so many words are compared; a longer one can say the same otherwise."""

_NEGATIONS = """
    no not never none nor neither without except excluding cannot false incorrect wrong least
    unlikely contraindicated nicht nie niemals ohne außer weder noch falsch pas jamais sans sauf ni
    aucun aucune faux sin nunca excepto salvo ningún ninguna falso لا ليس ليست بدون غير لم لن
    不 没 無 无 非 未 除 否 않 없 안 못
"""
_SIDES = """
    left right bilateral unilateral ipsilateral contralateral anterior posterior medial lateral
    proximal distal superior inferior upper lower dorsal ventral links rechts gauche droite droit
    izquierda izquierdo derecha derecho 左 右 上 下 前 后
"""
_OPPOSITES = """
    increase increased increases increasing decrease decreased decreases decreasing rise rises fall
    falls raised lowered elevated reduced high higher highest low lowest more most less fewer
    positive negative present absent male female man woman boy girl men women mother father son
    daughter before after acute chronic early late first second third last initial final next
    maximum minimum benign malignant open closed pregnant fasting inspiration expiration
    systolic diastolic arterial venous artery vein gain loss agonist antagonist stimulates inhibits
    opens closes dilates constricts true correct always hoch niedrig vor nach männlich weiblich
"""
_WORDS = frozenset(f"{_NEGATIONS} {_SIDES} {_OPPOSITES}".split())
_KIN = ("kein", "hyper", "hypo", "tachy", "brady", "poly", "oligo", "macro", "micro")
"""Beginnings of words that another beginning turns into the opposite."""
_COUNTS = {
    word: str(number)
    for number, word in enumerate(
        (
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ),
        start=2,
    )
}
_UNITS = {
    unit: named[0]
    for named in (
        line.split()
        for line in """\
            mg milligram milligrams
            mcg µg μg ug microgram micrograms
            ng nanogram nanograms
            g gram grams gm
            kg kilogram kilograms
            l litre litres liter liters
            ml millilitre millilitres milliliter milliliters cc
            dl decilitre deciliter
            mmol millimole millimoles
            µmol μmol umol micromol
            meq
            iu
            units unit
            mmhg
            kpa
            mm millimetre millimeter
            cm centimetre centimeter centimetres centimeters
            m metre metres meter meters
            seconds second sec s
            minutes minute min
            hours hour h hr hrs
            days day
            weeks week
            months month
            years year
            % percent
            °c °f""".splitlines()
    )
    for unit in named
}
_TOKEN = re.compile(
    r"\d+(?:[.,/:]\d+)*|n['’]t\b|[<>≤≥±%]|°[cf]\b|[\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]"
    r"|[^\W\d_]+"
)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"\d+,\d{1,2}")


def turning_points(text: str) -> tuple[str, ...]:
    """Return what turns the meaning of `text`, in order: "7.4", "mmol", "not", "left" …

    Numbers are written one way ("1,000" and "1000", "7,4" and "7.40" are equal), and so are units.
    A unit counts only after a number.
    """
    plain = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    found: list[str] = []
    after_number = False
    for token in _TOKEN.findall(plain):
        number, turn = _meant(token) if len(token) < _REMEMBERED else _read(token)
        if number:
            found.append(number)
        elif after_number and token in _UNITS:
            found.append(_UNITS[token])
        elif turn:
            found.append(turn)
        after_number = bool(number)
    return tuple(found)


def _read(token: str) -> tuple[str, str]:
    """Return the number that a token is, and what it turns the meaning to; mostly "" and ""."""
    number = _COUNTS.get(token) or (_number(token) if token[0].isdigit() else "")
    if token in ("n't", "n’t", "cannot"):
        return number, "not"
    turns = token in _WORDS or token in "<>≤≥±" or token.startswith(_KIN)
    return number, token if turns else ""


_meant = lru_cache(1 << 16)(_read)
_REMEMBERED = 30
"""A token of fewer letters is a word that comes again; a longer one is not kept in memory."""


def _number(token: str) -> str:
    if _THOUSANDS.fullmatch(token):
        token = token.replace(",", "")
    elif _DECIMAL_COMMA.fullmatch(token):
        token = token.replace(",", ".")
    if token.count(".") == 1 and not set(token) & set("/:,"):
        token = token.rstrip("0").rstrip(".")
    return token


def contradict(one: Sample, other: Sample) -> bool:
    """Return whether two samples answer one question differently, as far as that can be told.

    Compared are the texts of the right options, else the answers. Two short answers differ when
    neither consists of words of the other, or when numbers, negations and sides differ. Whether
    two longer texts say the same is not decided here: then the result is False.
    """
    mine, others = _final(one), _final(other)
    first, second = normal_words(mine), normal_words(others)
    if not first or not second or first == second:
        return False
    if max(len(first), len(second)) > SHORT_ANSWER:
        return False
    if not (set(first) <= set(second) or set(second) <= set(first)):
        return True
    return turning_points(mine) != turning_points(others)


def _final(sample: Sample) -> str:
    """Return the text of the right option; what an unknown label stands for is not known."""
    for option in sample.options:
        if option.label == sample.answer_label:
            return option.text
    return sample.answer
