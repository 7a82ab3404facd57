"""The arms of an experiment: what is trained on what, how often, and how each part is named.

An arm is one fine-tune: a strategy at a budget with a seed. The base model is an arm that trains
on nothing, "full" one that trains on everything. Names are made here and only here, so an arm that
was made on another machine, or by an earlier attempt, is recognised.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from diq_core.config import (
    Aspect,
    ExperimentSettings,
    FinetuneSettings,
    SelectSettings,
    build,
)
from diq_core.errors import BadSetting
from diq_core.selection.budget import parse_budget
from diq_core.selection.strategies import find_strategy

BASE, FULL = "base", "full"
WHOLE = "100%"
LONGEST_NAME = 24


@dataclass(frozen=True, slots=True)
class Arm:
    """One fine-tune, or the base model.

    Attributes:
        strategy: as the user named it: "diq", "difficulty:reasoning", "full"; "base" = no training.
        budget: share or count; empty for the base model.
        seed: of the order of training, of the adapter's first weights, and of a random draw.
    """

    strategy: str
    budget: str
    seed: int

    @property
    def trains(self) -> bool:
        return self.strategy != BASE

    @property
    def group(self) -> tuple[str, str]:
        """What the seeds of one comparison have in common."""
        return self.strategy, self.budget

    def selection(self, experiment: str) -> str:
        """Return the name of its selection and of its export; seeds share it where they can."""
        strategy, _ = parse_strategy(self.strategy)
        drawn = f"-s{self.seed}" if is_drawn(strategy) else ""
        return _name(experiment, self.strategy, self.budget) + drawn

    def run(self, experiment: str) -> str:
        """Return the name of its run and of its evaluation."""
        if not self.trains:
            return _name(experiment, BASE)
        return f"{_name(experiment, self.strategy, self.budget)}-s{self.seed}"


def plan_arms(settings: ExperimentSettings) -> list[Arm]:
    """Return every arm, the base model first, then seed by seed.

    Seed by seed, so an experiment that is stopped early has compared everything with few seeds
    rather than few things with all seeds.

    Raises:
        BadSetting: a strategy, a budget or a seed is named twice or is not possible.
    """
    check(settings)
    cells = [(strategy, budget) for budget in settings.budgets for strategy in settings.strategies]
    if settings.with_full:
        cells.append((FULL, WHOLE))
    return [
        Arm(BASE, "", 0),
        *(Arm(strategy, budget, seed) for seed in settings.seeds for strategy, budget in cells),
    ]


def check(settings: ExperimentSettings) -> None:
    """Refuse an experiment that cannot be run as it is.

    Raises:
        BadSetting: see `plan_arms`; or nothing fixes how long the arms train.
    """
    for what, values in (
        ("strategy", settings.strategies),
        ("budget", settings.budgets),
        ("seed", settings.seeds),
    ):
        if not values:
            raise BadSetting(f"The experiment names no {what}", todo=f"give at least one {what}")
        twice = sorted({str(each) for each in values if values.count(each) > 1})
        if twice:
            raise BadSetting(
                f"The {what} {', '.join(twice)} is named twice", todo=f"name each {what} once"
            )
    for strategy in settings.strategies:
        found, _ = parse_strategy(strategy)
        if find_strategy(found).whole:
            raise BadSetting(
                f"'{strategy}' keeps everything whatever the budget",
                which="strategies",
                todo="leave it out and ask for the full set once, which is the default",
            )
    for budget in settings.budgets:
        parse_budget(budget)
    recipe = settings.recipe
    limit = recipe.max_steps if settings.equal == "steps" else recipe.token_budget
    if limit is None:
        unit = "steps (--steps)" if settings.equal == "steps" else "tokens (--tokens)"
        raise BadSetting(
            f"All arms shall train on equal {settings.equal}, but their number is not given",
            which="recipe",
            todo=f"say how many {unit}",
        )


def parse_strategy(text: str) -> tuple[str, Aspect | None]:
    """Return strategy and aspect of "difficulty:reasoning"; without a colon the aspect is None.

    Raises:
        BadSetting: there is no such strategy or aspect.
    """
    name, colon, aspect = text.partition(":")
    find_strategy(name)
    for known in get_args(Aspect):
        if known == aspect:
            return name, known
    if colon:
        raise BadSetting(
            f"There is no aspect '{aspect}'",
            which=text,
            todo=f"use one of: {', '.join(get_args(Aspect))}",
        )
    return name, None


def is_drawn(strategy: str) -> bool:
    """Return whether a strategy chooses by a draw, so that each seed has its own selection."""
    return find_strategy(strategy).drawn


def selection_settings(arm: Arm, settings: ExperimentSettings) -> SelectSettings:
    """Return how the samples of `arm` are selected."""
    strategy, aspect = parse_strategy(arm.strategy)
    changed = {"strategy": strategy, "budget": arm.budget}
    if aspect is not None:
        changed["aspect"] = aspect
    if is_drawn(strategy):
        return build(SelectSettings, {**settings.select.model_dump(), **changed, "seed": arm.seed})
    return build(SelectSettings, {**settings.select.model_dump(), **changed})


def recipe_of(arm: Arm, settings: ExperimentSettings) -> FinetuneSettings:
    """Return how `arm` is trained: the one recipe, with the arm's seed and the common length."""
    unused = "token_budget" if settings.equal == "steps" else "max_steps"
    return settings.recipe.model_copy(update={"seed": arm.seed, unused: None})


def groups(arms: Iterable[Arm]) -> dict[tuple[str, str], list[Arm]]:
    """Return the arms that differ in nothing but their seed, in the order of their first."""
    found: dict[tuple[str, str], list[Arm]] = {}
    for arm in arms:
        found.setdefault(arm.group, []).append(arm)
    return found


def checked_experiment_name(name: str) -> str:
    """Return `name` if the names of all arms can be made of it.

    Raises:
        BadSetting: it is too long.
    """
    if len(name) > LONGEST_NAME:
        raise BadSetting(
            f"'{name}' is too long for an experiment: the names of its arms are made of it",
            which="name",
            todo=f"use at most {LONGEST_NAME} characters",
        )
    return name


def _name(experiment: str, *parts: str) -> str:
    words = [part.replace("%", "pct").replace(":", "-") for part in parts]
    return "-".join([experiment, *(re.sub(r"[^A-Za-z0-9._-]", "_", word) for word in words)])
