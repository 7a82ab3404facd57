"""A stand-in for a model that reads images: a trained language model with an untrained eye.

No small vision-language weights can be shipped with the app. So that everything that reads images
can be tried without a download, the embedded language model gets a tiny vision tower and a
projector with random weights (LLaVA's architecture). It reads text exactly as that model does.
What it makes of an image depends on the image and means nothing, which its name says wherever it
is named.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from diq_core.models.shipped import Tell, made_once

STAND_IN = "embedded-vision"
STAND_IN_NAME = "SmolLM2-135M with an untrained eye: images change scores without meaning"
_RECIPE = "eye1"
"""Another name for other bytes: change it with anything below."""
_IMAGE, _SPARE = "<image>", "<filename>"
"""The mark of an image, and the control token without use in a chat that it takes the place of."""
_SIDE, _PATCH = 112, 14
_TOWER = {
    "model_type": "siglip_vision_model", "hidden_size": 64, "intermediate_size": 128,
    "num_hidden_layers": 2, "num_attention_heads": 4, "image_size": _SIDE, "patch_size": _PATCH,
    "vision_use_head": False,
}  # fmt: skip
_IMAGES = {
    "image_processor_type": "SiglipImageProcessor",
    "size": {"height": _SIDE, "width": _SIDE},
    "processor_class": "LlavaProcessor",
}
_PROCESSOR = {
    "processor_class": "LlavaProcessor", "patch_size": _PATCH, "image_token": _IMAGE,
    "vision_feature_select_strategy": "full", "num_additional_image_tokens": 0,
}  # fmt: skip
_TEMPLATE = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face"
    "<|im_end|>\n' }}{% endif %}{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}{{ '<image>\n' }}"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}{{ '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""The language model's own template, which takes contents as parts, too."""
_GELU_SPREAD = 0.6
"""Standard deviation of GELU over a standard normal input, about."""


def stand_in_digest(language: str) -> str:
    """Return the digest that stands for the stand-in with the language model of that digest."""
    return hashlib.sha256(f"{language}\0{_RECIPE}".encode()).hexdigest()


def assembled(language: Path, digest: str, tell: Tell | None = None) -> Path:
    """Return the folder of the stand-in, made now if it is not there yet.

    Args:
        language: folder of the language model.
        digest: of the stand-in; names the folder.
        tell: called with a line of text when the (slow) work starts.

    Raises:
        UserError: see `shipped.made_once`.
    """

    def tell_of_it() -> None:
        if tell:
            tell(f"Giving {STAND_IN_NAME.partition(':')[0]}: once, about 20 seconds")

    name = f"{digest[:16]}-{_RECIPE}"
    return made_once(name, lambda folder: _assemble(language, folder), tell_of_it)


def _assemble(language: Path, folder: Path) -> None:
    from safetensors.torch import load_file
    from transformers import LlamaConfig, LlavaConfig, LlavaForConditionalGeneration

    _write_small_files(language, folder)
    text = LlamaConfig.from_pretrained(language)
    mark = json.loads((folder / "tokenizer.json").read_text("utf-8"))["model"]["vocab"][_IMAGE]
    model = LlavaForConditionalGeneration(
        LlavaConfig(
            vision_config=dict(_TOWER),
            text_config=text,
            image_token_id=mark,
            vision_feature_select_strategy="full",
            vision_feature_layer=-1,
            tie_word_embeddings=True,
        )
    )
    trained = load_file(language / "model.safetensors")
    model.model.language_model.load_state_dict(
        {name.removeprefix("model."): value for name, value in trained.items()}
    )
    model.tie_weights()
    _draw_eye(model)
    model.save_pretrained(folder)


def _write_small_files(language: Path, folder: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json"):
        text = (language / name).read_text("utf-8").replace(json.dumps(_SPARE), json.dumps(_IMAGE))
        (folder / name).write_text(text, "utf-8")
    (folder / "chat_template.jinja").write_text(_TEMPLATE, "utf-8")
    for name, said in (("preprocessor", _IMAGES), ("processor", _PROCESSOR)):
        (folder / f"{name}_config.json").write_text(json.dumps(said, indent=2) + "\n", "utf-8")


def _draw_eye(model: Any) -> None:
    """Give tower and projector random numbers: the same on every machine, in a sane range."""
    import numpy as np
    import torch

    spread = float(model.get_input_embeddings().weight.detach().std())
    generator = np.random.default_rng(0)
    parts = ("model.vision_tower.", "model.multi_modal_projector.")
    for name, weight in sorted(model.named_parameters()):
        if not name.startswith(parts):
            continue
        drawn = generator.standard_normal(tuple(weight.shape), dtype=np.float32)
        if weight.dim() == 1:  # biases, and the gains of norms
            drawn[:] = name.endswith("weight")
        elif "linear_2" in name:
            drawn *= spread / _GELU_SPREAD / np.sqrt(drawn[0].size)
        else:
            drawn /= np.sqrt(drawn[0].size)
        with torch.no_grad():
            weight.copy_(torch.from_numpy(drawn))
