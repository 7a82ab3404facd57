"""Which labelled questions train the classifier, tune it, and only measure it.

The part is decided by a digest of the question's text, and near-duplicates go together: so no
rewording of a held-out question is trained on. New labels move an old question only where they
are near-duplicates of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diq_core.errors import BadSetting

if TYPE_CHECKING:
    from diq_core.scoring.difficulty.labels import LabelledQuestion

HELD_OUT = 0.2
INNER = 0.12
NEAR = 0.7


@dataclass(frozen=True, slots=True)
class Split:
    """Row numbers, ascending, disjoint, together all rows.

    Attributes:
        train: the weights are learned from these.
        inner: recipe and temperature were chosen on these.
        held_out: nothing was chosen or learned on these.
    """

    train: tuple[int, ...]
    inner: tuple[int, ...]
    held_out: tuple[int, ...]


def split_labels(labels: Sequence[LabelledQuestion], *, seed: int) -> Split:
    """Split by text: about 20 % held out, 12 % inner validation, the rest to train on.

    Raises:
        BadSetting: a part would be empty.
    """
    texts = [label.text for label in labels]
    digests = [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() for text in texts]
    groups = near_duplicates(texts)
    leader: dict[int, str] = {}
    for group, digest in zip(groups, digests, strict=True):
        leader[group] = min(leader.get(group, digest), digest)
    places = [_place(leader[group], seed) for group in groups]
    split = Split(
        train=tuple(row for row, place in enumerate(places) if place >= HELD_OUT + INNER),
        inner=tuple(
            row for row, place in enumerate(places) if HELD_OUT <= place < HELD_OUT + INNER
        ),
        held_out=tuple(row for row, place in enumerate(places) if place < HELD_OUT),
    )
    if not (split.train and split.inner and split.held_out):
        raise BadSetting(
            f"There are too few labelled questions to hold some out: {len(labels)}",
            which="labels",
            todo="give at least 50",
        )
    return split


def near_duplicates(texts: Sequence[str]) -> list[int]:
    """Return a group number for each text; texts sharing 70 % of their words share a group.

    Shared means Jaccard similarity of the sets of words; groups are closed under "is similar to".
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from sklearn.feature_extraction.text import CountVectorizer

    words = CountVectorizer(binary=True, token_pattern=r"\w+").fit_transform(texts)
    shared = (words @ words.T).tocoo()
    counts = words.sum(axis=1).A1
    similarity = shared.data / (counts[shared.row] + counts[shared.col] - shared.data)
    near = similarity >= NEAR
    graph = coo_matrix((near[near], (shared.row[near], shared.col[near])), shape=shared.shape)
    return [int(group) for group in connected_components(graph, directed=False)[1]]


def _place(digest: str, seed: int) -> float:
    """Return a number in [0, 1) that depends on the digest and the seed only."""
    mixed = hashlib.sha256(f"{seed}:{digest}".encode()).hexdigest()
    return int(mixed[:12], 16) / 16**12
