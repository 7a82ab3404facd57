"""A knob for a share of which all means none is asked for."""

from __future__ import annotations

import streamlit as st

from diq_core.config import SelectSettings
from diq_core.fields import help_of
from diq_core.study import Study
from pages.parts.explore.state import change, current, put, widget_key


def share_slider(
    study: Study, field: str, label: str, *, key: str, least: int, step: int, whole: str
) -> None:
    """Draw the slider of a share in percent.

    Args:
        field: of the view and the settings; None there = 100 %.
        least, step: its lower end and its steps, in percent.
        whole: what 100 % means.
    """
    name, value = widget_key(key), getattr(current(study), field)
    percent = round(100 * value) if value else 100
    put(field, name, percent)

    def take() -> None:
        share = st.session_state[name] / 100
        change(study, **{field: None if share >= 1 else share})

    st.slider(
        label, least, 100, step=step, format="%d %%", key=name, on_change=take,
        help=f"{help_of(SelectSettings, field)} 100 % = {whole}.",
    )  # fmt: skip
