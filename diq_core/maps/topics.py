"""Topics of the map of meaning, called by the terms that set them apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diq_core.selection.pool import Rows
from diq_core.selection.scores import Floats

TOPICS = 8
TERMS = 3
FEWEST = 40
"""Samples below which there are no topics worth a name."""
_READ = 12_000


@dataclass(frozen=True, slots=True)
class Topic:
    """A region of the map.

    Attributes:
        x, y: the sample nearest to its middle, so that its name lies on samples.
        terms: what its questions say more often than all others do, most first.
        samples: how many it has.
    """

    x: float
    y: float
    terms: tuple[str, ...]
    samples: int


def topics(
    x: Floats, y: Floats, read: Callable[[Rows], Sequence[str]], count: int = TOPICS
) -> list[Topic]:
    """Return the topics of a map, the largest first; none of a map of few samples.

    The samples are put into groups that lie close together (k-means, from places that follow from
    the samples alone), and each group is called by its terms: by how often a term occurs in the
    group, times log(1 + words of a group / how often it occurs in all of them). Of very many
    samples as many as can be read in a moment are, evenly over the rows. The same samples give
    the same topics.

    Args:
        x, y: float64[n]; NaN = no place.
        read: gives the questions of rows.

    Source: class-based TF-IDF of BERTopic (Grootendorst, arXiv 2203.05794).
    """
    rows = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if len(rows) < FEWEST:
        return []
    few = rows[np.linspace(0, len(rows) - 1, min(len(rows), _READ)).astype(np.intp)]
    places = np.column_stack([x[few], y[few]])
    groups, middles = _groups(places, min(count, len(few) // (FEWEST // 4)))
    named = _terms(read(few), groups, len(middles))
    found = []
    for number, middle in enumerate(middles):
        members = np.flatnonzero(groups == number)
        if len(members) and named[number]:
            nearest = members[np.argmin(((places[members] - middle) ** 2).sum(axis=1))]
            samples = round(len(members) * len(rows) / len(few))
            across, up = places[nearest].tolist()
            found.append(Topic(across, up, named[number], samples))
    return sorted(found, key=lambda topic: (-topic.samples, topic.terms))


def _groups(places: Floats, count: int) -> tuple[NDArray[np.int32], Floats]:
    from sklearn.cluster import KMeans

    made = KMeans(count, random_state=0, n_init=4).fit(places)
    return made.labels_, made.cluster_centers_


def _terms(texts: Sequence[str], groups: NDArray[np.int32], count: int) -> list[tuple[str, ...]]:
    from sklearn.feature_extraction.text import CountVectorizer

    counter = CountVectorizer(stop_words="english", token_pattern=r"(?u)\b[^\W\d_]{3,}\b",
                              min_df=2, max_df=0.5)  # fmt: skip
    try:
        often = counter.fit_transform(texts)
    except ValueError:
        # No word is left: of numbers alone, or each text is about something else.
        return [()] * count
    words = counter.get_feature_names_out()
    of = np.stack([np.asarray(often[groups == one].sum(axis=0)).ravel() for one in range(count)])
    share = of / np.maximum(1, of.sum(axis=1, keepdims=True))
    weight = share * np.log1p(of.sum() / count / of.sum(axis=0))
    # Equal weights by the word.
    ordered = [np.lexsort((words, -weight[one]))[:TERMS] for one in range(count)]
    return [tuple(words[at] for at in best if weight[one, at] > 0)
            for one, best in enumerate(ordered)]  # fmt: skip
