"""The base model, loaded as the method wants it."""

from __future__ import annotations

from diq_core.config import FinetuneSettings
from diq_core.models.examine import SMALLEST
from diq_core.models.files import find_causal
from diq_core.models.load import (
    CausalModel,
    context_length,
    load_causal,
    load_model,
    try_out,
)
from diq_core.models.parts import load_tokenizer, one_sentence, processor_of
from diq_core.models.shipped import Tell
from diq_core.models.vision import SEEING, causal_class


def load_base(settings: FinetuneSettings, tell: Tell | None = None) -> CausalModel:
    """Return the base model: float32 for full fine-tuning, 4 bits a weight for QLoRA.

    Full fine-tuning keeps float32 weights because small steps would vanish in bfloat16.

    Raises:
        UserError: see `load_causal`.
    """
    if settings.method == "qlora":
        return _load_quantised(settings, tell)
    dtype = "float32" if settings.method == "full" else settings.dtype
    return load_causal(settings.model, dtype=dtype, tell=tell)


def _load_quantised(settings: FinetuneSettings, tell: Tell | None) -> CausalModel:
    import torch
    from peft import prepare_model_for_kbit_training
    from transformers import BitsAndBytesConfig

    found = find_causal(settings.model, tell)
    four_bits = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=getattr(torch, settings.dtype),
    )
    tokenizer, auto = load_tokenizer(found), causal_class(found.folder)
    processor = processor_of(found, tokenizer) if auto == SEEING else None
    model = load_model(
        auto, found, device="cuda", bytes_each=SMALLEST,
        quantization_config=four_bits, device_map={"": 0},
    )  # fmt: skip
    try_out(model, tokenizer, found, processor)
    with one_sentence(found.folder):
        model = prepare_model_for_kbit_training(
            model, use_gradient_checkpointing=settings.recompute
        )
    return CausalModel(
        model=model,
        tokenizer=tokenizer,
        ref=settings.model,
        name=found.name,
        licence=found.licence,
        digest=found.digest,
        device="cuda",
        dtype=settings.dtype,
        reason="cuda: QLoRA runs there only",
        context_length=context_length(model),
        processor=processor,
    )
