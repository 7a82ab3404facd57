"""What an export will look like, before it is written: the best sample in the chosen format."""

from __future__ import annotations

import json

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.data.table import find_sample
from diq_core.export.exporters import obstacle, record
from diq_core.export.records import layout_of
from diq_core.stages.joining import SAMPLES
from diq_core.stages.selection import SELECTION
from diq_core.study import Study
from pages.parts.boxes import show_note
from pages.parts.tables import table
from pages.parts.text import visible

_LONGEST = 6000


def export_preview(study: Study, selection: Artefact, format_: str) -> None:
    """Draw the first record."""
    rows = table(selection, SELECTION, ("id", "kept", "rank"))
    first = rows.filter(rows["kept"]).sort_by("rank").slice(0, 1)["id"].to_pylist()
    if not first:
        show_note("This selection keeps no sample", ("Fix one with a larger budget.",))
        return
    sample = find_sample(table(study.resolve(selection, "dataset"), SAMPLES), first[0])
    why_not = obstacle(sample, format_)
    if why_not:
        show_note("The first sample cannot be written in this format", (f"Because {why_not}.",))
        return
    text = json.dumps(record(sample, layout_of([sample], format_)), indent=2, ensure_ascii=False)
    st.code(visible(text[:_LONGEST]), language="json", wrap_lines=True, height=560)
    if len(text) > _LONGEST:
        st.caption(f"The first {_LONGEST:,} of {len(text):,} characters are shown.")
