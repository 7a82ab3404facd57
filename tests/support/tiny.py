"""A tiny Llama with the traps of a real one: tied embeddings, padding = end of turn, a template."""

from __future__ import annotations

from typing import Any

from diq_core.data.sample import Option, Sample

# A small random model is curved more sharply than a trained one, so it needs a shorter step.
STEP = 1e-4
SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def tiny_tokenizer() -> Any:
    """Return a tokenizer of single bytes and three special tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*SPECIALS, *alphabet])}
    inner = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        pad_token="<|im_end|>",
        unk_token="<|endoftext|>",
    )
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def tiny_llama(seed: int = 0, *, tied: bool = True) -> Any:
    """Return a two-layer model with random weights, large enough to have an opinion."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=320,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        tie_word_embeddings=tied,
        initializer_range=0.05,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
    )
    return LlamaForCausalLM(config).eval()


def question(number: int, *, words: int = 6) -> Sample:
    """Return sample `number`; `words` sets the length of its reasoning."""
    return Sample(
        id=f"q{number:02d}",
        question=f"What is sign {number * 7 % 11}?",
        answer=f"Cause {number % 3}",
        reasoning=" ".join(f"w{number * step % 17}" for step in range(words)),
        options=(Option("A", f"Cause {number % 3}"), Option("B", "Two")) if number % 2 else (),
        answer_label="A" if number % 2 else "",
        source="tiny",
    )


def questions(count: int, *, first: int = 0) -> list[Sample]:
    """Return `count` samples of different lengths."""
    return [question(number, words=2 + number % 9) for number in range(first, first + count)]
