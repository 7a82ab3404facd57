"""The form that has a teacher write reflective chains, as a job."""

from __future__ import annotations

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.asking.allowed import require_allowed
from diq_core.config import ReflectSettings, build
from diq_core.fields import default_of, help_of, widget
from diq_core.stages.endpoint_gate import Looked
from diq_core.stages.identifier_log import stamp
from diq_core.stages.reflection import ahead, expected, in_words, reflect_order
from diq_core.study import Study
from pages.parts.choose import name_input
from pages.parts.endpoint_gate import endpoint_gate
from pages.parts.job_panel import start_button
from pages.parts.model_server import server_fields, show_where_text_goes
from pages.parts.reviewer import known_reviewer
from pages.parts.tables import BY_DIGEST


def reflection_form(study: Study, dataset: Artefact) -> None:
    """Draw the teacher, how long it searches, what it may cost, and the button that starts it."""
    show_where_text_goes("Questions, and known answers in the last resort, are")
    left, right = st.columns(2, gap="large")
    with left:
        endpoint, model = server_fields("reflect")
        limit = st.number_input(
            "How many samples", 1, max(1, dataset.manifest["counts"]["included"]),
            min(100, max(1, dataset.manifest["counts"]["included"])), key="reflect-limit",
            help=help_of(ReflectSettings, "limit"),
        )  # fmt: skip
    with right:
        values = {
            name: st.number_input(label, key=f"reflect-{name}", **widget(ReflectSettings, name))
            for name, label in (("attempts", "Attempts"), ("corrections", "Corrections of each"))
        }
        last_resort = st.checkbox(
            "As a last resort, show the reference", default_of(ReflectSettings, "last_resort"),
            key="reflect-last", help=help_of(ReflectSettings, "last_resort"),
        )  # fmt: skip
    if not endpoint or not model:
        st.caption("Name the server and the model first.")
        return
    require_allowed(endpoint)
    settings = build(ReflectSettings, {
        "model": model, "limit": int(limit), "last_resort": last_resort,
        **{name: int(value) for name, value in values.items()},
    })  # fmt: skip
    looked = _looked(study, dataset, settings, stamp(study))
    passed = endpoint_gate(
        study, looked, key="reflect-sent", kept="the study's log and the chains' manifest"
    )
    if passed is None:
        return
    if passed.pop("leave_out_identifiers", False):
        settings = settings.model_copy(update={"leave_out_identifiers": True})
    st.caption(f"{in_words(expected(dataset, settings))}. What is answered is kept.")
    name = name_input(study, "reflection")
    actor = known_reviewer()
    order = reflect_order(
        name, settings, endpoint, dataset=dataset.name,
        as_=actor.name if passed and actor else None, **passed,
    )  # fmt: skip
    start_button(study, order, "Have chains written", icon=":material/psychology:")


# By what decides which samples are asked about, and what of them.
@st.cache_data(
    max_entries=8,
    show_spinner="Looking for patients' identifiers …",
    hash_funcs={**BY_DIGEST, ReflectSettings: ReflectSettings.model_dump_json},
)
def _looked(_study: Study, dataset: Artefact, settings: ReflectSettings, log: str) -> Looked:  # noqa: ARG001
    return ahead(_study, dataset, settings)
