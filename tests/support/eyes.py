"""Tiny vision-language models with random weights, and images to show them.

They are made as the real ones are published: configuration, weights, tokenizer, processor and
chat template in one folder, each in the manner of its family.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.families import tokenizer_with

SIDE = 28
"""Pixels of the square that a tower of one size reads."""
_TURN = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_PARTS = (
    "{%% for m in messages %%}<|im_start|>{{ m.role }}\n"
    "{%% for part in m.content %%}{%% if part.type == 'image' %%}%s"
    "{%% else %%}{{ part.text }}{%% endif %%}{%% endfor %%}<|im_end|>\n{%% endfor %%}"
    "{%% if add_generation_prompt %%}<|im_start|>assistant\n{%% endif %%}"
)
_SMOLVLM = (
    "<|im_start|>{% for m in messages %}{{ m.role | capitalize }}"
    "{{ ':' if m.content[0]['type'] == 'image' else ': ' }}"
    "{% for part in m.content %}{% if part.type == 'image' %}<image>"
    "{% else %}{{ part.text }}{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)
_GEMMA = (
    "{{ bos_token }}{% for m in messages %}"
    "<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}\n"
    "{% for part in m.content %}{% if part.type == 'image' %}<start_of_image>"
    "{% else %}{{ part.text | trim }}{% endif %}{% endfor %}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
_TEXT = {
    "vocab_size": 320, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 2048,
    "initializer_range": 0.02, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0,
}  # fmt: skip
_TOWER = {
    "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Family:
    """A vision-language architecture in its smallest form.

    Attributes:
        kind: its class in transformers.
        config: → its configuration, given a tokenizer.
        processor: what its ``processor_config.json`` says.
        images: what its ``preprocessor_config.json`` says.
    """

    name: str
    kind: str
    template: str
    marks: tuple[str, ...]
    named: dict[str, str]
    config: Callable[[Any], dict[str, Any]]
    processor: dict[str, Any]
    images: dict[str, Any]


def _llava(tokenizer: Any) -> dict[str, Any]:
    return {
        "vision_config": {"model_type": "siglip_vision_model", **_TOWER, "image_size": SIDE,
                          "patch_size": 14},
        "text_config": {"model_type": "llama", **_TEXT},
        "image_token_id": _id(tokenizer, "<image>"),
        "vision_feature_select_strategy": "full", "vision_feature_layer": -1,
    }  # fmt: skip


def _qwen(tokenizer: Any, tower: dict[str, Any], rope: dict[str, Any]) -> dict[str, Any]:
    return {
        "vision_config": {"patch_size": 14, "spatial_merge_size": 2, "temporal_patch_size": 2,
                          "in_channels": 3, **tower},
        "text_config": {**_TEXT, "head_dim": 8, "rope_parameters": rope, "rope_scaling": rope},
        "image_token_id": _id(tokenizer, "<|image_pad|>"),
        "video_token_id": _id(tokenizer, "<|video_pad|>"),
        "vision_start_token_id": _id(tokenizer, "<|vision_start|>"),
        "vision_end_token_id": _id(tokenizer, "<|vision_end|>"),
    }  # fmt: skip


def _qwen_2_5(tokenizer: Any) -> dict[str, Any]:
    tower = {"depth": 2, "hidden_size": 16, "num_heads": 2, "intermediate_size": 32,
             "out_hidden_size": 32, "window_size": 56, "fullatt_block_indexes": [1]}  # fmt: skip
    rope = {"rope_type": "default", "type": "default", "mrope_section": [1, 1, 2],
            "rope_theta": 10000.0}  # fmt: skip
    return _qwen(tokenizer, tower, rope)


def _qwen_3(tokenizer: Any) -> dict[str, Any]:
    tower = {"depth": 2, "hidden_size": 16, "num_heads": 2, "intermediate_size": 32,
             "out_hidden_size": 32, "deepstack_visual_indexes": [0],
             "num_position_embeddings": 16}  # fmt: skip
    rope = {"rope_type": "default", "mrope_section": [2, 1, 1], "mrope_interleaved": True,
            "rope_theta": 10000.0}  # fmt: skip
    return _qwen(tokenizer, tower, rope)


def _smolvlm(tokenizer: Any) -> dict[str, Any]:
    return {
        "vision_config": {**_TOWER, "image_size": SIDE, "patch_size": 7},
        "text_config": {"model_type": "llama", **_TEXT},
        "image_token_id": _id(tokenizer, "<image>"), "scale_factor": 2, "pad_token_id": 0,
    }  # fmt: skip


def _internvl(tokenizer: Any) -> dict[str, Any]:
    return {
        "vision_config": {**_TOWER, "image_size": [SIDE, SIDE], "patch_size": [7, 7]},
        "text_config": {"model_type": "qwen2", **_TEXT},
        "image_token_id": _id(tokenizer, "<IMG_CONTEXT>"), "image_seq_length": 4,
        "downsample_ratio": 0.5,
    }  # fmt: skip


def _gemma(tokenizer: Any) -> dict[str, Any]:
    return {
        "vision_config": {**_TOWER, "image_size": SIDE, "patch_size": 7},
        "text_config": {**_TEXT, "head_dim": 8, "sliding_window": 64},
        "image_token_id": _id(tokenizer, "<image_soft_token>"), "mm_tokens_per_image": 4,
        "boi_token_index": _id(tokenizer, "<start_of_image>"),
        "eoi_token_index": _id(tokenizer, "<end_of_image>"),
    }  # fmt: skip


def _id(tokenizer: Any, token: str) -> int:
    number: int = tokenizer.convert_tokens_to_ids(token)
    return number


_SQUARE = {"height": SIDE, "width": SIDE}
_QWEN_MARKS = (*_TURN, "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
_QWEN_TEMPLATE = _PARTS % "<|vision_start|><|image_pad|><|vision_end|>"
_QWEN_SIZE = {"shortest_edge": 28 * 28, "longest_edge": 56 * 56}
FAMILIES = (
    Family("llava", "LlavaForConditionalGeneration", _PARTS % "<image>", (*_TURN, "<image>"), {},
           _llava,
           {"processor_class": "LlavaProcessor", "patch_size": 14, "image_token": "<image>",
            "vision_feature_select_strategy": "full", "num_additional_image_tokens": 0},
           {"image_processor_type": "SiglipImageProcessor", "size": _SQUARE}),
    Family("qwen2.5-vl", "Qwen2_5_VLForConditionalGeneration", _QWEN_TEMPLATE, _QWEN_MARKS, {},
           _qwen_2_5, {"processor_class": "Qwen2_5_VLProcessor"},
           {"image_processor_type": "Qwen2VLImageProcessorFast", "size": _QWEN_SIZE,
            "patch_size": 14, "merge_size": 2, "temporal_patch_size": 2}),
    Family("qwen3-vl", "Qwen3VLForConditionalGeneration", _QWEN_TEMPLATE, _QWEN_MARKS, {},
           _qwen_3, {"processor_class": "Qwen3VLProcessor"},
           {"image_processor_type": "Qwen2VLImageProcessorFast", "size": _QWEN_SIZE,
            "patch_size": 14, "merge_size": 2, "temporal_patch_size": 2}),
    Family("smolvlm", "SmolVLMForConditionalGeneration", _SMOLVLM,
           (*_TURN, "<end_of_utterance>", "<fake_token_around_image>", "<image>", "<global-img>",
            *(f"<row_{row}_col_{col}>" for row in (1, 2) for col in (1, 2))), {},
           _smolvlm, {"processor_class": "SmolVLMProcessor", "image_seq_len": 4},
           {"image_processor_type": "SmolVLMImageProcessor", "size": {"longest_edge": 2 * SIDE},
            "max_image_size": {"longest_edge": SIDE}, "do_image_splitting": True}),
    Family("internvl", "InternVLForConditionalGeneration", _PARTS % "<IMG_CONTEXT>\n",
           (*_TURN, "<img>", "</img>", "<IMG_CONTEXT>", "<video>"),
           {"start_image_token": "<img>", "end_image_token": "</img>",
            "context_image_token": "<IMG_CONTEXT>", "video_token": "<video>"},
           _internvl, {"processor_class": "InternVLProcessor", "image_seq_length": 4},
           {"image_processor_type": "GotOcr2ImageProcessorFast", "size": _SQUARE,
            "crop_to_patches": True, "max_patches": 4}),
    Family("gemma3", "Gemma3ForConditionalGeneration", _GEMMA,
           ("<bos>", "<start_of_turn>", "<end_of_turn>", "<start_of_image>", "<end_of_image>",
            "<image_soft_token>"),
           {"boi_token": "<start_of_image>", "eoi_token": "<end_of_image>",
            "image_token": "<image_soft_token>"},
           _gemma, {"processor_class": "Gemma3Processor", "image_seq_length": 4},
           {"image_processor_type": "Gemma3ImageProcessor", "size": _SQUARE}),
)  # fmt: skip
"""The last one is curved more sharply than the others, and needs a shorter step."""


def family_named(name: str) -> Family:
    """Return the family of that name."""
    return next(each for each in FAMILIES if each.name == name)


def write_model(family: Family, folder: Path, seed: int = 0) -> Path:
    """Write a tiny model of `family` and return its folder."""
    import torch
    import transformers

    torch.manual_seed(seed)
    kind = getattr(transformers, family.kind)
    tokenizer = _tokenizer(family)
    tokenizer.save_pretrained(folder)
    model = kind(kind.config_class(**family.config(tokenizer))).eval()
    for name, weight in model.named_parameters():
        if name.endswith("mm_input_projection_weight"):  # which begins as zeros: a blind model
            torch.nn.init.normal_(weight, std=0.05)
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(family.images))
    (folder / "processor_config.json").write_text(json.dumps(family.processor))
    return folder


def _tokenizer(family: Family) -> Any:
    """Return a tokenizer of single bytes that knows the family's control tokens by their roles."""
    from transformers import PreTrainedTokenizerFast

    ends = next(mark for mark in family.marks if mark in ("<|im_end|>", "<end_of_turn>"))
    plain = tokenizer_with(family.template, ends, family.marks)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=plain.backend_tokenizer,
        bos_token=family.marks[0],
        eos_token=ends,
        pad_token=family.marks[0],
        extra_special_tokens=family.named,
    )
    tokenizer.chat_template = family.template
    return tokenizer


def write_image(path: Path, width: int, height: int, seed: int = 0) -> Path:
    """Write a picture of noise and return its path."""
    import numpy as np
    from PIL import Image

    grid = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(grid).save(path)
    return path
