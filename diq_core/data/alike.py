"""Samples that ask the same or nearly the same, put together: what a person chooses among."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from diq_core.data.overlap import Match

if TYPE_CHECKING:
    import pyarrow as pa

ALIKE = "alike.parquet"
"""The file of a dataset that holds its matches; one without matches has none."""
_TYPES = {"id": "string", "other": "string", "kind": "string", "similarity": "double",
          "group": "string", "contradicts": "bool"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """Samples that are linked by matches, directly or over others.

    Attributes:
        ids: of its samples, in the order of the file.
        matches: how they are linked.
    """

    ids: tuple[str, ...]
    matches: tuple[Match, ...]

    @property
    def contradicts(self) -> bool:
        """Whether two of them answer differently."""
        return any(match.contradicts for match in self.matches)


def groups(matches: Iterable[Match], order: Sequence[str]) -> list[Group]:
    """Return the groups that matches within a set make, contradictions first, then by file.

    Args:
        order: the ids of all samples, in the order of the file.
    """
    within = [match for match in matches if not match.group]
    first: dict[str, str] = {}

    def root(id: str) -> str:
        while (above := first.setdefault(id, id)) != id:
            first[id] = first[above]
            id = above
        return id

    for match in within:
        first[root(match.id)] = root(match.other)
    members: dict[str, list[str]] = {}
    for id in order:
        if id in first:
            members.setdefault(root(id), []).append(id)
    links: dict[str, list[Match]] = {}
    for match in within:
        links.setdefault(root(match.id), []).append(match)
    found = [Group(tuple(ids), tuple(links[name])) for name, ids in members.items()]
    return sorted(found, key=lambda group: not group.contradicts)


def matches_table(matches: Iterable[Match]) -> pa.Table:
    """Return matches as a table, one row each, in their order."""
    import pyarrow as pa

    schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in _TYPES.items()])
    return pa.Table.from_pylist([asdict(match) for match in matches], schema=schema)


def load_matches(table: pa.Table) -> list[Match]:
    """Return the matches of a table in its order."""
    return [Match(**row) for row in table.select(list(_TYPES)).to_pylist()]
