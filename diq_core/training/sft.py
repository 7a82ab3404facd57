"""Supervised fine-tuning in this process: a loaded model and tokens in, a tuned model out.

    train(model, tokens, settings, *, folder, on_plan=…, on_step=…, should_stop=…) -> Trained

TRL's SFTTrainer with PEFT does the work. What is ours: the order of the samples is fixed before
it begins (`plan`), so that a run can be repeated and continued bit for bit; checkpoints count
only when they are whole (`checkpoints`); nothing is sent anywhere and no tracker is started.
Nothing is written but checkpoints, every `save_steps` steps; a shorter run writes nothing.
"""

from __future__ import annotations

import gc
import math
import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from warnings import catch_warnings

from diq_core.config import FinetuneSettings
from diq_core.embedded import quiet
from diq_core.errors import BadSetting
from diq_core.kernels import fast_linears
from diq_core.models import CausalModel
from diq_core.scoring.tokens import Tokens
from diq_core.training.adapter import check_targets, lora_config
from diq_core.training.checkpoints import last_whole, remove_unfinished
from diq_core.training.plan import Plan, micro_batches, plan_steps
from diq_core.training.trainers import IGNORED, sft_trainer


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of training was like.

    Attributes:
        step: 1 for the first.
        epoch: passes over the samples so far, e.g. 0.5.
        loss: mean over the response tokens of the step, before it; nats per token.
        learning_rate: with which the step was made.
        grad_norm: length of the gradient before it was clipped.
        tokens: response tokens learned from so far.
    """

    step: int
    epoch: float
    loss: float
    learning_rate: float
    grad_norm: float
    tokens: int


@dataclass(frozen=True, eq=False)
class Trained:
    """What training made.

    Attributes:
        model: the tuned model in memory: with its adapter, or whole (method "full").
        plan: what was learned from, in which order.
        steps: how many steps were made, over all attempts.
        stopped: it was asked to stop before the last one.
        kernel: "onednn" or "torch": what computed the frozen linear layers.
    """

    model: Any
    plan: Plan
    steps: int
    stopped: bool
    kernel: str


def processes() -> int:
    """Return how many processes train together (`accelerate launch` says so)."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def train(
    model: CausalModel,
    tokens: Sequence[Tokens],
    settings: FinetuneSettings,
    *,
    folder: Path,
    on_plan: Callable[[Plan], None] | None = None,
    on_step: Callable[[Step], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Trained:
    """Fine-tune `model`, continuing from the last whole checkpoint in `folder` if there is one.

    The model is changed in place. Equal model, tokens and settings give equal weights, bit for
    bit, on one CPU and with one thread count, whether or not the run was interrupted.

    Args:
        model: fresh from `load_causal`; not one that was trained before.
        tokens: the examples, in a fixed order.
        folder: where checkpoints are kept.
        on_plan: called once, before the first step.
        on_step: called after every step, before its checkpoint is written.
        should_stop: asked after every step; True = write a checkpoint and return.

    Raises:
        BadSetting: a target names no layer, the batch cannot be divided, or the loss stopped being
            a number.
        OutOfSpace: no room for a checkpoint; the one before is kept.
    """
    plan = plan_steps([each.response_tokens for each in tokens], settings, processes=processes())
    if on_plan:
        on_plan(plan)
    lora = None
    if settings.method == "full":
        model.model.requires_grad_(True)
    else:
        check_targets(model.model, settings.targets)
        lora = lora_config(settings)
    remove_unfinished(folder)
    checkpoint = last_whole(folder)
    fast = fast_linears(model.model) if lora is not None and _wide() else nullcontext("torch")
    with quiet(), catch_warnings(action="ignore", category=FutureWarning), fast as kernel:
        trainer = _trainer(model, tokens, settings, plan, lora, folder)
        watcher = _watcher()(trainer, plan, settings.save_steps, on_step, should_stop)
        trainer.add_callback(watcher)
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        tuned, steps = trainer.accelerator.unwrap_model(trainer.model), trainer.state.global_step
    # The trainer and its optimiser hold each other; many short runs in one process need the room.
    trainer.callback_handler.callbacks.clear()
    del trainer, watcher
    gc.collect()
    tuned.eval()
    return Trained(tuned, plan, steps, steps < plan.steps, kernel)


def _wide() -> bool:
    """Tell whether this processor has the wide registers that make oneDNN the faster path.

    Measured on SmolLM2-135M, a step of training: without them oneDNN takes 1.1 to 1.3 times as
    long as PyTorch's own product.
    """
    import torch

    return torch.backends.cpu.get_cpu_capability().startswith("AVX512")


def _trainer(
    model: CausalModel,
    tokens: Sequence[Tokens],
    settings: FinetuneSettings,
    plan: Plan,
    lora: Any,
    folder: Path,
) -> Any:
    from transformers import PrinterCallback
    from trl import SFTConfig

    give_padding(model.tokenizer)
    trainer = sft_trainer()(
        model=model.model,
        args=SFTConfig(
            **arguments(model, settings, folder),
            max_length=None,
            padding_free=settings.packing,
            dataset_kwargs={"skip_prepare_dataset": True},
        ),
        train_dataset=_dataset(tokens).select(plan.order),
        processing_class=model.tokenizer,
        peft_config=lora,
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def arguments(model: CausalModel, settings: FinetuneSettings, folder: Path) -> dict[str, Any]:
    """Return what every trainer is told; one "epoch" of the trainer is the whole plan."""
    return {
        "output_dir": str(folder),
        "per_device_train_batch_size": settings.micro_batch,
        "gradient_accumulation_steps": micro_batches(settings, processes=processes()),
        "num_train_epochs": 1,
        "train_sampling_strategy": "sequential",
        "learning_rate": settings.learning_rate,
        "lr_scheduler_type": settings.schedule
        if settings.warmup == 0 or settings.schedule != "constant"
        else "constant_with_warmup",
        "warmup_steps": settings.warmup,
        "weight_decay": settings.weight_decay,
        "optim": "adamw_torch",
        "gradient_checkpointing": settings.recompute,
        "bf16": settings.dtype == "bfloat16",
        "use_cpu": model.device == "cpu",
        "dataloader_pin_memory": model.device != "cpu",
        "seed": settings.seed,
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "save_strategy": "no",
        "report_to": [],
        "disable_tqdm": True,
    }


def give_padding(tokenizer: Any) -> None:
    """Let `tokenizer` have a padding token; which one does not matter, it is never learned."""
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.convert_ids_to_tokens(0)


def _dataset(tokens: Sequence[Tokens]) -> Any:
    from datasets import Dataset

    def labels(each: Tokens) -> Any:
        values = each.ids.copy()
        values[: each.start] = IGNORED
        return values

    return Dataset.from_dict(
        {"input_ids": [each.ids for each in tokens], "labels": [labels(each) for each in tokens]}
    )


def _watcher() -> Any:
    from transformers import TrainerCallback

    class Watcher(TrainerCallback):
        """Reports every step, and decides when to save and when to stop."""

        def __init__(
            self,
            trainer: Any,
            plan: Plan,
            save_steps: int,
            on_step: Callable[[Step], None] | None,
            should_stop: Callable[[], bool] | None,
        ) -> None:
            self._trainer, self._plan, self._save_steps = trainer, plan, save_steps
            self._on_step, self._should_stop = on_step, should_stop

        def on_step_end(self, _args: Any, state: Any, control: Any, **_more: Any) -> None:
            left = self._plan.steps - state.global_step
            if left and state.global_step % self._save_steps == 0:
                control.should_save = True
            if left and self._trainer.any_process(self._should_stop and self._should_stop()):
                control.should_save = control.should_training_stop = True

        def on_log(self, _args: Any, state: Any, _control: Any, logs: Any, **_more: Any) -> None:
            if "loss" not in logs or not state.is_world_process_zero:
                return
            step = state.global_step
            if not math.isfinite(logs["loss"]):
                raise _diverged(step)
            if self._on_step:
                self._on_step(
                    Step(
                        step=step,
                        epoch=self._plan.epoch(step),
                        loss=logs["loss"],
                        learning_rate=logs["learning_rate"],
                        grad_norm=logs["grad_norm"],
                        tokens=self._plan.tokens[step - 1],
                    )
                )

    return Watcher


def _diverged(step: int) -> BadSetting:
    return BadSetting(
        f"The loss is not a number any more at step {step}: the training ran away",
        which="learning_rate",
        todo="use a lower learning rate or a longer warmup, and begin anew with --restart",
    )
