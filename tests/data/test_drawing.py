from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.data.drawing import by_task, draw, task_of
from diq_core.data.sample import Sample
from diq_core.errors import BadSetting

TASKS = {"surgery": [f"s{i:02d}" for i in range(30)], "eye": ["e1", "e2"]}


def test_a_task_is_named_by_task_then_subject_then_source() -> None:
    sample = Sample("a", "Q", subject="Eye", source="medqa", meta={"task": "T"})
    assert task_of(sample) == "T"
    assert task_of(Sample("a", "Q", subject="Eye", source="medqa", meta={"task": 3})) == "Eye"
    assert task_of(Sample("a", "Q", source="medqa")) == "medqa"
    assert task_of(Sample("a", "Q")) == "validation"


def test_samples_are_grouped_by_task_in_order() -> None:
    pool = [
        Sample("b", "Q", subject="Z"),
        Sample("a", "Q", subject="Z"),
        Sample("c", "Q", subject="E"),
    ]
    assert list(by_task(pool).items()) == [("E", ["c"]), ("Z", ["a", "b"])]


def test_a_small_task_gives_all_it_has_and_says_so() -> None:
    eye, surgery = draw(TASKS)
    assert (eye.task, eye.ids, eye.available) == ("eye", ("e1", "e2"), 2)
    assert eye.note == "has only 2 of 20, all are used"
    assert (len(surgery.ids), surgery.available, surgery.note) == (20, 30, "")
    assert set(surgery.ids) <= set(TASKS["surgery"])


@given(st.integers(0, 1000), st.integers(1, 30), st.randoms())
def test_the_draw_depends_on_seed_and_ids_only(seed: int, size: int, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = {task: random.sample(ids, len(ids)) for task, ids in reversed(TASKS.items())}
    first = draw(TASKS, per_task=size, seed=seed)
    assert draw(shuffled, per_task=size, seed=seed) == first
    alone = draw({"surgery": TASKS["surgery"]}, per_task=size, seed=seed)
    assert alone == [first[1]]


def test_a_larger_draw_contains_a_smaller_one_and_seeds_differ() -> None:
    few, many = (set(draw(TASKS, per_task=n)[1].ids) for n in (5, 10))
    assert few < many
    assert draw(TASKS, per_task=5, seed=1)[1].ids != draw(TASKS, per_task=5, seed=2)[1].ids


@pytest.mark.parametrize(("tasks", "size"), [({}, 20), (TASKS, 0)])
def test_an_empty_draw_is_refused(tasks: dict[str, list[str]], size: int) -> None:
    with pytest.raises(BadSetting, match="validation set would be empty.*at least 1 sample"):
        draw(tasks, per_task=size)
