"""How many reviews a certificate takes, and whether its bound holds, on made-up truths.

    python -m benchmarks.certificate [--runs 2000] [--seed 0] [--batch 20] [--out certificate.json]

Compared with simple random sampling in two ways: the same certificate without strata (valid at
every look too, with the prior that suits it), and one sample of a size planned beforehand by
somebody who knows the truth (exact hypergeometric bound, one look at the end, succeeds with
chance 0.8). "Holds" = the bound was true after every single review of the run. "Saved" is against
the same certificate without strata, with its standard error.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.rehearsal import Rehearsal, rehearse
from diq_core.review.certificate.account import Terms

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A subset by stratum, its bad samples, and what is to be certified."""

    name: str
    sizes: tuple[int, ...]
    bad: tuple[int, ...]
    target: float
    taken_out: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table; reviews are means over the runs."""

    scenario: str
    about: str
    target: float
    truth: float
    holds: float
    holds_simple: float
    reached: float
    reviews: float
    reviews_simple: float
    saved: float
    saved_error: float
    reviews_planned: int | None


_SOURCES = (400, 400, 400, 400, 200, 200)
_TRUTHS: tuple[tuple[str, tuple[int, ...], tuple[int, ...], float], ...] = (
    ("no bad sample", (300,) * 6, (0,) * 6, 0.02),
    ("evenly spread 1 %", (300,) * 6, (3,) * 6, 0.025),
    ("two of eight strata 8 %", (250,) * 8, (20, 20, 1, 1, 1, 1, 0, 0), 0.04),
    ("one source 15 %", _SOURCES, (60, 2, 1, 1, 0, 0), 0.05),
    ("a tenth flagged, 30 %", (1800, 200), (6, 60), 0.05),
    # Evenly spread over six sources, 3 % in all; the last stratum is what a model flagged.
    ("even; model finds 60 %", (302, 302, 302, 301, 301, 301, 191), (4,) * 6 + (36,), 0.05),
    ("even; model finds 30 %", (298,) * 6 + (212,), (7,) * 6 + (18,), 0.05),
    ("even; model flags at random", (300,) * 6 + (200,), (9,) * 6 + (6,), 0.05),
)
SCENARIOS = (
    *(Scenario(*truth, False) for truth in _TRUTHS),
    *(Scenario(*truth, True) for truth in _TRUTHS[1:]),
    Scenario("one source 15 %", _SOURCES, (60, 2, 1, 1, 0, 0), 0.02, True),
    Scenario("a tenth flagged, 30 %", (1800, 200), (6, 60), 0.02, True),
    # One bad sample too many for the target: every certificate given here is a false one.
    Scenario("just too bad, one source", (240, 180, 180), (28, 2, 1), 0.05, False),
    Scenario("just too bad, smallest", (400, 160, 40), (1, 0, 30), 0.05, False),
)


def main() -> None:
    """Print the table and write it as JSON."""
    parser = argparse.ArgumentParser(description="Coverage and cost of certificates.")
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, default=20, help="Draws at a time; the app's are 20.")
    parser.add_argument("--out", type=Path, default=None)
    arguments = parser.parse_args()
    start = time.perf_counter()
    print(f"{arguments.runs} runs each, 95 % confidence, stopped at the first certificate")
    print(
        f"{'truth':<28}{'about':<8}{'target':>7}{'bad':>7}{'holds':>7}{'simple':>7}{'reached':>8}"
        f"{'reviews':>9}{'simple':>8}{'saved':>7}{'±':>6}{'planned':>9}"
    )
    lines = []
    for scenario in SCENARIOS:
        lines.append(measure(scenario, arguments.runs, arguments.seed, arguments.batch))
        print(_shown(lines[-1]), flush=True)
    print(f"{time.perf_counter() - start:.0f} s")
    if arguments.out:
        text = json.dumps([asdict(line) for line in lines], indent=1, ensure_ascii=False)
        arguments.out.write_text(text + "\n", encoding="utf-8")


def measure(scenario: Scenario, runs: int, seed: int, batch: int) -> Line:
    """Rehearse one scenario with strata and without."""
    sizes, bad = np.array(scenario.sizes), np.array(scenario.bad)
    total, all_bad = int(sizes.sum()), int(bad.sum())
    with_strata = _rehearsed(scenario, sizes, bad, runs, seed, batch)
    whole, all_of_it = np.array([total]), np.array([all_bad])
    simple = _rehearsed(scenario, whole, all_of_it, runs, seed + 1, batch)
    reviews, alone = float(with_strata.reviews.mean()), float(simple.reviews.mean())
    spread = [one.reviews.std() / one.reviews.mean() for one in (with_strata, simple)]
    return Line(
        scenario=scenario.name,
        about="rest" if scenario.taken_out else "subset",
        target=scenario.target,
        truth=all_bad / total,
        holds=float(with_strata.covered.mean()),
        holds_simple=float(simple.covered.mean()),
        reached=float(with_strata.reached.mean()),
        reviews=reviews,
        reviews_simple=alone,
        saved=1 - reviews / alone,
        saved_error=float(reviews / alone * np.hypot(*spread) / np.sqrt(runs)),
        reviews_planned=None if scenario.taken_out else planned(total, all_bad, scenario.target),
    )


def planned(total: int, bad: int, target: float, power: float = 0.8) -> int | None:
    """Return the smallest single sample that certifies the target with chance ``power``."""
    from scipy.stats import hypergeom

    limit = int(np.floor(target * total + 1e-9)) + 1
    if bad >= limit:
        return None
    for size in range(1, total + 1):
        found = np.arange(min(limit, size) + 1)
        passing = found[hypergeom.cdf(found, total, limit, size) <= 0.05]
        if len(passing) and hypergeom.cdf(passing[-1], total, bad, size) >= power:
            return size
    return total


def _rehearsed(
    scenario: Scenario, sizes: Ints, bad: Ints, runs: int, seed: int, batch: int
) -> Rehearsal:
    total, truth = int(sizes.sum()), int(bad.sum())
    limit = int(np.floor(scenario.target * total + 1e-9)) + 1
    # A few claims instead of hundreds: the limit as it moves, the truth, and some above.
    moving = np.linspace(limit, limit + truth, 8 if scenario.taken_out else 1)
    above = [1.5 * (limit + truth), 3.0 * (limit + truth)]
    claims = np.unique(np.ceil(np.concatenate([moving, [truth], above])).astype(np.int64))
    claims = claims[(claims > 0) & (claims <= total)]
    terms = Terms(sizes, scenario.target, taken_out=scenario.taken_out, claims=claims)
    return rehearse(terms, bad, runs=runs, seed=seed, batch=batch)


def _shown(line: Line) -> str:
    planned_size = "-" if line.reviews_planned is None else str(line.reviews_planned)
    return (
        f"{line.scenario:<28}{line.about:<8}{line.target:>7.1%}{line.truth:>7.1%}"
        f"{line.holds:>7.1%}{line.holds_simple:>7.1%}{line.reached:>8.1%}{line.reviews:>9.0f}"
        f"{line.reviews_simple:>8.0f}{line.saved:>7.0%}"
        f"{line.saved_error:>6.1%}{planned_size:>9}"
    )


if __name__ == "__main__":
    main()
