"""The columns of a dataset that filters, quotas and colours may name, made when asked for."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from diq_core.artefact import Artefact
from diq_core.data.nearness import near_pairs
from diq_core.data.table import sample_schema
from diq_core.review.store.changes import Store
from diq_core.review.store.marking import flagged
from diq_core.review.store.tables import registers
from diq_core.selection.contents import Contents, Pairs
from diq_core.selection.pool import Mask, Rows
from diq_core.stages.joining import PROBLEMS, SAMPLES, load_scores, load_table
from diq_core.stages.reviewed import has_reviews
from diq_core.stages.reviewed import opened as opened_store
from diq_core.study import Study

LIVING = ("reviewed", "flagged")
"""Columns that people go on writing: what they hold follows from no artefact."""
EVERYWHERE = ("reasoning", "options", "images", "source", "subject", "context", "question", "id")
"""Columns of every dataset by whose names scores may be called as well; the column counts."""
_NO_TEXT = ("excluded", "meta")


class Columns(Mapping[str, pa.Array]):
    """Columns by name, made when they are asked for and kept, but for the living ones."""

    def __init__(self, made: Mapping[str, Callable[[], pa.Array]]) -> None:
        self._made = made
        self._kept: dict[str, pa.Array] = {}

    def __getitem__(self, name: str) -> pa.Array:
        if name in LIVING:
            return self._made[name]()
        if name not in self._kept:
            self._kept[name] = self._made[name]()
        return self._kept[name]

    def __contains__(self, name: object) -> bool:
        # Without this, asking whether there is a column would make it.
        return name in self._made

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


class KeptColumns(Mapping[str, pa.Array]):
    """What else a file said of each sample: the columns that were kept as they were."""

    def __init__(self, dataset: Artefact) -> None:
        self._dataset = dataset
        self._kept: dict[str, pa.Array] | None = None

    @property
    def _columns(self) -> dict[str, pa.Array]:
        if self._kept is None:
            column = load_table(self._dataset, SAMPLES, ["meta"])["meta"]
            self._kept = opened(column.combine_chunks())
        return self._kept

    def __getitem__(self, name: str) -> pa.Array:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def columns_of(study: Study, dataset: Artefact) -> Columns:
    """Return what filters may name of every dataset.

    That is its plain columns, length, what flagged a sample at its import, and whether it has
    reasoning, images and options, is left out, and was judged or flagged by somebody.
    """

    def read(name: str) -> pa.Array:
        return load_table(dataset, SAMPLES, [name])[name].combine_chunks()

    texts = [each.name for each in sample_schema()
             if pa.types.is_string(each.type) and each.name not in _NO_TEXT]  # fmt: skip
    plain: dict[str, Callable[[], pa.Array]] = {name: _later(read, name) for name in texts}
    return Columns({
        **plain,
        "length": lambda: pa.array(load_scores(dataset, None, None, only=())["length"]),
        "reasoning": lambda: _is_there(read("reasoning")),
        "images": lambda: pc.greater(pc.list_value_length(read("images")), 0),
        "options": lambda: pc.greater(pc.list_value_length(read("options")), 0),
        "excluded": lambda: pc.is_valid(read("excluded")),
        "finding": lambda: _findings(dataset, read("id")),
        "reviewed": lambda: _marked(study, _judged, read("id")),
        "flagged": lambda: _marked(study, flagged, read("id")),
    })  # fmt: skip


def contents_of(
    study: Study, dataset: Artefact, holding: Callable[[str], Mask], columns: Columns | None = None
) -> Contents:
    """Return what a choice among the samples of `dataset` may look at.

    Args:
        holding: words → which samples hold them, see `searching.holding`.
    """

    def near(rows: Rows, similarity: float) -> Pairs:
        return near_pairs(_asked(dataset, rows), similarity)

    return Contents(columns or columns_of(study, dataset), holding, near, KeptColumns(dataset))


def fingerprint(columns: Mapping[str, pa.Array], names: Collection[str]) -> str:
    """Return what differs as soon as one of these columns does; "" where none is named."""
    told = hashlib.sha256()
    for name in sorted(names):
        values = columns[name]
        told.update(f"{name}\n".encode())
        told.update(json.dumps(values.to_pylist(), ensure_ascii=False).encode())
    return told.hexdigest()[:16] if names else ""


def _later(read: Callable[[str], pa.Array], name: str) -> Callable[[], pa.Array]:
    return lambda: read(name)


def _asked(dataset: Artefact, rows: Rows) -> list[str]:
    """Return what the samples of these rows ask: earlier turns, context and question."""
    table = load_table(dataset, SAMPLES, ["history", "context", "question"]).take(pa.array(rows))
    return [
        "\n".join([*(turn["content"] or "" for turn in row["history"] or ()),
                   row["context"] or "", row["question"] or ""])
        for row in table.to_pylist()
    ]  # fmt: skip


def _findings(dataset: Artefact, ids: pa.Array) -> pa.Array:
    """Return the rules that flagged each sample at its import, e.g. ``"no-answer"``."""
    found = load_table(dataset, PROBLEMS, ["id", "rule"]).group_by(["id", "rule"]).aggregate([])
    found = found.sort_by([("id", "ascending"), ("rule", "ascending")])
    by_id = found.group_by("id", use_threads=False).aggregate([("rule", "list")])
    rules = pc.binary_join(by_id["rule_list"].combine_chunks(), " ")
    at = pc.index_in(ids, value_set=by_id["id"].combine_chunks())
    return pc.fill_null(rules.take(at), "")


def _judged(store: Store) -> list[str]:
    from sqlalchemy import select

    judged = select(registers.c.sample).where(registers.c.kind == "verdict", registers.c.live)
    return store.database.read(lambda connection: sorted(set(connection.execute(judged).scalars())))


def _marked(study: Study, marked: Callable[[Store], list[str]], ids: pa.Array) -> pa.Array:
    """Return which samples are among those that the reviews name."""
    found: list[str] = []
    if has_reviews(study):
        with opened_store(study) as store:
            found = marked(store)
    return pc.is_in(ids, pa.array(found, pa.string()))


def _is_there(column: pa.Array) -> pa.Array:
    return pc.not_equal(pc.fill_null(column, ""), "")


def opened(meta: pa.Array) -> dict[str, pa.Array]:
    """Return the texts, numbers and answers in JSON objects, by name."""
    from pyarrow import json as pajson

    lines = pc.replace_substring(pc.fill_null(meta, "{}"), "\n", " ")
    try:
        whole = "\n".join(lines.to_pylist()).encode()
        options = pajson.ReadOptions(block_size=max(1 << 20, len(whole)))
        table = pajson.read_json(io.BytesIO(whole), read_options=options)
        found = {name: table[name].combine_chunks() for name in table.column_names}
    except pa.ArrowException:
        # Of a name that stands for texts in one line and for numbers in the next.
        found = _as_texts([json.loads(line) for line in lines.to_pylist()])
    return {name: _plain(column) for name, column in found.items() if _is_plain(column.type)}


def _as_texts(rows: list[dict[str, Any]]) -> dict[str, pa.Array]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: pa.array([_text(row.get(name)) for row in rows], pa.string()) for name in names}


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, dict | list):
        return None
    return value if isinstance(value, str) else json.dumps(value)


def _is_plain(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_boolean(kind) or pa.types.is_integer(kind)
        or pa.types.is_floating(kind) or pa.types.is_timestamp(kind)
    )  # fmt: skip


def _plain(column: pa.Array) -> pa.Array:
    return column.cast(pa.string()) if pa.types.is_timestamp(column.type) else column
