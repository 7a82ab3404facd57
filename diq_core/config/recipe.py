"""Settings of a recipe: several pieces of work, one after the other, on one model."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from diq_core.config.base import Images, Names, Option, Settings
from diq_core.config.choice import SelectSettings
from diq_core.config.mix import IfShort, MixSettings
from diq_core.config.models import EvaluateSettings, FinetuneSettings
from diq_core.config.scores import PassrateSettings

_MIX = MixSettings.model_fields
_DATA, _STEPS = Option(group="Data"), Option(group="Each step")


class RecipeSettings(Settings):
    """InfiMed's order of work on a model of one's own: mix, fine-tune, then reinforce."""

    model: Annotated[str, Names("file")] = "embedded"
    """The model that is trained: 'embedded', a model's folder, or a hub id."""
    source: Annotated[
        tuple[str, ...],
        Names("dataset"),
        Option(repeated=True, metavar="SOURCE", group="Data"),
    ] = Field(default=(), description=_MIX["source"].description)
    dataset: Annotated[str | None, Names("dataset"), _DATA] = None
    """Instead of sources: a dataset of the study, such as a mixture that is there already."""
    total: Annotated[int | None, _DATA] = Field(default=None, ge=1)
    """Samples of the mixture; default: InfiMed's 188,000."""
    if_short: Annotated[IfShort, _DATA] = Field(
        default="fewer", description=_MIX["if_short"].description
    )
    benchmark: Annotated[tuple[str, ...], Names("file"), Option(repeated=True, group="Data")] = ()
    """Questions with known answers, on which the model is tested before and after and which are
    kept out of the mixture; may be repeated. Default: those that ship with the app."""
    images: Images = "read"
    """read: a model that cannot read the images of samples is refused; ignore: every step works on
    the text alone, and says so."""
    choose: Annotated[SelectSettings, _STEPS] = SelectSettings(strategy="full")
    """What of the mixture is fine-tuned on, e.g. strategy=random or budget=10%; default: all."""
    sft: Annotated[FinetuneSettings, _STEPS] = FinetuneSettings(merge=True)
    """Supervised fine-tuning, e.g. max_steps=100. InfiMed publishes no values: ours. The whole
    model is written, since the next steps go on from it."""
    passrate: Annotated[PassrateSettings, _STEPS] = PassrateSettings()
    """How often the tuned model answers each question, e.g. answers=8."""
    prompts: Annotated[SelectSettings, _STEPS] = SelectSettings(strategy="pass-rate", budget="19%")
    """What is reinforced: what the tuned model answers sometimes, up to the part of the mixture
    that InfiMed's 36,000 are of its 188,000. That it is taken of the mixture is ours."""
    rl: Annotated[FinetuneSettings, _STEPS] = FinetuneSettings(
        objective="grpo", method="full", learning_rate=1e-6, rollouts=8, kl=0.01, reward="sum"
    )
    """Reinforcement learning with verifiable rewards, e.g. max_steps=50; default: preset
    infimed."""
    evaluate: Annotated[EvaluateSettings, _STEPS] = EvaluateSettings()
    """How the model is tested before and after, e.g. limit=100."""
    threads: int = Field(default=1, ge=1)
    """Processor cores that each step uses."""
    seed: int = 0
    """Seed of everything random, in every step."""
