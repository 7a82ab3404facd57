"""Supervised fine-tuning in this process: a loaded model and tokens in, a tuned model out.

    train(model, tokens, settings, *, folder, watch=Watch(…)) -> Trained

TRL's SFTTrainer with PEFT does the work; see `fit` for what is ours. Nothing is written but
checkpoints, every `save_steps` steps; a shorter run writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from diq_core.config import FinetuneSettings
from diq_core.models.load import CausalModel
from diq_core.models.tokens import Tokens
from diq_core.training.fit import Trained, fit, processes
from diq_core.training.plan import plan_steps
from diq_core.training.showing import ROW, are_shown, labelled
from diq_core.training.trainers import IGNORED, sft_trainer
from diq_core.training.validation import held_of
from diq_core.training.watch import Watch

_NOBODY = Watch()


def train(
    model: CausalModel,
    tokens: Sequence[Tokens],
    settings: FinetuneSettings,
    *,
    folder: Path,
    watch: Watch = _NOBODY,
    held: Sequence[Tokens] = (),
) -> Trained:
    """Fine-tune `model`, continuing from the last whole checkpoint in `folder` if there is one.

    The model is changed in place. Equal model, tokens and settings give equal weights, bit for
    bit, on one CPU and with one thread count, whether or not the run was interrupted.

    Args:
        model: fresh from `load_causal`; not one that was trained before.
        tokens: the examples, in a fixed order.
        folder: where checkpoints are kept.
        held: examples that the validation loss is measured on; empty = it is not.

    Raises:
        BadSetting: a target names no layer, the batch cannot be divided, or the loss stopped being
            a number.
        OutOfSpace: no room for a checkpoint; the one before is kept.
    """
    plan = plan_steps([each.response_tokens for each in tokens], settings, processes=processes())

    def make_trainer(common: dict[str, Any], lora: Any) -> Any:
        from trl import SFTConfig

        return sft_trainer()(
            model=model.model,
            args=SFTConfig(
                **common,
                max_length=None,
                padding_free=settings.packing,
                remove_unused_columns=not shown,
                dataset_kwargs={"skip_prepare_dataset": True},
            ),
            train_dataset=dataset(tokens).select(plan.order),
            processing_class=model.tokenizer,
            peft_config=lora,
            **({"data_collator": collator} if shown else {}),
        )

    every, shown = [*tokens, *held], are_shown([*tokens, *held])
    known = {id(each): row for row, each in enumerate(every)}

    def collator(rows: Sequence[Mapping[str, Any]]) -> Any:
        return labelled([every[each[ROW]] for each in rows], IGNORED)

    def dataset(some: Sequence[Tokens]) -> Any:
        made = _dataset(some)
        return made.add_column(ROW, [known[id(each)] for each in some]) if shown else made

    measured = held_of(held, dataset, settings, plan.steps)
    return fit(model, plan, settings, folder, watch, make_trainer, measured)


def _dataset(tokens: Sequence[Tokens]) -> Any:
    from datasets import Dataset

    def labels(each: Tokens) -> Any:
        values = each.ids.copy()
        values[: each.start] = IGNORED
        return values

    return Dataset.from_dict(
        {"input_ids": [each.ids for each in tokens], "labels": [labels(each) for each in tokens]}
    )
