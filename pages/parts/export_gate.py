"""What an export would hold that may tell who a patient is, and what a person does about it."""

from __future__ import annotations

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.config import ExportSettings
from diq_core.errors import UserError
from diq_core.fields import help_of
from diq_core.privacy.gate import Seen, in_words
from diq_core.review.store.reading import log_head
from diq_core.stages.export import look_ahead, read_verdicts
from diq_core.stages.identifier_log import LONGEST, Answerable, stamp
from diq_core.study import Study
from pages.parts.boxes import show_note, show_user_error
from pages.parts.frame import go_to
from pages.parts.review.room import shared_store
from pages.parts.reviewer import known_reviewer
from pages.parts.server_path import may_decide
from pages.parts.tables import BY_DIGEST
from pages.parts.words import count

_DECIDE, _LEAVE_OUT, _ANSWER = (
    "Decide about them first",
    "Leave these samples out of the export",
    "Write them all the same: I answer for it",
)


def gate_box(study: Study, selection: Artefact, settings: ExportSettings) -> ExportSettings | None:
    """Draw what stops this export, if anything does, and what to do; return the settings for it.

    None = it cannot be written so.
    """
    head = str(log_head(shared_store(study))) if settings.verdicts else ""
    seen = _seen(study, selection, settings.format, settings.verdicts, (stamp(study), head))
    if not seen.open:
        return settings
    show_note(
        f"{count(len(seen.ids), 'samples')} may tell who a patient is",
        (f"Found in what would be written: {in_words(seen.open)}.",),
    )
    ways = (_DECIDE, _LEAVE_OUT, _ANSWER) if may_decide(study) else (_DECIDE, _LEAVE_OUT)
    way = st.radio("What to do about them", ways, key="export-gate")
    if way == _LEAVE_OUT:
        return settings.model_copy(update={"leave_out_identifiers": True})
    if way == _ANSWER:
        return _released(settings)
    if st.button("See them", key="to-identifiers", icon=":material/visibility:"):
        go_to("dataset", study, study.resolve(selection, "dataset"), view="Identifiers")
    return None


def _released(settings: ExportSettings) -> ExportSettings | None:
    role = st.text_input(
        "In which role", key="release-role", max_chars=LONGEST,
        placeholder="e.g. data protection officer", help=help_of(ExportSettings, "release_role"),
    )  # fmt: skip
    reason = st.text_input(
        "Why (without names, dates and numbers)", key="release-reason", max_chars=LONGEST
    )
    st.caption("Role and reason are kept in the study's log, the datasheet and the manifest.")
    if not role.strip() or not reason.strip():
        return None
    try:
        Answerable(role, reason)
    except UserError as error:
        show_user_error(error)
        return None
    return settings.model_copy(update={"release_role": role, "release_reason": reason})


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
