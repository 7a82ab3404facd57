"""Difficulty of questions: a distribution over five levels for each aspect, and its mean.

Difficulty is a property of the question, so only context, question and options are read: never
the reasoning or the answer. It does not depend on the model to be tuned.

Source: three aspects on a five-level scale after DIQ [N]; the expected value as the score, so
that a percentile cut has no massive ties, is our decision [D].
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from diq_core.data.sample import Sample, question_text
from diq_core.scoring.difficulty.rubric import ASPECTS
from diq_core.statistics.levels import LEVELS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from diq_core.models.load import Encoder

BATCH_TOKENS = 8192
NO_QUESTION = "it has no question text"


@dataclass(frozen=True, eq=False)
class Classifier:
    """A difficulty classifier ready to rate.

    Attributes:
        encoder: with the classifier's changes already in its weights.
        head: see `difficulty_network.logits`.
        temperature: aspect → what its logits are divided by; above 1 = less sure than learned.
        max_length: tokens of a text that are read.
        config: everything the classifier's folder says about it.
        digest: SHA-256 of its files; the same on any machine.
    """

    encoder: Encoder
    head: Mapping[str, Tensor]
    temperature: Mapping[str, float]
    max_length: int
    config: Mapping[str, Any]
    digest: str

    @property
    def facts(self) -> dict[str, str]:
        """What an artefact says of the classifier that it was made with."""
        name = f"classifier on {self.encoder.name}"
        return {**self.encoder.facts, "name": name, "digest": self.digest}


@dataclass(frozen=True, eq=False)
class Difficulty:
    """Ratings of a list of samples, in its order.

    Attributes:
        ids: of the samples.
        expected: float32 (samples, 3), expected level 1–5, higher = harder; NaN = not rated.
        probabilities: float32 (samples, 3, 5), each (sample, aspect) sums to 1; NaN = not rated.
        reasons: None, or why a sample is not rated.
        cut: True where a text was too long and lost its middle.
    """

    ids: tuple[str, ...]
    expected: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    reasons: tuple[str | None, ...]
    cut: tuple[bool, ...]


def rate(
    classifier: Classifier,
    samples: Iterable[Sample],
    *,
    batch_tokens: int = BATCH_TOKENS,
    progress: Callable[[int], None] | None = None,
) -> Difficulty:
    """Rate samples; one without question text gets no number but a reason.

    Args:
        batch_tokens: most padded tokens in one batch.
        progress: called with the number of samples done in each batch.
    """
    import numpy as np

    samples = list(samples)
    reasons = tuple(None if each.question.strip() else NO_QUESTION for each in samples)
    rows = [row for row, reason in enumerate(reasons) if reason is None]
    texts = [question_text(samples[row]) for row in rows]
    found, was_cut = predict(classifier, texts, batch_tokens=batch_tokens, progress=progress)
    probabilities = np.full((len(samples), len(ASPECTS), len(LEVELS)), np.nan, dtype=np.float32)
    probabilities[rows] = found
    cut = np.zeros(len(samples), dtype=bool)
    cut[rows] = was_cut
    return Difficulty(
        ids=tuple(each.id for each in samples),
        expected=expected_level(probabilities),
        probabilities=probabilities,
        reasons=reasons,
        cut=tuple(cut.tolist()),
    )


def predict(
    classifier: Classifier,
    texts: Sequence[str],
    *,
    batch_tokens: int = BATCH_TOKENS,
    progress: Callable[[int], None] | None = None,
) -> tuple[NDArray[np.float32], list[bool]]:
    """Return level probabilities of texts, float32 (texts, 3, 5), and which lost their middle.

    Texts of similar length share a batch; a row does not depend on its neighbours beyond
    rounding (1e-5).
    """
    import numpy as np
    import torch

    from diq_core.models.kernels import fast_linears, full_precision
    from diq_core.scoring.difficulty.network import batches, features, logits, token_ids

    ids, cut = token_ids(classifier.encoder, texts, classifier.max_length)
    result = np.zeros((len(texts), len(ASPECTS), len(LEVELS)), dtype=np.float32)
    warm = torch.tensor([classifier.temperature[aspect] for aspect in ASPECTS])[:, None]
    model = classifier.encoder.model
    with torch.inference_mode(), full_precision(), fast_linears(model):
        for rows in batches([len(each) for each in ids], batch_tokens):
            feature = features(classifier.encoder, [ids[row] for row in rows])
            found = logits(classifier.head, feature).cpu() / warm
            result[rows] = found.softmax(-1).numpy()
            if progress:
                progress(len(rows))
    return result, cut


def expected_level(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return Σ k·p_k over the last axis, float32 in [1, 5]; NaN stays NaN."""
    import numpy as np

    levels = np.array(LEVELS, dtype=np.float64)
    expected: NDArray[np.float32] = (probabilities.astype(np.float64) @ levels).astype(np.float32)
    return expected


def score_columns(difficulty: Difficulty) -> dict[str, Any]:
    """Return the columns of ``scores.parquet``, in order: lists, with None where not rated."""
    columns: dict[str, Any] = {"id": list(difficulty.ids)}
    for place, aspect in enumerate(ASPECTS):
        columns[aspect] = _or_none(difficulty.expected[:, place])
    for place, aspect in enumerate(ASPECTS):
        for level in LEVELS:
            column = difficulty.probabilities[:, place, level - 1]
            columns[f"p_{aspect}_{level}"] = _or_none(column)
    columns["reason"] = list(difficulty.reasons)
    return columns


def _or_none(values: NDArray[np.float32]) -> list[float | None]:
    return [None if value != value else float(value) for value in values]
