"""What a model sees while it trains: batches with the images of their samples.

TRL's own collators run a processor over texts and images again. Here a sample's tokens are made
already, as for scoring, and its images are made when a batch needs them; so what is learned from is
what a score was measured on, and a prompt is never cut.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diq_core.config import FinetuneSettings
from diq_core.models.batching import Batch, collate
from diq_core.models.files import ModelFiles
from diq_core.models.parts import processor_of
from diq_core.models.sight import Limits, Sight, stacked
from diq_core.models.tokens import Tokens

if TYPE_CHECKING:
    from torch import Tensor

ROW = "row"
"""The column that says which of the samples a row of the trainer's dataset is."""
_PREPARING = (
    "preprocessor_config.json", "processor_config.json", "video_preprocessor_config.json",
    "chat_template.json",
)  # fmt: skip
"""The files by which a model's images are prepared."""


def sight_for(
    files: ModelFiles, tokenizer: Any, settings: FinetuneSettings, pictures: Path | None
) -> Sight | None:
    """Return what shows the model in `files` the images of samples; None = it sees none.

    Args:
        pictures: the folder of the samples' images; None = they have none.

    Raises:
        BadSetting: tiles are limited, and this model cuts no image into tiles.
    """
    if pictures is None or settings.images == "ignore" or not files.reads_images:
        return None
    limits = Limits(settings.max_pixels, settings.max_tiles)
    return Sight(processor_of(files, tokenizer), pictures.joinpath, limits)


def are_shown(tokens: Sequence[Tokens]) -> bool:
    """Return whether any of the samples has images that the model sees."""
    return any(each.seen is not None for each in tokens)


def masks(batch: Batch) -> dict[str, Tensor]:
    """Return which tokens of a batch are there, and which are of its responses: 1 or 0, int64."""
    import torch

    at = torch.arange(batch.input_ids.shape[1])[None]
    starts, lengths = torch.from_numpy(batch.starts), torch.from_numpy(batch.lengths)
    there = at < lengths[:, None]
    return {
        "attention_mask": there.long(),
        "completion_mask": (there & (at >= starts[:, None])).long(),
    }


def labelled(tokens: Sequence[Tokens], ignored: int) -> dict[str, Tensor]:
    """Return a batch to learn the responses of.

    Args:
        ignored: the label of a token that is not learned.
    """
    batch = collate(tokens)
    inputs, found = batch.inputs(), masks(batch)
    labels = inputs["input_ids"].masked_fill(found["completion_mask"] == 0, ignored)
    return {**inputs, "attention_mask": found["attention_mask"], "labels": labels}


def compared(chosen: Sequence[Tokens], rejected: Sequence[Tokens]) -> dict[str, Tensor]:
    """Return a batch of pairs as TRL reads it: the chosen responses, then the rejected ones."""
    batch = collate([*chosen, *rejected])
    return {**batch.inputs(), **masks(batch)}


def pixels(prompts: Sequence[Tokens]) -> dict[str, Tensor]:
    """Return the images of several prompts as the model takes them; empty where there are none."""
    import torch

    shown = [each.seen.arrays() for each in prompts if each.seen is not None]
    return {name: torch.from_numpy(array) for name, array in stacked(shown).items()}


def kinds(prompts: Sequence[Tokens]) -> dict[str, list[list[int]]]:
    """Return what kind each token of the prompts is, by the names under which the model asks."""
    names = {name for each in prompts if each.seen is not None for name in each.seen.types}
    return {
        name: [
            each.seen.types[name][: each.start].tolist() if each.seen else [0] * each.start
            for each in prompts
        ]
        for name in sorted(names)
    }


def before_completions(
    prompts: Sequence[Tokens], ids: Tensor, completion: int
) -> dict[str, Tensor]:
    """Return what the model takes beside `ids`: prompts that end in one column, then completions.

    Args:
        ids: shape (rows, longest prompt + completion); a shorter prompt is filled up on its left.
        completion: how many tokens the completions have.
    """
    found = pixels(prompts)
    end = ids.shape[1] - completion
    for name, rows in kinds(prompts).items():
        values = ids.new_zeros(ids.shape)
        for row, types in enumerate(rows):
            values[row, end - len(types) : end] = ids.new_tensor(types)
        found[name] = values
    return {name: value.to(ids.device) for name, value in found.items()}


def copy_preparing(source: Path, target: Path) -> None:
    """Copy what prepares images for a model beside its weights in another folder."""
    for name in _PREPARING:
        if (source / name).exists() and not (target / name).exists():
            shutil.copyfile(source / name, target / name)
