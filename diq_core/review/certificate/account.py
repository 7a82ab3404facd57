"""The running account of a certificate: reviews go in, the bound comes out.

Everything has a leading axis of runs, so that thousands of simulated reviews and the one real
review are the same code; the real one has a single run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from diq_core.review.certificate.betting import growth, log_factors, values
from diq_core.review.certificate.forecast import Forecast, make_forecast

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# Shares of the chance that go to the strata in proportion to what is left in them.
_PROPORTIONAL = (1.0, 0.6, 0.3, 0.1)
_CLAIMS = 320
# Log evidence that a find is worth at least, so that a subset far too bad is cleaned first.
_FIND = 0.003


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """What is to be certified.

    Args:
        sizes: samples in every stratum, each at least 1.
        target: largest bad share to certify, 0 < target < 1.
        confidence: 0 < confidence < 1.
        taken_out: True certifies what is left once every bad sample that was found is taken
            out; False certifies the subset as it was chosen.
        claims: ascending numbers of bad samples to test; None spreads them from 1 to all.
    """

    sizes: Ints
    target: float
    confidence: float = 0.95
    taken_out: bool = True
    claims: Ints | None = None
    forecast: Forecast = field(init=False)
    tested: Ints = field(init=False)

    def __post_init__(self) -> None:
        total = int(self.sizes.sum())
        boundary = int(self.allowed(np.zeros(1, np.int64))[0]) + 1
        claims = _spread(total, boundary) if self.claims is None else self.claims
        object.__setattr__(self, "tested", claims.astype(np.int64))
        object.__setattr__(self, "forecast", make_forecast(self.target, self.sizes))

    def allowed(self, found: Ints) -> Ints:
        """Return the most bad samples in all that still meet the target, shape (runs,)."""
        removed = found if self.taken_out else np.zeros_like(found)
        # A hair more, so that 5 % of 100 is 5 in binary too.
        room = np.floor(self.target * (self.sizes.sum() - removed) + 1e-9)
        most: Ints = removed + room.astype(np.int64)
        return most


@dataclass(slots=True, eq=False)
class Account:
    """Reviews so far and the evidence from them, for one or many runs."""

    terms: Terms
    reviewed: Ints
    bad: Ints
    evidence: Floats
    strongest: Floats

    @classmethod
    def open(cls, terms: Terms, runs: int = 1) -> Account:
        """Start with no reviews."""
        counts = (runs, len(terms.sizes))
        evidence = np.zeros((runs, len(terms.tested)))
        return cls(
            terms, np.zeros(counts, np.int64), np.zeros(counts, np.int64), evidence, evidence.copy()
        )

    def only(self, runs: Bools) -> Account:
        """Return the account of the runs that are marked True."""
        return Account(
            self.terms,
            self.reviewed[runs],
            self.bad[runs],
            self.evidence[runs],
            self.strongest[runs],
        )

    def record(self, stratum: Ints, bad: Bools, chances: Floats) -> None:
        """Add one review to every run.

        Args:
            stratum: shape (runs,), where the sample was drawn.
            bad: shape (runs,), what the reviewer found.
            chances: shape (runs, strata), the chances this draw was made with.
        """
        left = self._left()
        forecast = self.terms.forecast.shares(self.reviewed, self.bad)
        run = np.arange(len(stratum))
        when_good, when_bad = values(chances, forecast, left)
        drawn = np.where(bad, when_bad[run, stratum], when_good[run, stratum])
        claims = np.maximum(self.terms.tested - self.bad.sum(axis=-1, keepdims=True), 0.0)
        self.evidence += log_factors(chances, forecast, left, claims, drawn)
        # Ville's inequality bounds the largest evidence ever, so a rejected claim stays so.
        self.strongest = np.maximum(self.strongest, self.evidence)
        self.reviewed[run, stratum] += 1
        self.bad[run, stratum] += bad

    def at_most(self) -> Ints:
        """Return the bound: the most bad samples in all, shape (runs,).

        It holds after every review at once with the confidence of the terms. A claim counts
        as refuted only where every larger one is refuted too.
        """
        found, left = self.bad.sum(axis=-1), self._left().sum(axis=-1).astype(np.int64)
        tested = self.terms.tested
        refuted = self.strongest >= -math.log(1 - self.terms.confidence)
        refuted = (refuted & (tested > found[:, None])) | (tested > (found + left)[:, None])
        down = np.logical_and.accumulate(refuted[:, ::-1], axis=-1).sum(axis=-1)
        first = np.concatenate([tested, [int(self.terms.sizes.sum()) + 1]])[len(tested) - down]
        bound: Ints = np.minimum(first - 1, found + left)
        return bound

    def reached(self) -> Bools:
        """Tell for every run whether the target is certified."""
        return np.asarray(self.at_most() <= self.terms.allowed(self.bad.sum(axis=-1)))

    def chances(self) -> Floats:
        """Return the chances of every stratum for the next draw, shape (runs, strata).

        Of a few mixtures of "in proportion to what is left" and "where the doubt or the harm
        is largest" the one is taken from which the bound should gain most. Every stratum
        keeps at least a tenth of its proportional chance; one that is done has chance 0.
        """
        left = self._left()
        even: Floats = left / np.maximum(left.sum(axis=-1, keepdims=True), 1.0)
        if left.shape[-1] == 1:
            return even
        forecast = self.terms.forecast.shares(self.reviewed, self.bad)
        slot = self._boundary()
        claim = np.maximum(self.terms.tested[slot] - self.bad.sum(axis=-1), 0.0)
        worth = self._worth_of_a_find(slot)
        chosen, best = even, np.full(len(left), -np.inf)
        for doubt in (left * np.sqrt(forecast * (1 - forecast)), left * forecast):
            doubt = doubt / np.maximum(doubt.sum(axis=-1, keepdims=True), 1e-300)
            for share in _PROPORTIONAL:
                mixed = share * even + (1 - share) * doubt
                gain = growth(mixed, forecast, left, claim)
                gain += worth * (mixed * forecast).sum(axis=-1)
                better = gain > best
                best = np.where(better, gain, best)
                chosen = np.where(better[:, None], mixed, chosen)
        return chosen

    def _left(self) -> Floats:
        left: Floats = (self.terms.sizes - self.reviewed).astype(float)
        return left

    def _boundary(self) -> Ints:
        """Return the slot of the smallest claim that must be refuted to reach the target."""
        needed = self.terms.allowed(self.bad.sum(axis=-1)) + 1
        return np.minimum(np.searchsorted(self.terms.tested, needed), len(self.terms.tested) - 1)

    def _worth_of_a_find(self, slot: Ints) -> Floats:
        """Return the log evidence that taking one bad sample out is worth."""
        if not self.terms.taken_out:
            return np.zeros(len(slot))
        above = np.minimum(slot + 1, len(self.terms.tested) - 1)
        ends = np.take_along_axis(self.evidence, np.stack([slot, above], axis=-1), axis=-1)
        step = np.maximum(self.terms.tested[above] - self.terms.tested[slot], 1)
        rise = (ends[:, 1] - ends[:, 0]) / step
        return np.asarray(np.maximum(rise * (1 - self.terms.target), _FIND))


def possible(wanted: Floats, left: Ints) -> Floats:
    """Return the chances without the strata that are done, shapes (runs, strata).

    For the draws after the first of a batch, whose chances were wanted at its start.
    """
    chances = np.where(left > 0, wanted, 0.0)
    none = chances.sum(axis=-1, keepdims=True) <= 0
    chances = np.where(none, left.astype(float), chances)
    return np.asarray(chances / chances.sum(axis=-1, keepdims=True))


def _spread(total: int, boundary: int) -> Ints:
    """Return up to a few hundred claims between 1 and all, close where they are small."""
    claims = np.rint(np.geomspace(1, total, _CLAIMS)).astype(np.int64)
    return np.unique(np.concatenate([claims, [min(boundary, total)]]))
