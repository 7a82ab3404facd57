"""Run an experiment: every arm from selection to evaluation, then what can be concluded.

Each part of an arm is an artefact and a job of its own, made by the same stage as the command of
its name; what is there already is used as it is. So an experiment goes on where it stopped, and
several machines that share the study's folder can make its arms beside each other.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from diq_core.artefact import MANIFEST, Artefact
from diq_core.config import EvaluateSettings, ExperimentSettings, ExportSettings
from diq_core.draft import Draft, begin
from diq_core.errors import Busy, NotFound
from diq_core.experiment.arms import (
    Arm,
    checked_experiment_name,
    plan_arms,
    recipe_of,
    selection_settings,
)
from diq_core.jobs.making import Stage, as_job
from diq_core.jobs.order import Order, order_for
from diq_core.jobs.progress import Progress, silent
from diq_core.kinds import Kind
from diq_core.stages import evaluation as evaluating
from diq_core.stages import export as exporting
from diq_core.stages import run as finetuning
from diq_core.stages import selection as selecting
from diq_core.stages.experiment_results import conclude
from diq_core.stages.reflection_gate import has_chains
from diq_core.stages.sources import source_reference
from diq_core.study import Study

_WAIT_S = 2.0


@dataclass(frozen=True)
class Material:
    """What the arms are made of and tested on.

    Attributes:
        benchmarks: files of questions, or hub ids.
        own: artefacts of the kind ``scores`` that a strategy needs.
    """

    dataset: Artefact
    difficulty: Artefact | None
    influence: Artefact | None
    benchmarks: tuple[str, ...]
    own: tuple[Artefact, ...] = ()


@dataclass(frozen=True)
class Part:
    """One artefact of an arm: what is to be made, and by which stage."""

    order: Order
    stage: Stage

    @property
    def kind(self) -> Kind:
        """Its kind."""
        return self.order.kind

    @property
    def name(self) -> str:
        """Its name."""
        return self.order.name


def material(
    study: Study, settings: ExperimentSettings, dataset: str | None, difficulty: str | None,
    influence: str | None, benchmarks: Sequence[str],
) -> Material:  # fmt: skip
    """Find what an experiment is made of; names may be None where only one thing can be meant.

    Raises:
        NotFound: a strategy needs scores that are missing, or no benchmark is named.
    """
    if not benchmarks:
        raise NotFound(
            "An experiment needs questions to test its models on",
            which="benchmarks",
            todo="name at least one file of questions with --benchmark",
        )
    found: dict[str, Artefact | None] = {"difficulty": None, "influence": None}
    own: dict[str, Artefact] = {}
    pool: Artefact | None = None
    for arm in plan_arms(settings):
        if arm.trains:
            how = selection_settings(arm, settings)
            made_of = selecting.inputs(study, how, dataset, difficulty, influence)
            pool = made_of["dataset"]
            found["difficulty"] = found["difficulty"] or made_of["difficulty"]
            found["influence"] = found["influence"] or made_of["influence"]
            own |= {each.name: each for each in made_of["own"]}
    assert pool is not None, "plan_arms gives at least one arm that trains"
    return Material(
        pool, found["difficulty"], found["influence"], tuple(benchmarks), tuple(own.values())
    )


def run(
    study: Study, name: str, settings: ExperimentSettings, progress: Progress, *,
    material: Material,
) -> Artefact:  # fmt: skip
    """Make every arm, then write ``arms.parquet`` (one row for each arm and question),
    ``results.json``, ``report.md`` and ``report.html``.

    Raises:
        BadSetting: the experiment cannot be run as it is.
        UserError: a part of an arm cannot be made; what was finished is kept.
    """
    inputs = {
        role: study.reference(found)
        for role, found in (("dataset", material.dataset), ("difficulty", material.difficulty),
                            ("influence", material.influence))
        if found
    }  # fmt: skip
    inputs |= {f"{selecting.OWN}{each.name}": study.reference(each) for each in material.own}
    for file in material.benchmarks:
        inputs[f"benchmark-{Path(file).stem}"] = source_reference(file)
    draft = begin(
        study.folder("experiment", checked_experiment_name(name)),
        kind="experiment",
        settings=settings.model_dump(mode="json"),
        inputs=inputs,
    )
    if not isinstance(draft, Draft):
        return draft
    arms = make_arms(study, name, settings, progress, material=material, wait=True)
    progress.say("Comparing")
    tested = {arm: study.find("evaluation", arm.run(name)) for arm in arms}
    return conclude(study, name, settings, draft, tested, dataset=material.dataset)


def make_arms(
    study: Study, name: str, settings: ExperimentSettings, progress: Progress, *,
    material: Material, wait: bool,
) -> list[Arm]:  # fmt: skip
    """Make the parts of every arm that are not there yet; return the arms that are complete.

    Args:
        wait: whether to wait for parts that another process is making; else they are left to it.
    """
    arms = plan_arms(settings)
    waiting = {arm: list(parts_of(name, settings, arm, material)) for arm in arms}
    done = sum(_is_made(study, part) for parts in waiting.values() for part in parts)
    progress.expect(sum(map(len, waiting.values())), unit="parts", finished=done,
                    message="Training and testing")  # fmt: skip
    complete: list[Arm] = []
    while waiting:
        before = len(waiting)
        for arm, parts in list(waiting.items()):
            try:
                _make_parts(study, parts, progress)
            except Busy:
                continue
            complete.append(arm)
            del waiting[arm]
        if waiting and not wait:
            break
        if len(waiting) == before:
            time.sleep(_WAIT_S)
    return [arm for arm in arms if arm in complete]


def parts_of(
    name: str, settings: ExperimentSettings, arm: Arm, material: Material
) -> Iterator[Part]:
    """Yield what has to be made for `arm`, in order."""
    if not arm.trains:
        yield _evaluation(name, settings, arm, material)
        return
    chosen, run = arm.selection(name), arm.run(name)
    how, recipe = selection_settings(arm, settings), recipe_of(arm, settings)
    hard, helpful = material.difficulty, material.influence
    yield Part(
        order_for(
            "selection",
            chosen,
            how,
            dataset=material.dataset.name,
            difficulty=hard.name if hard else None,
            influence=helpful.name if helpful else None,
        ),
        lambda where, called, progress: selecting.run(
            where,
            called,
            how,
            progress,
            dataset=material.dataset,
            difficulty=hard,
            influence=helpful,
            own=tuple(each for each in material.own if each.name in selecting.needed(how)),
        ),
    )
    unread = "an arm of an experiment, which compares ways to choose and is not passed on"
    waived = unread if has_chains(material.dataset) else ""
    written = ExportSettings(format="prompt-completion", waive_review=waived)
    yield Part(
        order_for("export", chosen, written, selection=chosen),
        lambda where, called, progress: exporting.run(
            where, called, written, progress, selection=where.find("selection", chosen),
            leave_out=True,
        ),
    )  # fmt: skip
    yield Part(
        order_for("run", run, recipe, export=chosen),
        lambda where, called, progress: finetuning.run(
            where, called, recipe, progress, data=where.find("export", chosen)
        ),
    )  # fmt: skip
    yield _evaluation(name, settings, arm, material)


def _evaluation(name: str, settings: ExperimentSettings, arm: Arm, material: Material) -> Part:
    called = arm.run(name)
    how = evaluation_settings(settings)
    tuned = called if arm.trains else None
    return Part(
        order_for("evaluation", called, how, benchmark=material.benchmarks, run=tuned),
        lambda where, called, progress: evaluating.run(
            where, called, how, progress, benchmarks=material.benchmarks,
            run=where.find("run", tuned) if tuned else None,
        ),
    )  # fmt: skip


def evaluation_settings(settings: ExperimentSettings) -> EvaluateSettings:
    """Return how every arm is tested: on the model that the recipe tunes."""
    return settings.evaluate.model_copy(update={"model": settings.recipe.model})


def _make_parts(study: Study, parts: Sequence[Part], progress: Progress) -> None:
    for part in parts:
        if _is_made(study, part):
            # It is only opened, and refused if it was made with other settings.
            part.stage(study, part.name, silent())
            continue
        progress.name(part.order.title)
        as_job(study, part.order, part.stage)
        progress.advance(1)


def _is_made(study: Study, part: Part) -> bool:
    return (study.folder(part.kind, part.name) / MANIFEST).exists()
