"""What samples hold besides their scores, as far as a choice asks for it."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from diq_core.selection.scores import Scores

QUADRANT = "quadrant"
"""The column that follows from the scores and the cuts."""
Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Places of the two of each pair, the first before the second."""


def _no_words(_words: str) -> NDArray[np.bool_]:
    raise LookupError("the texts of these samples were not given")


def _no_texts(_rows: NDArray[np.intp], _similarity: float) -> Pairs:
    raise LookupError("the texts of these samples were not given")


@dataclass(frozen=True, eq=False)
class Contents:
    """What a filter, a quota or the rule against near neighbours may look at, row by row.

    Attributes:
        columns: name → text, number or yes and no of each sample; made when they are asked for.
        holding: words → bool[n], the samples whose texts hold all of them.
        near: rows and a similarity in (0, 1] → the pairs among these rows whose questions are at
            least so similar, as places in what was given.
        further: columns that are looked for where `columns` and the scores have none of a name.
    """

    columns: Mapping[str, pa.Array] = field(default_factory=dict)
    holding: Callable[[str], NDArray[np.bool_]] = _no_words
    near: Callable[[NDArray[np.intp], float], Pairs] = _no_texts
    further: Mapping[str, pa.Array] = field(default_factory=dict)

    def columns_over(self, scores: Scores, quadrant: pa.Array) -> ChainMap[str, pa.Array]:
        """Return every column there is: the scores that samples have, and those of contents.

        Of one name the column of contents counts, which means the same whatever is scored; but
        the length is the one that samples are ranked by.
        """
        known = {name: pa.array(scores[name]) for name in scores.columns if scores.has(name)}
        first = {name: known[name] for name in ("length",) if name in known}
        # A mapping that makes its columns when they are asked for must not be copied.
        columns, further = cast(Any, self.columns), cast(Any, self.further)
        return ChainMap({**first, QUADRANT: quadrant}, columns, known, further)


NOTHING = Contents()
"""Of samples of which only the scores are known."""
