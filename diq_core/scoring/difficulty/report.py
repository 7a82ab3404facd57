"""What a classifier is worth: measured on labels it never saw, beside simple baselines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from diq_core.data.text import text_length
from diq_core.scoring.difficulty.labels import LabelledQuestion, target_distributions, usable
from diq_core.scoring.difficulty.rubric import ASPECTS
from diq_core.statistics.levels import (
    LEVELS,
    calibration_error,
    exact_share,
    most_fitting_level,
    rank_correlation,
    rounded,
    separation,
    weighted_kappa,
    with_interval,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LENGTH_BINS = 20
HARD_BELOW = 0.5


def held_out_report(
    probabilities: NDArray[Any],
    held_out: Sequence[LabelledQuestion],
    trained_on: Sequence[LabelledQuestion],
    *,
    seed: int,
) -> dict[str, Any]:
    """Return the figures of one classifier, JSON-able.

    Args:
        probabilities: of the held-out questions, shape (questions, 3, 5).
        held_out: questions that were never trained on.
        trained_on: what the baselines may learn from.
        seed: of the bootstrap.
    """
    import numpy as np

    found = probabilities.astype(np.float64)
    targets = target_distributions(list(held_out)).astype(np.float64)
    mask = usable(list(held_out))
    length = length_baseline(trained_on, held_out)
    aspects = {}
    for place, aspect in enumerate(ASPECTS):
        rows = mask[:, place]
        target = targets[rows, place]
        aspects[aspect] = {
            "questions": int(rows.sum()),
            "classifier": _figures(found[rows, place], target, seed),
            "length_only": _figures(length[rows, place], target, seed),
            "majority": _majority(trained_on, place, target),
            "raters": _raters(
                [each for each, use in zip(held_out, rows, strict=True) if use], aspect, seed
            ),
        }
    return {
        "questions": len(held_out),
        "flawed_left_out_of_overall": int((~mask[:, ASPECTS.index("overall")]).sum()),
        "aspects": aspects,
        "pass_rate": _pass_rate(found, length, targets, held_out, seed),
    }


def length_baseline(
    trained_on: Sequence[LabelledQuestion], rated: Sequence[LabelledQuestion]
) -> Array:
    """Return the level shares of training questions of similar length, (questions, 3, 5).

    Length is `text_length`; similar means the same of twenty equally filled bins.
    """
    import numpy as np

    lengths = np.array([text_length(each.text) for each in trained_on])
    edges = np.unique(np.quantile(lengths, np.linspace(0, 1, LENGTH_BINS + 1)[1:-1]))
    places = np.searchsorted(edges, lengths, side="right")
    targets = target_distributions(list(trained_on)).astype(np.float64)
    mask = usable(list(trained_on)).astype(np.float64)[..., None]
    overall = (targets * mask).sum(0) / mask.sum(0)
    table = np.stack(
        [
            ((targets * mask)[places == place].sum(0) + overall)
            / (mask[places == place].sum(0) + 1)
            for place in range(len(edges) + 1)
        ]
    )
    ours = np.searchsorted(edges, [text_length(each.text) for each in rated], side="right")
    result: Array = table[ours]
    return result


def _figures(probabilities: Array, targets: Array, seed: int) -> dict[str, Any]:
    import numpy as np

    levels = np.array(LEVELS, dtype=np.float64)
    said = most_fitting_level(probabilities)
    return {
        "kappa": with_interval(weighted_kappa, said, targets, seed=seed),
        "spearman": with_interval(
            rank_correlation, probabilities @ levels, targets @ levels, seed=seed
        ),
        "exact": with_interval(exact_share, said, targets, seed=seed),
        # Without an interval: resampling makes this figure larger, so a bootstrap misleads.
        "calibration_error": rounded(calibration_error(probabilities, targets)),
        "mean_expected": round(float((probabilities @ levels).mean()), 4),
        "mean_rated": round(float((targets @ levels).mean()), 4),
    }


def _majority(trained_on: Sequence[LabelledQuestion], place: int, target: Array) -> dict[str, Any]:
    """Always say the commonest level: kappa is 0 and there is no ranking by definition."""
    import numpy as np

    shares = target_distributions(list(trained_on))[usable(list(trained_on))[:, place], place]
    level = int(shares.sum(0).argmax()) + 1
    said = np.full(len(target), level)
    return {"level": level, "exact": round(exact_share(said, target), 4)}


def _raters(held_out: Sequence[LabelledQuestion], aspect: str, seed: int) -> dict[str, Any]:
    """Return how well the second rater agrees with the first, where there are two."""
    import numpy as np

    pairs = np.array([each.ratings[aspect][:2] for each in held_out if each.raters >= 2])
    if not len(pairs):
        return {"questions": 0}
    first, second = pairs[:, 0], np.eye(len(LEVELS))[pairs[:, 1] - 1]
    return {
        "questions": len(pairs),
        "kappa": with_interval(weighted_kappa, first, second, seed=seed),
        "exact": with_interval(exact_share, first, second, seed=seed),
    }


def _pass_rate(
    found: Array,
    length: Array,
    targets: Array,
    held_out: Sequence[LabelledQuestion],
    seed: int,
) -> dict[str, Any]:
    """Compare overall difficulty with how often language models really failed."""
    import numpy as np

    known = [row for row, each in enumerate(held_out) if each.pass_rate is not None]
    if not known:
        return {"questions": 0}
    failed = 1 - np.array([held_out[row].pass_rate for row in known], dtype=np.float64)
    hard = failed > 1 - HARD_BELOW
    levels = np.array(LEVELS, dtype=np.float64)
    overall = ASPECTS.index("overall")
    sides = {"classifier": found, "length_only": length, "raters": targets}
    figures: dict[str, Any] = {"questions": len(known), "hard": int(hard.sum())}
    for name, distribution in sides.items():
        score = distribution[known, overall] @ levels
        figures[name] = {
            "spearman": with_interval(rank_correlation, score, failed, seed=seed),
            "auc": with_interval(separation, score, hard, seed=seed),
        }
    return figures
