"""The language model that ships in a package of its own, and where a page asks for a model."""

from __future__ import annotations

import streamlit as st

from diq_core.errors import NotFound
from diq_core.models.files import EMBEDDED
from diq_core.models.files import SHIPPED as SHIPPED_MODELS
from diq_core.models.shipped import causal_gguf
from diq_core.study import Study
from pages.parts.boxes import show_user_error
from pages.parts.server_path import may_read

SHIPPED = "SmolLM2-135M-Instruct, which ships with the app"
"""What people call the embedded model."""
MODEL_HELP = (
    "A model's folder on the computer that runs the app, or its name on the Hugging Face hub. "
    "Empty: the small model that ships with the app."
)


def base_model_input(study: Study, key: str) -> str:
    """Draw where a model is named, and return it; nothing typed means the embedded one."""
    named = st.text_input("Base model", key=key, placeholder=SHIPPED, help=MODEL_HELP).strip()
    model = may_read(study, named) or EMBEDDED
    tell_if_missing(model)
    return model


def tell_if_missing(model: str) -> None:
    """Draw how to install the embedded model, if `model` is made of it and it is not here."""
    if model not in SHIPPED_MODELS:
        return
    try:
        causal_gguf()
    except NotFound as error:
        show_user_error(error)
