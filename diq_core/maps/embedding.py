"""The meaning map: sentence embeddings of the questions, laid out on a plane by UMAP.

Near points are questions about similar things; distances between far points, the axes and
their signs mean nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from diq_core.data.sample import Sample, question_text
from diq_core.errors import BadSetting
from diq_core.models.encoding import encode, encoder_batches
from diq_core.models.load import Encoder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

NO_TEXT = "it has no question text"
FEWEST_FOR_UMAP = 10
MOST_TO_FIT = 20_000


def embed(
    encoder: Encoder,
    samples: Iterable[Sample],
    *,
    progress: Callable[[int], None] | None = None,
) -> tuple[Array, list[str | None]]:
    """Return unit vectors of what the samples ask: context, question and options.

    The answer is left out, so that two samples about the same thing are near whatever they
    answer. Of a long text the encoder reads its first `encoder.max_length` tokens.

    Args:
        progress: called with the number of samples done in each batch.

    Returns:
        float32 (samples, dimensions), NaN where there is no text; and for each sample None, or
        why it has no vector.
    """
    import numpy as np

    texts = [question_text(each) for each in samples]
    reasons = [None if text.strip() else NO_TEXT for text in texts]
    rows = [row for row, reason in enumerate(reasons) if reason is None]
    vectors = np.full((len(texts), encoder.dimensions), np.nan, dtype=np.float32)
    vectors[rows] = encode(encoder, [texts[row] for row in rows], progress=progress)
    return vectors, reasons


def cut(encoder: Encoder, samples: Sequence[Sample], *, size: int) -> list[list[int]]:
    """Return the rows of samples with a text, in pieces of about `size`.

    A piece holds whole batches, so `embed` gives its samples bit for bit the vectors that it gives
    them among all others.
    """
    texts = [question_text(each) for each in samples]
    rows = [row for row, text in enumerate(texts) if text.strip()]
    pieces: list[list[int]] = []
    for batch, _ in encoder_batches(encoder, [texts[row] for row in rows]):
        if not pieces or len(pieces[-1]) >= size:
            pieces.append([])
        pieces[-1] += [rows[place] for place in batch]
    return pieces or [[]]


def lay_out(
    vectors: Array,
    *,
    neighbours: int = 15,
    min_distance: float = 0.1,
    seed: int = 0,
    most_to_fit: int = MOST_TO_FIT,
) -> tuple[Array, str]:
    """Return coordinates on the plane, float32 (n, 2), and the name of the method used.

    Fewer than ten vectors, too few for neighbourhoods, are laid out by their two principal
    components. Of more than `most_to_fit`, a seeded sample is laid out and the rest is placed
    among it. Equal input gives equal output on one machine.

    Args:
        vectors: float32 (n, d), of unit length, so that cosine decides what is near.
        neighbours: how many near vectors shape the place of one; capped at n − 1.
        min_distance: how tightly UMAP may pack points, 0–1.

    Returns:
        The coordinates, and "umap", "umap-sample" or "principal-components".

    Raises:
        BadSetting: the vectors are not a finite table.
    """
    import numpy as np

    if vectors.ndim != 2 or not np.isfinite(vectors).all():
        raise BadSetting(
            "The embeddings are not a table of finite numbers",
            which=f"shape {vectors.shape}",
            todo="check the encoder",
        )
    count = len(vectors)
    if count < FEWEST_FOR_UMAP:
        return _principal_plane(vectors), "principal-components"
    if count <= most_to_fit:
        return _umap(vectors, None, neighbours, min_distance, seed), "umap"
    chosen = np.sort(np.random.default_rng(seed).choice(count, most_to_fit, replace=False))
    rest = np.setdiff1d(np.arange(count), chosen)
    placed = _umap(vectors[chosen], vectors[rest], neighbours, min_distance, seed)
    coordinates = np.empty((count, 2), dtype=np.float32)
    coordinates[chosen], coordinates[rest] = placed[: len(chosen)], placed[len(chosen) :]
    return coordinates, "umap-sample"


def _umap(
    fitted: Array, others: Array | None, neighbours: int, min_distance: float, seed: int
) -> Array:
    """Return the places of `fitted`, followed by those of `others` among them."""
    import numpy as np
    import umap

    # More than one thread would make the result depend on timing.
    reducer = umap.UMAP(
        n_neighbors=min(neighbours, len(fitted) - 1),
        min_dist=min_distance,
        metric="cosine",
        random_state=seed,
        n_jobs=1,
        init="random" if len(fitted) < 4 * FEWEST_FOR_UMAP else "spectral",
    )
    places = reducer.fit_transform(fitted)
    if others is not None:
        places = np.concatenate([places, reducer.transform(others)])
    result: Array = np.asarray(places, dtype=np.float32)
    return result


def _principal_plane(vectors: Array) -> Array:
    import numpy as np

    plane = np.zeros((len(vectors), 2), dtype=np.float32)
    if len(vectors) < 2:
        return plane
    centred = vectors.astype(np.float64) - vectors.mean(0, dtype=np.float64)
    left, spread, _ = np.linalg.svd(centred, full_matrices=False)
    # A component's sign is arbitrary; the largest entry is made positive so that it is fixed.
    largest = np.abs(left).argmax(0)
    left *= np.where(left[largest, np.arange(left.shape[1])] < 0, -1.0, 1.0)
    found = (left * spread)[:, :2]
    plane[:, : found.shape[1]] = found
    return plane
