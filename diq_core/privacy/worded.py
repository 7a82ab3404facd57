"""What words alone tell, without a digit near: towns, written dates and ages, addresses."""

from __future__ import annotations

from diq_core.privacy import ages, dates, months, names, online, places
from diq_core.privacy.around import Worded

_LIVES = tuple(
    """
    lives in|living in|live in|lived in|resid|résid|home in|hometown|moved to|moved from|
    native of|born in|born and|grew up|city of|city:|city is|town of|town:|town is|place of birth|
    wohnhaft|wohnt|lebt in|wohnort|geboren in|geburtsort|aus dem ort|stammt aus|habite|vit à|
    domicili|né à|née à|nés à|demeurant|lieu de nais|ville|vive en|vivía en|vivia en|nacido en|
    nacida en|natural de|ciudad|lugar de nac
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
_STATES = tuple(f", {name.lower()}" for name in places.STATES)


RULES: tuple[Worded, ...] = (
    Worded("name", names.SMALL, ("name", "nom", "nombre"), 1, 70, names.small),
    Worded("place", places.STREET, places.STREET_MARKS, 1, 90),
    Worded("date", dates.IN_WORDS, dates.MONTHS_ALONE, 60, 60),
    Worded("date", dates.HOLIDAY, months.HOLIDAYS, 1, 40),
    Worded(
        "age",
        ages.WRITTEN_AGE,
        ("neunzig", "ninety", "hundred", "hundert", "quatre-vingt", " cent ", "noventa", "cien "),
        40,
        60,
    ),
    Worded("place", places.TOWN, _LIVES, 20, 110),
    Worded("place", places.FROM_TOWN, _STATES, 100, 20),
    Worded(
        "place",
        places.FROM_TOWN_SHORT,
        tuple(f"{each} " for each in ("from", "near", "outside")),
        1,
        60,
    ),
    Worded("url", online.URL, ("://", "www.", *(f".{each}" for each in online.TOP)), 60, 420),
    Worded("email", online.EMAIL, ("@", "(at)", "[at]"), 80, 120),
    Worded("email", online.SPOKEN_EMAIL, ("dot", "punkt ", "punto "), 120, 60),
    Worded("ip", online.IPV6_START, ("::",), 4, 45),
)
