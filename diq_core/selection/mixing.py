"""How many samples of each source a mixture takes, and which come next inside one source.

Shares are divided by largest remainder (Hamilton): every count is within one of its exact share,
and together they are the total.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor

from diq_core.errors import BadSetting

INFIMED_TOTAL = 188_000
"""Samples of supervised fine-tuning. Source: InfiMed's abstract (arXiv 2505.23867) [P]."""
INFIMED_SHARES = {
    "general-multimodal": "20%",
    "medical-text": "30%",
    "medical-multimodal": "35%",
    "reflective": "15%",
}
"""Ours [D]: InfiMed names these parts of its mixture and publishes no ratio of them."""


@dataclass(frozen=True)
class Part:
    """What is asked of one source.

    Attributes:
        name: of the source.
        kind: what it is for.
        available: samples that can be taken.
        share: of the total, or of its kind; None = not said.
        count: exactly so many; None = not said.
    """

    name: str
    kind: str
    available: int
    share: Fraction | None = None
    count: int | None = None


@dataclass(frozen=True)
class Targets:
    """How many samples each source is to give, in the order of the parts.

    Attributes:
        total: of all of them.
        counts: one for each part.
        notes: what was decided on the way, in words.
    """

    total: int
    counts: tuple[int, ...]
    notes: tuple[str, ...] = field(default=())


def read_amount(text: str) -> tuple[Fraction | None, int | None]:
    """Return (share, count) of an amount such as "40%" or "800"; "" says neither."""
    if text.endswith("%"):
        return Fraction(text[:-1]) / 100, None
    return None, int(text) if text else None


def largest_remainder(weights: Sequence[Fraction], total: int) -> list[int]:
    """Divide `total` by `weights`; what is left after rounding down goes to the largest rests.

    Of equal rests the earlier one is served first. All weights 0: all counts 0.
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    exact = [weight * total / whole for weight in weights]
    counts = [floor(each) for each in exact]
    by_rest = sorted(range(len(exact)), key=lambda place: (counts[place] - exact[place], place))
    for place in by_rest[: total - sum(counts)]:
        counts[place] += 1
    return counts


def targets(
    parts: Sequence[Part], *, total: int | None = None, kinds: Mapping[str, Fraction] | None = None
) -> Targets:
    """Return how many samples each part is to give, whether it has them or not.

    Without `kinds`, shares are of the total; with it, the total is divided among the kinds first,
    and shares are of a kind. What has no amount divides what is left by what is available.

    Raises:
        BadSetting: the amounts do not fit each other or the total.
    """
    if kinds:
        return _by_kind(parts, total, kinds)
    if total is None:
        total = _implied(parts)
    return Targets(total, tuple(_divided(parts, total, "the mixture")))


def _implied(parts: Sequence[Part]) -> int:
    if any(part.share is not None for part in parts):
        raise BadSetting(
            "A share needs a total", which="total",
            todo="say how many samples the mixture is to have with --total, or give counts",
        )  # fmt: skip
    return sum(part.available if part.count is None else part.count for part in parts)


def _divided(parts: Sequence[Part], total: int, whole: str) -> list[int]:
    open_ = [part.share is None and part.count is None for part in parts]
    counted = sum(part.count or 0 for part in parts)
    shared = sum(((part.share or Fraction(0)) * total for part in parts), Fraction(0))
    left = total - counted - shared
    if left < 0 or (left >= 1 and not any(open_)):
        raise BadSetting(
            f"The amounts of {whole} are {_number(counted + shared)} samples together, and it is "
            f"to have {total:,}",
            which=", ".join(part.name for part in parts),
            todo="let shares and counts come to the whole, or leave an amount away: that source "
            "gives what is left",
        )
    size = sum(part.available for part, is_open in zip(parts, open_, strict=True) if is_open)
    weights = [_exact(part, total, left, size) for part in parts]
    given = largest_remainder([each for each in weights if each is not None], total - counted)
    rest = iter(given)
    return [part.count if weight is None else next(rest)  # type: ignore[misc]
            for part, weight in zip(parts, weights, strict=True)]  # fmt: skip


def _exact(part: Part, total: int, left: Fraction, size: int) -> Fraction | None:
    """Return the exact number that a part is to give; None = its count, which is one already."""
    if part.count is not None:
        return None
    if part.share is not None:
        return part.share * total
    return left * part.available / size if size else Fraction(0)


def _by_kind(parts: Sequence[Part], total: int | None, kinds: Mapping[str, Fraction]) -> Targets:
    if sum(kinds.values()) != 1:
        raise BadSetting(
            f"The shares of the kinds are {_number(sum(kinds.values()) * 100)} % together",
            which="share", todo="let them come to 100 %",
        )  # fmt: skip
    foreign = [part for part in parts if part.kind not in kinds]
    if foreign:
        raise BadSetting(
            f"The kind {foreign[0].kind} has no share", which=foreign[0].name,
            todo=f"give it one with --share {foreign[0].kind}=SHARE",
        )  # fmt: skip
    counted = next((part for part in parts if part.count is not None), None)
    if counted:
        raise BadSetting(
            "Where kinds have shares, a source has a share of its kind, or none",
            which=counted.name, todo="leave the count away, or the shares of the kinds",
        )  # fmt: skip
    if total is None:
        raise BadSetting("Shares of kinds need a total", which="total", todo="give --total")
    there = [kind for kind in kinds if any(part.kind == kind for part in parts)]
    counts = [0] * len(parts)
    for kind, size in zip(
        there, largest_remainder([kinds[kind] for kind in there], total), strict=True
    ):
        places = [place for place, part in enumerate(parts) if part.kind == kind]
        members = [parts[place] for place in places]
        for place, count in zip(places, _divided(members, size, f"the kind {kind}"), strict=True):
            counts[place] = count
    missing = [kind for kind in kinds if kind not in there and kinds[kind]]
    notes = tuple(
        f"no source is {kind}: its {_number(kinds[kind] * 100)} % went to the other kinds in "
        "proportion"
        for kind in missing
    )
    return Targets(total, tuple(counts), notes)


def scaled(
    parts: Sequence[Part], *, total: int | None, kinds: Mapping[str, Fraction] | None
) -> Targets:
    """Return the largest targets of these proportions that every source has enough for.

    Raises:
        BadSetting: see `targets`, or a source has nothing at all.
    """
    asked = targets(parts, total=total, kinds=kinds)
    if _enough(parts, asked.counts):
        return asked
    given = [(part, count) for part, count in zip(parts, asked.counts, strict=True) if count]
    if empty := [part.name for part, _ in given if not part.available]:
        raise BadSetting(
            "A source that has a share has no sample",
            which=empty[0],
            todo="leave this source away",
        )
    # Counts become shares: that is what is held on to.
    shares = [
        _as_share(part, count, kinds, parts, asked.counts)
        for part, count in zip(parts, asked.counts, strict=True)
    ]
    # Rounding moves a count by less than one, so it may be a little larger than by division.
    most = min(part.available * asked.total // count for part, count in given) + len(parts)
    sizes = ((size, targets(shares, total=size, kinds=kinds)) for size in range(most, 0, -1))
    size, found = next(each for each in sizes if _enough(parts, each[1].counts))
    note = f"made smaller, {asked.total:,} → {size:,}, so that the shares hold"
    return Targets(size, found.counts, (*asked.notes, note))


def _as_share(
    part: Part, count: int, kinds: Mapping[str, Fraction] | None, parts: Sequence[Part],
    counts: Sequence[int],
) -> Part:  # fmt: skip
    """Return `part` with the share that its target is, of the total or of its kind."""
    whole = sum(other for each, other in zip(parts, counts, strict=True)
                if not kinds or each.kind == part.kind)  # fmt: skip
    return replace(part, count=None, share=Fraction(count, whole) if whole else Fraction(0))


def _enough(parts: Sequence[Part], counts: Sequence[int]) -> bool:
    return all(part.available >= count for part, count in zip(parts, counts, strict=True))


def in_turns(categories: Sequence[str]) -> list[int]:
    """Return places so that the categories take turns, each giving its best first.

    A category that has no more leaves its turns to the others: the first n are as even as they
    can be, for every n.

    Args:
        categories: of samples in their order, best first.
    """
    seen: Counter[str] = Counter()
    turns = []
    for place, category in enumerate(categories):
        turns.append((seen[category], place))
        seen[category] += 1
    return [place for _, place in sorted(turns)]


def _number(value: Fraction | int) -> str:
    return f"{float(value):,.2f}".rstrip("0").rstrip(".")
