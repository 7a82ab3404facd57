"""TRL's trainers, kept quiet: no telemetry, no model card, and checkpoints that are marked."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from diq_core.training.checkpoints import mark_whole, writing


@cache
def sft_trainer() -> Any:
    """Return the class that fine-tunes on responses."""
    from trl import SFTTrainer

    return _quiet(SFTTrainer)


@cache
def dpo_trainer() -> Any:
    """Return the class that learns preferences."""
    from trl import DPOTrainer

    return _quiet(DPOTrainer)


def _quiet(kind: Any) -> Any:
    import torch
    from transformers import Trainer

    class Quiet(kind):  # type: ignore[misc]
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
