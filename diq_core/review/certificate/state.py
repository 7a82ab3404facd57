"""One certificate as it stands: its samples, its draws, and what may be said of them.

Nothing here knows a database: the draws come from the log, the answers from the verdicts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from diq_core.review.certificate.certify import (
    Certificate,
    Draw,
    Goal,
    Members,
    certify,
    next_draws,
)
from diq_core.review.log.canonical import digest
from diq_core.review.log.events import Slot
from diq_core.review.queue.material import Member
from diq_core.review.verdicts.outcomes import Outcome

FLAGGED = "flagged by a model"
"""Name of the stratum of samples that a model found unsafe, wrong or unsure."""
_MOST_STRATA = 12


@dataclass(frozen=True, slots=True)
class Certification:
    """The draws of one certificate so far.

    Attributes:
        subset: digest of the samples it is about, which names it: see `subset_of`.
        selection: name of the selection for which it was begun.
        queue: name of the queue in which the draws are reviewed.
        form: version of the form whose verdicts are its answers.
        members: its samples by stratum.
        version: how many events made it, to be sent with the next draws.
    """

    subset: str
    selection: str
    queue: str
    form: str
    goal: Goal
    seed: int
    members: Members
    draws: tuple[Draw, ...]
    version: int


def strata_of(members: Sequence[Member], flagged: Collection[str] = ()) -> dict[str, list[str]]:
    """Return the chosen samples by quadrant and source; by quadrant where that is too fine.

    Args:
        members: the samples of the pool.
        flagged: samples that a model would not pass; they get a stratum of their own. Whether the
            model is right decides how many reviews are needed, never what the certificate says.
    """
    chosen = [one for one in members if one.chosen]
    fine = {(one.quadrant, one.source) for one in chosen}
    found: dict[str, list[str]] = {}
    for one in chosen:
        quadrant = one.quadrant or "without scores"
        by_source = one.source and len(fine) <= _MOST_STRATA
        name = f"{quadrant}, {one.source}" if by_source else quadrant
        found.setdefault(FLAGGED if one.id in flagged else name, []).append(one.id)
    return {name: sorted(found[name]) for name in sorted(found)}


def subset_of(samples: Iterable[str]) -> str:
    """Return the name of a certificate about these samples: a digest of their ids."""
    return digest(sorted(samples))


def certification_from(parts: Iterable[tuple[Slot, Mapping[str, Any]]]) -> Certification:
    """Return the certificate that the values of its registers make together."""
    ordered = sorted(parts, key=lambda part: int(part[0].sample))
    slot, first = ordered[0]
    return Certification(
        subset=slot.scope,
        selection=first["selection"],
        queue=first["queue"],
        form=first["form"],
        goal=Goal(**first["goal"]),
        seed=first["seed"],
        members=first["strata"],
        draws=tuple(
            Draw(sample, stratum, tuple(chances))
            for _, value in ordered
            for sample, stratum, chances in value["draws"]
        ),
        version=len(ordered),
    )


def more(certification: Certification, found: Mapping[str, Outcome], count: int) -> list[Draw]:
    """Return up to `count` further draws, after these answers."""
    draws = answered(certification, found)
    return next_draws(
        certification.goal, certification.members, draws, count=count, seed=certification.seed
    )


def state(certification: Certification, found: Mapping[str, Outcome]) -> Certificate:
    """Return what may be said now."""
    return certify(certification.goal, certification.members, answered(certification, found))


def answered(certification: Certification, found: Mapping[str, Outcome]) -> list[Draw]:
    """Return the draws with their answers as far as there are any."""
    return [
        replace(draw, bad=found[draw.sample].bad if draw.sample in found else None)
        for draw in certification.draws
    ]
