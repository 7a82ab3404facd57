"""Answers that a causal model draws to one prompt."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from diq_core.models.load import CausalModel


def draw_answers(
    model: CausalModel,
    prompt: Sequence[int],
    *,
    count: int,
    max_new_tokens: int,
    temperature: float,
    seed: str,
) -> list[str]:
    """Return `count` texts that the model writes behind `prompt`.

    Args:
        prompt: its tokens.
        temperature: 1 = as likely as the model finds them; lower = closer to the likeliest.
        seed: equal seeds give equal texts, whatever was drawn before (on one device).
    """
    import torch

    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big") >> 1
    ids = torch.tensor([list(prompt)], device=model.model.device)
    tokenizer = model.tokenizer
    padding = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0
    devices = [] if model.device == "cpu" else [model.model.device]
    with torch.random.fork_rng(devices=devices), torch.inference_mode():
        torch.manual_seed(number)
        written = model.model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            do_sample=True,
            temperature=temperature,
            top_k=0,
            top_p=1.0,
            num_return_sequences=count,
            max_new_tokens=max_new_tokens,
            pad_token_id=padding,
        )
    texts: list[str] = tokenizer.batch_decode(written[:, ids.shape[1] :], skip_special_tokens=True)
    return texts
