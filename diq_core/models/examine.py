"""A model folder looked at before anything of it is loaded: what it says must be sane and agree.

A configuration is a promise that libraries keep at any price: a million layers are built, a
billion labels are named. So its sizes have bounds, and must be those of the weights' headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from diq_core.errors import BadSetting
from diq_core.models.headers import Shape, numbers_in, weight_shapes
from diq_core.models.memory import all_memory, check_room
from diq_core.models.reading import MB, model_file, read_config, unusable
from diq_core.models.vision import PREPARING

SMALLEST = 0.5
"""Bytes of a number where it takes least room: in four bits."""
TEXT_PART = "text_config"

_FILES = 10_000
_LARGEST = {".json": 64 * MB, ".txt": 64 * MB, ".model": 64 * MB, ".tiktoken": 64 * MB,
            ".jinja": MB}  # fmt: skip
_SMALL_FILES = {
    "config.json": MB,
    "generation_config.json": MB,
    "special_tokens_map.json": MB,
    "sentence_bert_config.json": MB,
    "adapter_config.json": MB,
    "preprocessor_config.json": MB,
    "processor_config.json": MB,
    "chat_template.json": MB,
    "tokenizer_config.json": 16 * MB,
    "added_tokens.json": 16 * MB,
}
_TEMPLATES = "additional_chat_templates"
_LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers")
_WIDTH = ("hidden_size", "n_embd", "d_model")
_HIGHEST = {
    **dict.fromkeys(_LAYERS, 1_000),
    **dict.fromkeys(("encoder_layers", "decoder_layers", "num_decoder_layers", "depth"), 1_000),
    **dict.fromkeys((*_WIDTH, "embedding_size", "word_embed_proj_dim", "hidden_dim"), 200_000),
    **dict.fromkeys(("intermediate_size", "n_inner", "ffn_dim", "d_ff"), 2_000_000),
    **dict.fromkeys(("num_attention_heads", "n_head", "n_heads", "num_heads"), 4_096),
    **dict.fromkeys(("num_key_value_heads", "num_experts", "num_local_experts"), 4_096),
    **dict.fromkeys(("n_routed_experts", "num_experts_per_tok"), 4_096),
    **dict.fromkeys(("head_dim", "type_vocab_size"), 100_000),
    **dict.fromkeys(("max_position_embeddings", "n_positions", "n_ctx"), 100_000_000),
    "vocab_size": 4_000_000,
    "num_labels": 100_000,
}
_PREPARED = {
    **dict.fromkeys(("height", "width"), 8_192),
    **dict.fromkeys(("shortest_edge", "longest_edge", "min_pixels", "max_pixels"), 100_000_000),
    **dict.fromkeys(("image_seq_length", "image_seq_len", "num_additional_image_tokens"), 100_000),
    **dict.fromkeys(("patch_size", "merge_size", "temporal_patch_size"), 1_024),
    **dict.fromkeys(("min_patches", "max_patches", "pan_and_scan_max_num_crops"), 1_000),
}
"""How large an image may be made before a model reads it, and how many tokens it may become."""
_NEVER_NONE = (*_LAYERS, *_WIDTH, "vocab_size", "num_attention_heads", "n_head", "n_heads",
               "max_position_embeddings", "n_positions")  # fmt: skip
_EMBEDDING = re.compile(
    r"(?:^|\.)(?:embed_tokens|wte|word_embeddings|tok_embeddings|embed_in)\.weight$"
)
_LAYER = re.compile(r"(?:^|\.)(?:layers|layer|h|blocks|block)\.(\d{1,6})\.")


@dataclass(frozen=True, slots=True)
class Examined:
    """What was seen in a model folder.

    Attributes:
        numbers: in its weights, as they are stored.
        packed: the weights are quantised, so that a stored number may stand for several.
        left_out: what of it is not used, each as a sentence.
    """

    numbers: int
    packed: bool
    left_out: tuple[str, ...]


def examine(folder: Path, *, bytes_each: float = SMALLEST) -> Examined:
    """Look at everything in a model folder that is read later; loads nothing.

    Args:
        bytes_each: what a number of the weights will take in memory.

    Raises:
        BadSetting: a file or a value is not sane, or the files do not agree.
        OutOfMemory: the machine is too small for it.
    """
    _look_at_files(folder)
    config = read_config(folder, "config.json")
    _check_values(config, folder / "config.json", _HIGHEST)
    _check_preparing(folder)
    shapes = weight_shapes(folder)
    check_agrees(config, shapes, folder)
    numbers = numbers_in(shapes)
    check_room(int(numbers * bytes_each), all_memory(), which=str(folder))
    packed = bool(config.get("quantization_config"))
    return Examined(numbers, packed, tuple(_left_out(folder, config)))


def check_agrees(config: Mapping[str, Any], shapes: Mapping[str, Shape], folder: Path) -> None:
    """Refuse a configuration that promises other sizes than the weights have.

    Raises:
        BadSetting: says both sizes.
    """
    part = config.get(TEXT_PART)
    text = part if isinstance(part, dict) else config
    tables = [shape for name, shape in shapes.items() if _EMBEDDING.search(name)]
    for name, place in (("vocab_size", 0), *((each, 1) for each in _WIDTH)):
        stored = {shape[place] for shape in tables if len(shape) == 2}
        own_width = place == 1 and _first(text, ("embedding_size", "word_embed_proj_dim"))
        stated = text.get(name)
        if isinstance(stated, int) and stored and not own_width and stated not in stored:
            raise _disagree(name, stated, f"the embeddings have {max(stored)}", folder)
    layers = _first(text, _LAYERS)
    found = {int(each) for name in shapes for each in _LAYER.findall(name)}
    if isinstance(layers, int) and found and layers > len(found):
        raise _disagree("layers", layers, f"the weights have {len(found)}", folder)


def _look_at_files(folder: Path) -> None:
    count = 0
    for file in islice(_files(folder), _FILES + 1):
        count += 1
        most = _SMALL_FILES.get(file.name, _LARGEST.get(file.suffix))
        if not file.is_dir() or file.suffix in _LARGEST:
            model_file(folder, file, most=most)
    if count > _FILES:
        raise unusable(f"its folder holds more than {_FILES:,} files", folder)
    if (folder / "adapter_config.json").exists():
        # Libraries would load whatever base model this file names, from wherever it says.
        raise unusable(
            "the folder holds an adapter, not only a model",
            folder / "adapter_config.json",
            todo="merge the adapter into its base model first, or take the file away",
        )


def _files(folder: Path) -> Iterator[Path]:
    yield from folder.iterdir()
    if (folder / _TEMPLATES).is_dir():
        yield from (folder / _TEMPLATES).iterdir()


def _check_preparing(folder: Path) -> None:
    """Refuse a folder that would have images made enormous, or names a model of sound."""
    for name in PREPARING:
        if not (folder / name).exists():
            continue
        config = read_config(folder, name)
        _check_values(config, folder / name, _PREPARED)
        if "audio_tokenizer" in config:  # which is loaded from wherever it says
            raise unusable("it names a model of sound (audio_tokenizer)", folder / name)


def _check_values(config: Mapping[str, Any], which: Path, highest: Mapping[str, int]) -> None:
    for name, value in _leaves(config):
        if name in highest:
            _check_size(name, value, which, highest[name])
        elif name.endswith("_implementation") and isinstance(value, str) and "/" in value:
            raise unusable(
                f"{name} is {value[:100]!a}, which would be fetched and run as code", which
            )
        elif name == "transformers_weights":
            raise unusable("it names its weights' file itself (transformers_weights)", which)
        elif isinstance(value, int) and abs(value) > 2**63:
            raise unusable(f"{name[:60]!a} is absurd: a number of {len(str(value))} digits", which)


def _check_size(name: str, value: Any, which: Path, most: int) -> None:
    least = 1 if name in _NEVER_NONE else 0
    if value is None and name not in _NEVER_NONE:
        return
    if type(value) is not int or not least <= value <= most:
        raise unusable(
            f"{name} is {str(value)[:40]!a}, and not a whole number from {least} to {most:,}", which
        )


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value that is no container, with the nearest name above it."""
    waiting: list[tuple[str, Any]] = [(name, value)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += ((str(key), each) for key, each in value.items())
        elif isinstance(value, list):
            waiting += ((name, each) for each in value)
        else:
            yield name, value


def _left_out(folder: Path, config: Mapping[str, Any]) -> Iterator[str]:
    tokenizer = folder / "tokenizer_config.json"
    own = read_config(folder, tokenizer.name, most=16 * MB) if tokenizer.exists() else {}
    if "auto_map" in config or "auto_map" in own:
        yield f"The model {folder.name} brings code of its own (auto_map); it is not run"


def _first(values: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((values[name] for name in names if values.get(name) is not None), None)


def _disagree(name: str, stated: int, stored: str, folder: Path) -> BadSetting:
    return unusable(f"config.json states {name} {stated}, but {stored}", folder)
