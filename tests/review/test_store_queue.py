"""Each sample goes to as many people as wanted, each sees it once, and nothing is lost."""

from __future__ import annotations

from collections import Counter

import pytest

from diq_core.errors import BadSetting, NotFound
from diq_core.review.form.form import Form
from diq_core.review.queue import claiming as queue
from diq_core.review.queue import pairs
from diq_core.review.queue.ordering import Item, is_swapped
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.queue.progress import queues
from diq_core.review.refusals import Conflict, NotAllowed
from diq_core.review.store import reading
from diq_core.review.store.changes import Store
from diq_core.review.store.checking import check_store
from diq_core.review.store.roles import Actor
from tests.review.conftest import Clock
from tests.support.kept import own_entry, own_history, states_of
from tests.support.reviews import ANN, BEN, KIM, rate

ITEMS = [Item(f"s{number}", f"Q{number % 4 + 1}", "medqa") for number in range(12)]
CAT = Actor("Dr Cat", "reviewer")


def _plan(store: Store, items: list[Item] = ITEMS, **settings: object) -> None:
    queue.plan(store, KIM, "q", items, QueueSettings("q", "1", **settings), key="plan")  # type: ignore[arg-type]


def _names(store: Store, actor: Actor, ahead: int = 1) -> list[str]:
    return [task.sample for task in queue.claim(store, actor, "q", ahead=ahead)]


def test_a_task_tells_nothing_about_the_sample() -> None:
    assert set(queue.Task.__dataclass_fields__) == {
        "queue", "sample", "pair", "blind", "looks", "until",
    }  # fmt: skip


def test_asking_again_gives_the_same_tasks(store: Store) -> None:
    _plan(store)
    first = _names(store, ANN, 3)
    assert _names(store, ANN, 3) == first
    assert _names(store, ANN, 2) == first[:2]
    assert _names(store, ANN, 4)[:3] == first
    assert not set(_names(store, BEN, 4)) & set(_names(store, ANN, 4))


def test_overlap_gives_each_sample_to_that_many_people(store: Store, form: Form) -> None:
    _plan(store, overlap=2)
    people, seen = (ANN, BEN, CAT), Counter[str]()
    active = True
    while active:
        active = False
        for person in people:
            for sample in _names(store, person):
                rate(store, form, person, sample)
                seen[sample] += 1
                active = True
    assert seen == {item.sample: 2 for item in ITEMS}
    progress = queues(store)["q"]
    assert (progress.tasks, progress.wanted, progress.finished) == (12, 24, 12)
    assert states_of(store, "q") == {"done": 24}
    assert check_store(store) == []


def test_a_lease_that_ended_frees_the_sample_and_a_late_verdict_is_kept(
    store: Store, form: Form, clock: Clock
) -> None:
    _plan(store, items=ITEMS[:1], lease=60)
    (sample,) = _names(store, ANN)
    assert _names(store, BEN) == []
    clock.forward(61)
    assert _names(store, BEN) == [sample]
    assert _names(store, ANN) == []
    rate(store, form, ANN, sample)
    rate(store, form, BEN, sample)
    assert states_of(store, "q") == {"done": 2}
    assert len(reading.judgements(store, KIM, "verdict")) == 2


def test_a_draft_keeps_the_lease(store: Store, clock: Clock) -> None:
    _plan(store, items=ITEMS[:1], lease=60)
    _names(store, ANN)
    clock.forward(50)
    store.save_draft(ANN, "s0", {}, form="1", version=0)
    clock.forward(50)
    assert _names(store, BEN) == []


def test_skipped_and_unsure_ones_come_back_last_and_once(store: Store, form: Form) -> None:
    _plan(store, items=ITEMS[:3], order="listed")
    assert queue.skip(store, ANN, "q", _names(store, ANN)[0], key="k").version == 2
    assert queue.skip(store, ANN, "q", "s0", key="k").repeated
    with pytest.raises(NotFound, match="You do not hold this sample"):
        queue.skip(store, ANN, "q", "s0", key="other")
    (sample,) = _names(store, ANN)
    assert sample == "s1"
    rate(store, form, ANN, "s1", verdict="unsure")
    assert _names(store, ANN) == ["s2"]
    rate(store, form, ANN, "s2")
    assert _names(store, ANN) == ["s0"]
    rate(store, form, ANN, "s0")
    (again,) = queue.claim(store, ANN, "q")
    assert (again.sample, again.looks) == ("s1", 1)
    rate(store, form, ANN, "s1", version=1, verdict="unsure")
    assert _names(store, ANN) == []
    assert states_of(store, "q") == {"done": 3}


def test_a_second_look_that_is_not_taken_leaves_the_verdict(
    store: Store, form: Form, clock: Clock
) -> None:
    _plan(store, items=ITEMS[:1], lease=60)
    rate(store, form, ANN, _names(store, ANN)[0], verdict="unsure")
    assert _names(store, ANN) == ["s0"]
    clock.forward(61)
    assert _names(store, BEN) == []
    assert states_of(store, "q") == {"done": 1}


def test_a_skipped_sample_is_free_for_others(store: Store) -> None:
    _plan(store, items=ITEMS[:1])
    queue.skip(store, ANN, "q", _names(store, ANN)[0], key="k")
    assert _names(store, BEN) == ["s0"]
    assert _names(store, ANN) == []


def test_an_undone_verdict_comes_back_to_its_reviewer(store: Store, form: Form) -> None:
    _plan(store, items=ITEMS[:2], order="listed")
    rate(store, form, ANN, _names(store, ANN)[0])
    (entry,) = own_history(store, ANN)
    assert entry.undo_target is not None
    undone = store.undo(ANN, entry.slot, target=entry.undo_target, key="u")
    assert _names(store, ANN) == ["s0"]
    assert _names(store, BEN) == ["s1"]
    store.undo(ANN, entry.slot, target=undone.seq, key="r")
    assert _names(store, ANN) == []


def test_nobody_is_handed_what_they_judged_elsewhere(store: Store, form: Form) -> None:
    rate(store, form, ANN, "s0")
    _plan(store, items=ITEMS[:2])
    assert _names(store, ANN, 9) == ["s1"]
    assert _names(store, BEN, 9) == ["s0"]


def test_a_listed_queue_keeps_its_list_and_its_people(store: Store, form: Form) -> None:
    _plan(store, items=ITEMS[::-1], order="listed", people=("Dr Ann",))
    assert _names(store, ANN, 12) == [item.sample for item in ITEMS[::-1]]
    with pytest.raises(NotAllowed, match="This queue is for other people"):
        queue.claim(store, BEN, "q")


def test_extending_appends_and_refuses_what_is_there(store: Store) -> None:
    _plan(store, items=ITEMS[:2], order="listed")
    first = queue.extend(store, KIM, "q", ITEMS[2:4], key="e")
    assert queue.extend(store, KIM, "q", ITEMS[2:4], key="e").seq == first.seq
    with pytest.raises(BadSetting, match=r"'s3' is in this queue already"):
        queue.extend(store, KIM, "q", ITEMS[3:5], key="f")
    queue.extend(store, KIM, "q", ITEMS[4:5], key="g")
    assert _names(store, ANN, 12) == ["s0", "s1", "s2", "s3", "s4"]
    with pytest.raises(BadSetting, match="There is a queue of this name already"):
        queue.plan(store, KIM, "q", ITEMS, QueueSettings("q", "1"), key="other")
    with pytest.raises(NotFound, match="There is no such queue"):
        queue.claim(store, ANN, "nowhere")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"name": " "}, "has no name"),
        ({"overlap": 0}, "0 people cannot"),
        ({"overlap": 2, "people": ("a",)}, "2 people cannot"),
        ({"order": "best"}, "No such order"),
        ({"lease": 5}, "A lease of 5 seconds"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        QueueSettings(**{"name": "q", "form": "1", **settings})  # type: ignore[arg-type]


def test_a_pairs_key_stays_on_the_server(store: Store, form: Form) -> None:
    items = [Item(f"p{n}", pair=(f"chosen {n}", f"rest {n}")) for n in range(30)]
    _plan(store, items=items, overlap=2, seed=5)
    lefts = Counter()  # type: ignore[var-annotated]
    for person in (ANN, BEN):
        for task in queue.claim(store, person, "q", ahead=30):
            assert task.pair is not None
            lefts[task.pair[0].split()[0]] += 1
            # Everybody prefers the chosen one, on whatever side it stands.
            side = "left" if task.pair[0].startswith("chosen") else "right"
            values = {"preference": side, "comment": ""}
            saved = pairs.prefer(store, person, task, values, form=form, version=0, key=task.sample)
            assert saved.version == 1
            assert (task.pair[0][0] == "r") == is_swapped(5, person.name, task.sample)
            entry = own_entry(store, person, "preference", task.sample, "1")
            assert entry.register.value is not None
            assert pairs.side_of(entry.register.value) == side
    assert 15 < lefts["chosen"] < 45
    found = reading.judgements(store, KIM, "preference")
    assert {one.value["answer"]["preference"] for one in found} == {"a"}
    assert queues(store)["q"].finished == 30
    assert queue.claim(store, ANN, "q") == []
    again = queue.Task("q", "p0", None, True, 0, 0)
    with pytest.raises(Conflict, match="version 1, you saw 0"):
        pairs.prefer(store, ANN, again, {"preference": "same"}, form=form, version=0, key="n")


def test_a_single_sample_is_no_pair(store: Store, form: Form) -> None:
    _plan(store, items=ITEMS[:1])
    (task,) = queue.claim(store, ANN, "q")
    with pytest.raises(BadSetting, match=r"This is no pair.*Give a verdict"):
        pairs.prefer(store, ANN, task, {"preference": "left"}, form=form, version=0, key="k")
    with pytest.raises(BadSetting, match="'a' is not possible here"):
        pairs.prefer(store, ANN, task, {"preference": "a"}, form=form, version=0, key="k")
