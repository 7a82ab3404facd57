"""Models: the embedded ones, a local folder or a hub id; how they are named, and where they run.

Remote code is never run and only safetensors weights are read, so loading a model executes
nothing that came with it. A folder is looked at (`examine`) and tried in another process (`trial`)
before this one opens it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from diq_core.errors import BadSetting
from diq_core.models.examine import SMALLEST
from diq_core.models.files import EMBEDDED, ModelFiles, find_causal, find_encoder
from diq_core.models.kernels import pick_device
from diq_core.models.memory import check_room, free_memory
from diq_core.models.parts import load_from, load_tokenizer, one_sentence, processor_of
from diq_core.models.processor import show
from diq_core.models.reading import read_config, unusable
from diq_core.models.shipped import Tell, quiet
from diq_core.models.trial import tried
from diq_core.models.vision import ENCODER, SEEING, causal_class

DTYPES = {"float32": 4.0, "bfloat16": 2.0}
"""Precision → bytes of a number."""
ENCODER_MAX_LENGTH = 512
_FACTS = ("name", "licence", "digest", "device", "dtype", "reason")
# What need not be stored: a pooler that we do not use, and what is tied to another weight.
_UNUSED, _TIED = 1_000_000, 2
_SENTENCE = "sentence_bert_config.json"


@dataclass(frozen=True, eq=False)
class Loaded:
    """A model and its tokenizer, ready to compute.

    Attributes:
        ref: what was asked for: "embedded", a folder or a hub id.
        name: for reading; licence: as known, else "".
        digest: SHA-256 over the model's files; the same on any machine.
        device, dtype, reason: where and how it computes, and why.
    """

    model: Any
    tokenizer: Any
    ref: str
    name: str
    licence: str
    digest: str
    device: str
    dtype: str
    reason: str

    @property
    def facts(self) -> dict[str, str]:
        """What an artefact says of the model that it was made with."""
        return {name: getattr(self, name) for name in _FACTS}


@dataclass(frozen=True, eq=False)
class CausalModel(Loaded):
    """A causal language model ready to be scored with, frozen and in evaluation mode.

    Attributes:
        context_length: most tokens the model can read; 0 when its configuration is silent.
        processor: what prepares images for it; None = it reads text only.
    """

    context_length: int
    processor: Any = None

    @property
    def reads_images(self) -> bool:
        """Whether images of a sample can be shown to it."""
        return self.processor is not None


@dataclass(frozen=True, eq=False)
class Encoder(Loaded):
    """A sentence encoder, frozen and in evaluation mode.

    Attributes:
        max_length: tokens of a text that are read; the rest is cut.
        dimensions: length of an embedding.
    """

    max_length: int
    dimensions: int


def load_causal(
    ref: str = EMBEDDED,
    *,
    device: str = "auto",
    dtype: Literal["float32", "bfloat16"] = "float32",
    tell: Tell | None = None,
) -> CausalModel:
    """Load a causal language model and its tokenizer.

    Args:
        ref: "embedded", a folder with safetensors weights, or a hub id ("owner/name").
        device: "auto", "cpu", "cuda" or "cuda:<number>".
        dtype: precision of the weights.
        tell: called with a line of text before a slow step.

    Raises:
        NotFound: there is no such model; says what to do.
        BadSetting: the device or the precision is not possible here, or the folder is not sound.
        OutOfMemory: the model needs more memory than there is.
    """
    if dtype not in DTYPES:
        raise BadSetting(f"Precision {dtype!r} is unknown", todo=f"use one of {', '.join(DTYPES)}")
    place, why = pick_device(device)
    found = find_causal(ref, tell, bytes_each=DTYPES[dtype])
    auto = causal_class(found.folder)
    parts = _parts(auto, ref, found, place, why, dtype)
    processor = processor_of(found, parts["tokenizer"]) if auto == SEEING else None
    try_out(parts["model"], parts["tokenizer"], found, processor)
    length = context_length(parts["model"])
    return CausalModel(**parts, context_length=length, processor=processor)


def load_encoder(ref: str = EMBEDDED, *, device: str = "auto", tell: Tell | None = None) -> Encoder:
    """Load a sentence encoder in float32; arguments and errors as in `load_causal`."""
    place, why = pick_device(device)
    found = find_encoder(ref, tell)
    parts = _parts(ENCODER, ref, found, place, why, "float32")
    try_out(parts["model"], parts["tokenizer"], found)
    config = parts["model"].config
    return Encoder(
        **parts,
        max_length=_encoder_length(found.folder, config),
        dimensions=int(config.hidden_size),
    )


def context_length(model: Any) -> int:
    """Return the most tokens that `model` can read; 0 when its configuration is silent."""
    config = model.config.get_text_config()
    return int(getattr(config, "max_position_embeddings", 0) or 0)


def freeze(model: Any) -> Any:
    """Put `model` into evaluation mode, without gradients, and return it.

    Where padding and end-of-turn are the same token, the embedding layer would drop the
    gradient of every real end-of-turn; so it is told of no padding token at all.
    """
    model.eval().requires_grad_(False)
    model.get_input_embeddings().padding_idx = None
    return model


def load_model(
    auto: str, found: ModelFiles, *, device: str, bytes_each: float, **options: Any
) -> Any:
    """Return the model with the weights of its files, and none that were made up.

    Args:
        device: where it will run; bytes_each: what a number takes there.
        options: more of ``from_pretrained``.

    Raises:
        BadSetting: it cannot be loaded, or its configuration asks for other weights.
        OutOfMemory: it needs more than is free.
    """
    import transformers

    _check_size(found, auto, device, bytes_each)
    with quiet():
        model, about = load_from(
            getattr(transformers, auto),
            found.folder,
            use_safetensors=True,
            output_loading_info=True,
            **options,
        )
    # An encoder's pooler is not used: we take the mean over the tokens.
    missing = sorted(name for name in about["missing_keys"] if "pooler" not in name)
    if missing:
        raise unusable(f"its files lack the weight {missing[0][:100]!a}", found.folder)
    return model


def try_out(model: Any, tokenizer: Any, found: ModelFiles, processor: Any = None) -> None:
    """Refuse a model that can be loaded but not computed, or whose tokenizer is another's.

    Args:
        processor: what prepares its images; None = it reads text only.

    Raises:
        BadSetting: says which.
    """
    import torch

    if found.examined is None:
        return
    with one_sentence(found.folder):
        rows = model.get_input_embeddings().weight.shape[0]
        highest = max(tokenizer.get_vocab().values(), default=-1)
        with torch.inference_mode():
            model(input_ids=torch.zeros(1, 2, dtype=torch.long, device=model.device))
            if processor is not None:
                model(**show(processor, tokenizer).to(model.device))
    if not 0 <= highest < rows:
        raise unusable(
            f"its tokenizer names token {highest}, and its weights know {rows} tokens",
            found.folder,
        )


def _parts(
    auto: str, ref: str, found: ModelFiles, place: Any, why: str, dtype: str
) -> dict[str, Any]:
    """Return what every loaded model has, by the names in `Loaded`."""
    import torch

    tokenizer = load_tokenizer(found, auto)
    model = load_model(
        auto, found, device=str(place), bytes_each=DTYPES[dtype], dtype=getattr(torch, dtype)
    )
    with one_sentence(found.folder):
        model = freeze(model.to(place))
    return {
        "model": model,
        "tokenizer": tokenizer,
        "ref": ref,
        "name": found.name,
        "licence": found.licence,
        "digest": found.digest,
        "device": str(place),
        "dtype": dtype,
        "reason": f"{place}: {why}",
    }


def _check_size(found: ModelFiles, auto: str, device: str, bytes_each: float) -> None:
    """Refuse a configuration that asks for more than the files hold, or the memory has."""
    examined = found.examined
    if examined is None:
        return
    size = tried(found.folder, found.digest, auto).size
    if not examined.packed and size.numbers > _UNUSED + _TIED * examined.numbers:
        raise unusable(
            f"config.json describes {size.numbers:,} numbers, and its files hold "
            f"{examined.numbers:,}",
            found.folder,
        )
    each = SMALLEST if examined.packed else bytes_each
    needed = int(size.numbers * each) + size.buffers
    check_room(needed, free_memory(device), which=str(found.folder))


def _encoder_length(folder: Path, config: Any) -> int:
    limit = int(getattr(config, "max_position_embeddings", None) or ENCODER_MAX_LENGTH)
    if (folder / _SENTENCE).exists():
        stated = read_config(folder, _SENTENCE).get("max_seq_length")
        if stated is not None and (type(stated) is not int or stated < 3):
            raise unusable(f"max_seq_length is {str(stated)[:40]!a}", folder / _SENTENCE)
        limit = min(limit, stated or limit)
    return min(limit, ENCODER_MAX_LENGTH)
