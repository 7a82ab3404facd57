"""Numbers, ranges and blood pressures in a text, each with its unit, as pint understands them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

_NAMES = {
    "microgram": "mcg µg μg ug microgram micrograms",
    "milligram": "mg milligram milligrams",
    "gram": "g gm gram grams",
    "kilogram": "kg kilogram kilograms",
    "nanogram": "ng nanogram nanograms",
    "picogram": "pg picogram picograms",
    "pound": "lb lbs pound pounds",
    "ounce": "oz ounce ounces",
    "liter": "l litre litres liter liters",
    "deciliter": "dl decilitre decilitres deciliter deciliters",
    "milliliter": "ml cc millilitre millilitres milliliter milliliters",
    "microliter": "µl μl ul microlitre microliter",
    "femtoliter": "fl femtolitre femtoliter",
    "mole": "mol mole moles",
    "millimole": "mmol millimole millimoles",
    "micromole": "µmol μmol umol micromole micromoles",
    "nanomole": "nmol nanomole nanomoles",
    "picomole": "pmol picomole picomoles",
    "equivalent": "eq",
    "milliequivalent": "meq milliequivalent milliequivalents",
    "international_unit": "iu unit units u international\\s+units? i\\.?u\\.?",
    "milli_international_unit": "miu mu",
    "micrometer": "µm μm um micrometre micrometer micron microns",
    "millimeter": "mm millimetre millimetres millimeter millimeters",
    "centimeter": "cm centimetre centimetres centimeter centimeters",
    "meter": "m metre metres meter meters",
    "inch": "inch inches",
    "millisecond": "ms msec millisecond milliseconds",
    "second": "s sec secs second seconds",
    "minute": "min mins minute minutes",
    "hour": "h hr hrs hour hours",
    "day": "d day days tag tage tagen",
    "week": "wk week weeks woche wochen",
    "julian_year/12": "month months monat monate",
    "julian_year": "yr yrs year years jahr jahre",
    "percent_of": "% percent per\\s+cent prozent",
    "mmHg": "mm\\s?hg torr",
    "cmH2O": "cm\\s?h2o",
    "kilopascal": "kpa",
    "degC": "°\\s?c degrees?\\s+celsius degrees?\\s+c celsius",
    "degF": "°\\s?f degrees?\\s+fahrenheit degrees?\\s+f fahrenheit",
    "kelvin": "kelvin",
    "1": "beats? breaths? counts? cells? copies",
    "1/minute": "bpm",
    "kilocalorie": "kcal",
    "kilojoule": "kj",
    "milliampere": "ma",
    "hertz": "hz",
    "gray": "gy",
    "millisievert": "msv",
    "dyne": "dyn dynes",
    "degree": "° degrees? grad",
}
_DEFINED = (
    "equivalent = [charge_equivalent]",
    "milliequivalent = 0.001 * equivalent",
    "international_unit = [biological_activity]",
    "milli_international_unit = 0.001 * international_unit",
    "percent_of = [share]",
)
_BY_WORD = {word: unit for unit, words in _NAMES.items() for word in words.split(" ")}
_WORDS = sorted(_BY_WORD, key=len, reverse=True)
_ONE = f"(?:{'|'.join(_WORDS)})"
_POWER = r"(?:\s?(?:\^|\*\*)?\s?[23²³])?"
_PER = r"(?:\s*/\s*|\s+per\s+|\s*·\s*)"
_UNIT = rf"(?:{_ONE}{_POWER}(?![^\W\d_])|(?=/))(?:{_PER}(?:1[.,]73\s?)?{_ONE}{_POWER}(?![^\W\d_]))*"
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+[.,]\d+|\d+|\.\d+)"
_TEN = r"10(?:\s?\^\s?\{?\s?[-−+]?\d+\}?|[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
_NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
)
_WORDED = _NUMBER_WORDS.split()
_NUMBER = (
    rf"(?:{_DIGITS}\s?[x×*·]\s?{_TEN}|{_TEN}|{_DIGITS}(?:[eE][-+]?\d+)?"
    rf"|\b(?:{'|'.join(_WORDED)})\b)"
)
_SIGN = r"(?:(?<![\w.)])[-−–]\s?|\+)?"
_TO = r"(?:\s?[-–—−]\s?|\s+(?:to|and|bis|à|a)\s+)"
_QUANTITY = re.compile(
    rf"(?<![\w.^])(?P<low>{_SIGN}{_NUMBER})(?:\s{{0,20}}(?P<lowunit>{_UNIT}))?"
    rf"(?:(?P<to>{_TO})(?P<high>{_NUMBER})|\s?(?P<over>/|over)\s?(?P<below>\d+(?![\d.,]*\d)))?"
    rf"(?:\s{{0,20}}-?(?P<unit>{_UNIT}))?(?![\w])",
    re.IGNORECASE,
)
_NOT = re.compile(r"(?:\b(?:not|nicht|kein|keine|pas|no)\s+(?:\w+\s+)?)$", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween\s+$|\bzwischen\s+$", re.IGNORECASE)
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")

Form = Literal["point", "range", "pressure"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a text says as a number: one value, two ends of a range, or two of a blood pressure.

    Attributes:
        unit: as pint reads it; "" = none is written.
        place: where it stands, as (begin, end).
    """

    form: Form
    values: tuple[float, ...]
    unit: str
    place: tuple[int, int]


def quantities(text: str) -> list[Quantity]:
    """Return the quantities that a text states, in order; those that it rules out are none."""
    found = (_quantity(match, text) for match in _QUANTITY.finditer(text))
    return [each for each in found if each is not None]


def _quantity(match: re.Match[str], text: str) -> Quantity | None:
    before = text[: match.start()]
    if _NOT.search(before):
        return None
    values = [_number(match["low"])]
    form: Form = "point"
    if match["over"]:
        values.append(float(match["below"]))
        if not _is_pressure(values):
            return None
        form = "pressure"
    elif match["high"]:
        if "and" in match["to"] and not _BETWEEN.search(before):
            return None
        values.append(_number(match["high"]))
        form = "range"
    unit = unit_of(match["unit"] or match["lowunit"] or "")
    return Quantity(form, tuple(values), unit, match.span())


def _is_pressure(values: list[float]) -> bool:
    above, below = values
    return 20 <= below <= 300 and 20 <= above <= 300 and above == int(above)


def _number(text: str) -> float:
    bare = text.replace("−", "-").replace("–", "-").replace(" ", "").casefold()
    bare = (
        bare.translate(_SUPERSCRIPT)
        if "^" in bare
        else re.sub(r"10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+)", lambda m: f"10^{m[1].translate(_SUPERSCRIPT)}", bare)
    )
    sign = -1.0 if bare.startswith("-") else 1.0
    bare = bare.lstrip("+-")
    if bare in _WORDED:
        return sign * _WORDED.index(bare)
    factor, _, power = re.sub(r"[x×*·]?10\^\{?", "^", bare).partition("^")
    number = float(_decimal(factor)) if factor else 1.0
    return sign * number * (10.0 ** int(power.rstrip("}")) if power else 1.0)


def _decimal(text: str) -> str:
    """Return a number with a decimal point: "1,000" is a thousand, "1,5" is one and a half."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        return text.replace(",", "")
    return text.replace(",", ".")


def unit_of(text: str) -> str:
    """Return a unit as pint reads it; "" where none is known."""
    parts = re.split(r"\s*(/|·|\bper\b(?!\s+cent))\s*", text.strip(), flags=re.IGNORECASE)
    found: list[str] = []
    for place in range(0, len(parts), 2):
        name, power = _named(re.sub(r"^1[.,]73\s?", "", parts[place]))
        body = f"({name}){power}" if name else "1"
        found.append(("/" if place and parts[place - 1] != "·" else "*" if place else "") + body)
    joined = "".join(found)
    return "" if joined == "1" else joined


def _named(text: str) -> tuple[str, str]:
    match = re.fullmatch(rf"({_ONE})({_POWER})", text.strip(), re.IGNORECASE)
    if match is None:
        return "", ""
    power = match[2].strip(" ^*").translate(str.maketrans("²³", "23"))
    return _name(match[1]), f"**{power}" if power else ""


@cache
def _name(written: str) -> str:
    bare = written.casefold()
    exact = _BY_WORD.get(bare)
    if exact:
        return exact
    return next(unit for word, unit in _BY_WORD.items() if re.fullmatch(word, bare))


@cache
def registry() -> Any:
    """Return pint's registry with the units of medicine that it lacks."""
    import pint

    made: Any = pint.UnitRegistry(autoconvert_offset_to_baseunit=True)
    for line in _DEFINED:
        made.define(line)
    return made
