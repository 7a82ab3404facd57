"""Kill whatever works on a study, at random moments of whole pipelines, and compare what is made.

    python -m benchmarks.kills --times 200 [--seed 0] [--minutes 30]

A pipeline goes from a file to an evaluation on a tiny model. Short steps are begun as a button
does, a run and an evaluation wait in the study's queue; the app serves the study meanwhile, and a
reviewer saves verdicts. Killed with ``kill -9``, half of the times before a step has begun to
write and half after, are

- the process of a step ("stage"), which the person begins again, or the queue's worker;
- the queue's worker: whoever looks at the study next starts another;
- the app's server, which is started again;
- the reviewer, who comes back;
- all of them at once ("machine"): only the server is started again, as after a power cut.

An entry of the queue whose process has died three times has failed; so it is killed twice at most.
When a pipeline has ended, every data file must have the bytes of the undisturbed pipeline, every
acknowledged verdict be in the log and the log whole, every entry of the queue be done, and nothing
have been begun twice or still run. After so many minutes nothing is killed any more.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.disturbed import Kill, Length, Pipeline, Target
from benchmarks.pipeline import data_files, differences, orders, own_cache, write_sources
from diq_core.jobs.order import Order
from diq_core.jobs.worker import TRIES
from diq_core.kinds import row
from diq_core.study import create_study

IN_QUEUE: dict[Target, int] = {"stage": 6, "worker": 5, "server": 3, "reviewer": 2, "machine": 3}
"""How often each is a target while a step of the queue is made."""
OUTSIDE: dict[Target, int] = {"stage": 12, "server": 2, "reviewer": 2, "machine": 1}
"""The same for a step that is begun by hand."""
_PER_PIPELINE = 24


def planned(
    chooser: random.Random, steps: Sequence[Order], lengths: Sequence[Length], count: int
) -> list[list[Kill]]:
    """Return the kills of each step; those in which a model computes have three times as many."""
    found: list[list[Kill]] = [[] for _ in steps]
    weights = [3 if row(step.kind).heavy else 1 for step in steps]
    for place in chooser.choices(range(len(steps)), weights, k=count):
        chances = dict(IN_QUEUE if row(steps[place].kind).queues else OUTSIDE)
        died = sum(kill.target in ("stage", "machine") for kill in found[place])
        if row(steps[place].kind).queues and died >= TRIES - 1:
            chances = {"worker": 2, "server": 1}
        (target,) = chooser.choices(list(chances), list(chances.values()))
        length = lengths[place]
        span = (0.0, length.before) if chooser.random() < 0.5 else (length.before, length.whole)
        found[place].append(Kill(target, chooser.uniform(*span)))
    return found


@dataclass
class Outcome:
    """What all pipelines came to."""

    killed: Counter[Target] = field(default_factory=Counter)
    pipelines: int = 0
    verdicts: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        by_target = ", ".join(f"{number} {name}" for name, number in sorted(self.killed.items()))
        return (
            f"{self.killed.total()} kills in {self.pipelines} pipelines ({by_target}), "
            f"{self.verdicts} verdicts acknowledged: {len(self.faults)} differences"
        )


def kills(folder: Path, *, times: int, seed: int, minutes: float, most: int = 0) -> Outcome:
    """Work through pipelines in `folder` until `times` processes were killed.

    Args:
        minutes: after so many nothing is killed any more.
        most: of pipelines that are disturbed; 0 = as many as it takes.
    """
    chooser, end = random.Random(seed), time.monotonic() + 60 * minutes
    sources = write_sources(folder)
    steps, outcome = orders(sources), Outcome()
    _tell("Undisturbed")
    with _pipeline(folder / "0", outcome) as quiet:
        lengths = [quiet.make(step) for step in steps]
    undisturbed = data_files(quiet.study)
    for step, length in zip(steps, lengths, strict=True):
        _tell(f"     {step.kind}: {length.whole:.1f} s, {length.before:.1f} until it writes")
    while (left := times - outcome.killed.total()) > 0 and time.monotonic() < end:
        if most and outcome.pipelines > most:
            break
        before = outcome.killed.total()
        with _pipeline(folder / str(outcome.pipelines), outcome) as pipeline:
            pipeline.killed.update(outcome.killed)
            for step, some in zip(
                steps, planned(chooser, steps, lengths, min(left, _PER_PIPELINE)), strict=True
            ):
                in_time = some if time.monotonic() < end else []
                pipeline.make(step, in_time)
            outcome.killed = pipeline.killed
        found = differences(pipeline.study, undisturbed)
        outcome.faults += found
        said = "; ".join([*pipeline.faults, *found]) or "same bytes, nothing lost"
        _tell(f"Pipeline {outcome.pipelines - 1}, {outcome.killed.total() - before} kills: {said}")
    return outcome


@contextmanager
def _pipeline(workspace: Path, outcome: Outcome) -> Iterator[Pipeline]:
    """Begin a pipeline in a workspace with a cache of its own, and check it after the block."""
    workspace.mkdir()
    with own_cache(workspace / "cache"):
        pipeline = Pipeline(create_study(workspace / "study"))
        try:
            yield pipeline
        finally:
            pipeline.end()
    outcome.pipelines += 1
    outcome.verdicts += pipeline.acknowledged
    outcome.faults += pipeline.faults


def _tell(line: str) -> None:
    print(line, flush=True)


def main() -> None:
    """Read the command line and print what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=30.0)
    options = parser.parse_args()
    _tell(f"Seed {options.seed}")
    with tempfile.TemporaryDirectory() as folder:
        found = kills(Path(folder), times=options.times, seed=options.seed, minutes=options.minutes)
    _tell(str(found))
    sys.exit(1 if found.faults else 0)


if __name__ == "__main__":
    main()
