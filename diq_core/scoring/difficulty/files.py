"""A classifier as a folder: ``weights.safetensors``, ``config.json`` and ``report.json``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from diq_core.assets import asset
from diq_core.digests import file_digest
from diq_core.errors import BadFile, BadSetting, NotFound
from diq_core.files import write_json
from diq_core.models.headers import Shape, header_shapes
from diq_core.models.load import ENCODER_MAX_LENGTH, Encoder, load_encoder
from diq_core.models.reading import REFUSED, first_line, read_config
from diq_core.records import AS_WRITTEN, checked
from diq_core.scoring.difficulty.network import adapted_layers, merge
from diq_core.scoring.difficulty.rate import Classifier
from diq_core.scoring.difficulty.rubric import ASPECTS
from diq_core.statistics.levels import LEVELS

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


class _AdapterRecord(TypedDict):
    __pydantic_config__ = AS_WRITTEN  # type: ignore[misc]
    rank: Annotated[int, Field(ge=1, le=4096)]
    scale: float


class _ClassifierRecord(TypedDict):
    """What of ``config.json`` decides how a classifier is put together."""

    __pydantic_config__ = AS_WRITTEN  # type: ignore[misc]
    encoder: Literal["embedded"]
    encoder_digest: str
    adapter: _AdapterRecord
    temperature: dict[str, Annotated[float, Field(gt=0)]]
    max_length: Annotated[int, Field(ge=3, le=ENCODER_MAX_LENGTH)]


class _ReportRecord(TypedDict):
    __pydantic_config__ = AS_WRITTEN  # type: ignore[misc]
    held_out: dict[str, Any]


def load_classifier(ref: str | Path = EMBEDDED, *, device: str = "auto") -> Classifier:
    """Load the shipped classifier ("embedded") or one from a folder.

    Raises:
        NotFound: there is no classifier.
        BadFile: a file of it is damaged.
        BadSetting: the encoder that it was trained on is not the one that is installed.
    """
    folder = classifier_folder(ref)
    config = _config(folder)
    encoder = load_encoder(config["encoder"], device=device)
    if encoder.digest != config["encoder_digest"]:
        raise BadSetting(
            "The classifier was trained on another version of its encoder",
            which=f"{folder.name}, encoder {encoder.name}",
            todo="install the encoder named in its config.json, or train the classifier again",
        )
    tensors = _tensors(folder, encoder, config["adapter"]["rank"])
    merge(encoder, part(tensors, ADAPTER), config["adapter"]["scale"])
    return Classifier(
        encoder=encoder,
        head=part(tensors, HEAD),
        temperature=config["temperature"],
        max_length=config["max_length"],
        config=config,
        digest=classifier_digest(folder),
    )


def _config(folder: Path) -> dict[str, Any]:
    file, again = folder / CONFIG, "use 'embedded', or train the classifier again"
    config = read_config(folder, CONFIG)
    found = checked(_ClassifierRecord, config, which=str(file), todo=again)
    absent = sorted({*ASPECTS} - {*found["temperature"]})
    if absent:
        raise BadFile(f"The classifier has no temperature for {absent[0]}", which=str(file),
                      todo=again)  # fmt: skip
    return config


def _tensors(folder: Path, encoder: Encoder, rank: int) -> dict[str, Tensor]:
    """Return the classifier's weights, each of the shape that the encoder needs."""
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        stated = header_shapes(folder, WEIGHTS)
        stored = load_file(folder / WEIGHTS)
    except BadSetting as error:
        raise _damaged(folder, error.what.removeprefix(REFUSED)) from None
    except SafetensorError as error:
        raise _damaged(folder, first_line(error)) from None
    for name, shape in _shapes(encoder, rank).items():
        if stated.get(name) != shape:
            raise _damaged(folder, f"{name} has the shape {stated.get(name)} and not {shape}")
    return {name: tensor.to(encoder.device, torch.float32) for name, tensor in stored.items()}


def _shapes(encoder: Encoder, rank: int) -> dict[str, Shape]:
    """Return the shape of everything that a classifier on this encoder consists of."""
    width, levels = encoder.dimensions * encoder.model.config.num_hidden_layers, len(LEVELS)
    shapes: dict[str, Shape] = {
        f"{HEAD}mean": (width,),
        f"{HEAD}spread": (width,),
        f"{HEAD}weight": (len(ASPECTS) * levels, width),
        f"{HEAD}bias": (len(ASPECTS) * levels,),
    }
    for name, layer in adapted_layers(encoder).items():
        shapes[f"{ADAPTER}{name}.down"] = (rank, layer.in_features)
        shapes[f"{ADAPTER}{name}.up"] = (layer.out_features, rank)
    return shapes


def _damaged(folder: Path, why: str) -> BadFile:
    return BadFile(
        f"The classifier's weights are damaged: {why}",
        which=str(folder / WEIGHTS),
        todo="restore the file, or train the classifier again",
    )


def load_report(ref: str | Path = EMBEDDED) -> dict[str, Any]:
    """Return the figures measured on held-out labels when the classifier was trained."""
    folder = classifier_folder(ref)
    report = read_config(folder, REPORT)
    again = "use 'embedded', or train the classifier again"
    checked(_ReportRecord, report, which=str(folder / REPORT), todo=again)
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
