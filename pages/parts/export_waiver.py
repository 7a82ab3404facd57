"""Reflective chains on the page Export: a person reads them first, or somebody waives that."""

from __future__ import annotations

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.config import ExportSettings
from diq_core.fields import help_of
from diq_core.stages.reflection_gate import has_chains
from diq_core.study import Study
from pages.parts.tables import BY_DIGEST


def waiver_box(study: Study, selection: Artefact) -> str:
    """Draw the field for a reason, where a machine's chains are among the samples; return it."""
    if not _has_chains(study.resolve(selection, "dataset")):
        return ""
    st.caption(
        "Reflective chains that a machine wrote are among these samples. Review the selection and "
        "include the verdicts, or say why they need no review."
    )
    return st.text_input(
        "Why they need no review", key="export-waive", max_chars=500,
        help=help_of(ExportSettings, "waive_review"), placeholder="they are reviewed",
    ).strip()  # fmt: skip


@st.cache_data(max_entries=8, show_spinner=False, hash_funcs=BY_DIGEST)
def _has_chains(dataset: Artefact) -> bool:
    return has_chains(dataset)
