"""The bet behind a certificate: evidence that a subset holds fewer bad samples than claimed.

One sample is drawn: stratum k with chance c_k, then any unreviewed sample in it. With the
forecast shares g, the value

    Y = Σ_j left_j · g_j + left_k · (bad − g_k) / c_k

is, on average over the draw, exactly the number of bad samples not yet reviewed, whatever the
forecast. So against the claim "at least R bad samples are left" the factor 1 + stake · (R − Y)
is at most 1 on average, and the product of such factors exceeds 1 / α with chance at most α,
ever (Ville's inequality): the evidence may be read after every review.

Source: betting without replacement, Waudby-Smith and Ramdas 2020 and 2024; weighted draws with
side information, Shekhar, Xu, Lipton, Liang and Ramdas 2023. The forecast, the chances and the
stakes are our own decisions; they decide how many reviews it takes, not whether it holds.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# A stake never risks everything: one bad sample must not end all evidence.
_LARGEST_RISK = 0.9
_HALVINGS = 10


def values(chances: Floats, forecast: Floats, left: Floats) -> tuple[Floats, Floats]:
    """Return what Y is when the drawn sample is good and when it is bad, for every stratum.

    All shapes (runs, strata). Unit: bad samples. A stratum with chance 0 has no draw; its
    values are those of a draw that teaches nothing.
    """
    expected: Floats = (left * forecast).sum(axis=-1, keepdims=True)
    scale = np.divide(left, chances, out=np.zeros_like(left), where=chances > 0)
    good: Floats = expected - scale * forecast
    return good, good + scale


def best_stakes(gains: Floats, odds: Floats) -> Floats:
    """Return the stakes with the largest expected log growth if the forecast were right.

    Args:
        gains: shape (..., outcomes), R − Y of every outcome.
        odds: same shape, the forecast chance of every outcome.

    Returns:
        Shape (...), at least 0 and small enough that every factor stays positive.
    """
    worst = np.maximum(-gains.min(axis=-1), 1e-12)
    low: Floats = np.zeros_like(worst)
    high: Floats = _LARGEST_RISK / worst
    weighted = odds * gains
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        rising = (weighted / (1 + middle[..., None] * gains)).sum(axis=-1) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    return low


def growth(chances: Floats, forecast: Floats, left: Floats, claim: Floats) -> Floats:
    """Return the expected log growth per review against ``claim`` bad samples left.

    Args:
        chances, forecast, left: shape (runs, strata).
        claim: shape (runs,).
    """
    gains, odds = _outcomes(chances, forecast, left)
    gains = claim[:, None] - gains
    stakes = best_stakes(gains, odds)
    return np.asarray((odds * np.log1p(stakes[:, None] * gains)).sum(axis=-1))


def log_factors(
    chances: Floats, forecast: Floats, left: Floats, claims: Floats, drawn: Floats
) -> Floats:
    """Return the log of this review's factor against every claim.

    Args:
        chances, forecast, left: shape (runs, strata), as they were before the draw.
        claims: shape (runs, claims), bad samples said to be left before the draw.
        drawn: shape (runs,), the value Y of the draw.
    """
    outcome, odds = _outcomes(chances, forecast, left)
    gains = claims[..., None] - outcome[:, None, :]
    stakes = best_stakes(gains, odds[:, None, :])
    return np.asarray(np.log1p(stakes * (claims - drawn[:, None])))


def _outcomes(chances: Floats, forecast: Floats, left: Floats) -> tuple[Floats, Floats]:
    good, bad = values(chances, forecast, left)
    odds = np.concatenate([chances * (1 - forecast), chances * forecast], axis=-1)
    return np.concatenate([good, bad], axis=-1), odds
