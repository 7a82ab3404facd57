"""The phases of each kind of work, in order, so that how far it is can be counted from the first
second: before there are units to count, it is said which phase of how many goes on.

What is kept from earlier or is not asked for may leave a phase out; the next one then has its own
number all the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from diq_core.kinds import Kind

STARTING = "Starting"
LOADING = "Loading the model"

PHASES: Mapping[Kind, tuple[str, ...]] = {
    "dataset": (STARTING, "Reading", "Writing"),
    "mix": (
        STARTING,
        "Looking at the sources",
        "Comparing the sources",
        "Choosing",
        "Comparing",
        "Writing the dataset",
    ),
    "reflection": (STARTING, "Asking"),
    "difficulty": (STARTING, "Loading the classifier", "Rating"),
    "influence": (
        STARTING,
        "Looking for validation questions among the samples",
        LOADING,
        "Turning the samples into tokens",
        "Finding the direction of improvement",
        "Checking the fast way against the exact one",
        "Checking the lengths of gradients against the exact ones",
        "Measuring influence",
    ),
    "tokens": (
        STARTING,
        LOADING,
        "Finding the direction of improvement",
        "Computing the influence of each word",
    ),
    "embedding": (STARTING, "Loading the encoder", "Reading the questions", "Drawing the map"),
    "scores": (STARTING, "Reading"),
    "passrate": (STARTING, LOADING, "Answering"),
    "selection": (STARTING, "Choosing"),
    "export": (STARTING, "Looking for patients' identifiers", "Writing"),
    "run": (
        STARTING,
        "Looking at the data and the model",
        "Turning the samples into tokens",
        LOADING,
        "Timing a step",
        "Training",
        "Writing",
    ),
    "evaluation": (
        STARTING,
        "Reading the questions",
        "Looking for the questions in the training data",
        LOADING,
        "Answering",
    ),
    "experiment": (STARTING, "Training and testing", "Comparing"),
    "answers": (STARTING, "Reading the questions and the answers"),
    "quality": (STARTING, "Asking"),
    "review": (STARTING, "Asking"),
}


def phases_of(kind: str) -> tuple[str, ...]:
    """Return the phases of a kind of work; empty for what is none."""
    return {str(known): phases for known, phases in PHASES.items()}.get(kind, ())


def phase_of(kind: str, message: str) -> int:
    """Return the number of the phase that `message` begins, from 1; 0 = it begins none.

    More may follow the phase's own words, such as which file is read.
    """
    phases = phases_of(kind)
    if message in phases:
        return phases.index(message) + 1
    begun = (
        n for n, phase in enumerate(phases, 1) if message.startswith((f"{phase}:", f"{phase} "))
    )
    return next(begun, 0)
