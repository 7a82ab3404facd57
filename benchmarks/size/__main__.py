"""Simulate the size of every test that a conclusion rests on, and the cover of every interval.

    python -m benchmarks.size --pairs 3000

Writes `results.json` beside this file: for each row how many of its simulated pairs of equally good
models had p at most 0.05 and at most 0.003, or how many 95 % intervals missed the truth. A test
keeps its size where the share is no larger than the level, up to what chance leaves of so many
pairs. On a core shared with other work the rows of `results.json` took more than half an
hour.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, get_args

from benchmarks.size.null import (
    KINDS,
    Interval,
    missed,
    rejected,
    rejected_in_a_table,
    rejected_of_guessing,
    rejected_of_preferences,
)

RESULTS = Path(__file__).with_name("results.json")
QUESTIONS = (4, 6, 8, 10, 15, 20, 21, 30, 50, 100, 200, 500)
SEEDS = ((3, 3), (5, 5), (3, 0), (5, 0))
"""Of first and second; 0 = the base model, which was not trained and so has no seeds."""
SEED_SPREADS = (0.0, 0.1, 0.3)
"""How far seeds move a whole arm, beside 0.3 for a question: from not at all to as far."""
Row = tuple[dict[str, Any], Callable[[], dict[float, int] | int]]


def rows(pairs: int) -> Iterator[Row]:
    """Yield what is simulated: what it is called, and the simulation."""
    for kind in KINDS:
        for n in QUESTIONS:
            yield {"what": kind, "questions": n}, partial(rejected, kind, n, (1, 1), 0.0, pairs)
        for seeds in SEEDS:
            for n in (10, 50, 200):
                for spread in SEED_SPREADS:
                    named: dict[str, Any] = {"what": kind, "questions": n}
                    named |= {"seeds": seeds, "spread": spread}
                    yield named, partial(rejected, kind, n, seeds, spread, pairs)
        yield (
            {"what": f"table of 6, {kind} (Holm)", "questions": 50},
            partial(rejected_in_a_table, kind, 50, 6, pairs),
        )
    for n in QUESTIONS:
        yield {"what": "guessing", "questions": n}, partial(rejected_of_guessing, n, pairs)
        for ties in (0.0, 0.3):
            named = {"what": "preference", "questions": n, "ties": ties}
            yield named, partial(rejected_of_preferences, n, ties, pairs)
    for what in get_args(Interval):
        for n in (4, 10, 50, 200):
            yield {"what": what, "questions": n}, partial(missed, what, n, pairs)


def main() -> None:
    """Simulate every row, say how far it is, and keep what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=3000)
    pairs = parser.parse_args().pairs
    found, planned, began = [], list(rows(pairs)), time.monotonic()
    for place, (named, simulate) in enumerate(planned, start=1):
        outcome = simulate()
        counts = {"missed": outcome} if isinstance(outcome, int) else {
            f"at_{level}": count for level, count in outcome.items()
        }  # fmt: skip
        found.append({**named, **counts})
        past = time.monotonic() - began
        print(f"{place}/{len(planned)}, {past:.0f} s: {found[-1]}", file=sys.stderr, flush=True)
    lines = ",\n  ".join(json.dumps(each) for each in found)
    RESULTS.write_text(f'{{"pairs": {pairs}, "rows": [\n  {lines}\n]}}\n')


if __name__ == "__main__":
    main()
