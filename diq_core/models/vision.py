"""Which models read images, and which part of such a model is its language model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from diq_core.models.reading import read_config, unusable

CAUSAL, SEEING, ENCODER = "AutoModelForCausalLM", "AutoModelForImageTextToText", "AutoModel"
"""What transformers calls the kinds of model: of text, of images and text, of sentences."""
_TOWER = "vision_config"
PREPARING = ("preprocessor_config.json", "processor_config.json")
"""Files that say how images are made numbers."""

Message = Mapping[str, Any]
Render = Callable[..., str]


def causal_class(folder: Path) -> str:
    """Return `CAUSAL` or `SEEING`: what the model in `folder` is loaded as.

    Raises:
        BadSetting: it has a part for images, and nothing says how they are prepared for it.
    """
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

    config = read_config(folder, "config.json")
    known = config.get("model_type") in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES
    if not (known and isinstance(config.get(_TOWER), dict)):
        return CAUSAL
    if not any((folder / name).exists() for name in PREPARING):
        raise unusable(
            f"it reads images, and its folder has no {PREPARING[0]} that says how",
            folder,
            todo="copy that file and processor_config.json from where the model came from",
        )
    return SEEING


def decoder_name(model: Any) -> str:
    """Return the path of the language model inside `model`, e.g. "model.language_model".

    Empty = all of it: the model reads no images.
    """
    if not hasattr(model.config, _TOWER):
        return ""
    decoder = model.get_decoder()
    return next(str(name) for name, module in model.named_modules() if module is decoder)


def language_parameters(model: Any) -> dict[str, Any]:
    """Return name → parameter of the language model and the output layer; tied weights once.

    What sees (tower and projector) is not among them; of a model of text, everything is.
    """
    name = decoder_name(model)
    head = {id(value) for value in model.get_output_embeddings().parameters()} if name else set()
    return {
        each: value
        for each, value in model.named_parameters()
        if each.startswith(name) or id(value) in head
    }


def in_parts(render: Render) -> Render:
    """Return a renderer that gives a template every content as a list of parts.

    Templates of models that read images are written for those; some leave out a plain text.
    """

    def render_parts(conversation: Sequence[Message], **options: Any) -> str:
        return render([_in_parts(message) for message in conversation], **options)

    return render_parts


def _in_parts(message: Message) -> dict[str, Any]:
    content = message["content"]
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    return {**message, "content": content}
