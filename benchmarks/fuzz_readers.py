"""Feed the import what nobody meant it to read: valid files of every kind with a few changes.

    TMPDIR=/dev/shm python -m benchmarks.fuzz_readers --times 1000000 --log fuzz.log

Begun from are one file of each kind that can be read and the small files of `tests/cases`. One
input in five lies in a folder (`--folders`: every one; see `fuzz_folders`), a third of these in an
archive; one in ten is packed after the changes; one in four goes on through the whole import:
format, settling, checks, comparison. What the import asks (which part, which encoding) is answered
by lot. Each input follows from the seed, its number and those files alone.

The log has one line of JSON for every ten thousand inputs: how many of each kind of file ended how
so far, how often what was asked, and the slowest. A run with the same log goes on after its last
line, `--start` anywhere. Whatever is not a `UserError` ends the run with the number of the input
and its bytes.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.fuzz_folders import Files, laid_out, packed, write
from benchmarks.fuzz_seeds import PACKERS, seeds
from diq_core.data.findings import Finding
from diq_core.data.importing import import_samples
from diq_core.data.readers import open_source
from diq_core.errors import SettingNeeded, UserError

_EVERY = 10_000
_MOST_ANSWERS = 4
_ENCODINGS = (*[None] * 8, "cp1252", "gb18030", "utf-16")
# What means something to a reader, and so leads deeper into it than a random byte.
_WORDS = (
    b'"', b"'", b",", b"{", b"}", b"[", b"]", b":", b"\\", b"\\u", b"\\ud800", b"\n", b"\r", b"\0",
    b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"sep=;\n", b"train", b"rows", b"row", b"data", b"NaN",
    b"-", b"1e999", b"9" * 5000, b"[" * 3000, b'{"a":' * 100, b"ARROW1\0\0", b"PAR1", b"\x1f\x8b",
)  # fmt: skip


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
    """One input: what is written where, and how it is read.

    Attributes:
        name: of the changed file.
        folder: all files of the folder that it lies in; empty = it lies alone.
        archive: name and bytes of the folder as an archive; None = it is none.
    """

    name: str
    data: bytes
    folder: Files
    archive: tuple[str, bytes] | None
    whole_import: bool
    encoding: str | None

    @property
    def kind(self) -> str:
        """The kind of file, and what it lies in."""
        where = " in an archive" if self.archive else " in a folder" if self.folder else ""
        return "".join(Path(self.name).suffixes) + where


def input_of(number: int, seed: int, files: dict[str, bytes], *, folders: bool = False) -> Input:
    """Return input `number`; the same seed, number and files give the same.

    Args:
        folders: whether it lies in a folder in any case.
    """
    draw = random.Random(f"{seed}-{number}")
    name = draw.choice(sorted(files))
    data = mutated(files[name], draw)
    if draw.random() < 0.1:
        ending = draw.choice(sorted(PACKERS))
        name, data = f"{name}.{ending}", PACKERS[ending](data)
    in_folder = draw.random() < 0.2
    whole_import, encoding = draw.random() < 0.25, draw.choice(_ENCODINGS)
    folder = laid_out(name, data, files, draw) if folders or in_folder else {}
    archive = packed(folder, draw) if folder and draw.random() < 0.3 else None
    return Input(name, data, folder, archive, whole_import, encoding)


def fuzz(
    number: int, seed: int, folder: Path, files: dict[str, bytes], *, folders: bool = False
) -> tuple[Input, str, list[str]]:
    """Read input `number`; return it, how that ended, and which settings were asked on the way.

    Raises:
        Exception: whatever the import did not foresee.
    """
    given = input_of(number, seed, files, folders=folders)
    source = folder / "repo" if given.folder else folder / given.name
    if given.archive:
        source = folder / given.archive[0]
        source.write_bytes(given.archive[1])
    elif given.folder:
        write(given.folder, source)
    else:
        source.write_bytes(given.data)
    asked: dict[str, str] = {}
    try:
        return given, _answered(given, source, asked, random.Random(f"{seed}-{number}-")), [*asked]
    except UserError as refusal:
        return given, f"refused ({type(refusal).__name__})", [*asked]
    except Exception as error:
        error.add_note(f"input {number} of seed {seed}, {given.name}: {given.data[:2000]!r}")
        raise
    finally:
        shutil.rmtree(source) if source.is_dir() else source.unlink()


def _answered(given: Input, source: Path, asked: dict[str, str], draw: random.Random) -> str:
    """Read an input, and answer by lot what is asked."""
    read = _import if given.whole_import else _read
    for _ in range(_MOST_ANSWERS):
        try:
            return read(source, **({"encoding": given.encoding} | asked))
        except SettingNeeded as question:
            asked[question.setting] = draw.choice(sorted(question.choices))
    return read(source, **asked)


def _read(source: Path, **said: Any) -> str:
    rows = left_out = 0
    for item in open_source(source, **said).rows():
        bad = isinstance(item, Finding) and item.severity == "error"
        left_out, rows = left_out + bad, rows + (not isinstance(item, Finding))
    return _words("read", rows, left_out)


def _import(source: Path, **said: Any) -> str:
    with tempfile.TemporaryDirectory() as images:
        found = import_samples(source, ignore=None, images_to=Path(images), **said)
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
        asked: setting → how often an answer was needed.
    """

    seed: int
    inputs: int = 0
    slowest: float = 0.0
    slowest_input: int = 0
    outcomes: dict[str, dict[str, int]] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)

    def add(
        self, number: int, given: Input, outcome: str, asked: list[str], seconds: float
    ) -> None:
        """Count one input."""
        self.inputs += 1
        counts = self.outcomes.setdefault(given.kind, {})
        counts[outcome] = counts.get(outcome, 0) + 1
        for setting in asked:
            self.asked[setting] = self.asked.get(setting, 0) + 1
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
    parser.add_argument("--folders", action="store_true", help="every input lies in a folder")
    parser.add_argument("--log", type=Path, default=Path("fuzz_readers.log"))
    given = parser.parse_args()
    tally, files = Tally.of(given.log, given.seed), seeds()
    start = tally.inputs if given.start is None else given.start
    say(f"seed {given.seed}, inputs {start:,} to {given.times:,}, from {len(files)} files")
    with tempfile.TemporaryDirectory() as temporary, given.log.open("a", encoding="utf-8") as log:
        for number in range(start, given.times):
            begun = time.process_time()
            found = fuzz(number, given.seed, Path(temporary), files, folders=given.folders)
            tally.add(number, *found, seconds=time.process_time() - begun)
            if (number + 1) % _EVERY == 0 or number + 1 == given.times:
                log.write(json.dumps(asdict(tally)) + "\n")
                log.flush()
    say(f"{tally.inputs:,} inputs, no uncaught exception; {json.dumps(asdict(tally), indent=1)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
