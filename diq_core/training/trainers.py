"""TRL's trainers, kept quiet: no telemetry, no model card, and checkpoints that are marked.

On a CPU, TRL computes the output layer for every token and its entropy besides, prompt included.
Here it is computed for the response tokens only, by the model's own forward pass: the same loss
and gradient up to rounding, in about 0.7 of the time (SmolLM2-135M, half of the tokens response).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from inspect import signature
from pathlib import Path
from typing import Any

from diq_core.models.tokens import Tokens
from diq_core.training.checkpoints import mark_whole, writing
from diq_core.training.showing import are_shown, before_completions, kinds, pixels

IGNORED = -100
"""What PyTorch and TRL take as "no loss here"."""
_NUMBER = "asked"


@cache
def sft_trainer() -> Any:
    """Return the class that fine-tunes on responses."""
    from trl import SFTTrainer

    class ResponseTrainer(_quiet(SFTTrainer)):  # type: ignore[misc]
        def compute_loss(
            self,
            model: Any,
            inputs: Any,
            return_outputs: bool = False,
            num_items_in_batch: Any = None,
        ) -> Any:
            if self.args.device.type != "cpu" or return_outputs or not _can_choose(self.model):
                return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
            loss = response_loss(model, inputs, num_items_in_batch)
            if self.args.average_tokens_across_devices and num_items_in_batch is not None:
                # Gradients are averaged over the processes, and the count is that of all of them.
                loss = loss * self.accelerator.num_processes
            return loss

    return ResponseTrainer


def _can_choose(model: Any) -> bool:
    """Tell whether the model's forward pass can compute logits for chosen positions only."""
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    return "logits_to_keep" in signature(type(base).forward).parameters


def response_loss(model: Any, inputs: Any, count: Any = None) -> Any:
    """Return the summed loss of the response tokens in a batch, divided by `count`.

    Args:
        inputs: ``input_ids`` and ``labels`` (-100 = no loss), shape (rows, length), and whatever
            else the model takes.
        count: None = the number of response tokens in this batch.
    """
    import torch

    targets = inputs["labels"][:, 1:]
    wanted = (targets != IGNORED).any(0).nonzero().flatten()
    rest = {key: value for key, value in inputs.items() if key != "labels"}
    logits = model(**rest, use_cache=False, logits_to_keep=wanted).logits
    targets = targets[:, wanted]
    total = torch.nn.functional.cross_entropy(
        logits.float().flatten(0, 1), targets.flatten(), ignore_index=IGNORED, reduction="sum"
    )
    return total / ((targets != IGNORED).sum() if count is None else count)


@cache
def dpo_trainer() -> Any:
    """Return the class that learns preferences."""
    from trl import DPOTrainer

    class PairTrainer(_quiet(DPOTrainer)):  # type: ignore[misc]
        def _prepare_dataset(self, dataset: Any, *_args: Any, **_more: Any) -> Any:
            """Return `dataset` as it is: it is made of tokens already."""
            return dataset

    return PairTrainer


@cache
def grpo_trainer() -> Any:
    """Return the class that learns from what its own answers earn."""
    import torch
    from trl import GRPOTrainer

    class PolicyTrainer(_quiet(GRPOTrainer)):  # type: ignore[misc]
        """Its prompts are ids of samples: what the model reads is made of tokens already."""

        def __init__(self, *, asked: Mapping[str, Tokens], **more: Any) -> None:
            self._asked = asked
            self._numbers = {id: number for number, id in enumerate(asked)}
            self._shown = are_shown(list(asked.values()))
            self._rows: list[Tokens] = []
            super().__init__(**more)

        def _tokenize_prompts(self, prompts: list[str]) -> tuple[list[list[int]], None, Any]:
            rows = [self._asked[each] for each in prompts]
            ids = [each.ids[: each.start].tolist() for each in rows]
            return ids, None, {**pixels(rows), **kinds(rows)} if self._shown else {}

        def _generate_and_score_completions(self, inputs: Any) -> Any:
            """Let every row say whose it is, so that its images are found after rows are mixed."""
            self._rows = [self._asked[each["prompt"]] for each in inputs]
            found = super()._generate_and_score_completions(inputs)
            numbers = [self._numbers[each["prompt"]] for each in inputs]
            found[_NUMBER] = torch.tensor(numbers, device=self.accelerator.device)
            return found

        def _compute_loss(self, model: Any, inputs: Any) -> Any:
            every = list(self._asked.values())
            self._rows = [every[number] for number in inputs[_NUMBER].tolist()]
            return super()._compute_loss(model, inputs)

        def _get_per_token_logps_and_entropies(
            self, model: Any, input_ids: Any, attention_mask: Any, logits_to_keep: int,
            batch_size: int | None = None, **more: Any,
        ) -> Any:  # fmt: skip
            plain = super()._get_per_token_logps_and_entropies
            if not self._shown:
                return plain(model, input_ids, attention_mask, logits_to_keep, batch_size, **more)
            parts = []
            for at in torch.arange(len(input_ids)).split(batch_size or len(input_ids)):
                rows = [self._rows[row] for row in at.tolist()]
                shown = before_completions(rows, input_ids[at], logits_to_keep)
                seeing = partial(model, **shown)
                parts.append(
                    plain(seeing, input_ids[at], attention_mask[at], logits_to_keep, **more)
                )
            return tuple(_joined(each) for each in zip(*parts, strict=True))

    return PolicyTrainer


def _joined(parts: tuple[Any, ...]) -> Any:
    """Return per-row values of several parts as one; of what is one number for each, the mean."""
    import torch

    if parts[0] is None:
        return None
    return torch.cat(parts) if parts[0].dim() else torch.stack(parts).mean()


def _quiet(kind: Any) -> Any:
    import torch
    from transformers import Trainer

    class Quiet(kind):
        def _send_telemetry(self) -> None:
            """Send nothing: TRL would report model family, device and data source to the hub."""

        def _save_checkpoint(self, model: Any, trial: Any) -> None:
            folder = Path(self.args.output_dir) / f"checkpoint-{self.state.global_step}"
            with writing(folder):
                # Past TRL's own method, which also writes a model card with this machine's paths.
                Trainer._save_checkpoint(self, model, trial)
                self.accelerator.wait_for_everyone()
                if self.is_world_process_zero():
                    mark_whole(folder)
            self.accelerator.wait_for_everyone()

        def any_process(self, flag: Any) -> bool:
            """Return whether `flag` is set in any of the processes that train together."""
            if self.accelerator.num_processes == 1:
                return bool(flag)
            mine = torch.tensor([float(bool(flag))], device=self.accelerator.device)
            return bool(self.accelerator.gather(mine).sum() > 0)

    Quiet.__name__ = Quiet.__qualname__ = kind.__name__
    return Quiet
