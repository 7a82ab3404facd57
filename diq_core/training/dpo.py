"""Learning preferences (DPO) in this process: a loaded model and pairs in, a tuned model out.

Source: direct preference optimisation, Rafailov et al., arXiv 2305.18290, as TRL computes it; the
paper that this app follows trains it after fine-tuning, without stating its settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from diq_core.config import FinetuneSettings
from diq_core.models.load import CausalModel
from diq_core.training.fit import Trained, fit, processes
from diq_core.training.pairs import PairTokens
from diq_core.training.plan import plan_steps
from diq_core.training.showing import ROW, are_shown, compared
from diq_core.training.trainers import dpo_trainer
from diq_core.training.validation import held_of
from diq_core.training.watch import Watch

_NOBODY = Watch()


def train_pairs(
    model: CausalModel,
    pairs: Sequence[PairTokens],
    settings: FinetuneSettings,
    *,
    folder: Path,
    watch: Watch = _NOBODY,
    held: Sequence[PairTokens] = (),
) -> Trained:
    """Fine-tune `model` to prefer the chosen response of each pair; otherwise as `sft.train`."""
    plan = plan_steps([each.response_tokens for each in pairs], settings, processes=processes())

    def make_trainer(common: dict[str, Any], lora: Any) -> Any:
        from trl import DPOConfig

        return dpo_trainer()(
            model=model.model,
            args=DPOConfig(
                **common, max_length=None, beta=settings.beta, remove_unused_columns=not shown
            ),
            train_dataset=dataset(pairs).select(plan.order),
            processing_class=model.tokenizer,
            peft_config=lora,
            **({"data_collator": collator} if shown else {}),
        )

    every, shown = [*pairs, *held], are_shown([each.chosen for each in (*pairs, *held)])
    known = {id(each): row for row, each in enumerate(every)}

    def collator(rows: Sequence[Mapping[str, Any]]) -> Any:
        some = [every[each[ROW]] for each in rows]
        return compared([each.chosen for each in some], [each.rejected for each in some])

    def dataset(some: Sequence[PairTokens]) -> Any:
        made = _dataset(some)
        return made.add_column(ROW, [known[id(each)] for each in some]) if shown else made

    measured = held_of(held, dataset, settings, plan.steps)
    return fit(model, plan, settings, folder, watch, make_trainer, measured)


def _dataset(pairs: Sequence[PairTokens]) -> Any:
    from datasets import Dataset

    return Dataset.from_dict(
        {
            "prompt_ids": [each.chosen.ids[: each.chosen.start] for each in pairs],
            "chosen_ids": [each.chosen.ids[each.chosen.start :] for each in pairs],
            "rejected_ids": [each.rejected.ids[each.rejected.start :] for each in pairs],
        }
    )
