"""The validation loss of runs in words: how it went, and whether it can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from diq_core.artefact import MANIFEST, Artefact
from diq_core.study import Study
from pages.parts.text import visible
from pages.parts.words import count

Losses = Mapping[str, Sequence[Mapping[str, Any]]]
"""Name of a run → what it measured, as `Validated`."""

_RISEN = 1.01
"""A loss above its lowest by so much is said to have risen again."""


def loss_range(*curves: Losses) -> tuple[float, float]:
    """Return one scale for the losses of all curves, with some room at both ends."""
    values = [row["loss"] for curve in curves for rows in curve.values() for row in rows]
    room = 0.06 * (max(values) - min(values)) or 0.1
    return min(values) - room, max(values) + room


def validation_words(study: Study, name: str, losses: Losses) -> str:
    """Return what is to be said of the validation loss of run `name`, and of those over it."""
    rows = losses[name]
    none = "No sample was held out of this run, so there is no validation loss."
    said = [_course(rows, _facts(study, name)) if rows else none]
    lacking = [visible(run) for run, found in losses.items() if not found and run != name]
    if lacking and any(losses.values()):
        said.append(f"Without a validation loss: {', '.join(lacking)}.")
    digests = {_facts(study, run).get("digest") for run, found in losses.items() if found}
    if len(digests) > 1:
        said.append("The runs held out other samples: compare how their curves run, not how high.")
    return " ".join(said)


def _course(rows: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]) -> str:
    whose = count(facts["samples"], "samples") if facts else "samples"
    first, last = rows[0], rows[-1]
    said = f"The loss of {whose} that the model never trains on "
    if len(rows) == 1:
        return f"{said}was {first['loss']:.3f} before the first step."
    said += f"went from {first['loss']:.3f} to {last['loss']:.3f}"
    lowest = min(rows, key=lambda row: row["loss"])
    if last["loss"] <= lowest["loss"] * _RISEN:
        return f"{said}."
    if lowest is first:
        return f"{said}: it rose, so the model has become worse on samples that it has not seen."
    return (
        f"{said}; it was lowest after step {lowest['step']}, {lowest['loss']:.3f}, and has risen "
        "since: from there on the model learns its samples by heart."
    )


def _facts(study: Study, name: str) -> Mapping[str, Any]:
    """Return what the manifest of a finished run says of its validation; {} while it trains."""
    folder = study.folder("run", name)
    if not (folder / MANIFEST).exists():
        return {}
    found: Mapping[str, Any] = Artefact(folder).manifest["facts"].get("validation", {})
    return found
