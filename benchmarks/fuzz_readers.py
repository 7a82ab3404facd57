"""Feed the import what nobody meant it to read: valid files of every kind with a few changes.

    TMPDIR=/dev/shm python -m benchmarks.fuzz_readers --times 1000000 --log fuzz.log

Begun from are one file of each kind that can be read and the small files of `tests/cases`. One
input in five lies in a folder with splits, one in ten is packed after the changes; one in four goes
on through the whole import: format, settling, checks, comparison. Each input follows from the seed,
its number and those files alone.

The log has one line of JSON for every ten thousand inputs: how many of each kind of file ended how
so far, and the slowest. A run with the same log goes on after its last line, `--start` anywhere.
Whatever is not a `UserError` ends the run with the number of the input and its bytes.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import io
import json
import lzma
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from diq_core.data.findings import Finding
from diq_core.data.importing import import_samples
from diq_core.data.readers import open_source
from diq_core.errors import UserError

_ROWS = [
    {"id": "1", "question": "Which size, Größe, is it?", "options": ["a", "b"], "answer": "a"},
    {"id": "2", "question": "Was it 5 µg, or not?", "options": ["c", "d"], "answer": "d"},
]
_EVERY = 10_000
_CASES = Path(__file__).parents[1] / "tests" / "cases"
_SMALL_BYTES = 4096
_ENDINGS = (".jsonl", ".json", ".csv", ".tsv", ".parquet", ".arrow", ".gz")
_ENCODINGS = (*[None] * 8, "cp1252", "gb18030", "utf-16")
_PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": partial(pa.compress, codec="zstd", asbytes=True),
}
# What means something to a reader, and so leads deeper into it than a random byte.
_WORDS = (
    b'"', b"'", b",", b"{", b"}", b"[", b"]", b":", b"\\", b"\\u", b"\\ud800", b"\n", b"\r", b"\0",
    b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"sep=;\n", b"train", b"rows", b"row", b"data", b"NaN",
    b"-", b"1e999", b"9" * 5000, b"[" * 3000, b'{"a":' * 100, b"ARROW1\0\0", b"PAR1", b"\x1f\x8b",
)  # fmt: skip


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
        **{f"q.jsonl.{ending}": pack(lines.encode()) for ending, pack in _PACKERS.items()},
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


def mutated(data: bytes, draw: random.Random) -> bytes:
    """Return `data` with one to five changes: bytes, words, cuts, repetitions."""
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 1, 2, 3, 5))):
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


@dataclass(frozen=True, slots=True)
class Input:
    """One input: what is written where, and how it is read."""

    name: str
    data: bytes
    in_folder: bool
    whole_import: bool
    encoding: str | None


def input_of(number: int, seed: int, files: dict[str, bytes]) -> Input:
    """Return input `number`; the same seed, number and files give the same."""
    draw = random.Random(f"{seed}-{number}")
    name = draw.choice(sorted(files))
    data = mutated(files[name], draw)
    if draw.random() < 0.1:
        ending = draw.choice(sorted(_PACKERS))
        name, data = f"{name}.{ending}", _PACKERS[ending](data)
    return Input(
        name=name,
        data=data,
        in_folder=draw.random() < 0.2,
        whole_import=draw.random() < 0.25,
        encoding=draw.choice(_ENCODINGS),
    )


def fuzz(number: int, seed: int, folder: Path, files: dict[str, bytes]) -> tuple[Input, str]:
    """Read input `number`; return it, and how that ended.

    Raises:
        Exception: whatever the import did not foresee.
    """
    given = input_of(number, seed, files)
    place = folder / "repo" / "data" if given.in_folder else folder
    place.mkdir(parents=True, exist_ok=True)
    path = place / (f"train-{given.name}" if given.in_folder else given.name)
    path.write_bytes(given.data)
    if given.in_folder:
        (place / f"test-{given.name}").write_bytes(given.data[: len(given.data) // 2])
    source = folder / "repo" if given.in_folder else path
    try:
        return given, (_import if given.whole_import else _read)(source, given.encoding)
    except UserError as refusal:
        return given, f"refused ({type(refusal).__name__})"
    except Exception as error:
        error.add_note(f"input {number} of seed {seed}, {given.name}: {given.data[:2000]!r}")
        raise
    finally:
        if given.in_folder:
            shutil.rmtree(folder / "repo")
        else:
            path.unlink()


def _read(source: Path, encoding: str | None) -> str:
    rows = left_out = 0
    for item in open_source(source, encoding=encoding).rows():
        bad = isinstance(item, Finding) and item.severity == "error"
        left_out, rows = left_out + bad, rows + (not isinstance(item, Finding))
    return _words("read", rows, left_out)


def _import(source: Path, encoding: str | None) -> str:
    found = import_samples(source, encoding=encoding, ignore=None)
    return _words("imported", len(found.samples), found.counts["unreadable"])


def _words(done: str, good: int, bad: int) -> str:
    if not good:
        return f"{done}: no row"
    return f"{done}: some rows with a reason left out" if bad else f"{done}: every row"


@dataclass
class Tally:
    """What is known after so many inputs.

    Attributes:
        inputs: how many there were.
        slowest: CPU seconds of the slowest.
        slowest_input: its number.
        outcomes: kind of file → how it ended → how many.
    """

    seed: int
    inputs: int = 0
    slowest: float = 0.0
    slowest_input: int = 0
    outcomes: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, number: int, given: Input, outcome: str, seconds: float) -> None:
        """Count one input."""
        self.inputs += 1
        kind = "".join(Path(given.name).suffixes) + (" in a folder" if given.in_folder else "")
        counts = self.outcomes.setdefault(kind, {})
        counts[outcome] = counts.get(outcome, 0) + 1
        if seconds > self.slowest:
            self.slowest, self.slowest_input = round(seconds, 3), number

    @classmethod
    def of(cls, log: Path, seed: int) -> Tally:
        """Return the last one of a log; a new one where there is none."""
        lines = log.read_text("utf-8").splitlines() if log.exists() else []
        return cls(**json.loads(lines[-1])) if lines else cls(seed)


def main(say: Callable[[str], object] = print) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--times", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=int, help="number of the first input")
    parser.add_argument("--log", type=Path, default=Path("fuzz_readers.log"))
    given = parser.parse_args()
    tally, files = Tally.of(given.log, given.seed), seeds()
    start = tally.inputs if given.start is None else given.start
    say(f"seed {given.seed}, inputs {start:,} to {given.times:,}, from {len(files)} files")
    with tempfile.TemporaryDirectory() as temporary, given.log.open("a", encoding="utf-8") as log:
        for number in range(start, given.times):
            begun = time.process_time()
            read, outcome = fuzz(number, given.seed, Path(temporary), files)
            tally.add(number, read, outcome, time.process_time() - begun)
            if (number + 1) % _EVERY == 0 or number + 1 == given.times:
                log.write(json.dumps(asdict(tally)) + "\n")
                log.flush()
    say(f"{tally.inputs:,} inputs, no uncaught exception; {json.dumps(tally.outcomes, indent=1)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
