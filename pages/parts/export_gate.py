"""What an export would hold that may tell who a patient is, and what a person does about it."""

from __future__ import annotations

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.config import ExportSettings
from diq_core.fields import help_of
from diq_core.privacy.gate import Seen
from diq_core.review.store.reading import log_head
from diq_core.stages.export import look_ahead, read_verdicts, unread_images
from diq_core.stages.identifier_log import stamp
from diq_core.stages.identifiers import NOT_INSTALLED, can_read_images
from diq_core.study import Study
from pages.parts.boxes import show_note
from pages.parts.frame import go_to
from pages.parts.identifier_gate import Door, gate_form
from pages.parts.review.room import shared_store
from pages.parts.reviewer import known_reviewer
from pages.parts.tables import BY_DIGEST
from pages.parts.words import count

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
    settings = settings.model_copy(update={"read_images": _images_box(study, selection)})
    seen = _seen(study, selection, settings.format, settings.verdicts, settings.read_images,
                 (stamp(study), head))  # fmt: skip
    passed = gate_form(study, seen, _DOOR, decide=lambda: _draw_way_to(study, selection, settings))
    return None if passed is None else settings.model_copy(update=passed)


def _images_box(study: Study, selection: Artefact) -> bool:
    """Draw that images were not looked at, where they were not; return whether they are to be."""
    images, why_not = _unread(study, selection)
    if not why_not:
        return False
    was, them = ("was", "it") if images == 1 else ("were", "them")
    show_note(
        f"{count(images, 'images')} {was} not looked at for text drawn into {them}",
        (f"Because {why_not}. A name or a date in a corner would be written as it is.",),
    )
    if not can_read_images():
        st.caption(f"That cannot be done here: {NOT_INSTALLED}.")
        return False
    return st.checkbox(
        f"Look at {them} now (seconds for each)", key="export-read-images",
        help=help_of(ExportSettings, "read_images"),
    )  # fmt: skip


@st.cache_data(max_entries=8, show_spinner=False, hash_funcs=BY_DIGEST)
def _unread(_study: Study, selection: Artefact) -> tuple[int, str]:
    return unread_images(_study, selection)


def _draw_way_to(study: Study, selection: Artefact, settings: ExportSettings) -> None:
    if settings.read_images:
        st.caption("What is drawn into images is decided about after an import that looks at them.")
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
    read_images: bool,
    now: tuple[str, str],  # noqa: ARG001
) -> Seen:
    said, actor = None, known_reviewer()
    if verdicts and actor:
        settings = ExportSettings(format=format_, verdicts=True)
        said = read_verdicts(_study, settings, selection, actor)
    return look_ahead(_study, selection, format_, said, read_images=read_images)
