"""What a queue is made of: the samples of a selection or a dataset, alone or in pairs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from diq_core.errors import BadSetting
from diq_core.review.queue.ordering import Item, lot

if TYPE_CHECKING:
    import pyarrow as pa

Scope = Literal["kept", "both", "all", "pairs"]


@dataclass(frozen=True, slots=True)
class Member:
    """One sample of the pool.

    Attributes:
        quadrant: "Q1" to "Q4", or "" where unscored.
        chosen: whether a selection keeps it; None where there is no selection.
    """

    id: str
    source: str = ""
    quadrant: str = ""
    chosen: bool | None = None


def members_of(samples: pa.Table, selection: pa.Table | None) -> list[Member]:
    """Return the samples that are not excluded, in the dataset's order.

    Args:
        samples: ``samples.parquet``, columns id, source and excluded.
        selection: ``selection.parquet``, columns id, kept and quadrant; None = no selection.
    """
    known: dict[str, tuple[bool, str]] = {}
    if selection is not None:
        columns = (selection[name].to_pylist() for name in ("id", "kept", "quadrant"))
        known = {id: (kept, quadrant or "") for id, kept, quadrant in zip(*columns, strict=True)}
    rows = zip(*(samples[name].to_pylist() for name in ("id", "source", "excluded")), strict=True)
    return [
        Member(id, source or "", known[id][1] if id in known else "",
               known[id][0] if id in known else None)
        for id, source, excluded in rows
        if excluded is None
    ]  # fmt: skip


def with_reasoning(members: Sequence[Member], samples: pa.Table) -> list[Member]:
    """Return those whose sample has reasoning.

    Args:
        samples: ``samples.parquet``, columns id and reasoning.
    """
    import pyarrow.compute as pc

    there = pc.not_equal(pc.fill_null(samples["reasoning"], ""), "")
    known = set(samples["id"].filter(there).to_pylist())
    return [one for one in members if one.id in known]


def items_of(
    members: Sequence[Member], scope: Scope, *, rest: int = 0, seed: int = 0
) -> list[Item]:
    """Return what is to be reviewed.

    Args:
        scope: "kept" = the chosen samples; "both" = these and `rest` of the others, mixed and
            unmarked; "all" = every sample; "pairs" = each chosen sample beside one of the others.
        rest: how many of the others; drawn by `seed`.

    Raises:
        BadSetting: nothing is chosen, or there are no others to compare with.
    """
    kept = [one for one in members if one.chosen]
    others = sorted(
        (one for one in members if one.chosen is False), key=lambda one: lot(seed, "rest", one.id)
    )
    if scope == "all":
        return _filled([_item(one) for one in members])
    if scope == "both":
        return _filled([_item(one) for one in (*kept, *others[:rest])])
    if scope == "pairs":
        return _filled(_pairs(kept, others, seed))
    return _filled([_item(one) for one in kept])


def _pairs(kept: Sequence[Member], others: Sequence[Member], seed: int) -> list[Item]:
    """Pair each chosen sample with another, of its source where there is one; none is used twice.

    A pair's name tells nothing about its two samples.
    """
    by_source: dict[str, list[Member]] = defaultdict(list)
    for one in others:
        by_source[one.source].append(one)
    used: set[str] = set()
    rest = iter(others)
    found = []
    for one in sorted(kept, key=lambda one: lot(seed, "pair", one.id)):
        same = by_source[one.source]
        while same and same[0].id in used:
            same.pop(0)
        other = same[0] if same else next((two for two in rest if two.id not in used), None)
        if other is None:
            break
        used.add(other.id)
        name = "pair-" + lot(seed, "name", one.id, other.id).hex()[:16]
        found.append(Item(name, one.quadrant, one.source, (one.id, other.id)))
    return found


def _item(one: Member) -> Item:
    return Item(one.id, one.quadrant, one.source)


def _filled(items: list[Item]) -> list[Item]:
    if not items:
        raise BadSetting(
            "There is nothing to review in this choice",
            which="samples",
            todo="choose a selection that keeps some samples, or all samples",
        )
    return items
