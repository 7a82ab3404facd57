"""How sure are we? A certificate for a chosen subset, from as few reviews as can be.

The subset is split into strata (quadrant and source, say). `next_draws` says which samples to
review next, more of them where harm or doubt is larger; `certify` turns the answers into "at
most x % unsafe or wrong". The statement holds after every review at once, so one may look as
often as one likes and stop when it is good enough.

What it needs: the draws are made by `next_draws`, kept in their order with the chances they
were made with, and none is left out. "Unsure" has to be counted as bad.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from diq_core.errors import BadSetting
from diq_core.review.certificate.account import Account, Terms, possible
from diq_core.review.queue.ordering import lot

Members = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Goal:
    """What the certificate should say.

    Args:
        target: largest acceptable share of bad samples, e.g. 0.01.
        confidence: e.g. 0.95.
        taken_out: True = about the samples that stay once those found bad are taken out;
            False = about the subset as it was chosen.

    Raises:
        BadSetting: a number is not between 0 and 1.
    """

    target: float
    confidence: float = 0.95
    taken_out: bool = True

    def __post_init__(self) -> None:
        for name, value in (("target", self.target), ("confidence", self.confidence)):
            if not 0 < value < 1:
                raise BadSetting(
                    f"The {name} of a certificate is {value:g}",
                    which=name,
                    todo="choose a number between 0 and 1, e.g. 0.01 for a target of 1 %",
                )


@dataclass(frozen=True, slots=True)
class Draw:
    """One sample drawn for review.

    Attributes:
        sample: its id.
        stratum: the stratum it was drawn from.
        chances: the chance of every stratum at this draw, in the order of the strata's names.
        bad: what the reviewer found; None while the answer is missing.
    """

    sample: str
    stratum: str
    chances: tuple[float, ...]
    bad: bool | None = None


@dataclass(frozen=True, slots=True)
class StratumCount:
    """How far the review of one stratum is."""

    name: str
    size: int
    reviewed: int
    found: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """What may be said now, with the confidence of the goal.

    Attributes:
        samples: size of the subset.
        reviewed: answers that count.
        waiting: answers that do not count yet, because an earlier one is still missing.
        found: bad samples among the reviewed.
        at_most: bad samples in the whole subset, at most.
        share: ``at_most / samples``.
        share_left: the same for what stays once the found ones are taken out; 0 where
            nothing stays.
        reached: whether the goal is reached.
        strata: the strata, by name.
    """

    goal: Goal
    samples: int
    reviewed: int
    waiting: int
    found: int
    at_most: int
    share: float
    share_left: float
    reached: bool
    strata: tuple[StratumCount, ...]

    def sentence(self) -> str:
        """Say it in one line, e.g. "At most 2.0 % …, with 95 % confidence, 147 reviewed"."""
        what = "of what stays" if self.goal.taken_out else "of the subset"
        share = self.share_left if self.goal.taken_out else self.share
        # Rounded up: the line may never promise more than was shown.
        tenths = np.ceil(share * 1000 - 1e-9) / 10
        return (
            f"At most {tenths:.1f} % {what} is unsafe or wrong, with "
            f"{self.goal.confidence * 100:g} % confidence, {self.reviewed} reviewed"
        )


def certify(goal: Goal, members: Members, draws: Sequence[Draw]) -> Certificate:
    """Return what the answers so far allow to say.

    Answers count up to the first draw that has none. Takes about a millisecond a review.

    Args:
        members: the ids of every stratum.
        draws: all draws in the order in which `next_draws` made them.

    Raises:
        BadSetting: there is no sample, or the draws do not fit the strata.
    """
    counted = _answered(draws)
    account = _replay(goal, members, draws[:counted])
    names, (reviewed, bad) = sorted(members), (account.reviewed[0], account.bad[0])
    samples, found = int(account.terms.sizes.sum()), int(bad.sum())
    at_most = int(account.at_most()[0])
    return Certificate(
        goal=goal,
        samples=samples,
        reviewed=counted,
        waiting=sum(draw.bad is not None for draw in draws[counted:]),
        found=found,
        at_most=at_most,
        share=at_most / samples,
        share_left=(at_most - found) / (samples - found) if found < samples else 0.0,
        reached=bool(account.reached()[0]),
        strata=tuple(
            StratumCount(name, len(members[name]), int(reviewed[place]), int(bad[place]))
            for place, name in enumerate(names)
        ),
    )


def next_draws(
    goal: Goal, members: Members, draws: Sequence[Draw], *, count: int, seed: int
) -> list[Draw]:
    """Return the next ``count`` draws, fewer where fewer samples are left.

    The same input gives the same draws on any machine, and a batch of 20 starts like a batch
    of 5. Draw a batch as small as the reviewers can bear: it learns nothing from its own answers.

    Raises:
        BadSetting: there is no sample, or the draws do not fit the strata.
    """
    account = _replay(goal, members, draws[: _answered(draws)])
    names = sorted(members)
    taken = {draw.sample for draw in draws}
    open_ids = [sorted(set(members[name]) - taken) for name in names]
    wanted, made = account.chances(), list[Draw]()
    for _ in range(min(count, sum(map(len, open_ids)))):
        number = len(draws) + len(made)
        chances = possible(wanted, np.array([[len(ids) for ids in open_ids]]))[0]
        place = _stratum(chances, _fraction(seed, "stratum", number))
        ids = open_ids[place]
        sample = ids.pop(int(_fraction(seed, "sample", number) * len(ids)))
        made.append(Draw(sample, names[place], tuple(map(float, chances))))
    return made


def _fraction(seed: int, what: str, number: int) -> Fraction:
    # Not numpy's generator: its stream may change between versions, and what the log says must
    # be drawn again years later.
    return Fraction(int.from_bytes(lot(seed, what, str(number))[:8]), 1 << 64)


def _stratum(chances: npt.NDArray[np.float64], at: Fraction) -> int:
    edges = np.cumsum(chances)
    below = int(np.searchsorted(edges, float(at) * edges[-1], side="right"))
    return min(below, int(np.flatnonzero(chances)[-1]))


def _answered(draws: Sequence[Draw]) -> int:
    missing = (place for place, draw in enumerate(draws) if draw.bad is None)
    return next(missing, len(draws))


def _replay(goal: Goal, members: Members, draws: Sequence[Draw]) -> Account:
    names = sorted(members)
    sizes = np.array([len(set(members[name])) for name in names], np.int64)
    if not len(sizes) or sizes.min() == 0:
        raise BadSetting(
            "A certificate needs samples in every stratum",
            which=", ".join(name for name in names if not members[name]) or "no strata",
            todo="leave empty strata out, or choose a subset first",
        )
    _check(draws, members)
    account = Account.open(Terms(sizes, goal.target, goal.confidence, goal.taken_out))
    for draw in draws:
        account.record(
            np.array([names.index(draw.stratum)]),
            np.array([bool(draw.bad)]),
            np.array([draw.chances]),
        )
    return account


def _check(draws: Sequence[Draw], members: Members) -> None:
    ids = {name: set(samples) for name, samples in members.items()}
    seen: set[str] = set()
    for draw in draws:
        fits = draw.stratum in ids and draw.sample in ids[draw.stratum]
        if not fits or draw.sample in seen or len(draw.chances) != len(ids):
            raise BadSetting(
                "The draws of this certificate do not fit its strata",
                which=f"sample {draw.sample!a}, stratum {draw.stratum!a}",
                todo="start a new certificate for the changed subset",
            )
        seen.add(draw.sample)
