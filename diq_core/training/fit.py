"""What supervised and preference training share: the loop around one of TRL's trainers.

The order of the samples is fixed before it begins (`plan`), so that a run can be repeated and
continued bit for bit; checkpoints count only when they are whole (`checkpoints`); nothing is sent
anywhere and no tracker is started unless it was asked for.
"""

from __future__ import annotations

import gc
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from warnings import catch_warnings

from diq_core.config import FinetuneSettings
from diq_core.errors import BadSetting
from diq_core.models.kernels import fast_linears
from diq_core.models.load import CausalModel
from diq_core.models.shipped import quiet
from diq_core.models.vision import language_parameters
from diq_core.training.adapter import check_targets, lora_config
from diq_core.training.checkpoints import last_whole, remove_unfinished
from diq_core.training.plan import Plan, micro_batches
from diq_core.training.rewards import policy_of
from diq_core.training.validation import Held, Validated, measure
from diq_core.training.watch import Step, Tracking, Watch


@dataclass(frozen=True, eq=False)
class Trained:
    """What training made.

    Attributes:
        model: the tuned model in memory: with its adapter, or whole (method "full").
        plan: what was learned from, in which order.
        steps: how many steps were made, over all attempts.
        stopped: it was asked to stop before the last one.
        kernel: "onednn" or "torch": what computed the frozen linear layers.
        tokens: as in `Step`, after the last step.
    """

    model: Any
    plan: Plan
    steps: int
    stopped: bool
    kernel: str
    tokens: int


def is_first_process() -> bool:
    """Return whether this process is the one that keeps the record of the run."""
    return os.environ.get("RANK", "0") == "0"


def processes() -> int:
    """Return how many processes train together (`accelerate launch` says so)."""
    return int(os.environ.get("WORLD_SIZE", "1"))


MakeTrainer = Callable[[dict[str, Any], Any], Any]
"""Takes the common arguments and the adapter's configuration, returns a trainer."""


def fit(
    model: CausalModel,
    plan: Plan,
    settings: FinetuneSettings,
    folder: Path,
    watch: Watch,
    make_trainer: MakeTrainer,
    held: Held | None = None,
) -> Trained:
    """Train `model` along `plan`, continuing from the last whole checkpoint in `folder`.

    Args:
        held: what the validation loss is measured on; None = it is not.

    Raises:
        BadSetting: a target names no layer, the loss stopped being a number, or the tracker
            refuses.
        OutOfSpace: no room for a checkpoint; the one before is kept.
    """
    lora = None
    if settings.method == "full":
        for value in language_parameters(model.model).values():
            value.requires_grad_(True)
    else:
        check_targets(model.model, settings.targets)
        lora = lora_config(settings, model.model)
    if watch.on_plan:
        watch.on_plan(plan)
    if is_first_process():
        remove_unfinished(folder)
    checkpoint = last_whole(folder)
    give_padding(model.tokenizer)
    fast = fast_linears(model.model) if lora is not None and _wide() else nullcontext("torch")
    with quiet(), catch_warnings(action="ignore", category=FutureWarning), fast as kernel:
        trainer = make_trainer(_arguments(model, settings, folder, watch.tracking), lora)
        _silence(trainer)
        watcher = _watcher()(trainer, plan, settings.save_steps, watch, held)
        trainer.add_callback(watcher)
        with _tracker_in_words(watch.tracking):
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        tuned, steps = trainer.accelerator.unwrap_model(trainer.model), trainer.state.global_step
        tokens = plan.tokens[-1] or trainer.state.num_input_tokens_seen
    # The trainer and its optimiser hold each other; many short runs in one process need the room.
    trainer.callback_handler.callbacks.clear()
    del trainer, watcher
    gc.collect()
    tuned.eval()
    return Trained(tuned, plan, steps, steps < plan.steps, kernel, int(tokens))


@contextmanager
def _tracker_in_words(tracking: Tracking | None) -> Iterator[None]:
    """Say which tracker an error comes from, and how to do without it."""
    try:
        yield
    except Exception as error:
        if tracking is None or type(error).__module__.split(".")[0] != tracking.tracker:
            raise
        raise BadSetting(
            f"The tracker refuses: {' '.join(str(error).split())[:300]}",
            which=tracking.tracker,
            todo="set it up as it says, or leave --track away; our own files are always written",
        ) from error


def _silence(trainer: Any) -> None:
    from transformers import PrinterCallback

    trainer.remove_callback(PrinterCallback)


def _wide() -> bool:
    """Tell whether this processor has the wide registers that make oneDNN the faster path.

    Measured on SmolLM2-135M, a step of training: without them oneDNN takes 1.1 to 1.3 times as
    long as PyTorch's own product.
    """
    import torch

    return str(torch.backends.cpu.get_cpu_capability()).startswith("AVX512")


def _arguments(
    model: CausalModel, settings: FinetuneSettings, folder: Path, tracking: Tracking | None
) -> dict[str, Any]:
    """Return what every trainer is told; one "epoch" of the trainer is the whole plan."""
    names = {"project": tracking.project, "run_name": tracking.run} if tracking else {}
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
        "ddp_find_unused_parameters": False,
        "report_to": [tracking.tracker] if tracking else [],
        **names,
        "disable_tqdm": True,
    }


def give_padding(tokenizer: Any) -> None:
    """Let `tokenizer` have a padding token; which one does not matter, it is never learned."""
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.convert_ids_to_tokens(0)


def _watcher() -> Any:
    from transformers import TrainerCallback

    class Watcher(TrainerCallback):
        """Reports every step, and decides when to save and when to stop."""

        def __init__(
            self, trainer: Any, plan: Plan, save_steps: int, watch: Watch, held: Held | None
        ) -> None:
            self._trainer, self._plan = trainer, plan
            self._save_steps, self._watch, self._held = save_steps, watch, held

        def on_train_begin(self, _args: Any, state: Any, _control: Any, **_more: Any) -> None:
            if state.global_step == 0:
                self._validate(0)

        def on_step_end(self, _args: Any, state: Any, control: Any, **_more: Any) -> None:
            self._validate(state.global_step)
            left = self._plan.steps - state.global_step
            if left and state.global_step % self._save_steps == 0:
                control.should_save = True
            asked = self._watch.should_stop
            if left and self._trainer.any_process(asked and asked()):
                control.should_save = control.should_training_stop = True

        def _validate(self, step: int) -> None:
            if self._held is None or not self._held.is_due(step, self._plan.steps):
                return
            # On every process, since a model that is divided among them needs all of them.
            found = Validated(step, measure(self._trainer, self._held))
            if self._watch.on_validation:
                self._watch.on_validation(found)

        def on_log(self, _args: Any, state: Any, _control: Any, logs: Any, **_more: Any) -> None:
            if "loss" not in logs or not state.is_world_process_zero:
                return
            step = state.global_step
            if not math.isfinite(logs["loss"]):
                raise _diverged(step)
            if self._watch.on_step:
                self._watch.on_step(
                    Step(
                        step=step,
                        epoch=self._plan.epoch(step),
                        loss=logs["loss"],
                        learning_rate=logs["learning_rate"],
                        grad_norm=logs["grad_norm"],
                        tokens=self._plan.tokens[step - 1] or state.num_input_tokens_seen,
                        policy=policy_of(logs),
                    )
                )

    return Watcher


def _diverged(step: int) -> BadSetting:
    return BadSetting(
        f"The loss is not a number any more at step {step}: the training ran away",
        which="learning_rate",
        todo="use a lower learning rate or a longer warmup, and begin anew with --restart",
    )
