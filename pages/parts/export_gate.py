"""What an export would hold that may tell who a patient is, and what a person does about it."""

from __future__ import annotations

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.config import ExportSettings
from diq_core.privacy.gate import Seen
from diq_core.review.store.reading import log_head
from diq_core.stages.export import look_ahead, read_verdicts
from diq_core.stages.identifier_log import stamp
from diq_core.study import Study
from pages.parts.frame import go_to
from pages.parts.identifier_gate import Door, gate_form
from pages.parts.review.room import shared_store
from pages.parts.reviewer import known_reviewer
from pages.parts.tables import BY_DIGEST

_DOOR = Door(
    key="export",
    found_in="what would be written",
    leave_out="Leave these samples out of the export",
    release="Write them all the same: I answer for it",
    kept="the study's log, the datasheet and the manifest",
    settings=ExportSettings,
)


def gate_box(study: Study, selection: Artefact, settings: ExportSettings) -> ExportSettings | None:
    """Draw what stops this export, if anything does, and what to do; return the settings for it.

    None = it cannot be written so.
    """
    head = str(log_head(shared_store(study))) if settings.verdicts else ""
    seen = _seen(study, selection, settings.format, settings.verdicts, (stamp(study), head))
    passed = gate_form(study, seen, _DOOR, decide=lambda: _draw_way_to(study, selection))
    return None if passed is None else settings.model_copy(update=passed)


def _draw_way_to(study: Study, selection: Artefact) -> None:
    if st.button("See them", key="to-identifiers", icon=":material/visibility:"):
        go_to("dataset", study, study.resolve(selection, "dataset"), view="Identifiers")


@st.cache_data(
    max_entries=8, show_spinner="Looking for patients' identifiers …", hash_funcs=BY_DIGEST
)
def _seen(
    _study: Study,
    selection: Artefact,
    format_: str,
    verdicts: bool,
    now: tuple[str, str],  # noqa: ARG001
) -> Seen:
    said, actor = None, known_reviewer()
    if verdicts and actor:
        settings = ExportSettings(format=format_, verdicts=True)
        said = read_verdicts(_study, settings, selection, actor)
    return look_ahead(_study, selection, format_, said)
