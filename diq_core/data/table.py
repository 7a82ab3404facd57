"""Samples and findings as Arrow tables, which is how they lie on disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from diq_core.data.findings import Finding
from diq_core.data.sample import Option, Sample, Turn
from diq_core.errors import NotFound

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")

_TEXTS = (
    "id", "question", "answer", "reasoning", "answer_label", "context", "system", "source",
    "subject", "licence", "file",
)  # fmt: skip
_OPTIONAL = ("frame", "image_places", "tool_turns")
_AT_ONCE = 20_000
"""Rows of a row group: what is turned into columns, and read again, at once."""


@cache
def sample_schema() -> pa.Schema:
    """Return the columns of ``samples.parquet``: those of `Sample`, and ``excluded``.

    ``meta`` is JSON text. ``excluded`` is null, or why the sample is left out by default.
    """
    import pyarrow as pa

    pair = {
        "options": (("label", pa.string()), ("text", pa.string())),
        "history": (("role", pa.string()), ("content", pa.string())),
    }
    return pa.schema(
        [
            ("id", pa.string()),
            ("question", pa.string()),
            ("answer", pa.string()),
            ("reasoning", pa.string()),
            ("options", pa.list_(pa.struct(list(pair["options"])))),
            ("answer_label", pa.string()),
            ("context", pa.string()),
            ("system", pa.string()),
            ("history", pa.list_(pa.struct(list(pair["history"])))),
            ("images", pa.list_(pa.string())),
            ("source", pa.string()),
            ("subject", pa.string()),
            ("licence", pa.string()),
            ("meta", pa.string()),
            ("file", pa.string()),
            ("line", pa.int64()),
            ("excluded", pa.string()),
        ]
    )


@cache
def problem_schema() -> pa.Schema:
    """Return the columns of ``problems.parquet``: those of `Finding`."""
    import pyarrow as pa

    names = ("rule", "severity", "file", "line", "id", "field", "message", "hint")
    return pa.schema([(name, pa.int64() if name == "line" else pa.string()) for name in names])


def samples_table(samples: Sequence[Sample], excluded: Mapping[str, str] | None = None) -> pa.Table:
    """Return samples as a table, one row each, in their order.

    Args:
        excluded: id → why it is left out by default.

    Raises:
        ValueError: a meta holds what JSON cannot (NaN), or a text holds a lone surrogate;
            neither comes out of an import.
    """
    return _table(samples, excluded or {}, _filled(samples))


def _filled(samples: Iterable[Sample]) -> list[str]:
    """Return the optional columns in which any sample has something."""
    filled = {name for sample in samples for name in _OPTIONAL if getattr(sample, name)}
    return [name for name in _OPTIONAL if name in filled]


def _table(
    samples: Iterable[Sample], reasons: Mapping[str, str], optional: Sequence[str]
) -> pa.Table:
    import pyarrow as pa

    columns: dict[str, list[Any]] = {name: [] for name in sample_schema().names}
    columns |= {name: [] for name in optional}
    for sample in samples:
        for name in optional:
            columns[name].append(_plain(getattr(sample, name)))
        for name in _TEXTS:
            columns[name].append(getattr(sample, name))
        columns["options"].append([asdict(option) for option in sample.options])
        columns["history"].append([asdict(turn) for turn in sample.history])
        columns["images"].append(list(sample.images))
        columns["meta"].append(json.dumps(sample.meta, ensure_ascii=False, allow_nan=False))
        columns["line"].append(sample.line)
        columns["excluded"].append(reasons.get(sample.id))
    schema = sample_schema()
    for name in optional:
        schema = schema.append(_optional_field(name))
    return pa.table(columns, schema=schema)


def write_samples(
    file: Path, samples: Sequence[Sample], excluded: Mapping[str, str] | None = None
) -> None:
    """Write what `samples_table` returns as Parquet, `_AT_ONCE` samples in memory at a time.

    Raises:
        ValueError: see `samples_table`.
    """
    optional = _filled(samples)  # beforehand, since a file has one schema
    _write(file, samples, lambda part: _table(part, excluded or {}, optional))


def write_problems(file: Path, findings: Iterable[Finding]) -> None:
    """Write what `problems_table` returns as Parquet, `_AT_ONCE` findings in memory at a time."""
    _write(file, findings, problems_table)


def _write(file: Path, items: Iterable[T], table: Callable[[list[T]], pa.Table]) -> None:
    import pyarrow.parquet as pq

    rest = iter(items)
    first = table(list(islice(rest, _AT_ONCE)))
    with pq.ParquetWriter(file, first.schema) as writer:
        writer.write_table(first)
        while part := list(islice(rest, _AT_ONCE)):
            writer.write_table(table(part))


def load_samples(table: pa.Table, *, excluded: bool = True) -> list[Sample]:
    """Return the samples of a table in its order.

    Args:
        excluded: also return those that are left out by default.
    """
    if not excluded:
        import pyarrow.compute as pc

        table = table.filter(pc.is_null(table["excluded"]))
    return [_sample(row) for row in table.select(_columns(table)).to_pylist()]


def find_sample(table: pa.Table, id: str) -> Sample:
    """Return one sample.

    Raises:
        NotFound: the table has no sample of this id.
    """
    import pyarrow.compute as pc

    position = pc.index(table["id"], id).as_py()
    if position < 0:
        raise NotFound(f"There is no sample '{id}'", which="dataset", todo="check the id")
    return _sample(table.select(_columns(table)).slice(position, 1).to_pylist()[0])


def problems_table(findings: Iterable[Finding]) -> pa.Table:
    """Return findings as a table, one row each, in their order."""
    import pyarrow as pa

    return pa.Table.from_pylist([asdict(found) for found in findings], schema=problem_schema())


def _optional_field(name: str) -> pa.Field:
    """Return a column that is there only where a sample has something in it."""
    import pyarrow as pa

    turn = pa.struct([("role", pa.string()), ("content", pa.string())])
    kinds = {"frame": pa.string(), "image_places": pa.int64(), "tool_turns": turn}
    return pa.field(name, pa.list_(kinds[name]))


def _plain(values: Sequence[Any]) -> list[Any]:
    return [asdict(each) if isinstance(each, Turn) else each for each in values]


def _columns(table: pa.Table) -> list[str]:
    ours = [name for name in sample_schema().names if name != "excluded"]
    return [*ours, *(name for name in _OPTIONAL if name in table.column_names)]


def _sample(row: dict[str, Any]) -> Sample:
    options = tuple(Option(**option) for option in row.pop("options"))
    history = tuple(Turn(**turn) for turn in row.pop("history"))
    images, meta = tuple(row.pop("images")), json.loads(row.pop("meta"))
    optional: dict[str, Any] = {name: tuple(row.pop(name, None) or ()) for name in _OPTIONAL}
    optional["tool_turns"] = tuple(Turn(**turn) for turn in optional["tool_turns"])
    return Sample(options=options, history=history, images=images, meta=meta, **optional, **row)
