"""Run the paper's experiments in small, by the very commands that a user types.

    python -m benchmarks.paper_in_small --data ../shared/data --work build/paper
    python -m benchmarks.paper_in_small --work build/paper --report-only

What is finished is kept in the work folder, so a stopped run goes on; `--seeds 0,1` stops after
those. The results and the report lie beside this file, in ``results/``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from benchmarks.paper_in_small.collect import collect
from benchmarks.paper_in_small.grid import GRIDS, grid_file, read_grid
from benchmarks.paper_in_small.pool import QUESTIONS, draw
from benchmarks.paper_in_small.report import write_report
from diq_core.study import open_study

MOST_TOKENS = "512"
ASKED = ("validation", "mmlu")
"""Sets of questions that every arm is tested on."""


def main() -> None:
    """Draw, score, train, test and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of the real data")
    parser.add_argument("--work", type=Path, required=True, help="folder to work in")
    parser.add_argument("--seeds", default="", help="only these seeds, e.g. 0,1")
    parser.add_argument("--grids", default=",".join(GRIDS), help="only these grids")
    parser.add_argument("--influence", default="main", help="name of the influence scores")
    parser.add_argument("--report-only", action="store_true", help="only collect and report")
    options = parser.parse_args()
    study = options.work / "study"
    if not options.report_only:
        files = draw(options.data, options.work / "data")
        score(study, files)
        for grid in options.grids.split(","):
            run_grid(study, grid, options.seeds, options.influence, files)
    found = open_study(study)
    collect(found, found.find("influence", options.influence))
    write_report()


def score(study: Path, files: dict[str, Path]) -> None:
    """Import the pool and measure difficulty, influence, cosine and IFD."""
    at = ["--study", str(study)]
    if not study.exists():
        diq("new", str(study))
    compared = [f"--benchmark={files[name]}" for name in QUESTIONS if name != "validation"]
    diq("import", str(files["pool"]), *at, f"--validation={files['validation']}", *compared)
    diq("difficulty", *at)
    diq("influence", *at, f"--validation={files['validation']}", "--per-task", "1000",
        "--max-tokens", MOST_TOKENS, "--batch-tokens", "1024", "--also", "cosine,ifd")  # fmt: skip


def run_grid(study: Path, grid: str, seeds: str, influence: str, files: dict[str, Path]) -> None:
    """Train and test every arm of a grid that is not there yet."""
    asked = [f"--benchmark={files[name]}" for name in ASKED]
    wanted = seeds or ",".join(map(str, read_grid(grid).seeds))
    diq("experiment", "--study", str(study), "--settings", str(grid_file(grid)), "--name", grid,
        "--seeds", wanted, "--difficulty", "main", "--influence", influence, *asked,
        "--arms-only")  # fmt: skip


def diq(*arguments: str) -> None:
    """Run one command; the benchmark ends where the command fails."""
    subprocess.run([sys.executable, "-m", "diq_core", *arguments], check=True)


if __name__ == "__main__":
    main()
