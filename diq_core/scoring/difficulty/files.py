"""A classifier as a folder: ``weights.safetensors``, ``config.json`` and ``report.json``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diq_core.assets import asset
from diq_core.digests import file_digest
from diq_core.errors import BadFile, BadSetting, NotFound
from diq_core.files import read_json, write_json
from diq_core.models.load import load_encoder
from diq_core.scoring.difficulty.network import merge
from diq_core.scoring.difficulty.rate import Classifier

if TYPE_CHECKING:
    from torch import Tensor

EMBEDDED = "embedded"
WEIGHTS, CONFIG, REPORT = "weights.safetensors", "config.json", "report.json"
ADAPTER, HEAD = "adapter.", "head."


def save_classifier(
    folder: Path,
    tensors: Mapping[str, Tensor],
    config: Mapping[str, Any],
    report: Mapping[str, Any],
) -> None:
    """Write a trained classifier; equal input gives equal bytes."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    ordered = {name: tensors[name].contiguous() for name in sorted(tensors)}
    save_file(ordered, folder / WEIGHTS)
    # safetensors makes files that only their owner can read.
    (folder / WEIGHTS).chmod(0o644)
    write_json(folder / CONFIG, dict(config))
    write_json(folder / REPORT, dict(report))


def load_classifier(ref: str | Path = EMBEDDED, *, device: str = "auto") -> Classifier:
    """Load the shipped classifier ("embedded") or one from a folder.

    Raises:
        NotFound: there is no classifier.
        BadFile: a file of it is damaged.
        BadSetting: the encoder that it was trained on is not the one that is installed.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    folder = classifier_folder(ref)
    config = read_json(folder / CONFIG)
    encoder = load_encoder(config["encoder"], device=device)
    if encoder.digest != config["encoder_digest"]:
        raise BadSetting(
            "The classifier was trained on another version of its encoder",
            which=f"{folder.name}, encoder {encoder.name}",
            todo="install the encoder named in its config.json, or train the classifier again",
        )
    try:
        stored = load_file(folder / WEIGHTS)
    except SafetensorError as error:
        raise BadFile(
            f"The classifier's weights are damaged: {error}",
            which=str(folder / WEIGHTS),
            todo="restore the file, or train the classifier again",
        ) from None
    tensors = {name: tensor.to(encoder.device, torch.float32) for name, tensor in stored.items()}
    merge(encoder, part(tensors, ADAPTER), config["adapter"]["scale"])
    return Classifier(
        encoder=encoder,
        head=part(tensors, HEAD),
        temperature=config["temperature"],
        max_length=config["max_length"],
        config=config,
        digest=classifier_digest(folder),
    )


def load_report(ref: str | Path = EMBEDDED) -> dict[str, Any]:
    """Return the figures measured on held-out labels when the classifier was trained."""
    report: dict[str, Any] = read_json(classifier_folder(ref) / REPORT)
    return report


def classifier_folder(ref: str | Path) -> Path:
    """Return the folder of a classifier.

    Raises:
        NotFound: there is none, or it is not whole.
    """
    folder = asset("difficulty") if str(ref) == EMBEDDED else Path(ref).expanduser()
    missing = [name for name in (WEIGHTS, CONFIG, REPORT) if not (folder / name).is_file()]
    if missing:
        raise NotFound(
            f"There is no difficulty classifier here: {missing[0]} is missing",
            which=str(folder),
            todo="use 'embedded', or a folder that `diq train-difficulty` wrote",
        )
    return folder


def classifier_digest(folder: Path) -> str:
    """Return the SHA-256 over what decides a rating: weights and config."""
    total = hashlib.sha256()
    for name in (WEIGHTS, CONFIG):
        total.update(f"{name}\0{file_digest(folder / name)}\0".encode())
    return total.hexdigest()


def part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors whose names start with `prefix`, without it."""
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
