"""Models: the embedded ones, a local folder or a hub id; how they are named, and where they run.

Remote code is never run and only safetensors weights are read, so loading a model executes
nothing that came with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from diq_core.data.text import mend
from diq_core.errors import BadSetting
from diq_core.models.files import EMBEDDED, find_causal, find_encoder
from diq_core.models.kernels import fast_linears, full_precision, pick_device
from diq_core.models.shipped import Tell, quiet

if TYPE_CHECKING:
    import numpy as np

DTYPES = ("float32", "bfloat16")
ENCODER_MAX_LENGTH = 512
ENCODER_BATCH_TOKENS = 8192


@dataclass(frozen=True, eq=False)
class CausalModel:
    """A causal language model ready to be scored with, frozen and in evaluation mode.

    Attributes:
        ref: what was asked for: "embedded", a folder or a hub id.
        name: for reading; licence: as known, else "".
        digest: SHA-256 over the model's files; the same on any machine.
        device, dtype, reason: where and how it computes, and why.
        context_length: most tokens the model can read; 0 when its configuration is silent.
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
    context_length: int


@dataclass(frozen=True, eq=False)
class Encoder:
    """A sentence encoder; fields as in `CausalModel`.

    Attributes:
        max_length: tokens of a text that are read; the rest is cut.
        dimensions: length of an embedding.
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
        BadSetting: the device or the precision is not possible here.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if dtype not in DTYPES:
        raise BadSetting(f"Precision {dtype!r} is unknown", todo=f"use one of {', '.join(DTYPES)}")
    place, why = pick_device(device)
    found = find_causal(ref, tell)
    with quiet():
        tokenizer = _load(AutoTokenizer, found.folder)
        model = _load(
            AutoModelForCausalLM,
            found.folder,
            dtype=getattr(torch, dtype),
            use_safetensors=True,
        )
    model = freeze(model.to(place))
    return CausalModel(
        model=model,
        tokenizer=tokenizer,
        ref=ref,
        name=found.name,
        licence=found.licence,
        digest=found.digest,
        device=str(place),
        dtype=dtype,
        reason=f"{place}: {why}",
        context_length=int(getattr(model.config, "max_position_embeddings", 0) or 0),
    )


def load_encoder(ref: str = EMBEDDED, *, device: str = "auto", tell: Tell | None = None) -> Encoder:
    """Load a sentence encoder in float32; arguments and errors as in `load_causal`."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    place, why = pick_device(device)
    found = find_encoder(ref, tell)
    with quiet():
        tokenizer = _load(AutoTokenizer, found.folder)
        model = _load(AutoModel, found.folder, dtype=torch.float32, use_safetensors=True)
    model = freeze(model.to(place))
    return Encoder(
        model=model,
        tokenizer=tokenizer,
        ref=ref,
        name=found.name,
        licence=found.licence,
        digest=found.digest,
        device=str(place),
        dtype="float32",
        reason=f"{place}: {why}",
        max_length=_encoder_length(found.folder, model.config),
        dimensions=int(model.config.hidden_size),
    )


def freeze(model: Any) -> Any:
    """Put `model` into evaluation mode, without gradients, and return it.

    Where padding and end-of-turn are the same token, the embedding layer would drop the
    gradient of every real end-of-turn; so it is told of no padding token at all.
    """
    model.eval().requires_grad_(False)
    model.get_input_embeddings().padding_idx = None
    return model


def encode(
    encoder: Encoder,
    texts: Sequence[str],
    *,
    batch_tokens: int = ENCODER_BATCH_TOKENS,
    progress: Callable[[int], None] | None = None,
) -> np.ndarray:
    """Return the embeddings of `texts`: mean over tokens, then unit length.

    Texts of similar length share a batch; a vector does not depend on its neighbours beyond
    rounding (1e-6).

    Args:
        batch_tokens: most padded tokens in one batch.
        progress: called with the number of texts done in each batch.

    Returns:
        float32, shape (len(texts), encoder.dimensions), in the order of `texts`.
    """
    import numpy as np
    import torch

    result = np.zeros((len(texts), encoder.dimensions), dtype=np.float32)
    with torch.inference_mode(), full_precision(), fast_linears(encoder.model):
        for rows, ids in encoder_batches(encoder, texts, batch_tokens=batch_tokens):
            result[rows] = _mean_pooled(encoder, ids)
            if progress:
                progress(len(rows))
    return result


def encoder_batches(
    encoder: Encoder, texts: Sequence[str], *, batch_tokens: int = ENCODER_BATCH_TOKENS
) -> Iterator[tuple[list[int], list[list[int]]]]:
    """Tokenise `texts` and yield batches of similar length: row numbers and their token ids."""
    if not texts:
        return
    cut = {"truncation": True, "max_length": encoder.max_length}
    tokens = encoder.tokenizer([mend(text)[0] for text in texts], **cut)["input_ids"]
    order = sorted(range(len(texts)), key=lambda row: (len(tokens[row]), row))
    rows: list[int] = []
    for row in order:
        if rows and (len(rows) + 1) * len(tokens[row]) > batch_tokens:
            yield rows, [tokens[each] for each in rows]
            rows = []
        rows.append(row)
    yield rows, [tokens[each] for each in rows]


def _mean_pooled(encoder: Encoder, ids: list[list[int]]) -> np.ndarray:
    import torch

    longest = max(map(len, ids))
    tokens = torch.zeros(len(ids), longest, dtype=torch.long)
    mask = torch.zeros(len(ids), longest, dtype=torch.long)
    for row, each in enumerate(ids):
        tokens[row, : len(each)] = torch.tensor(each)
        mask[row, : len(each)] = 1
    tokens, mask = tokens.to(encoder.device), mask.to(encoder.device)
    hidden = encoder.model(input_ids=tokens, attention_mask=mask).last_hidden_state
    weight = mask.unsqueeze(-1).to(hidden.dtype)
    mean = (hidden * weight).sum(1) / weight.sum(1)
    vectors: np.ndarray = torch.nn.functional.normalize(mean, dim=1).cpu().numpy()
    return vectors


def _load(kind: Any, folder: Path, **options: Any) -> Any:
    from safetensors import SafetensorError

    try:
        return kind.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, **options
        )
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise BadSetting(
            f"The model cannot be loaded: {str(error).splitlines()[0]}",
            which=str(folder),
            todo="use a model that this version of transformers knows without extra code",
        ) from error


def _encoder_length(folder: Path, config: Any) -> int:
    limit = int(getattr(config, "max_position_embeddings", ENCODER_MAX_LENGTH))
    sentence = folder / "sentence_bert_config.json"
    if sentence.is_file():
        limit = min(limit, json.loads(sentence.read_text()).get("max_seq_length") or limit)
    return min(limit, ENCODER_MAX_LENGTH)
