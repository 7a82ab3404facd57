"""A recipe: the orders of several pieces of work, each waiting in the queue for what it needs.

Nothing is made here. Every step is an ordinary order, so it is seen, stopped and continued like any
other, and what it makes is an artefact like any other. What is kept of a recipe are its settings,
``jobs/recipes/<name>.json``; its steps follow from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from diq_core.config import ExportSettings, MixSettings, RecipeSettings, Settings
from diq_core.errors import BadSetting
from diq_core.jobs.order import IN_STUDY, Order, order_for
from diq_core.score import PASS_RATE
from diq_core.stages.mix import foreseen
from diq_core.stages.sources import SHIPPED_BENCHMARKS
from diq_core.study import Study, checked_name

INFIMED = "infimed"
"""The recipe, and what it calls its work where nobody says otherwise."""
_LONGEST = 50
"""Characters of a recipe's name: those of its steps are longer."""

S = TypeVar("S", bound=Settings)


@dataclass(frozen=True)
class Step:
    """One piece of work of a recipe.

    Attributes:
        order: what is made.
        after: places of the steps that must be done first, from 0.
        about: what it does, in a few words.
        ours: what of it InfiMed does not publish and we decided; "" = nothing.
    """

    order: Order
    after: tuple[int, ...]
    about: str
    ours: str = ""


def steps_of(name: str, settings: RecipeSettings) -> list[Step]:
    """Return the steps of InfiMed's recipe, in their order.

    Args:
        name: what its work is called; the steps have endings of their own.

    Raises:
        BadSetting: it names neither sources nor a dataset, or both, or the name is none.
    """
    _check(name, settings)
    plan = _Plan()
    dataset = settings.dataset or name
    files = _benchmarks(settings)
    mixed = [] if settings.dataset else [plan.add(
        order_for("mix", name, _mix(settings), benchmark=files), [],
        "Mix the datasets into one", "the shares of the kinds",
    )]  # fmt: skip
    chosen = plan.add(
        order_for("selection", name, _seeded(settings.choose, settings), dataset=dataset), mixed,
        "Choose what is fine-tuned on",
    )  # fmt: skip
    written = plan.add(
        order_for("export", name, ExportSettings(), selection=name), [chosen],
        "Write it as training files",
    )  # fmt: skip
    plan.add(_evaluation(f"{name}-before", settings, files, model=settings.model), [],
             "Test the model as it is")  # fmt: skip
    sft = f"{name}-sft"
    tuned = plan.add(
        order_for("run", sft, _seeded(settings.sft, settings, model=settings.model), export=name),
        [written], "Fine-tune it", "every value of the training",
    )  # fmt: skip
    plan.add(_evaluation(f"{name}-tuned", settings, files, run=sft), [tuned],
             "Test the tuned model")  # fmt: skip
    model = f"{IN_STUDY}run/{sft}/model"
    rates = plan.add(
        order_for("passrate", PASS_RATE, _seeded(settings.passrate, settings, model=model),
                  dataset=dataset),
        [tuned], "See how often the tuned model is right", "that the questions are the mixture's",
    )  # fmt: skip
    prompts = f"{name}-prompts"
    picked = plan.add(
        order_for("selection", prompts, _seeded(settings.prompts, settings), dataset=dataset),
        [rates], "Choose what it answers sometimes", "half of the answers right comes first",
    )  # fmt: skip
    asked = plan.add(
        order_for("export", prompts, ExportSettings(), selection=prompts), [picked],
        "Write these as training files",
    )  # fmt: skip
    better = plan.add(
        order_for("run", f"{name}-rl", _seeded(settings.rl, settings, model=model), export=prompts),
        [asked], "Reinforce it with answers that a rule verifies",
        "what preset infimed leaves open: steps, batch, lengths",
    )  # fmt: skip
    plan.add(_evaluation(f"{name}-after", settings, files, run=f"{name}-rl"), [better],
             "Test what came of it")  # fmt: skip
    return plan.steps


def foresee(study: Study, settings: RecipeSettings) -> None:
    """Refuse beforehand what a mixture or its dataset lacks.

    Raises:
        BadSetting, NotFound: see `mix.foreseen`; or there is no such dataset.
    """
    if settings.dataset:
        study.find("dataset", settings.dataset)
    else:
        foreseen(study, _mix(settings))


class _Plan:
    """Steps as they are added."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def add(self, order: Order, after: Sequence[int], about: str, ours: str = "") -> int:
        """Add a step and return its place."""
        self.steps.append(Step(order, tuple(after), about, ours))
        return len(self.steps) - 1


def _check(name: str, settings: RecipeSettings) -> None:
    checked_name(name)
    if len(name) > _LONGEST:
        raise BadSetting("The name of a recipe is too long", which=name[:80],
                         todo=f"use at most {_LONGEST} characters")  # fmt: skip
    if bool(settings.source) == bool(settings.dataset):
        raise BadSetting(
            "A recipe begins with sources or with a dataset", which="source",
            todo="name sources with --source, or one dataset with --dataset",
        )  # fmt: skip


def _mix(settings: RecipeSettings) -> MixSettings:
    return MixSettings(source=settings.source, preset="infimed", total=settings.total,
                       if_short=settings.if_short, seed=settings.seed)  # fmt: skip


def _benchmarks(settings: RecipeSettings) -> tuple[str, ...]:
    return settings.benchmark or tuple(map(str, SHIPPED_BENCHMARKS.values()))


def _evaluation(
    name: str, settings: RecipeSettings, files: Sequence[str], *, model: str = "", run: str = ""
) -> Order:
    asked = _seeded(settings.evaluate, settings, **({"model": model} if model else {}))
    return order_for("evaluation", name, asked, benchmark=tuple(files), run=run)


def _seeded(step: S, settings: RecipeSettings, **update: object) -> S:
    """Return the settings of a step with what holds for all steps, unless it says otherwise."""
    for name in ("seed", "threads", "images"):
        field = type(step).model_fields.get(name)
        if field is not None and getattr(step, name) == field.default:
            update[name] = getattr(settings, name)
    return step.model_copy(update=update)
