"""Short chat templates in the manner of well-known families, and a tokenizer of single bytes.

They do what makes the families differ: where reasoning goes, whether there is a system role, what
the generation prompt opens, how a turn ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_LLAMA_3 = (
    "{{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n"
    "{{ m.content | trim }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
_QWEN_3 = (
    "{% for m in messages %}{% set c = m.content %}{% set r = '' %}"
    "{% if m.role == 'assistant' %}"
    "{% if m.reasoning_content is string %}{% set r = m.reasoning_content %}"
    "{% elif '</think>' in c %}{% set r = c.split('</think>')[0].split('<think>')[-1] %}"
    "{% set c = c.split('</think>')[-1].lstrip('\n') %}{% endif %}"
    "<|im_start|>assistant\n"
    "{% if loop.last %}<think>\n{{ r.strip('\n') }}\n</think>\n\n{% endif %}{{ c }}<|im_end|>\n"
    "{% else %}<|im_start|>{{ m.role }}\n{{ c }}<|im_end|>\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_QWEN_THINKING = _QWEN_3.replace("assistant\n{% endif %}", "assistant\n<think>\n{% endif %}")
_R1 = (
    "{{ bos_token }}{% for m in messages %}"
    "{% if m.role == 'system' %}{{ m.content }}"
    "{% elif m.role == 'user' %}<｜User｜>{{ m.content }}"
    "{% else %}<｜Assistant｜>{{ m.content.split('</think>')[-1] }}<｜end▁of▁sentence｜>{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}<｜Assistant｜><think>\n{% endif %}"
)
_GPT_OSS = (
    "{% for m in messages %}{% if m.role == 'assistant' %}"
    "{% if loop.last and 'thinking' in m %}"
    "{% if '<|channel|>' in m.thinking %}{{ raise_exception('channel in thinking') }}{% endif %}"
    "<|start|>assistant<|channel|>analysis<|message|>{{ m.thinking }}<|end|>{% endif %}"
    "<|start|>assistant<|channel|>final<|message|>{{ m.content }}"
    "{{ '<|return|>' if loop.last else '<|end|>' }}"
    "{% else %}<|start|>{{ m.role }}<|message|>{{ m.content }}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant{% endif %}"
)
_GEMMA = (
    "{{ bos_token }}{% if messages[0].role == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for m in messages %}<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}\n"
    "{{ m.content | trim }}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
_MISTRAL = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]"
    "{% elif m.role == 'assistant' %} {{ m.content }}{{ eos_token }}"
    "{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}"
    "{% endfor %}"
)
_GRANITE = (
    "{% for m in messages %}<|start_of_role|>{{ m.role }}<|end_of_role|>{{ m.content }}"
    "<|end_of_text|>\n{% endfor %}{# thinking is <think></think><response></response> #}"
    "{% if add_generation_prompt %}<|start_of_role|>assistant<|end_of_role|>{% endif %}"
)
_GLM = (
    "[gMASK]<sop>{% for m in messages %}{% if m.role == 'assistant' %}<|assistant|>"
    "{{ '\n' }}<think>{{ (m.reasoning_content or '').strip() }}</think>\n{{ m.content.strip() }}"
    "{% else %}<|{{ m.role }}|>\n{{ m.content }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


@dataclass(frozen=True, slots=True)
class Family:
    """A family's template, its marks, and what native thinking must come to.

    Attributes:
        ends: the control token that ends a turn; "" = the template writes none.
        native: a response with the reasoning R and the answer A, its end of turn included.
        huatuo: what stands before the headings, where the template writes something there.
        marks: its control tokens, the first begins every text where there is a beginning.
    """

    name: str
    template: str
    place: str
    native: str
    ends: str
    marks: tuple[str, ...]
    huatuo: str = ""
    folds_system: bool = False


_HEADINGS = "## Thinking\n\nR\n\n## Final Response\n\nA"
FAMILIES = (
    Family("qwen-2.5", _CHATML, "headings", f"{_HEADINGS}<|im_end|>", "<|im_end|>",
           ("<|endoftext|>", "<|im_start|>", "<|im_end|>")),
    Family("llama-3", _LLAMA_3, "headings", f"{_HEADINGS}<|eot_id|>", "<|eot_id|>",
           ("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")),
    Family("qwen-3", _QWEN_3, "field", "<think>\nR\n</think>\n\nA<|im_end|>", "<|im_end|>",
           ("<|endoftext|>", "<|im_start|>", "<|im_end|>"), "<think>\n\n</think>\n\n"),
    Family("qwen-3-thinking", _QWEN_THINKING, "field", "R\n</think>\n\nA<|im_end|>",
           "<|im_end|>", ("<|endoftext|>", "<|im_start|>", "<|im_end|>"), "\n</think>\n\n"),
    Family("r1-distil", _R1, "opened", "R\n</think>\n\nA<｜end▁of▁sentence｜>",
           "<｜end▁of▁sentence｜>",
           ("<｜begin▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>", "<｜end▁of▁sentence｜>")),
    Family("gpt-oss", _GPT_OSS, "field",
           "<|channel|>analysis<|message|>R<|end|><|start|>assistant<|channel|>final<|message|>"
           "A<|return|>", "<|return|>",
           ("<|startoftext|>", "<|start|>", "<|end|>", "<|channel|>", "<|message|>", "<|return|>"),
           "<|channel|>final<|message|>"),
    Family("gemma", _GEMMA, "headings", f"{_HEADINGS}<end_of_turn>", "<end_of_turn>",
           ("<bos>", "<start_of_turn>", "<end_of_turn>"), folds_system=True),
    Family("mistral", _MISTRAL, "headings", f" {_HEADINGS}</s>", "</s>",
           ("<s>", "[INST]", "[/INST]", "</s>"), " ", folds_system=True),
    Family("granite", _GRANITE, "tags",
           "<think>\nR\n</think>\n<response>A</response><|end_of_text|>", "<|end_of_text|>",
           ("<|start|>", "<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>")),
    Family("glm", _GLM, "field", "\n<think>R</think>\nA", "",
           ("<|endoftext|>", "[gMASK]", "<sop>", "<|system|>", "<|user|>", "<|assistant|>"),
           "\n<think></think>\n"),
)  # fmt: skip


_IM = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
REAL: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "qwen2_5": ("headings", "<|im_end|>", _IM),
    "qwen3": ("field", "<|im_end|>", _IM),
    "deepseek_r1_distill": (
        "opened", "<｜end▁of▁sentence｜>",
        ("<｜begin▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>", "<｜end▁of▁sentence｜>",
         "<｜tool▁outputs▁begin｜>", "<｜tool▁output▁begin｜>", "<｜tool▁output▁end｜>",
         "<｜tool▁outputs▁end｜>"),
    ),
    "gptoss": (
        "field", "<|return|>",
        ("<|startoftext|>", "<|start|>", "<|end|>", "<|channel|>", "<|message|>", "<|return|>"),
    ),
    "llama3_1": (
        "headings", "<|eot_id|>",
        ("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
    ),
    "gemma": ("headings", "<end_of_turn>", ("<bos>", "<start_of_turn>", "<end_of_turn>")),
    "phi3": (
        "headings", "<|endoftext|>",
        ("<s>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<|endoftext|>"),
    ),
}  # fmt: skip
"""The very templates that the models came with, as TRL ships them: place, end token, marks."""


def real_tokenizer(name: str) -> Any:
    """Return a tokenizer of single bytes with the chat template of a real model."""
    from importlib.resources import files

    _, ends, marks = REAL[name]
    template = (files("trl") / "chat_templates" / f"{name}.jinja").read_text("utf-8")
    return tokenizer_with(template, ends, marks)


def tokenizer_of(family: Family) -> Any:
    """Return a tokenizer of single bytes with a family's control tokens and template."""
    return tokenizer_with(family.template, family.ends or family.marks[0], family.marks)


def tokenizer_with(template: str, ends: str, marks: tuple[str, ...]) -> Any:
    """Return a tokenizer of single bytes with these control tokens, the first at the beginning.

    ``<think>`` and ``</think>`` are added tokens that are not special, as Qwen has them.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = Tokenizer(models.BPE({letter: row for row, letter in enumerate(alphabet)}, []))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    inner.decoder = decoders.ByteLevel()
    inner.add_special_tokens([AddedToken(mark, normalized=False) for mark in marks])
    inner.add_tokens([AddedToken(mark, normalized=False) for mark in ("<think>", "</think>")])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, bos_token=marks[0], eos_token=ends, pad_token=marks[0]
    )
    tokenizer.chat_template = template
    return tokenizer
