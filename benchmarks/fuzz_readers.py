"""Feed the readers what nobody meant them to read: valid files of every kind with a few changes.

    python benchmarks/fuzz_readers.py --times 1000000 --seed 1 --log fuzz.log

Each input follows from the seed and its number alone. The log holds one line for every ten
thousand inputs, and a run with the same log goes on after the last of them. Whatever is not a
`UserError` ends the run with the number of the input and its bytes, which are kept beside the log.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import io
import json
import lzma
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from diq_core.data.readers import open_source
from diq_core.errors import UserError

_ROWS = [
    {"id": "1", "question": "Which size, Größe, is it?", "options": ["a", "b"], "answer": "a"},
    {"id": "2", "question": "Was it 5 µg, or not?", "options": ["c", "d"], "answer": "d"},
]
_EVERY = 10_000
# What means something to a reader, and so leads deeper into it than a random byte.
_WORDS = (
    b'"', b"'", b",", b"{", b"}", b"[", b"]", b":", b"\\", b"\\u", b"\\ud800", b"\n", b"\r", b"\0",
    b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"sep=;\n", b"train", b"rows", b"row", b"data", b"NaN",
    b"-", b"1e999", b"9" * 5000, b"[" * 3000, b'{"a":' * 100, b"ARROW1\0\0", b"PAR1", b"\x1f\x8b",
)  # fmt: skip


def seeds() -> dict[str, bytes]:
    """Return one valid file of each kind, by name."""
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
        "o.jsonl.gz": gzip.compress(lines.encode()),
        "p.jsonl.bz2": bz2.compress(lines.encode()),
        "q.jsonl.xz": lzma.compress(lines.encode()),
        "r.jsonl.zst": pa.compress(lines.encode(), "zstd", asbytes=True),
    }


def mutated(data: bytes, draw: random.Random) -> bytes:
    """Return `data` with one to five changes: bytes, words, cuts, repetitions."""
    changed = bytearray(data)
    for _ in range(draw.randint(1, 5)):
        at = draw.randrange(len(changed) + 1)
        what = draw.randrange(5)
        if what == 0 and at < len(changed):
            changed[at] = draw.randrange(256)
        elif what == 1:
            changed[at:at] = draw.choice(_WORDS)
        elif what == 2:
            del changed[at : at + draw.randint(1, 20)]
        elif what == 3:
            changed[at:at] = changed[at : at + draw.randint(1, 60)]
        elif at:
            del changed[at:]
    return bytes(changed)


def read(path: Path, encoding: str | None) -> None:
    """Read a file to its end; what is wrong with it is a `UserError` or a finding."""
    try:
        for _ in open_source(path, encoding=encoding).rows():
            pass
    except UserError:
        pass


def fuzz(number: int, seed: int, folder: Path, files: dict[str, bytes]) -> bytes:
    """Read input `number`, and return it.

    Raises:
        Exception: whatever the readers did not foresee.
    """
    draw = random.Random(f"{seed}-{number}")
    name = draw.choice(sorted(files))
    data = mutated(files[name], draw)
    path = folder / name
    path.write_bytes(data)
    try:
        read(path, draw.choice([None, None, "cp1252", "utf-16", "gb18030"]))
    except Exception as error:
        error.add_note(f"input {number} of seed {seed}, {name}: {data[:2000]!r}")
        raise
    return data


def _done(log: Path) -> int:
    lines = log.read_text("utf-8").splitlines() if log.exists() else []
    return int(lines[-1].split()[0]) if lines else 0


def main(say: Callable[[str], object] = print) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--times", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", type=Path, default=Path("fuzz_readers.log"))
    given = parser.parse_args()
    start, files = _done(given.log), seeds()
    say(f"seed {given.seed}, inputs {start:,} to {given.times:,}")
    with tempfile.TemporaryDirectory() as temporary, given.log.open("a", encoding="utf-8") as log:
        for number in range(start, given.times):
            fuzz(number, given.seed, Path(temporary), files)
            if (number + 1) % _EVERY == 0:
                log.write(f"{number + 1} inputs of seed {given.seed}: no uncaught exception\n")
                log.flush()
    say(f"{given.times:,} inputs, no uncaught exception")
    return 0


if __name__ == "__main__":
    sys.exit(main())
