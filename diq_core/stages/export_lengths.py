"""How long the responses of an export and of its pool are: in tokens where a model counted them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from diq_core.artefact import Artefact
from diq_core.config import ExportSettings
from diq_core.data.sample import Sample
from diq_core.data.text import WORDS, length_unit, text_length
from diq_core.export.facts import Lengths, lengths_of
from diq_core.selection.scores import Scores, is_absent
from diq_core.stages.joining import load_scores

BY_BLANKS = 2
"""The last version of the settings whose exports counted the pieces between blanks."""


def as_scored(settings: ExportSettings, influence: Artefact | None) -> Artefact | None:
    """Return `influence` where the responses are written as its model read them."""
    scored = influence.settings if influence else {}
    thinking = scored.get("thinking", "huatuo")
    same_place = (settings.thinking or thinking) == thinking
    return influence if same_place and settings.model in ("", scored.get("model")) else None


def response_lengths(
    dataset: Artefact, influence: Artefact | None, exported: Sequence[Sample], *, schema: int
) -> tuple[Lengths | None, Lengths | None]:
    """Return how long the responses are of what is exported, and of the samples in use.

    Args:
        influence: what counted the tokens of these very texts; None = nothing did.
        exported: with the texts that are written.
        schema: the version of the settings that the export is written by.
    """
    if schema <= BY_BLANKS:
        old = load_scores(dataset, None, None, only=(), length="blanks")
        words = [len(each.reasoning.split()) + len(each.answer.split()) for each in exported]
        return lengths_of(words, WORDS), _pool(old)
    scores = load_scores(dataset, None, influence, only=())
    if scores.length_unit == "tokens":
        counted = dict(zip(scores.ids, scores["length"], strict=True))
        return _spread([counted[each.id] for each in exported], "tokens"), _pool(scores)
    texts = [text for each in exported for text in (each.reasoning, each.answer)]
    lengths = [text_length(each.reasoning) + text_length(each.answer) for each in exported]
    return lengths_of(lengths, length_unit(*texts)), _pool(scores)


def _pool(scores: Scores) -> Lengths | None:
    return _spread(scores["length"][is_absent(scores.excluded)], scores.length_unit)


def _spread(lengths: Iterable[float], unit: str) -> Lengths | None:
    return lengths_of([int(each) for each in lengths if not np.isnan(each)], unit)
