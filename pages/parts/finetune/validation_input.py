"""The choice of samples that a run never trains on, so that it has a validation loss."""

from __future__ import annotations

import streamlit as st

from diq_core.config import FinetuneSettings, RunInputs
from diq_core.fields import help_of
from diq_core.study import Study
from pages.parts.server_path import may_read

_NONE, _SHARE, _FILE = "None", "Hold out a share", "A file of my own"
_SUGGESTED = 10


def validation_input(study: Study, *, objective: str) -> tuple[float, str | None]:
    """Draw the choice; return the share that is held out (0 = none) and the file, if one is named.

    Training with rewards has no such loss, so nothing is drawn.
    """
    if objective == "grpo":
        return 0.0, None
    how = st.radio(
        "Validation loss", [_NONE, _SHARE, _FILE], key="finetune-validation", horizontal=True,
        help="The loss of samples that are never trained on. When it rises while the training "
        "loss falls, the model learns its samples by heart.",
    )  # fmt: skip
    if how == _SHARE:
        share = st.number_input(
            "Held out (%)", min_value=1, max_value=50, value=_SUGGESTED, key="finetune-holdout",
            help=help_of(FinetuneSettings, "holdout"),
        )  # fmt: skip
        return share / 100, None
    if how == _FILE:
        path = st.text_input(
            "Path of the file or folder, or hub id, of the validation samples",
            key="finetune-validation-file", help=help_of(RunInputs, "validation"),
        ).strip()  # fmt: skip
        return 0.0, may_read(study, path) or None
    return 0.0, None
