"""How long choosing takes, beside what numpy alone needs for the barest version of it.

    python -m benchmarks.selection [--rows 1000000] [--repeats 5]

The floor is one weighted sum over all rows plus one argpartition: any ranking by a weight must
do that. Everything is measured in one run on the same made-up scores; the ratios count, the
milliseconds are those of this machine.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from diq_core.maps.region import Polygon
from diq_core.selection.choose import select
from diq_core.selection.pool import Pool
from diq_core.selection.scores import Scores


def main() -> None:
    """Print a table of times and of ratios to the floor."""
    parser = argparse.ArgumentParser(description="Measure selection against bare numpy.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    scores = made_up(arguments.rows)
    rows = [(name, best_of(arguments.repeats, work)) for name, work in workloads(scores)]
    floor = rows[0][1]
    print(f"{arguments.rows:,} samples, best of {arguments.repeats}, budget 10 %")
    for name, seconds in rows:
        print(f"{name:<62}{seconds * 1000:>10.1f} ms{seconds / floor:>8.2f} x floor")


def made_up(count: int) -> Scores:
    """Return scores of the shape real ones have: five sources, a few missing, a few excluded."""
    random = np.random.default_rng(0)
    difficulty = random.normal(2.8, 0.6, count).clip(1, 5)
    difficulty[random.random(count) < 0.01] = np.nan
    excluded = np.full(count, None, dtype=object)
    excluded[random.random(count) < 0.02] = "duplicate of another sample"
    sources = np.array(["medmcqa", "huatuo", "medquad", "pubmedqa", "other"], dtype=object)
    return Scores.of(
        [f"s{number:016x}" for number in range(count)],
        difficulty,
        random.normal(0, 1e-4, count),
        length=random.integers(5, 900, count),
        source=sources[random.integers(0, len(sources), count)],
        excluded=excluded,
    )


def workloads(scores: Scores) -> list[tuple[str, Callable[[], Any]]]:
    """Return what is timed, the floor first; the warm pool is prepared here."""
    pool = Pool(scores)
    settings: dict[str, Any] = {"rule": "weight", "weight": 0.3}
    quota = {**settings, "max_per_source": "18%"}
    select(pool, **quota)
    select(pool, strategy="random")
    lasso = _star(200)
    chosen = select(pool, **settings)
    return [
        ("floor: numpy weighted sum + argpartition", _floor(len(scores))),
        ("diq, paper rule, warm", lambda: select(pool)),
        ("diq, weight rule, warm", lambda: select(pool, **settings)),
        ("diq, weight rule, no quadrants, warm", lambda: select(pool, **settings, quadrants=False)),
        ("diq, weight rule, limit per source, warm", lambda: select(pool, **quota)),
        ("random, warm", lambda: select(pool, strategy="random")),
        ("longest, warm", lambda: select(pool, strategy="longest")),
        ("diq, paper rule, cold: cuts too", lambda: select(Pool(scores))),
        ("diq, weight rule, limit per source, cold: ranks, groups too", _cold(scores, quota)),
        ("one reason", lambda: chosen.reason_of(len(scores) // 2)),
        ("all reasons", lambda: select(pool, **settings).reasons()),
        (
            "lasso of 200 vertices over all points",
            lambda: lasso.mask(scores["difficulty"], scores["influence"]),
        ),
    ]


def _floor(count: int) -> Callable[[], Any]:
    random = np.random.default_rng(0)
    left, right = random.random(count), random.random(count)
    keep = max(1, count // 10)
    return lambda: np.argpartition(0.3 * left + 0.7 * right, count - keep)[count - keep :]


def _cold(scores: Scores, settings: dict[str, Any]) -> Callable[[], Any]:
    return lambda: select(Pool(scores), **settings)


def _star(vertices: int) -> Polygon:
    """Return a jagged outline around the middle of the made-up scores."""
    angles = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    radius = np.where(np.arange(vertices) % 2, 1.0, 0.6)
    x, y = 2.8 + radius * 1.5 * np.cos(angles), radius * 2.5e-4 * np.sin(angles)
    return Polygon(tuple(zip(x.tolist(), y.tolist(), strict=True)))


def best_of(repeats: int, work: Callable[[], Any]) -> float:
    """Return the seconds of the fastest run, which other load disturbs least."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    main()
