"""In which order samples are shown, and on which side a pair's two answers stand.

Pure and seeded: the same items and seed give the same order on any machine.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from diq_core.errors import BadSetting
from diq_core.review.log.canonical import canonical

BLOCK = 20
"""Within blocks of this many samples each reviewer has an order of their own."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to be reviewed.

    Attributes:
        sample: the sample's id, or the pair's name.
        quadrant: "Q1" to "Q4", or "" where unknown; for the stratification only.
        source: where the sample comes from; for the stratification only.
        pair: two references to be compared, first the one the study calls "a" (e.g. the chosen
            sample or the tuned model); empty where a single sample is judged.
    """

    sample: str
    quadrant: str = ""
    source: str = ""
    pair: tuple[str, str] | None = None


def stratified(items: Sequence[Item], seed: int) -> list[Item]:
    """Return `items` in random order, such that every beginning is nearly proportional.

    Each stratum (quadrant and source) is shuffled and spread evenly over the whole; so a queue
    that is left early still covers quadrants and sources as the whole does.

    Raises:
        BadSetting: a sample occurs twice.
    """
    strata: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for item in items:
        strata[item.quadrant, item.source].append(item)
    _refuse_twice(items)
    placed: list[tuple[Fraction, bytes, Item]] = []
    for stratum, members in strata.items():
        members.sort(key=lambda item: lot(seed, "order", item.sample))
        # A random phase, or else all strata would begin with their first member at once.
        phase = Fraction(int.from_bytes(lot(seed, "phase", *stratum)[:6]), 1 << 48)
        for number, item in enumerate(members):
            place = (number + phase) / len(members)
            placed.append((place, lot(seed, "tie", item.sample), item))
    return [item for _, _, item in sorted(placed, key=lambda entry: entry[:2])]


def as_listed(items: Sequence[Item]) -> list[Item]:
    """Return `items` as they are, for adjudication and certificates.

    Raises:
        BadSetting: a sample occurs twice.
    """
    _refuse_twice(items)
    return list(items)


def own_order(seed: int, reviewer: str, place: int, sample: str) -> tuple[int, bytes]:
    """Return a sort key: the shared order by blocks, a reviewer's own order inside a block."""
    return place // BLOCK, lot(seed, "own", reviewer, sample)


def is_swapped(seed: int, reviewer: str, pair: str) -> bool:
    """Return whether this reviewer sees the pair's first answer on the right."""
    return bool(lot(seed, "side", reviewer, pair)[0] & 1)


def lot(seed: int, *parts: str) -> bytes:
    """Return 32 bytes that look random and follow from `seed` and `parts` only."""
    return hashlib.sha256(canonical([seed, *parts])).digest()


def _refuse_twice(items: Sequence[Item]) -> None:
    seen: set[str] = set()
    for item in items:
        if item.sample in seen:
            raise BadSetting(
                f"The sample {item.sample!a} is listed twice",
                which="items",
                todo="list each sample once; how many people see it is the overlap",
            )
        seen.add(item.sample)
