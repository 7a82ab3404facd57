"""Full-text search: an index of every word of every sample, in one file of SQLite's FTS5.

Every word of a query has to occur, as the beginning of a word, letter case and accents aside;
what stands in quotes occurs exactly so. Scripts without spaces are indexed by character.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Rows = NDArray[np.intp]
TEXTS = ("id", "question", "context", "reasoning", "answer", "source", "subject")
"""The columns of a sample that are searched."""

_QUOTED = re.compile(r'"([^"]*)"')
_WORD = re.compile(r"\w+")
# Han, kana, hangul syllables, Thai: a run of them is no word.
_UNSPACED = re.compile(r"([\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])")
_TABLE = "CREATE VIRTUAL TABLE texts USING fts5(words, content='', detail='none', " \
         "tokenize=\"unicode61 remove_diacritics 2 categories 'L* N* Co M* Pc'\")"  # fmt: skip
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for.

    Attributes:
        words: beginnings of words, folded; all must occur.
        phrases: texts that occur as they are, letter case aside.
    """

    words: tuple[str, ...]
    phrases: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether it asks for nothing: everything is found."""
        return not (self.words or self.phrases)


def parse_query(text: str) -> Query:
    """Return what `text` asks for."""
    quoted = [phrase for phrase in _QUOTED.findall(text) if phrase.strip()]
    rest = _QUOTED.sub(" ", text).replace('"', " ")
    plain = [part for part in rest.split() if not _WORD.search(part)]
    # What is no word, such as "+", is looked for as it is.
    phrases = [*quoted, *plain, *(run for run in rest.split() if _UNSPACED.search(run))]
    words = _WORD.findall(folded(" ".join([rest, *quoted])))
    return Query(tuple(dict.fromkeys(words)), tuple(dict.fromkeys(phrases)))


def folded(text: str) -> str:
    """Return `text` as it is indexed: without case and accents, characters of scripts without
    spaces apart."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return _UNSPACED.sub(r" \1 ", unicodedata.normalize("NFKC", bare))


def write_index(path: Path, parts: Iterable[pa.Table]) -> None:
    """Write the index of samples to a new file; row i of all parts is row i of what is found.

    Args:
        parts: of their table, in its order; one is in memory at a time.
    """
    with closing(sqlite3.connect(path)) as connection:
        # The file gets its name when it is whole: nothing has to be kept safe meanwhile.
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(_TABLE)
        connection.executemany("INSERT INTO texts(rowid, words) VALUES (?, ?)", _texts(parts))
        connection.execute("INSERT INTO texts(texts) VALUES ('optimize')")
        connection.commit()


def search(path: Path, size: int, query: Query, parts: Iterable[pa.Table]) -> Rows:
    """Return the rows of `size` samples in which all of `query` occurs, ascending.

    Args:
        path: the index of these very samples.
        parts: of their table, in its order, as far as `TEXTS` go; looked at only where the query
            has phrases, one at a time.
    """
    rows = _candidates(path, query.words) if query.words else np.arange(size)
    return _holding(rows, query.phrases, parts) if query.phrases else rows


def _candidates(path: Path, words: Sequence[str]) -> Rows:
    asked = " AND ".join(f'"{word}"*' for word in words)
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        connection.execute("PRAGMA trusted_schema=OFF")
        # All numbers as one text: a row of Python for each takes twice as long.
        numbers = "SELECT group_concat(rowid, ' ') FROM texts WHERE texts MATCH ?"
        (found,) = connection.execute(numbers, (asked,)).fetchone()
    rows: Rows = np.fromstring(found, dtype=np.intp, sep=" ") if found else np.arange(0)
    return rows


def _holding(rows: Rows, phrases: Sequence[str], parts: Iterable[pa.Table]) -> Rows:
    found, start = [rows[:0]], 0
    for part in parts:
        first, last = np.searchsorted(rows, (start, start + part.num_rows))
        near = rows[first:last]
        for phrase in phrases:
            if len(near):
                near = near[_holds(part.take(pa.array(near - start)), phrase)]
        found.append(near)
        start += part.num_rows
    return np.concatenate(found)


def _holds(samples: pa.Table, phrase: str) -> NDArray[np.bool_]:
    hits = np.zeros(samples.num_rows, dtype=bool)
    for name in TEXTS:
        if name in samples.column_names:
            found = pc.fill_null(pc.match_substring(samples[name], phrase, ignore_case=True), False)
            hits |= np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)
    return hits


def _texts(parts: Iterable[pa.Table]) -> Iterator[tuple[int, str]]:
    row = 0
    for part in parts:
        there = part.select([name for name in TEXTS if name in part.column_names])
        for batch in there.to_batches(max_chunksize=_AT_ONCE):
            for texts in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                yield row, folded(_joined(texts))
                row += 1


def _joined(parts: Iterable[str | None]) -> str:
    return "\n".join(part for part in parts if part)
