"""Rehearse a certificate on made-up truths: how many reviews, and does the bound hold?

The app uses it to say beforehand what a certificate would cost if a stratum were as bad as
forecast; the benchmark uses it to measure coverage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from diq_core.review.certificate.account import Account, Terms, possible

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Rehearsal:
    """What happened in every run.

    Attributes:
        reviews: shape (runs,), reviews until the target was certified, or all there were.
        found: shape (runs,), bad samples found by then.
        reached: shape (runs,), whether the target was certified.
        covered: shape (runs,), whether the bound was true after every single review.
    """

    reviews: Ints
    found: Ints
    reached: Bools
    covered: Bools


def rehearse(
    terms: Terms, truth: Ints, *, runs: int, seed: int, batch: int = 5, limit: int | None = None
) -> Rehearsal:
    """Review made-up subsets until the target is certified.

    Args:
        terms: what is to be certified.
        truth: bad samples in every stratum, shape (strata,).
        runs: how many times.
        batch: reviews between two decisions where to look next.
        limit: stop after this many reviews; None = only when all are reviewed.
    """
    random = np.random.default_rng(seed)
    account, running = Account.open(terms, runs), np.arange(runs)
    reviews, found = np.zeros(runs, np.int64), np.zeros(runs, np.int64)
    reached, covered = np.zeros(runs, bool), np.ones(runs, bool)
    wanted = account.chances()
    for step in range((int(terms.sizes.sum()) if limit is None else limit) + 1):
        done = account.reached()
        covered[running] &= account.at_most() >= truth.sum()
        reached[running] = done
        reviews[running], found[running] = step, account.bad.sum(axis=-1)
        going = ~done & (account.reviewed.sum(axis=-1) < terms.sizes.sum())
        if not going.any():
            break
        account, running, wanted = account.only(going), running[going], wanted[going]
        if step % batch == 0:
            wanted = account.chances()
        _review(account, wanted, truth, random)
    return Rehearsal(reviews, found, reached, covered)


def _review(account: Account, wanted: Floats, truth: Ints, random: np.random.Generator) -> None:
    chances = possible(wanted, account.terms.sizes - account.reviewed)
    run = np.arange(len(chances))
    edges = np.cumsum(chances, axis=-1)
    stratum = (edges <= random.random(len(run))[:, None] * edges[:, -1:]).sum(axis=-1)
    left = account.terms.sizes[stratum] - account.reviewed[run, stratum]
    hidden = truth[stratum] - account.bad[run, stratum]
    account.record(stratum, random.random(len(run)) < hidden / left, chances)
