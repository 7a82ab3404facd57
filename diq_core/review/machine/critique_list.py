"""The single points of a judge's critiques, the gravest first."""

from __future__ import annotations

from typing import NamedTuple

from diq_core.review.machine.critique import KINDS, SEVERITIES, Critique, Point, stored_critique
from diq_core.review.machine.rater import Bench, critiques_of


class Listed(NamedTuple):
    """One point, and the sample it is about."""

    sample: str
    point: Point


def critique_list(bench: Bench, prompt: str) -> list[Listed]:
    """Return all points that this judge made by `prompt`: by severity, kind and sample."""
    found = []
    for sample, value in critiques_of(bench, prompt).items():
        read = stored_critique(value)
        if isinstance(read, Critique):
            found += [Listed(sample, point) for point in read.points]
    return sorted(
        found,
        key=lambda one: (
            -SEVERITIES.index(one.point.severity),
            KINDS.index(one.point.kind),
            one.sample,
        ),
    )
