"""The small parts of a model: its tokenizer, and what prepares images for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from diq_core.errors import UserError
from diq_core.models.files import ModelFiles
from diq_core.models.processor import load_processor, template_of
from diq_core.models.reading import NATIVE, first_line, unusable
from diq_core.models.shipped import quiet
from diq_core.models.trial import tried
from diq_core.models.vision import SEEING, causal_class, in_parts


def load_tokenizer(found: ModelFiles, auto: str | None = None) -> Any:
    """Return the tokenizer of a model.

    That of a model from somebody else was tried in another process first, and its chat template
    runs there alone, whoever asks for it.

    Args:
        auto: what the model is loaded as; default: `causal_class`.

    Raises:
        BadSetting: it is not sound.
    """
    from transformers import AutoTokenizer

    auto = auto or causal_class(found.folder)
    trial = None if found.examined is None else tried(found.folder, found.digest, auto)
    with quiet():
        tokenizer = load_from(AutoTokenizer, found.folder)
    if trial is not None:
        tokenizer.apply_chat_template = trial.render
    if auto == SEEING:
        with one_sentence(found.folder):
            tokenizer.chat_template = template_of(found.folder, tokenizer)
        tokenizer.apply_chat_template = in_parts(tokenizer.apply_chat_template)
    return tokenizer


def processor_of(found: ModelFiles, tokenizer: Any) -> Any:
    """Return the processor of a model that reads images, with its tokenizer.

    Raises:
        BadSetting: it is not sound.
    """
    with one_sentence(found.folder), quiet():
        return load_processor(found.folder, tokenizer)


def load_from(kind: Any, folder: Path, **options: Any) -> Any:
    """Return what a class of transformers loads from a folder.

    Raises:
        BadSetting: whatever it says is wrong, as one sentence.
    """
    with one_sentence(folder):
        return kind.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, **options
        )


@contextmanager
def one_sentence(folder: Path) -> Iterator[None]:
    """Turn what libraries raise over a model's files into the refusal of that model.

    A lack of memory is told by the job, like any other.
    """
    try:
        yield
    except (UserError, MemoryError):
        raise
    except Exception as error:
        if type(error).__name__ == "OutOfMemoryError":
            raise
        raise unusable(first_line(error), folder, todo=NATIVE) from error
