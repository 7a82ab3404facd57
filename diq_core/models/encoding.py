"""Texts as vectors of a sentence encoder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from diq_core.data.text import mend
from diq_core.models.kernels import fast_linears, full_precision
from diq_core.models.load import Encoder

if TYPE_CHECKING:
    import numpy as np

ENCODER_BATCH_TOKENS = 8192


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
    # Split: a text that holds [SEP] says so, and is not cut in two by it.
    cut = {"truncation": True, "max_length": encoder.max_length, "split_special_tokens": True}
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
