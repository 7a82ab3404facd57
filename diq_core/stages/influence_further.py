"""What is measured beside influence: what it rests on, decided once and kept in the draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from diq_core.config import Also
from diq_core.jobs.place import Place, pin_json
from diq_core.jobs.progress import Progress
from diq_core.models.load import CausalModel
from diq_core.models.tokens import Tokens
from diq_core.scoring.influence.direction import Direction
from diq_core.scoring.influence.engine import check_samples
from diq_core.scoring.influence.further import LARGEST_ERROR, Further, norms_error

FILE = "norms.json"


@dataclass(frozen=True, slots=True)
class Plan:
    """How the rest is measured, and what the manifest says of it.

    Attributes:
        facts: column → what must be known to trust it; empty where nothing was asked for.
    """

    further: Further
    facts: dict[str, Any]


def plan(
    place: Place,
    also: tuple[Also, ...],
    model: CausalModel,
    direction: Direction,
    tokens: Sequence[Tokens],
    opening: tuple[int, ...],
    progress: Progress,
) -> Plan:
    """Return how `also` is measured; whether closed forms fit the model is measured only once.

    Args:
        place: of the work; who comes later finds there what was decided.
        opening: see `ifd.answer_opening`.
    """
    facts: dict[str, Any] = {}
    closed = True
    if "cosine" in also:

        def measure() -> dict[str, Any]:
            progress.say("Checking the lengths of gradients against the exact ones")
            error = norms_error(model.model, direction, check_samples(tokens))
            return {"relative_error": error, "closed": error <= LARGEST_ERROR}

        measured = pin_json(place, FILE, measure)
        closed = measured["closed"]
        how = "closed forms" if closed else "autograd, one sample at a time"
        facts["cosine"] = {"norms": how, "relative_error": measured["relative_error"]}
    if "ifd" in also:
        facts["ifd"] = {"opening": list(opening)}
    return Plan(Further(also, model.model, direction, closed, opening), facts)
