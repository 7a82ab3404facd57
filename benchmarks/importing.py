"""Import a large generated file, and let `datasets` read the same one beside it.

    python -m benchmarks.importing --rows 100000

Prints rows a second and the peak memory of each, every one in a process of its own, and how many
times longer the import takes. Most of the difference is what `load_dataset` does not do: formats,
checks, duplicates, and overlap with the validation questions.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

_WORDS = tuple("".join(letters) for letters in product("bdklmrst", "aeiou", "bdfglmnprst", "aeiou"))
_LOAD = (
    "import sys, datasets; "
    "datasets.load_dataset('json', data_files=sys.argv[1], cache_dir=sys.argv[2])"
)


def rows(count: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Yield rows like those of public sets: 20 to 120 words asked, a chain, four options.

    One in fifty repeats an earlier question with the last word changed, one in fifty as it was.
    """
    draw = random.Random(seed)
    earlier: list[tuple[list[str], list[str]]] = []
    for number in range(count):
        words = draw.choices(_WORDS, k=draw.randint(20, 120))
        options = [" ".join(draw.choices(_WORDS, k=3)) for _ in range(4)]
        if earlier and number % 25 == 0:
            words, options = draw.choice(earlier)
            if number % 50 == 0:
                words = [*words[:-1], "changed"]
        elif number % 10 == 1:
            earlier = [*earlier[-999:], (words, options)]
        yield {
            "id": f"row-{number:08d}",
            "question": " ".join(words) + "?",
            "options": options,
            "answer": options[draw.randrange(4)],
            "reasoning": " ".join(draw.choices(_WORDS, k=draw.randint(40, 200))),
            "source": draw.choice(("one", "two", "three")),
        }


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took: seconds on the wall and of the processor, peak memory in MB."""

    wall: float
    cpu: float
    peak: int


def cost_of(command: list[str]) -> Cost:
    """Run a command to its end and return what it took.

    Raises:
        RuntimeError: it failed; the message is what it printed.
    """
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(said.read()[-2000:].decode(errors="replace"))
    wall = time.perf_counter() - begun
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024)


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file, study = Path(folder) / "rows.jsonl", Path(folder) / "study"
        with file.open("w", encoding="utf-8") as lines:
            lines.writelines(json.dumps(row) + "\n" for row in rows(given.rows))
        diq = [sys.executable, "-m", "diq_core"]
        cost_of([*diq, "new", str(study)])
        loaded = cost_of([sys.executable, "-c", _LOAD, str(file), str(Path(folder) / "cache")])
        imported = cost_of([*diq, "import", str(file), "--study", str(study)])
        size = file.stat().st_size / 1024 / 1024
    print(f"{given.rows:,} rows, {size:,.0f} MB")
    for name, cost in (("load_dataset", loaded), ("diq import", imported)):
        print(
            f"{name:<14}{given.rows / cost.wall:>10,.0f} rows/s{cost.wall:>9.1f} s"
            f"{cost.cpu:>9.1f} CPU s{cost.peak:>8,} MB at most"
        )
    print(f"CPU seconds, import / load_dataset: {imported.cpu / loaded.cpu:.1f}")


if __name__ == "__main__":
    main()
