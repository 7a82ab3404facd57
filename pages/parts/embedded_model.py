"""The language model that is embedded in a package of its own, where a page offers it."""

from __future__ import annotations

from diq_core.errors import NotFound
from diq_core.models.files import EMBEDDED
from diq_core.models.shipped import causal_gguf
from pages.parts.boxes import show_user_error


def tell_if_missing(model: str) -> None:
    """Draw how to install the embedded model, if `model` is it and it is not here."""
    if model != EMBEDDED:
        return
    try:
        causal_gguf()
    except NotFound as error:
        show_user_error(error)
