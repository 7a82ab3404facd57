"""The processor of a vision-language model: what makes numbers of its images.

Pictures go through Pillow on every machine, so that the same picture gives the same numbers:
torchvision rounds otherwise, and does not import beside every build of PyTorch.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

_LOCAL = {"local_files_only": True, "trust_remote_code": False}
_FILMS = "video_processor"
_SMALL = (64, 48)


def load_processor(folder: Path, tokenizer: Any) -> Any:
    """Return the processor of the model in `folder`, with this tokenizer and its own template.

    Raises:
        Exception: whatever transformers says is wrong with it.
    """
    from transformers import AutoProcessor

    try:
        found = AutoProcessor.from_pretrained(folder, **_LOCAL)
    except (ImportError, ValueError):
        found = _without_films(folder, tokenizer)
    if not hasattr(found, "image_processor"):
        raise ValueError("its files describe no processor of images")
    found.image_processor = _image_processor(folder)
    found.tokenizer = tokenizer
    return found


def template_of(folder: Path, tokenizer: Any) -> Any:
    """Return the chat template of the processor in `folder`, else that of its tokenizer."""
    from transformers import ProcessorMixin

    settings, _ = ProcessorMixin.get_processor_dict(folder, **_LOCAL)
    return settings.get("chat_template") or tokenizer.chat_template


def show(processor: Any, tokenizer: Any) -> Any:
    """Return what a model gets of one small grey picture and a word, as tensors.

    Raises:
        ValueError: the chat template shows no picture.
    """
    from PIL import Image

    content = [{"type": "image"}, {"type": "text", "text": "?"}]
    messages = [{"role": "user", "content": content}]
    text = tokenizer.apply_chat_template(messages, tokenize=False)
    return processor(text=[text], images=[Image.new("RGB", _SMALL, "grey")], return_tensors="pt")


def _image_processor(folder: Path) -> Any:
    from transformers import AutoImageProcessor

    return AutoImageProcessor.from_pretrained(folder, backend="pil", **_LOCAL)


def _without_films(folder: Path, tokenizer: Any) -> Any:
    """Return the processor of a model that can also see films, which stay unread here.

    AutoProcessor needs torchvision for films, and so fails without it for every model that has a
    place for them (transformers issue 43986). This is no interface of that library: it leaves out
    the check of what stands in that place, and SmolVLM's of a package that spells numbers in the
    captions of films.
    """
    from transformers import AutoConfig
    from transformers.models.auto.processing_auto import PROCESSOR_MAPPING
    from transformers.models.smolvlm import processing_smolvlm

    config = AutoConfig.from_pretrained(folder, **_LOCAL)
    if type(config) not in PROCESSOR_MAPPING:
        raise ValueError(f"no processor is known for the model type {config.model_type!a}")
    kind: Any = PROCESSOR_MAPPING[type(config)]

    class Still(kind):
        def check_argument_for_proper_class(self, argument_name: str, argument: Any) -> Any:
            if argument_name == _FILMS:
                return type(argument)
            return super().check_argument_for_proper_class(argument_name, argument)

    parts = {"image_processor": _image_processor(folder), "tokenizer": tokenizer, _FILMS: None}
    settings, _ = kind.get_processor_dict(folder, **_LOCAL)
    processing_smolvlm.num2words = getattr(processing_smolvlm, "num2words", None) or str
    arguments = [parts[name] for name in kind.get_attributes()]
    return Still.from_args_and_dict(arguments, settings)
