"""Influence on single tasks: the same engine along the direction of each task's questions alone.

Influence on all questions is the mean of these, weighed by how many questions each task gave. A
direction is as large as the model, so only one is held at a time, beside the one of all questions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from diq_core.config import InfluenceSettings
from diq_core.data.drawing import TaskDraw
from diq_core.jobs.place import Place
from diq_core.jobs.progress import Progress
from diq_core.models.batching import Shard, shard_batches
from diq_core.models.load import CausalModel
from diq_core.models.tokens import Tokens
from diq_core.score import TASK
from diq_core.scoring.influence.direction import validation_direction
from diq_core.scoring.influence.engine import FiniteDifference
from diq_core.stages import influence_directions as directions
from diq_core.stages.influence_room import recomputes

_FILE = "direction-{}.safetensors"


@dataclass(frozen=True, eq=False)
class Tasks:
    """The directions of single tasks, kept where the work is done.

    Attributes:
        names: of the tasks, in the order of the columns.
    """

    place: Place
    names: tuple[str, ...]

    @property
    def facts(self) -> dict[str, Any]:
        """What the manifest says: how many questions, their loss, and how long the gradient is."""
        if not self.names:
            return {}
        found = {}
        for number, name in enumerate(self.names):
            one = directions.pinned(self.place, _FILE.format(number))
            found[name] = {"questions": one.samples, "loss": one.loss, "gradient_norm": one.norm}
        return {"by_task": found}

    def add_to(
        self, table: pa.Table, engine: FiniteDifference, shard: Shard, tokens: Mapping[str, Tokens]
    ) -> pa.Table:
        """Return the scores of a shard with a column for each task: ``influence:TASK``."""
        for number, name in enumerate(self.names):
            direction = directions.pinned(self.place, _FILE.format(number))
            with engine.along(direction):
                values = [value for batch in shard_batches(shard, tokens)
                          for value in engine.score(batch).influence.tolist()]  # fmt: skip
            table = table.append_column(f"{TASK}{name}", pa.array(values, pa.float64()))
        return table


def find_tasks(
    place: Place, names: tuple[str, ...], model: CausalModel, draws: Sequence[TaskDraw],
    questions: Sequence[Tokens], settings: InfluenceSettings, progress: Progress,
) -> Tasks:  # fmt: skip
    """Find the direction of each task that is not at the place yet, one after the other.

    Raises:
        BadSetting: see `validation_direction`.
    """
    drawn = {each.task: set(each.ids) for each in draws}
    for number, name in enumerate(names):
        file = _FILE.format(number)
        if place.has(file):
            continue
        own = [each for each in questions if each.id in drawn[name]]
        progress.expect(len(own), unit="validation questions",
                        message=f"Finding the direction of improvement: {name}")  # fmt: skip
        found = validation_direction(
            model.model, own, batch_tokens=settings.batch_tokens, progress=progress.advance,
            recompute=recomputes(settings, model.device),
        )  # fmt: skip
        directions.pin(place, found, file)
        del found
    return Tasks(place, names)


def scratch_of(names: Sequence[str]) -> tuple[str, ...]:
    """Return the files that are only needed on the way."""
    return tuple(_FILE.format(number) for number in range(len(names)))
