"""A list that may be larger than the memory: what does not fit lies in a file."""

from __future__ import annotations

import pickle
import tempfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any, TypeVar, overload

T = TypeVar("T")

_IN_MEMORY = 2_000


class _Pickler(pickle.Pickler):
    """Writes a dataclass as a call with its values: read in half the time of its own state."""

    def reducer_override(self, item: object) -> Any:
        if isinstance(item, type) or not is_dataclass(item):
            return NotImplemented
        kind: Any = type(item)
        return kind, tuple(getattr(item, name) for name in _names(kind))


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


class Shelf(Sequence[T]):
    """Items in the order in which they were put; the later ones are read from a file when asked.

    The file has no name, so nobody else can open or change it, and it is gone with the process.
    An item that is read twice is two equal objects; changing one changes nothing on the shelf.

    Args:
        items: what is put there first.
        folder: where the file lies; None = where the system puts what is temporary.
    """

    def __init__(self, items: Iterable[T] = (), *, folder: Path | None = None) -> None:
        self._near: list[T] = []
        self._file: IO[bytes] | None = None
        self._ends = array("Q", [0])
        self._folder = folder
        self.extend(items)

    def append(self, item: T) -> None:
        """Put an item at the end."""
        if len(self._near) < _IN_MEMORY:
            self._near.append(item)
            return
        file = self._opened()
        file.seek(self._ends[-1])
        _Pickler(file, pickle.HIGHEST_PROTOCOL).dump(item)
        self._ends.append(file.tell())

    def extend(self, items: Iterable[T]) -> None:
        """Put several items at the end."""
        for item in items:
            self.append(item)

    def __len__(self) -> int:
        return len(self._near) + len(self._ends) - 1

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> list[T]: ...
    def __getitem__(self, place: int | slice) -> T | list[T]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        place = range(len(self))[place]
        if place < len(self._near):
            return self._near[place]
        item: T = self._read(place - len(self._near))
        return item

    def __iter__(self) -> Iterator[T]:
        yield from self._near
        place = 0
        while place < len(self._ends) - 1:
            yield self._read(place)
            place += 1

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        return all(one == two for one, two in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def _read(self, place: int) -> Any:
        file = self._opened()
        file.seek(self._ends[place])
        return pickle.loads(file.read(self._ends[place + 1] - self._ends[place]))

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115
        return self._file
