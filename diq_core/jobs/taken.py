"""What earlier work of a kind took on this machine by its records: the ground of a forecast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from diq_core.fields import default_of
from diq_core.jobs import standing
from diq_core.jobs.order import Order
from diq_core.jobs.processes import HOST
from diq_core.kinds import Kind, row
from diq_core.study import Study


@dataclass(frozen=True, slots=True)
class Taken:
    """What one finished job took.

    Attributes:
        kind, name: of what it made.
        units, unit: how many of what it counted.
        pace: units a second.
        before: seconds in which it counted none, such as loading a model.
        memory: the most bytes that it held; 0 = its record does not say.
    """

    kind: Kind
    name: str
    units: int
    unit: str
    pace: float
    before: float
    memory: int

    def seconds(self, units: int) -> float:
        """Return what so many units would take."""
        return self.before + units / self.pace


def taken(study: Study, order: Order) -> Taken | None:
    """Return what the latest finished job took that is like `order`: of its kind, with its model,
    on this machine. None = there is none."""
    for job in standing.all_jobs(study):
        if job.kind != order.kind or job.state != "done" or job.host != HOST or job.order is None:
            continue
        if job.pace > 0 and _model(job.order) == _model(order):
            before = job.finished - job.started - job.units / job.pace
            return Taken(order.kind, job.name, job.units, job.unit, job.pace, max(0.0, before),
                         job.memory)  # fmt: skip
    return None


def _model(order: Order) -> Any:
    """Return the model that an order names, or the default of its kind; None = it has none."""
    said = order.settings.get("recipe", order.settings)
    if "model" in said:
        return said["model"]
    fields = row(order.kind).settings
    name = "recipe" if "recipe" in fields.model_fields else "model"
    known = default_of(fields, name) if name in fields.model_fields else None
    return getattr(known, "model", known)
