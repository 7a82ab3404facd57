"""A recipe that was begun: its steps put into the queue, stopped, continued, and how they stand.

What is kept of it are its settings, ``jobs/recipes/<name>.json``; its steps follow from them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from diq_core.artefact import MANIFEST
from diq_core.config import RecipeSettings, build
from diq_core.errors import BadFile, BadSetting, NotFound
from diq_core.files import read_json, write_json
from diq_core.inside import within
from diq_core.jobs import control, queue, standing
from diq_core.jobs.entry import Entry
from diq_core.jobs.progress import ACTIVE
from diq_core.models.files import SHIPPED, find_causal
from diq_core.score import PASS_RATE
from diq_core.stages.recipe import Step, foresee, steps_of
from diq_core.study import Study, checked_name, is_name

State = Literal["not begun", "waiting", "running", "done", "failed", "stopped"]
_PLACE = "jobs/recipes"


@dataclass(frozen=True)
class Standing:
    """How one step stands.

    Attributes:
        message: what is said of it; "" = nothing.
    """

    step: Step
    state: State
    message: str = ""


def absolute(settings: RecipeSettings) -> RecipeSettings:
    """Return the settings with each file named from the root: the steps begin elsewhere."""
    model = settings.model
    if model not in SHIPPED:
        model = _absolute(model)
    benchmark = tuple(map(_absolute, settings.benchmark))
    return settings.model_copy(update={"model": model, "benchmark": benchmark})


def start(study: Study, name: str, settings: RecipeSettings) -> list[Entry]:
    """Put every step that is not done into the study's queue, and return their entries.

    Begun again it goes on: what is done is left, what waits or runs is not put there twice.

    Raises:
        BadSetting, NotFound: something that it needs is not there, or stands in its way.
    """
    steps = steps_of(name, settings)
    foresee(study, settings)
    find_causal(settings.model)
    _refuse_other_rates(study, steps)
    place = study.inside(_file(name))
    place.parent.mkdir(parents=True, exist_ok=True)
    write_json(place, settings.model_dump(mode="json"))
    open_ = {(one.kind, one.name): one for one in queue.entries(study) if one.is_open}
    numbers: dict[int, int] = {}
    entries = []
    for place_, each in enumerate(steps):
        if state_of(study, each).state == "done":
            continue
        waiting = open_.get((each.order.kind, each.order.name))
        if waiting is None or waiting.order != each.order.kept(study):
            after = [numbers[needed] for needed in each.after if needed in numbers]
            waiting = queue.enqueue(study, each.order, after=after)
        numbers[place_] = waiting.number
        entries.append(waiting)
    return entries


def stop(study: Study, name: str) -> int:
    """Take what waits of a recipe out of the queue and stop what runs; return how many.

    What was finished is kept, and `start` goes on from there.
    """
    found = [each for each in progress(study, name) if each.state in ("waiting", "running")]
    # From the end, so that none is begun in between.
    for each in reversed(found):
        control.stop(study, each.step.order.kind, each.step.order.name)
    return len(found)


def recipes(study: Study) -> list[str]:
    """Return the names of the recipes that were begun in a study, the latest first."""
    place = study.inside(_PLACE)
    files = [each for each in place.glob("*.json") if is_name(each.stem)] if place.is_dir() else []
    return [each.stem for each in sorted(files, key=_begun, reverse=True)]


def settings_of(study: Study, name: str) -> RecipeSettings:
    """Return the settings of a recipe that was begun.

    Raises:
        NotFound: there is none of this name.
        BadFile: what was kept of it is damaged.
    """
    file = study.inside(_file(name))
    if not file.is_file():
        there = ", ".join(recipes(study)) or "none was begun"
        raise NotFound("There is no recipe of this name", which=name, todo=f"name one of: {there}")
    try:
        return build(RecipeSettings, read_json(file))
    except BadSetting as error:
        todo = "begin it anew under another name"
        raise BadFile(error.what, which=str(file), todo=todo) from None


def progress(study: Study, name: str) -> list[Standing]:
    """Return how each step of a recipe that was begun stands.

    Raises:
        NotFound, BadFile: see `settings_of`.
    """
    return [state_of(study, each) for each in steps_of(name, settings_of(study, name))]


def state_of(study: Study, step: Step) -> Standing:
    """Return how a step stands by the record of its job; another order of its name is none."""
    order = step.order.kept(study)
    job = standing.look(study, order.kind, order.name)
    if job is None or job.order != order:
        return Standing(step, "not begun")
    if job.state == "queued":
        return Standing(step, "waiting", job.message)
    if job.state in ACTIVE:
        return Standing(step, "running", job.message)
    if job.state == "done":
        made = (study.folder(order.kind, order.name) / MANIFEST).exists()
        return Standing(step, "done") if made else Standing(step, "not begun", "It was deleted")
    return Standing(step, "stopped" if job.state == "stopped" else "failed", job.message)


def _refuse_other_rates(study: Study, steps: Sequence[Step]) -> None:
    """Refuse where the study has pass rates of something else: a strategy knows them by name."""
    (rates,) = (each for each in steps if each.order.kind == "passrate")
    taken = any((study.folder(kind, PASS_RATE) / MANIFEST).exists()
                for kind in ("passrate", "scores"))  # fmt: skip
    if taken and state_of(study, rates).state != "done":
        raise BadSetting(
            "The study has pass rates of another model or dataset, under the name that the recipe "
            "needs",
            which=f"scores/{PASS_RATE}",
            todo="rename both first, e.g. diq rename scores pass-rate earlier and diq rename "
            "passrate pass-rate earlier, with --study",
        )


def _absolute(name: str) -> str:
    # What is not here is the name of something on the hub, or an address.
    return os.path.abspath(name) if Path(name).exists() else name


def _file(name: str) -> str:
    return f"{_PLACE}/{checked_name(name)}.json"


def _begun(file: Path) -> float:
    return within(file.parent, file.name).stat().st_mtime
