"""Which questions are near to each other: by the share of three-word pieces that both have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from diq_core.data.similar import PIECE
from diq_core.data.text import normal_words

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Places = NDArray[np.intp]
_ROWS = 512


def near_pairs(texts: Sequence[str], similarity: float) -> tuple[Places, Places]:
    """Return the pairs of texts that are at least so similar: places of the two, the first lower.

    Similarity is Jaccard's: pieces that both have / pieces that either has, where a piece is three
    neighbouring words; a text of fewer words is one piece, and one of none is near to nothing.
    Every pair is found: two texts so similar share one of their rarest pieces, how many of these
    have to be compared follows from the similarity.

    Args:
        similarity: in (0, 1].

    Source: the prefix filter of Chaudhuri, Ganti and Kaushik (ICDE 2006).
    """
    pieces = _pieces(texts)
    sizes = np.diff(pieces.indptr)
    rarest = _rarest(pieces, sizes, similarity)
    found: list[tuple[Places, Places]] = [(np.empty(0, np.intp), np.empty(0, np.intp))]
    turned = rarest.T.tocsr()
    for start in range(0, len(texts), _ROWS):
        one, other = (rarest[start : start + _ROWS] @ turned).nonzero()
        one = one + start
        later = other > one
        found.append(_at_least(pieces, sizes, one[later], other[later], similarity))
    return tuple(np.concatenate(side).astype(np.intp) for side in zip(*found, strict=True))  # type: ignore[return-value]


def _at_least(
    pieces: csr_matrix, sizes: Places, one: Places, other: Places, similarity: float
) -> tuple[Places, Places]:
    kept: list[Places] = [np.empty(0, np.intp)]
    for start in range(0, len(one), 1 << 16):
        part = slice(start, start + (1 << 16))
        both = np.asarray(pieces[one[part]].multiply(pieces[other[part]]).sum(axis=1)).ravel()
        either = sizes[one[part]] + sizes[other[part]] - both
        # Whole numbers and one product: a pair right at the similarity is in.
        kept.append(start + np.flatnonzero(both >= similarity * either - 1e-9))
    places = np.concatenate(kept)
    return one[places], other[places]


def _pieces(texts: Sequence[str]) -> csr_matrix:
    """Return which pieces each text has, the columns by how many have it, rarest first."""
    from scipy.sparse import csr_matrix

    numbers: dict[str, int] = {}
    columns: list[int] = []
    ends = [0]
    for text in texts:
        columns += sorted({numbers.setdefault(each, len(numbers)) for each in _cut(text)})
        ends.append(len(columns))
    code = np.array(columns, dtype=np.int64)
    often = np.bincount(code, minlength=len(numbers))
    place = np.empty(len(numbers), dtype=np.int64)
    place[np.argsort(often, kind="stable")] = np.arange(len(numbers))
    shape = (len(texts), max(1, len(numbers)))
    made = csr_matrix((np.ones(len(code), np.int32), place[code], np.array(ends)), shape=shape)
    made.sort_indices()
    return made


def _cut(text: str) -> list[str]:
    words = normal_words(text)
    last = max(1, len(words) - PIECE + 1) if words else 0
    return [" ".join(words[start : start + PIECE]) for start in range(last)]


def _rarest(pieces: csr_matrix, sizes: Places, similarity: float) -> csr_matrix:
    """Return only so many pieces of each text that one so similar must share one of them."""
    from scipy.sparse import csr_matrix

    shared = np.ceil(sizes * similarity - 1e-9).astype(np.int64)
    first = np.maximum(0, np.where(sizes > 0, sizes - shared + 1, 0))
    nth = np.arange(pieces.nnz) - np.repeat(pieces.indptr[:-1], sizes)
    kept = nth < np.repeat(first, sizes)
    ends: Any = np.concatenate([[0], np.cumsum(first)])
    return csr_matrix((pieces.data[kept], pieces.indices[kept], ends), shape=pieces.shape)
