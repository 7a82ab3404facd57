"""What both score pages say: which dataset, and what could not be scored."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.kinds import Kind
from diq_core.stages.joining import why_left_out
from diq_core.study import Study
from pages.parts.boxes import show_note
from pages.parts.choose import choose_artefact
from pages.parts.frame import go_to
from pages.parts.text import escaped
from pages.parts.words import count


def need_dataset(study: Study, *beside: Kind) -> Artefact:
    """Return the dataset of a page that also shows `beside`; without one it says so and ends."""
    dataset = choose_artefact(study, "dataset", beside=beside)
    if dataset is None:
        show_note("There are no samples yet", ("Import a file first; then come back here.",))
    elif dataset.manifest["counts"]["included"]:
        return dataset
    else:
        show_note("No sample of this dataset is in use", (f"{why_left_out(dataset)}.",))
    if st.button("Import a file", type="primary", key="to-dataset"):
        go_to("dataset", study)
    st.stop()


def show_missing(reasons: Mapping[str, int]) -> None:
    """Draw how many samples have no score and why; nothing if all have one."""
    if not reasons:
        return
    total = sum(reasons.values())
    with st.expander(f"{count(total, 'samples')} without a score, and why"):
        lines = [f"<li><b>{number:,}</b> {escaped(why)}</li>" for why, number in reasons.items()]
        st.html(f'<ul class="diq-list">{"".join(lines)}</ul>')
        st.caption("They are never chosen: a missing score is not replaced by a number.")
