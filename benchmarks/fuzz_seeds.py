"""Files that the fuzzer begins from: one of each kind, and the small files of the tests."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

_ROWS = [
    {"id": "1", "question": "Which size, Größe, is it?", "options": ["a", "b"], "answer": "a"},
    {"id": "2", "question": "Was it 5 µg, or not?", "options": ["c", "d"], "answer": "d"},
]
_SHOWN = {"question": "What does it show?", "answer": "a", "image": "images/0.png"}
_CASES = Path(__file__).parents[1] / "tests" / "cases"
_SMALL_BYTES = 4096
_ENDINGS = (".jsonl", ".json", ".csv", ".tsv", ".parquet", ".arrow", ".gz")
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": partial(pa.compress, codec="zstd", asbytes=True),
}


def seeds() -> dict[str, bytes]:
    """Return files to begin from by name: one of each kind, and the small cases of the tests."""
    cases = {
        "-".join(path.relative_to(_CASES).parts): path.read_bytes()
        for path in sorted(_CASES.rglob("*"))
        if path.suffix in _ENDINGS and path.name != "cases.jsonl"
    }
    return one_of_each() | {name: data for name, data in cases.items() if len(data) <= _SMALL_BYTES}


def one_of_each() -> dict[str, bytes]:
    """Return one valid file of each kind that can be read, by name."""
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in _ROWS)
    table = pa.Table.from_pylist(_ROWS)
    parquet, stream, file = io.BytesIO(), io.BytesIO(), io.BytesIO()
    pq.write_table(table, parquet)
    for sink, make in ((stream, pa.ipc.new_stream), (file, pa.ipc.new_file)):
        with make(sink, table.schema) as writer:
            writer.write_table(table)
    cells = 'id;question;answer\n1;Welche Größe?;a\n2;"Mit\nZeile";b\n'
    columns = {"question": {"0": "a b c", "1": "d"}, "answer": {"0": "x", "1": "y"}}
    page = {"features": [], "rows": [{"row": row} for row in _ROWS], "num_rows_total": 9}
    return {
        "a.jsonl": lines.encode(),
        "b.json": json.dumps(_ROWS, indent=1).encode(),
        "c.json": json.dumps({"train": _ROWS, "test": _ROWS}).encode(),
        "d.json": json.dumps(columns).encode(),
        "e.json": json.dumps(page).encode(),
        "f.json": json.dumps({"columns": ["a"], "data": [[1], [2]]}).encode(),
        "g.jsonl": "\n".join(json.dumps(row, indent=2) for row in _ROWS).encode(),
        "h.csv": cells.encode(),
        "i.csv": cells.encode("utf-16"),
        "j.csv": cells.replace("\n", "\r").encode("cp1252"),
        "k.tsv": ("sep=;\n" + cells).encode(),
        "l.parquet": parquet.getvalue(),
        "m.arrow": stream.getvalue(),
        "n.arrow": file.getvalue(),
        **_odd_tables(),
        "r.jsonl": json.dumps(_SHOWN).encode(),
        **{f"q.jsonl.{ending}": pack(lines.encode()) for ending, pack in PACKERS.items()},
    }


def _odd_tables() -> dict[str, bytes]:
    """Return tables whose columns hold what is no text."""
    table = pa.table(
        {
            "question": pa.array(["Why?", None], pa.large_string()),
            "answer": pa.array(["a", "b"]).dictionary_encode(),
            "time": pa.array([datetime(2024, 1, 2, tzinfo=UTC), None]),
            "dose": pa.array([Decimal("0.50"), None]),
            "picture": pa.array([b"\x89PNG", b""]),
            "nested": pa.array([{"a": [1.5, None]}, None]),
            "pairs": pa.array([[("k", "v")], []], pa.map_(pa.string(), pa.string())),
            "nothing": pa.nulls(2),
            "half": pa.array([float("nan"), 1.0], pa.float32()),
        }
    )
    parquet, stream = io.BytesIO(), io.BytesIO()
    pq.write_table(table, parquet, compression="none")
    with pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    return {"o.parquet": parquet.getvalue(), "p.arrow": stream.getvalue()}
