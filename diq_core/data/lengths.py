"""Columns of texts and how long they are: what `text.text_length` is for one text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from diq_core.data.text import PIECE, UNSPACED, WORDS, WORDS_OR_CHARACTERS

if TYPE_CHECKING:
    import pyarrow as pa


def text_lengths(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return int64[n]: the `text_length` of each text; 0 where there is none."""
    import pyarrow.compute as pc

    texts = pc.fill_null(column, "")
    plain = pc.string_is_ascii(texts).to_numpy().astype(bool)
    lengths = np.zeros(len(texts), dtype=np.int64)
    # Three times as fast as the pattern, and a large set is counted while a page waits.
    lengths[plain] = blank_lengths(texts.filter(plain))
    lengths[~plain] = pc.count_substring_regex(texts.filter(~plain), PIECE).to_numpy()
    return lengths


def column_unit(*columns: pa.ChunkedArray) -> str:
    """Return what `text_lengths` counts in these columns, in words for a person."""
    import pyarrow.compute as pc

    for column in columns:
        foreign = column.filter(pc.invert(pc.string_is_ascii(column)))
        if pc.any(pc.match_substring_regex(foreign, UNSPACED)).as_py():
            return WORDS_OR_CHARACTERS
    return WORDS


def blank_lengths(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return int64[n]: how many pieces stand between the ASCII blanks of each text."""
    import pyarrow.compute as pc

    texts = pc.ascii_trim_whitespace(pc.fill_null(column, ""))
    count = pc.list_value_length(pc.ascii_split_whitespace(texts))
    found: NDArray[np.int64] = pc.if_else(pc.equal(texts, ""), 0, count).to_numpy()
    return found
