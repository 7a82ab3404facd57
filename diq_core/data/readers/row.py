"""What every reader yields, and the limits they share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diq_core.data.findings import Finding, finding
from diq_core.data.limits import limits
from diq_core.data.readers.values import TooDeep, plain_row

MAX_LINE_BYTES = 16 * 1024 * 1024
"""A longer line is skipped, without ever being in memory."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record as it stands in a file.

    Attributes:
        file: the file's name.
        line: 1-based line (text) or row (tables).
        values: field → plain value, see `plain_row`.
        findings: what was changed while reading.
    """

    file: str
    line: int
    values: dict[str, Any]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Source:
    """Something that rows can be read from, any number of times.

    Attributes:
        name: file or dataset name, for findings and the page.
        kind: e.g. ``"JSON Lines"``.
        reason: how the kind was recognised.
        root: the folder that image paths are relative to; None = no images can be read.
        beside: the folder of the data files, if `root` is one above; looked in first.
        rows: starts reading; yields a `Row` for a readable record, else a `Finding`.
    """

    name: str
    kind: str
    reason: str
    root: Path | None
    rows: Callable[[], Iterator[Row | Finding]]
    beside: Path | None = None


def make_row(
    values: dict[Any, Any], *, file: str, line: int, findings: tuple[Finding, ...] = ()
) -> Row | Finding:
    """Return `values` as a `Row`, or a finding when they nest too deeply or are too many."""
    if len(values) > limits().columns:
        return finding(
            "too-wide",
            f"The row has {len(values):,} fields, more than {limits().columns:,}",
            hint="keep the fields that matter",
            file=file,
            line=line,
        )
    try:
        clean, changed = plain_row(values, file=file, line=line)
    except (TooDeep, RecursionError):
        return too_deep(file, line)
    return Row(file, line, clean, (*findings, *changed))


def too_deep(file: str, line: int) -> Finding:
    """Return the finding for a row that nests too deeply."""
    return finding(
        "too-deep",
        "The row nests lists or objects too deeply",
        hint="flatten the row",
        file=file,
        line=line,
    )
