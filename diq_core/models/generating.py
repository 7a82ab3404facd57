"""Answers that a causal model writes to one prompt, with the images that it shows."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from diq_core.models.batching import collate
from diq_core.models.load import CausalModel
from diq_core.models.tokens import Tokens


def draw_answers(
    model: CausalModel,
    sample: Tokens,
    *,
    count: int,
    max_new_tokens: int,
    temperature: float,
    seed: str,
) -> list[str]:
    """Return `count` texts that the model writes behind the prompt of `sample`.

    Args:
        sample: its response is not read; its images are.
        temperature: 1 = as likely as the model finds them; lower = closer to the likeliest.
        seed: equal seeds give equal texts, whatever was drawn before (on one device).
    """
    import torch

    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big") >> 1
    devices = [] if model.device == "cpu" else [model.model.device]
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(number)
        return _written(
            model, sample, max_new_tokens, do_sample=True, temperature=temperature, top_k=0,
            top_p=1.0, num_return_sequences=count,
        )  # fmt: skip


def likeliest_answer(model: CausalModel, sample: Tokens, *, max_new_tokens: int) -> str:
    """Return the text that the model writes behind the prompt, each token the likeliest one."""
    (text,) = _written(model, sample, max_new_tokens, do_sample=False)
    return text


def _written(model: CausalModel, sample: Tokens, max_new_tokens: int, **how: Any) -> list[str]:
    import torch

    prompt = replace(sample, ids=sample.ids[: sample.start])
    inputs = collate([prompt]).inputs(model.model.device)
    ids = inputs["input_ids"]
    tokenizer = model.tokenizer
    padding = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0
    with torch.inference_mode():
        written = model.model.generate(
            **inputs,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=max_new_tokens,
            pad_token_id=padding,
            **how,
        )
    texts: list[str] = tokenizer.batch_decode(written[:, ids.shape[1] :], skip_special_tokens=True)
    return texts
