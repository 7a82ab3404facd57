"""What the queue runs in tests in place of ``diq``: tiny jobs that wait for files, not for time.

``python queue_program.py run --study STUDY --name NAME [--data WORDS]`` counts to ten in the
study's file ``run/NAME.txt``, one line a unit, and goes on where an earlier attempt stopped.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from diq_core.errors import BadFile
from diq_core.jobs import processes, worker
from diq_core.jobs.argument_list import read_command
from diq_core.jobs.running import running
from diq_core.study import open_study

PATIENCE = 240.0
UNITS = 10


def wait_for(path: Path) -> None:
    """Return when the file is there."""
    end = time.monotonic() + PATIENCE
    while not path.exists():
        if time.monotonic() > end:
            raise TimeoutError(path)
        time.sleep(0.01)


def told(data: str) -> tuple[Path | None, float, bool]:
    """Return the file to wait for half way, the seconds a unit takes, and whether it fails.

    Args:
        data: the three, each after its word, e.g. ``"gate=GO pace=0.02 fail="``.
    """
    words = dict(word.split("=", 1) for word in data.split())
    gate = words.get("gate")
    return Path(gate) if gate else None, float(words.get("pace", 0)), "fail" in words


def step(arguments: list[str]) -> None:
    """Make ``run/<name>.txt``, whose bytes do not depend on how often it was killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--study", type=Path, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--data", default="", help="What it does besides counting; see `told`.")
    parser.add_argument("--restart", action="store_true")
    chosen = parser.parse_args(arguments)
    gate, pace, fails = told(chosen.data)
    study = open_study(chosen.study)
    with running(study, read_command("run", chosen.name, sys.argv[1:])) as progress:
        part = study.folder("run", chosen.name).with_suffix(".part")
        final = study.folder("run", chosen.name)
        _note(study.path / "attempts.txt", f"{chosen.name} {os.environ.get(processes.ENTRY)}")
        if chosen.restart and part.exists():
            part.unlink()
        if fails:
            raise BadFile("The file is empty", which="x.jsonl", todo="choose another")
        done = len(part.read_text().splitlines()) if part.exists() else 0
        part.parent.mkdir(exist_ok=True)
        progress.expect(UNITS, unit="steps", finished=done, message="Counting")
        for unit in range(done, UNITS):
            if gate and unit == UNITS // 2:
                progress.beat()
                (study.path / f"{chosen.name}.half").touch()
                wait_for(gate)
            _note(study.path / "trace.txt", f"{chosen.name} {os.getpid()}")
            _note(part, f"unit {unit}")
            progress.advance(1)
            time.sleep(pace)
        os.replace(part, final.with_suffix(".txt"))
        (study.path / f"{chosen.name}.card").write_text(os.environ.get("CUDA_VISIBLE_DEVICES", "-"))


def _note(path: Path, line: str) -> None:
    # One write of a short line is whole or not there, also under kill -9.
    with path.open("ab", buffering=0) as file:
        file.write(f"{line}\n".encode())


def main() -> None:
    """Run a tiny job, or the worker as the command line does."""
    # Whatever this process starts is to be this program, too.
    processes.PROGRAM = (str(Path(__file__).resolve()),)
    if sys.argv[1] == "run":
        step(sys.argv[2:])
    else:
        verb, option, study = sys.argv[1:]
        assert (verb, option) == ("work", "--study")
        worker.work(open_study(Path(study)))


if __name__ == "__main__":
    main()
