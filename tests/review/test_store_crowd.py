"""Many at once, and killed in the middle: nothing lost, doubled or handed out twice.

The full sizes (50 reviewers, 2,000 verdicts, 500 kills) are run by benchmarks/review_store.py.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from diq_core.review.form.form import Form
from diq_core.review.queue import claiming as queue
from diq_core.review.queue.ordering import Item
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.refusals import Conflict
from diq_core.review.store import reading
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.checking import check_store
from diq_core.review.store.roles import Actor
from diq_core.study import Study
from tests.support.kept import own_entry
from tests.support.reviews import ADA, rate


def _plan(store: Store, count: int, overlap: int = 1) -> None:
    items = [Item(f"s{number:04d}", f"Q{number % 4 + 1}") for number in range(count)]
    queue.plan(store, ADA, "q", items, QueueSettings("q", "1", overlap=overlap), key="p")


def test_a_crowd_loses_doubles_and_hands_out_twice_nothing(study: Study, form: Form) -> None:
    stores = [open_store(study) for _ in range(8)]
    _plan(stores[0], 30, overlap=2)

    def work(number: int) -> list[str]:
        store, actor, done = stores[number], Actor(f"Dr {number}", "reviewer"), []
        while tasks := queue.claim(store, actor, "q", ahead=2):
            rate(store, form, actor, tasks[0].sample)
            done.append(tasks[0].sample)
        return done

    with ThreadPoolExecutor(8) as pool:
        acknowledged = Counter(sample for done in pool.map(work, range(8)) for sample in done)
    stored = Counter(one.sample for one in reading.judgements(stores[0], ADA, "verdict"))
    assert acknowledged == stored == {f"s{number:04d}": 2 for number in range(30)}
    assert check_store(stores[0]) == []
    for store in stores:
        store.close()


def test_of_many_who_change_the_same_thing_one_wins_and_the_others_are_told(
    study: Study, form: Form
) -> None:
    stores = [open_store(study) for _ in range(8)]
    actor = Actor("Dr Two Windows", "reviewer")

    def work(number: int) -> bool:
        try:
            rate(stores[number], form, actor, "s1", key=f"k{number}", level=number % 5 + 1)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(8))) == 1
    assert own_entry(stores[0], actor, "verdict", "s1", "1").register.version == 1
    for store in stores:
        store.close()


def test_many_who_open_a_new_study_at_once_make_its_tables_once(study: Study) -> None:
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(lambda _: open_store(study), range(8)))
    assert [check_store(store) for store in stores] == [[]] * 8
    for store in stores:
        store.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_what_was_acknowledged_survives_a_kill(study: Study, form: Form, seed: int) -> None:
    chooser = random.Random(seed)
    store = open_store(study)
    _plan(store, 60)
    acknowledged: list[str] = []
    for _ in range(2):
        command = [sys.executable, "-m", "tests.support.review_writer", str(study.path), "Dr K"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for _ in range(chooser.randint(1, 12)):
                acknowledged.append(writer.stdout.readline().strip())
            writer.send_signal(signal.SIGKILL)
            # What it printed before it died was acknowledged too.
            acknowledged += [line.strip() for line in writer.stdout if line.endswith("\n")]
    stored = [one.sample for one in reading.judgements(store, ADA, "verdict")]
    assert len(set(acknowledged)) == len(acknowledged)
    assert set(acknowledged) <= set(stored)
    # At most the last one of each life was saved without the reply getting through.
    assert len(stored) - len(acknowledged) <= 2
    assert check_store(store) == []
    (task,) = queue.claim(store, Actor("Dr K", "reviewer"), "q")
    rate(store, form, Actor("Dr K", "reviewer"), task.sample)
    store.close()
