"""The validation set: a seeded draw of the same number of samples from every named task.

Source: 20 random items from each of nine tasks as in DIQ [N]; the seed and the order [D].
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from diq_core.data.sample import Sample
from diq_core.errors import BadSetting

PER_TASK = 20
NO_TASK = "validation"


@dataclass(frozen=True, slots=True)
class TaskDraw:
    """What one task contributes.

    Attributes:
        ids: drawn, sorted.
        available: how many the task has.
        note: "" or why it contributes fewer than asked for.
    """

    task: str
    ids: tuple[str, ...]
    available: int
    note: str


def task_of(sample: Sample) -> str:
    """Return the task a validation sample belongs to: its ``task``, else subject, else source."""
    named = sample.meta.get("task")
    return (named if isinstance(named, str) else "") or sample.subject or sample.source or NO_TASK


def by_task(samples: Iterable[Sample]) -> dict[str, list[str]]:
    """Return the ids of `samples` for each task; tasks and ids sorted."""
    found: dict[str, list[str]] = {}
    for sample in samples:
        found.setdefault(task_of(sample), []).append(sample.id)
    return {task: sorted(found[task]) for task in sorted(found)}


def draw(
    ids_by_task: Mapping[str, Sequence[str]], *, per_task: int = PER_TASK, seed: int = 0
) -> list[TaskDraw]:
    """Draw `per_task` samples from every task; a smaller task contributes all it has.

    A sample's place in the draw depends only on the seed, its task and its id, so neither the
    order of the file nor another task changes it.

    Raises:
        BadSetting: there is no task, or `per_task` is less than 1.
    """
    if per_task < 1 or not ids_by_task:
        raise BadSetting(
            "The validation set would be empty",
            which=f"{len(ids_by_task)} tasks, {per_task} samples each",
            todo="give a file with validation questions and at least 1 sample for each task",
        )
    return [_draw_one(task, ids_by_task[task], per_task, seed) for task in sorted(ids_by_task)]


def _draw_one(task: str, ids: Sequence[str], per_task: int, seed: int) -> TaskDraw:
    def rank(id: str) -> tuple[str, str]:
        key = f"{seed}\0{task}\0{id}".encode("utf-8", "surrogatepass")
        return hashlib.sha256(key).hexdigest(), id

    taken = sorted(sorted(ids, key=rank)[:per_task])
    note = f"has only {len(ids)} of {per_task}, all are used" if len(ids) < per_task else ""
    return TaskDraw(task, tuple(taken), len(ids), note)
