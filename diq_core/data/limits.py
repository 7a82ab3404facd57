"""How much of a stranger's file is read: every budget of an import, in one place.

A file of a few kilobytes can unpack to terabytes, name a million columns or never end. Each
budget is far above what a set of questions needs; where one stands in the way, the environment
variable ``DIQ_MAX_<NAME>`` raises it, e.g. ``DIQ_MAX_ROWS=5000000``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from functools import lru_cache

from diq_core.errors import BadFile, BadSetting

_PREFIX = "DIQ_MAX_"
_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The budgets of one import; all that are set are whole numbers of at least 1.

    Attributes:
        unpacked_bytes: what a packed file may become, and what all rows of a file may hold.
        unpacked_ratio: how many times larger than itself a packed file may become, once that is
            more than `small_bytes`.
        small_bytes: below this, what is unpacked is harmless at any ratio.
        json_bytes: a value in a JSON file that is parsed as a whole; an element of an array is a
            row, and the array may be larger.
        json_values: values inside such a value or element, judged by its commas and brackets.
        row_bytes: one row, all its values together.
        batch_bytes: rows that are turned into values at once.
        rows: rows of a file.
        columns: columns of a table, or fields of a row.
        values: values of one column in one part (row group) of a Parquet file.
        members: files in an archive, or in a folder that is looked through for data files.
        images: images of one sample.
        problems: rows that cannot be read and are listed; later ones are only counted.
        seconds: time that reading may take.
        memory_bytes: what the process may hold while it reads, looked at every 1,000 rows or
            16 MB; 0 = three quarters of the memory of the machine or container.
    """

    unpacked_bytes: int = 4096 * _MB
    unpacked_ratio: int = 200
    small_bytes: int = 64 * _MB
    json_bytes: int = 256 * _MB
    json_values: int = 10_000_000
    row_bytes: int = 64 * _MB
    batch_bytes: int = 64 * _MB
    rows: int = 2_000_000
    columns: int = 1000
    values: int = 20_000_000
    members: int = 100_000
    images: int = 100
    problems: int = 100_000
    seconds: int = 3600
    memory_bytes: int = 0


_VARIABLES = {each.name: _PREFIX + each.name.upper() for each in fields(Limits)}


def limits() -> Limits:
    """Return the budgets as they are set here.

    Raises:
        BadSetting: a variable holds no whole number of at least 1.
    """
    return _limits(*map(os.environ.get, _VARIABLES.values()))


@lru_cache
def _limits(*said: str | None) -> Limits:
    set_here = zip(_VARIABLES.items(), said, strict=True)
    return Limits(**{name: _whole(variable, text) for (name, variable), text in set_here if text})


def over_budget(what: str, file: str, name: str, todo: str = "split the file") -> BadFile:
    """Return the refusal of a file that goes beyond the budget called `name`."""
    return BadFile(
        what, which=file, todo=f"{todo}, or set {_VARIABLES[name]} higher if you trust it"
    )


def _whole(variable: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise BadSetting(
            f"The limit {text[:40]!r} is no whole number of at least 1",
            which=variable,
            todo="correct the environment variable, or remove it",
        )
    return int(text)
