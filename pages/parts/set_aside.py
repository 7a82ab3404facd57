"""Samples that people left out by a choice among those that ask the same, for every page alike."""

from __future__ import annotations

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.stages.choosing import contents_out, samples_with
from diq_core.study import Study
from pages.parts.tables import BY_DIGEST


def set_aside(study: Study, dataset: Artefact) -> frozenset[str]:
    """Return the ids of the samples in use that were left out so, as the log says now."""
    out = contents_out(study)
    return _ids(dataset, out) if out else frozenset()


@st.cache_data(max_entries=8, show_spinner="Looking for what was left out …", hash_funcs=BY_DIGEST)
def _ids(dataset: Artefact, contents: frozenset[str]) -> frozenset[str]:
    return frozenset(samples_with(dataset, contents))
