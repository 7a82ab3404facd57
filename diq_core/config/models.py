"""Settings of what trains and tests models: fine-tune, evaluation, experiment."""

from __future__ import annotations

from operator import not_
from typing import Annotated, Literal

from pydantic import Field

from diq_core.config.base import Images, Names, Option, Settings, Thinking
from diq_core.config.choice import SelectSettings

_OBJECTIVE = Option(group="Objective")
_ADAPTER = Option(group="Adapter")
_OPTIMISATION = Option(group="Optimisation")
_RUN = Option(group="Run")
_VALIDATION = Option(group="Validation loss")
_REINFORCEMENT = Option(group="Reinforcement learning")

Reward = Literal["gate", "sum", "accuracy"]
"""What a written answer earns: see `training.rewards`."""
PolicyLoss = Literal["grpo", "dr_grpo", "dapo", "bnpo", "cispo", "sapo", "gspo"]
"""Losses of reinforcement learning, as TRL names them."""


class FinetuneSettings(Settings):
    """How a model is fine-tuned on an export."""

    model: Annotated[str, Names("file"), _OBJECTIVE] = "embedded"
    """The base model: 'embedded', a model's folder, or a hub id."""
    method: Annotated[Literal["lora", "full", "qlora"], _ADAPTER] = "lora"
    """Train an adapter, the whole model, or an adapter on a model in 4 bits."""
    objective: Annotated[Literal["sft", "dpo", "grpo"], _OBJECTIVE] = "sft"
    """sft learns the responses; dpo prefers the right chain to the wrong one of a pair; grpo lets
    the model answer and rewards what can be verified as right."""
    # Left out of manifests where nothing is asked for: the run is the same artefact as ever.
    thinking: Annotated[Thinking | None, _OBJECTIVE] = Field(default=None, exclude_if=not_)
    """Where the reasoning is learned: native, huatuo or keep; default: as the export was written,
    else huatuo."""
    images: Annotated[Images, _OBJECTIVE] = Field(default="read", exclude_if="read".__eq__)
    """read: a model that cannot read the images of samples is refused; ignore: it learns from the
    text alone, and the run says so."""
    holdout: Annotated[float, _VALIDATION] = Field(default=0.0, ge=0.0, lt=1.0, exclude_if=not_)
    """Share of the samples that is never trained on; its loss is measured along the way."""
    eval_steps: Annotated[int | None, _VALIDATION] = Field(default=None, ge=1, exclude_if=not_)
    """Steps between two measurements of the validation loss; default: a tenth of the run."""
    max_pixels: Annotated[int | None, _OBJECTIVE] = Field(default=None, ge=1, exclude_if=not_)
    """A larger image is made smaller first; default: as the model's own processor has it."""
    max_tiles: Annotated[int | None, _OBJECTIVE] = Field(default=None, ge=1, exclude_if=not_)
    """Tiles that an image is cut into, where the model does that; default: as its processor has
    it."""
    rank: Annotated[int, _ADAPTER] = Field(default=8, ge=1)
    """Rank of the adapter."""
    alpha: Annotated[int, _ADAPTER] = Field(default=16, ge=1)
    """Scale of the adapter."""
    dropout: Annotated[float, _ADAPTER] = Field(default=0.0, ge=0.0, lt=1.0)
    """Dropout in the adapter."""
    targets: Annotated[tuple[str, ...], _ADAPTER] = ("q_proj", "k_proj", "v_proj")
    """Layers that get an adapter, separated by commas, or all-linear."""
    learning_rate: Annotated[float, _OPTIMISATION] = Field(default=1e-4, gt=0.0)
    """Highest learning rate."""
    schedule: Annotated[Literal["cosine", "linear", "constant"], _OPTIMISATION] = "cosine"
    """How the learning rate falls."""
    warmup: Annotated[float, _OPTIMISATION] = Field(default=0.0, ge=0.0, lt=1.0)
    """Share of the steps in which the learning rate rises."""
    weight_decay: Annotated[float, _OPTIMISATION] = Field(default=0.0, ge=0.0)
    """Weight decay."""
    epochs: Annotated[float, _OPTIMISATION] = Field(default=3.0, gt=0.0)
    """Passes over the samples."""
    max_steps: Annotated[int | None, _OPTIMISATION] = Field(default=None, ge=1)
    """Exactly so many steps, whatever the number of samples, instead of passes."""
    token_budget: Annotated[int | None, _OPTIMISATION] = Field(default=None, ge=1)
    """Until so many response tokens were learned from, instead of passes or steps."""
    batch_size: Annotated[int, _OPTIMISATION] = Field(default=8, ge=1)
    """Samples in a step, over all devices."""
    micro_batch: Annotated[int, _RUN] = Field(default=1, ge=1)
    """Samples that pass through the model at once; the rest of a step is accumulated."""
    max_tokens: Annotated[int, _OBJECTIVE] = Field(default=8192, ge=32)
    """Longer samples are cut to so many tokens; one without a response token left is dropped."""
    packing: Annotated[bool, _RUN] = False
    """Lay the samples of a micro-batch end to end instead of padding them to one length."""
    recompute: Annotated[bool, _RUN] = False
    """Compute activations a second time instead of keeping them: less memory, slower."""
    beta: Annotated[float, _OBJECTIVE] = Field(default=0.1, gt=0.0)
    """DPO: how strongly the tuned model is held to the base model."""
    reward: Annotated[Reward, _REINFORCEMENT] = "gate"
    """GRPO: gate pays 1 for a right answer in the right form; sum pays 0.1 for the form and 0.9 for
    a right answer; accuracy pays 1 for a right answer."""
    rollouts: Annotated[int, _REINFORCEMENT] = Field(default=8, ge=2)
    """GRPO: answers that the model writes to each question in a step."""
    max_new_tokens: Annotated[int, _REINFORCEMENT] = Field(default=512, ge=1)
    """GRPO: longest written answer, in tokens."""
    temperature: Annotated[float, _REINFORCEMENT] = Field(default=1.0, gt=0.0)
    """GRPO: how freely answers are drawn; 1 = as likely as the model finds them."""
    kl: Annotated[float, _REINFORCEMENT] = Field(default=0.01, ge=0.0)
    """GRPO: how strongly the tuned model is held to the base model; 0 = not at all."""
    policy_loss: Annotated[PolicyLoss, _REINFORCEMENT] = "dapo"
    """GRPO: the loss, as TRL names it."""
    dtype: Annotated[Literal["float32", "bfloat16"], _RUN] = "float32"
    """Numbers that the model computes with."""
    save_steps: Annotated[int, _RUN] = Field(default=50, ge=1)
    """Steps between checkpoints; a killed run loses at most so many."""
    merge: Annotated[bool, _RUN] = False
    """Also write the whole model with the adapter merged in."""
    seed: Annotated[int, _RUN] = 0
    """Seed of everything random."""
    threads: Annotated[int, _RUN] = Field(default=1, ge=1)
    """Processor cores to use."""


Scoring = Literal["letter", "option", "generated"]
"""How an answer is taken from a model: the likeliest option letter, the likeliest option text
(per character), or a written answer from which the choice is read."""


class EvaluateSettings(Settings):
    """On which questions a model is tested, and how its answers are taken."""

    model: Annotated[str, Names("file")] = "embedded"
    """'embedded', a model's folder, or a hub id; a run brings its own."""
    scorings: tuple[Scoring, ...] = ("letter",)
    """How answers are taken, separated by commas: letter, option, generated."""
    limit: int | None = Field(default=None, ge=1)
    """Questions of each benchmark, drawn with the seed: every model gets the same; default: all."""
    template: Literal["plain", "chat"] = "plain"
    """plain asks as lm-evaluation-harness does; chat as in training, by the model's template."""
    max_tokens: int = Field(default=2048, ge=32)
    """Longer prompts lose their beginning."""
    max_new_tokens: int = Field(default=256, ge=1)
    """Longest written answer, in tokens."""
    batch_size: int = Field(default=8, ge=1)
    """Questions that pass through the model at once."""
    groups: Annotated[dict[str, tuple[str, ...]], Option(metavar="NAME=a,b;NAME=c")] = Field(
        default_factory=dict
    )
    """Averages to report, such as 'S=medqa,medmcqa;C=medxpertqa'; A is always all of them."""
    # Left out of manifests unless asked for, as above.
    images: Images = Field(default="read", exclude_if="read".__eq__)
    """read: a model that cannot read the images of questions is refused; ignore: it is asked
    without them, and the evaluation says so."""
    max_pixels: int | None = Field(default=None, ge=784, exclude_if=not_)
    """A larger image is made smaller first, its sides in proportion; default: as the model has it.
    """
    max_tiles: int | None = Field(default=None, ge=1, exclude_if=not_)
    """Tiles that an image is cut into at most, by a model that does so; default: as it has it."""
    answer_loss: bool = True
    """Also measure the loss of the right answer, in nats per token."""
    seed: int = 0
    """Seed of everything random."""
    threads: int = Field(default=1, ge=1)
    """Processor cores to use."""


class ExperimentSettings(Settings):
    """Which strategies are compared at which budgets, how often, and with what recipe."""

    strategies: tuple[str, ...] = ("diq", "random")
    """Strategies, separated by commas; difficulty:reasoning names an aspect."""
    budgets: tuple[str, ...] = ("10%",)
    """Shares or counts, separated by commas."""
    seeds: tuple[int, ...] = (0, 1, 2)
    """Seeds separated by commas; each is a run of its own."""
    equal: Literal["steps", "tokens"] = "steps"
    """What all arms have in common: optimiser steps, or response tokens learned from."""
    with_full: Annotated[bool, Option(off="--no-full")] = True
    """Also train on everything."""
    recipe: FinetuneSettings = FinetuneSettings(max_steps=30)
    """How every arm is trained."""
    select: SelectSettings = SelectSettings()
    """What every selection has in common (aspect, cuts, quota)."""
    evaluate: EvaluateSettings = EvaluateSettings()
    """How every arm is tested."""
    resamples: int = Field(default=2000, ge=100)
    """Bootstrap draws behind every interval."""
