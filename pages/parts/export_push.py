"""A finished export, sent to the Hugging Face hub or into a folder elsewhere."""

from __future__ import annotations

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.asking.allowed import ENDPOINTS_VARIABLE, allow_list
from diq_core.config import ExportInputs, ExportSettings, build
from diq_core.errors import UserError
from diq_core.fields import help_of
from diq_core.jobs import standing
from diq_core.jobs.order import order_for
from diq_core.remote.sending import require_destination
from diq_core.review.store.reading import people
from diq_core.study import Study
from pages.parts.boxes import show_user_error
from pages.parts.job_panel import start_button
from pages.parts.review.room import shared_store
from pages.parts.reviewer import known_reviewer
from pages.parts.server_path import may_decide
from pages.parts.text import show_text


def draw_push(study: Study, export: Artefact) -> None:
    """Draw where the export was sent, and the form that sends it; nothing to whom may not."""
    job = standing.look(study, "export", export.name)
    sent = job.order.inputs.get("push") if job and job.order and job.state == "done" else None
    if sent:
        show_text(f"Sent to {sent}")
    if not may_decide(study):
        return
    with st.expander("Send it to the Hugging Face hub or elsewhere", icon=":material/upload:"):
        _form(study, export)


def name_for(study: Study, settings: ExportSettings) -> str | None:
    """Return the name under which the command reads verdicts or lets identifiers pass; None =
    nobody needs one."""
    actor = known_reviewer()
    if settings.release_role:
        return actor.name if actor else None
    return actor.name if settings.verdicts and actor and people(shared_store(study)) else None


def _form(study: Study, export: Artefact) -> None:
    where = st.text_input(
        "Where to", key="push-where", max_chars=500, help=help_of(ExportInputs, "push"),
        placeholder="org/name   or   s3://bucket/folder",
    ).strip()  # fmt: skip
    st.caption(
        "The data set on the hub is private if it is new, and the datasheet is its card. All texts "
        "are looked through for patients' identifiers once more before any of it is sent."
    )
    if allow_list() == ():
        st.caption(
            "No server may be asked so far: whoever runs this app lists them in the environment "
            f"variable {ENDPOINTS_VARIABLE}."
        )
    if not where:
        return
    try:
        require_destination(where)
    except UserError as error:
        show_user_error(error)
        return
    settings = build(ExportSettings, export.settings)
    selection = study.resolve(export, "selection")
    order = order_for(
        "export", export.name, settings, selection=selection.name, push=where,
        as_=name_for(study, settings),
    )  # fmt: skip
    start_button(study, order, "Send it", icon=":material/upload:", key="start-push")
