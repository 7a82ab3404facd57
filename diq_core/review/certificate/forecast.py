"""How bad each stratum probably is: a forecast that only decides where to look next.

The forecast never enters a certificate's claim: `betting` stays valid with any forecast, a good one
only needs fewer reviews. It averages over a small set of priors: an overall bad share (a
fraction of the target) times how alike the strata are (few or many pseudo-reviews).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Chosen by simulation among a handful (benchmarks/certificate.py measures the result).
_SHARES_OF_TARGET = (0.8, 0.5, 0.2, 0.05)
_PSEUDO_REVIEWS = (3.0, 20.0, 500.0)


@dataclass(frozen=True, slots=True)
class Forecast:
    """Tables of log rising factorials, one row a number of reviews, one column a prior."""

    bad: Floats
    good: Floats
    both: Floats
    prior_bad: Floats
    prior_both: Floats

    def shares(self, reviewed: Ints, bad: Ints) -> Floats:
        """Return the expected bad share of every stratum.

        Args:
            reviewed: shape (runs, strata), reviews so far.
            bad: same shape, how many of them were bad.

        Returns:
            Shape (runs, strata), strictly between 0 and 1: beta-binomial means, weighted by
            how well each prior predicted the reviews of all strata together.
        """
        fit = (self.bad[bad] + self.good[reviewed - bad] - self.both[reviewed]).sum(axis=-2)
        weight = np.exp(fit - fit.max(axis=-1, keepdims=True))
        weight /= weight.sum(axis=-1, keepdims=True)
        mean = (bad[..., None] + self.prior_bad) / (reviewed[..., None] + self.prior_both)
        shares: Floats = (mean * weight[..., None, :]).sum(axis=-1)
        return shares


def make_forecast(target: float, sizes: Ints) -> Forecast:
    """Prepare the tables for strata of these sizes and a target share."""
    # A single stratum cannot differ from others: only the prior of "all alike" makes sense.
    alike = _PSEUDO_REVIEWS if len(sizes) > 1 else _PSEUDO_REVIEWS[-1:]
    pairs = [(share * target, size) for share in _SHARES_OF_TARGET for size in alike]
    largest = int(sizes.max())
    share, size = np.array(pairs).T
    return Forecast(
        bad=_rising(share * size, largest),
        good=_rising((1 - share) * size, largest),
        both=_rising(size, largest),
        prior_bad=share * size,
        prior_both=size,
    )


def _rising(start: Floats, count: int) -> Floats:
    """Return log(start · (start + 1) · … · (start + n − 1)), row n, for n = 0 … count."""
    steps = np.log(start[None, :] + np.arange(count)[:, None])
    return np.concatenate([np.zeros((1, len(start))), np.cumsum(steps, axis=0)])
