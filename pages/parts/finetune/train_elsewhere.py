"""The same recipe for those who train elsewhere: a configuration file to take away."""

from __future__ import annotations

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.config import FinetuneSettings
from diq_core.errors import UserError
from diq_core.stages.run_elsewhere import config_for
from diq_core.training.configs import FORMATS, TRAINERS
from pages.parts.boxes import show_user_error
from pages.parts.text import visible

_TITLES = {"llama-factory": "LLaMA-Factory", "axolotl": "Axolotl", "trl": "TRL's command line"}


def draw_elsewhere(settings: FinetuneSettings, export: Artefact) -> None:
    """Draw the configuration of another trainer, or why it cannot read this export."""
    with st.expander("Train it elsewhere, by the same recipe", icon=":material/output:"):
        written = export.settings["format"]
        readers = [place for place, name in enumerate(TRAINERS) if written in FORMATS[name]]
        trainer = st.selectbox(
            "Trainer", TRAINERS, key="elsewhere-trainer", format_func=_TITLES.__getitem__,
            width=320, index=readers[0] if readers else 0,
        )  # fmt: skip
        try:
            text = config_for(trainer, settings, export)
        except UserError as error:
            show_user_error(error)
            return
        st.code(visible(text), language="yaml", height=280)
        st.download_button(
            "Download the configuration", text, f"{trainer}.yaml", "text/yaml",
            icon=":material/download:", key="elsewhere-download", on_click="ignore",
        )  # fmt: skip
