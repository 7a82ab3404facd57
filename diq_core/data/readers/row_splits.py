"""Files whose rows say themselves which split they belong to.

PMC-VQA has a column ``split``; of VQA-RAD, as its authors publish it, the ``phrase_type`` of a
test question begins with ``test_``. Rows of another split than the one that is read are counted
and left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from diq_core.data.findings import Finding, finding
from diq_core.data.readers.row import Row
from diq_core.data.readers.splits import choose, is_split, wants

_PHRASES = {"freeform": "train", "para": "train", "test_freeform": "test", "test_para": "test"}
_FIRST_ROWS = 200

Rows = Callable[[], Iterator[Row | Finding]]


def split_of(values: Mapping[str, Any]) -> str:
    """Return the split that a row says it belongs to; empty = it says none."""
    named = values.get("split")
    if isinstance(named, str) and is_split(named.strip()):
        return named.strip()
    return _PHRASES.get(str(values.get("phrase_type")), "")


def one_split(rows: Rows, split: str, file: str) -> Rows:
    """Return what reads the rows of one split, and says how many belong to others.

    Args:
        split: which one; empty = that for training, or the only one.

    Reading raises BadSetting or SettingNeeded where the split is not there, or must be chosen.
    """

    def read() -> Iterator[Row | Finding]:
        if not any(_splits(islice(rows(), _FIRST_ROWS))):
            if wants(split):
                choose((), split, file)
            yield from rows()
            return
        counts = Counter(_splits(rows()))
        others = {name: count for name, count in counts.items() if name}
        if counts[""]:
            yield _unsaid(counts[""], file)
        chosen = choose(others, split, file)
        if len(others) > 1:
            yield _left(others, chosen, file)
        for item in rows():
            if not isinstance(item, Row) or split_of(item.values) in ("", chosen):
                yield item

    return read


def _splits(items: Iterator[Row | Finding]) -> Iterator[str]:
    return (split_of(item.values) for item in items if isinstance(item, Row))


def _left(counts: Mapping[str, int], chosen: str, file: str) -> Finding:
    others = ", ".join(
        f"{name[:60]} ({count:,} row{'s' * (count != 1)})"
        for name, count in sorted(counts.items())
        if name != chosen
    )
    message = f"Only the rows of the split '{chosen[:60]}' are read; there are also: {others}"
    return finding("one-split", message, hint="--split chooses another one", file=file)


def _unsaid(count: int, file: str) -> Finding:
    message = f"Rows that do not say which split they belong to, and are read: {count:,}"
    return finding("one-split", message, hint="fill the column, or drop those rows", file=file)
