"""What is known about every sample before anything is chosen, aligned by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from diq_core.errors import BadFile, BadSetting
from diq_core.score import KNOWN, Score

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Scores:
    """The scores of n samples; row i of every array belongs to ``ids[i]``.

    Build it with `Scores.of`, which converts plain lists and table columns. Row order has no
    meaning: every result depends on the ids alone.

    Attributes:
        ids: str[n], unique.
        columns: name of a score → float64[n], NaN = missing.
        source: str or None [n], where a sample comes from, for quotas; None = not known.
        excluded: str or None [n], why a sample is left out beforehand; None = it is in.
        why_missing: str or None [n], why a score is missing; None = not known.
        why: name of a score → str or None [n], why that one is missing, what tells most first.
            Where there is any, it alone is used: no strategy names a score it does not need.
        about: name of a score → its description, where it is not one of `KNOWN`.
        length_unit: what the score ``length`` counts.

    Raises:
        ValueError: the arrays differ in length or type, which is a mistake of the caller.
        BadFile: an id occurs twice, or a score is infinite.
    """

    ids: Texts
    columns: Mapping[str, Floats]
    source: Texts
    excluded: Texts
    why_missing: Texts
    why: Mapping[str, Texts] = field(default_factory=dict)
    about: Mapping[str, Score] = field(default_factory=dict)
    length_unit: str = KNOWN["length"].unit

    def __post_init__(self) -> None:
        for name in ("ids", "source", "excluded", "why_missing"):
            _check_array(name, getattr(self, name), np.dtype(object), len(self.ids))
        for name, texts in self.why.items():
            _check_array(f"why {name}", texts, np.dtype(object), len(self.ids))
        for name, values in self.columns.items():
            _check_array(name, values, np.dtype(np.float64), len(self.ids))
            _refuse_infinite(name, values, self.ids)
        _refuse_repeated(self.ids)

    @classmethod
    def of(
        cls,
        ids: Iterable[str],
        difficulty: Iterable[float | None] | None = None,
        influence: Iterable[float | None] | None = None,
        *,
        source: Iterable[str | None] | None = None,
        excluded: Iterable[str | None] | None = None,
        why_missing: Iterable[str | None] | None = None,
        why: Mapping[str, Iterable[str | None]] | None = None,
        about: Mapping[str, Score] | None = None,
        length_unit: str = KNOWN["length"].unit,
        **further: Iterable[float | None] | None,
    ) -> Scores:
        """Convert columns (lists, numpy, pandas or pyarrow) and check them.

        A column left out is missing for every sample. None, NaN and the empty text mean missing.

        Args:
            further: any other score by its name, e.g. ``length=[12, 40]``.

        Raises:
            ValueError: columns of different lengths, or numbers that are not numbers.
            BadFile: an id occurs twice, or a score is infinite.
        """
        names = _objects(ids)
        count = len(names)
        given = {"difficulty": difficulty, "influence": influence, **further}
        return cls(
            ids=names,
            columns={name: _numbers(one) for name, one in given.items() if one is not None},
            source=_texts(source, count),
            excluded=_texts(excluded, count),
            why_missing=_texts(why_missing, count),
            why=_each_once(why or {}, count),
            about=dict(about or {}),
            length_unit=length_unit,
        )

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, name: str) -> Floats:
        """Return float64[n]: a score as it was given; NaN for all where there is none of it."""
        found = self.columns.get(name)
        return np.full(len(self), np.nan) if found is None else found

    def describe(self, name: str) -> Score:
        """Return the description of a score.

        Raises:
            BadSetting: none is known; the message lists those there are.
        """
        found = self.about.get(name) or KNOWN.get(name)
        if found is None:
            raise BadSetting(
                f"There is no score '{name}'",
                todo=f"use one of: {', '.join(sorted({*KNOWN, *self.columns}))}",
            )
        return replace(found, unit=self.length_unit) if name == "length" else found

    def knows(self, *names: str) -> bool:
        """Return whether all of these scores are described."""
        return all(name in self.about or name in KNOWN for name in names)

    def has(self, name: str) -> bool:
        """Return whether any sample has this score."""
        return name in self._present

    @cached_property
    def included(self) -> NDArray[np.bool_]:
        """bool[n]: not excluded beforehand."""
        return is_absent(self.excluded)

    @cached_property
    def _present(self) -> frozenset[str]:
        return frozenset(
            name for name, values in self.columns.items() if not bool(np.isnan(values).all())
        )


def is_absent(texts: Texts) -> NDArray[np.bool_]:
    """Return bool[n]: where a column of texts holds None."""
    nothing = np.empty(1, dtype=object)
    return np.asarray(np.equal(texts, nothing), dtype=bool)


def _objects(values: Iterable[Any]) -> Texts:
    if isinstance(values, pa.Array | pa.ChunkedArray):
        values = values.to_pylist()
    if isinstance(values, np.ndarray) and values.dtype == object:
        return values
    listed = values.tolist() if isinstance(values, np.ndarray) else list(values)
    # np.array(list) would make fixed-width text: one giant id would cost its width for every row.
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return array


def _numbers(values: Iterable[float | None]) -> Floats:
    if isinstance(values, pa.Array | pa.ChunkedArray) and pa.types.is_floating(values.type):
        values = values.to_numpy(zero_copy_only=False)
    if isinstance(values, np.ndarray) and values.dtype != object:
        return values.astype(np.float64)
    return _objects(values).astype(np.float64)


def _texts(values: Iterable[str | None] | None, count: int) -> Texts:
    if values is None:
        return np.full(count, None, dtype=object)
    if isinstance(values, pa.Array | pa.ChunkedArray) and pa.types.is_string(values.type):
        return _repeated_texts(values)
    array = _objects(values)
    # NaN is what pandas makes of a missing text; it is the only value unequal to itself.
    absent = (array != array) | (array == "")
    if not absent.any():
        return array
    texts = array.copy()
    texts[absent] = None
    return texts


def _each_once(columns: Mapping[str, Iterable[str | None]], count: int) -> dict[str, Texts]:
    """Convert columns; several scores of one artefact are missing for one and the same reason."""
    made: dict[int, Texts] = {}
    for texts in columns.values():
        if id(texts) not in made:
            made[id(texts)] = _texts(texts, count)
    return {name: made[id(texts)] for name, texts in columns.items()}


def _repeated_texts(column: pa.Array | pa.ChunkedArray) -> Texts:
    """Return a column in which few texts repeat, each of them one object however often it is."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if whole.null_count == len(whole):
        return np.full(len(whole), None, dtype=object)
    encoded = whole.dictionary_encode()
    words = [text or None for text in encoded.dictionary.to_pylist()]
    codes = encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    found: Texts = _objects([*words, None])[codes]
    return found


def _check_array(name: str, values: NDArray[Any], dtype: np.dtype[Any], count: int) -> None:
    if values.ndim != 1 or len(values) != count:
        raise ValueError(f"{name} has shape {values.shape}, but there are {count} ids")
    if values.dtype != dtype:
        raise ValueError(f"{name} holds {values.dtype}, expected {dtype}")


def _refuse_infinite(name: str, values: Floats, ids: Texts) -> None:
    infinite = np.isinf(values)
    if infinite.any():
        raise BadFile(
            f"The {name} of {int(infinite.sum())} samples is infinite",
            which=f"first: id '{ids[int(infinite.argmax())]}'",
            todo="Leave the score empty where it could not be computed",
        )


def _refuse_repeated(ids: Texts) -> None:
    if len(set(ids)) == len(ids):
        return
    seen: set[str] = set()
    for name in ids:
        if name in seen:
            raise BadFile(
                "An id stands for two samples",
                which=f"id '{name}'",
                todo="Give every sample an id of its own, or leave the ids out",
            )
        seen.add(name)
