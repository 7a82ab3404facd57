"""Crowd the review store and kill its writers: what is lost or doubled, how long saving takes.

    python -m benchmarks.review_store crowd --store postgresql --reviewers 50 --verdicts 2000
    python -m benchmarks.review_store crowd --store sqlite --reviewers 10 --think 1
    python -m benchmarks.review_store kills --store sqlite --kills 500

Every reviewer is a process with its own connection. Without thinking time they save as fast as
the machine allows, which no clinician does; with ``--think 1`` each waits one second on average.
"postgresql" starts a server of its own in a temporary folder, flushing to the disk as in earnest.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from diq_core.review.form.form import load_form
from diq_core.review.queue import claiming as queue
from diq_core.review.queue.ordering import Item
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.refusals import Conflict
from diq_core.review.store import reading
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.checking import check_store
from diq_core.review.store.roles import Actor
from diq_core.study import Study, create_study
from tests.support import postgres

ADMIN = Actor("admin", "admin")
FORK = multiprocessing.get_context("fork")
VALUES: dict[str, Any] = {
    "scales": {"differential_diagnosis": 3, "safety_check": 4, "evidence_citation": 2},
    "verdict": "reject",
    "comment": "The dose is not adjusted to the kidney function. " * 6,
}


def main() -> None:
    """Run one of the two tests and print its figures."""
    parser = argparse.ArgumentParser(description="Crowd the review store, or kill its writers.")
    parser.add_argument("test", choices=("crowd", "kills"))
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--reviewers", type=int, default=10)
    parser.add_argument("--verdicts", type=int, default=2000)
    parser.add_argument("--think", type=float, default=0.0)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    with _study(chosen.store) as study:
        if chosen.test == "crowd":
            crowd(study, chosen.reviewers, chosen.verdicts, chosen.think)
        else:
            kills(study, chosen.kills, chosen.seed)


def crowd(study: Study, reviewers: int, verdicts: int, think: float) -> None:
    """Let many judge at once; each sample is wanted from two people."""
    plan(study, verdicts // 2, overlap=2)
    start = time.monotonic() + 3 + reviewers / 10
    pipes, processes = [], []
    for number in range(reviewers):
        mine, theirs = FORK.Pipe(duplex=False)
        process = FORK.Process(target=_judge, args=(study, number, start, think, theirs))
        process.start()
        theirs.close()
        pipes.append(mine)
        processes.append(process)
    results = [pipe.recv() for pipe in pipes]
    seconds = time.monotonic() - start
    for process in processes:
        process.join()
    _report_crowd(study, results, seconds)


class Writer:
    """A process that saves verdicts on a planned queue until it is killed.

    Args:
        pause: seconds between two verdicts.
    """

    def __init__(self, study: Study, *, pause: float = 0.0) -> None:
        reader, writer = os.pipe()
        self._process = FORK.Process(target=_write_until_killed, args=(study, writer, pause))
        self._process.start()
        os.close(writer)
        self._said = os.fdopen(reader, "rb")
        self._lines: list[bytes] = []

    def wait(self, lines: int) -> None:
        """Wait for so many words of it; the first says that it is ready."""
        self._lines += [self._said.readline() for _ in range(lines)]

    def kill(self) -> list[str]:
        """Kill it; return the samples whose verdicts it was told are saved."""
        with self._said:
            self._process.kill()
            # What it was killed in the middle of saying was not said.
            whole = b"".join([*self._lines, self._said.read()]).split(b"\n")[:-1]
        self._process.join()
        return [line.decode() for line in whole if line != b"ready"]


def kills(study: Study, number: int, seed: int) -> None:
    """Kill a writer at a random moment, again and again, and look for what it had acknowledged."""
    chooser = random.Random(seed)
    plan(study, number * 12, overlap=1)
    acknowledged: list[str] = []
    begun = time.monotonic()
    for _ in range(number):
        writer = Writer(study)
        writer.wait(chooser.randint(1, 4))
        time.sleep(chooser.uniform(0, 0.04))
        acknowledged += writer.kill()
    store = open_store(study)
    stored = [one.sample for one in reading.judgements(store, ADMIN, "verdict")]
    _say("kills", number)
    _say("acknowledged verdicts", len(acknowledged))
    _say("acknowledged and missing", len(set(acknowledged) - set(stored)))
    _say("saved, but killed before the reply", len(set(stored) - set(acknowledged)))
    _say("doubled", len(stored) - len(set(stored)))
    _say("breaks of the audit log or state", len(check_store(store)))
    _say("seconds", round(time.monotonic() - begun, 1))
    store.close()


def _judge(study: Study, number: int, start: float, think: float, out: Connection) -> None:
    store, form = open_store(study), load_form()
    actor, chooser = Actor(f"Dr {number}", "reviewer"), random.Random(number)
    found: dict[str, Any] = {"done": [], "saving": [], "claiming": [], "repeated": 0, "refused": 0}
    time.sleep(max(0.0, start - time.monotonic()))
    while True:
        if think:
            time.sleep(chooser.uniform(0, 2 * think))
        begun = time.perf_counter()
        tasks = queue.claim(store, actor, "q", ahead=2)
        found["claiming"].append(time.perf_counter() - begun)
        if not tasks:
            break
        sample, request = tasks[0].sample, {"form": form, "version": 0}
        key = uuid.uuid4().hex
        begun = time.perf_counter()
        store.submit(actor, sample, VALUES, key=key, **request)  # type: ignore[arg-type]
        found["saving"].append(time.perf_counter() - begun)
        found["done"].append(sample)
        if chooser.random() < 0.1:
            # The reply was lost, so the page sends it again; a second window sends old content.
            saved = store.submit(actor, sample, VALUES, key=key, **request)  # type: ignore[arg-type]
            found["repeated"] += saved.repeated
            try:
                store.submit(actor, sample, VALUES, key=key + "x", **request)  # type: ignore[arg-type]
            except Conflict:
                found["refused"] += 1
    out.send(found)
    store.close()


def _write_until_killed(study: Study, out: int, pause: float) -> None:
    store, form, actor = open_store(study), load_form(), Actor("Dr K", "reviewer")
    os.write(out, b"ready\n")
    while True:
        for task in queue.claim(store, actor, "q", ahead=3):
            key = uuid.uuid4().hex
            store.submit(actor, task.sample, VALUES, form=form, version=0, key=key)
            os.write(out, task.sample.encode() + b"\n")
            time.sleep(pause)


def _report_crowd(study: Study, results: list[dict[str, Any]], seconds: float) -> None:
    store = open_store(study)
    stored = reading.judgements(store, ADMIN, "verdict")
    events = reading.log(store, ADMIN, limit=10**9)
    acknowledged = Counter(
        (f"Dr {number}", sample) for number, one in enumerate(results) for sample in one["done"]
    )
    kept = Counter((one.reviewer, one.sample) for one in stored)
    written = sum(event.slot.kind == "verdict" for event in events)
    people = Counter(event.slot.sample for event in events if event.slot.kind == "assign")
    _say("reviewers", len(results))
    _say("acknowledged verdicts", acknowledged.total())
    _say("lost", (acknowledged - kept).total())
    _say("doubled", written - len(stored))
    _say("silently overwritten", sum(one.version != 1 for one in stored))
    _say("handed to more people than wanted", sum(count > 2 for count in people.values()))
    _say("same reviewer handed it twice", sum(count > 1 for count in acknowledged.values()))
    _say("repeated requests recognised", sum(one["repeated"] for one in results))
    _say("stale requests refused", sum(one["refused"] for one in results))
    _say("breaks of the audit log or state", len(check_store(store)))
    for name in ("saving", "claiming"):
        times = np.concatenate([one[name] for one in results]) * 1000
        middle, high = np.percentile(times, [50, 95])
        _say(f"{name}, ms: median / p95 / worst", f"{middle:.0f} / {high:.0f} / {times.max():.0f}")
    _say("verdicts a second", round(acknowledged.total() / seconds, 1))
    store.close()


def plan(study: Study, count: int, *, overlap: int) -> None:
    """Plan a queue of `count` samples, each of which `overlap` people are to judge."""
    store: Store = open_store(study)
    items = [Item(f"s{number:06d}", f"Q{number % 4 + 1}", "medqa") for number in range(count)]
    settings = QueueSettings("q", load_form().version, overlap=overlap)
    queue.plan(store, ADMIN, "q", items, settings, key="plan")
    store.close()


@contextmanager
def _study(kind: str) -> Iterator[Study]:
    with tempfile.TemporaryDirectory() as folder:
        study = create_study(Path(folder) / "study")
        if kind == "sqlite":
            yield study
            return
        with postgres.server(durable=True) as url:
            postgres.keep_reviews_in(url, study.path, os.environ.__setitem__)
            yield Study(study.path)


def _say(what: str, value: object) -> None:
    print(f"{what:<42}{value!s:>20}")


if __name__ == "__main__":
    main()
