"""The form that has a model judge a selection, as a job."""

from __future__ import annotations

import uuid

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.asking.allowed import require_allowed
from diq_core.config import JudgeSettings, build
from diq_core.errors import BadSetting
from diq_core.fields import help_of, widget
from diq_core.review.machine.rater import rater
from diq_core.review.store.reading import log_head, people, study_entry
from diq_core.review.store.roles import Actor
from diq_core.stages.endpoint_gate import Looked
from diq_core.stages.identifier_log import stamp
from diq_core.stages.judge import judge_order
from diq_core.stages.judge_requests import ahead
from diq_core.study import Study
from pages.parts.boxes import show_note
from pages.parts.endpoint_gate import endpoint_gate
from pages.parts.job_panel import start_button
from pages.parts.model_server import server_fields, show_where_text_goes
from pages.parts.review.room import Room
from pages.parts.review.setup import pool, without_set_aside
from pages.parts.tables import BY_DIGEST


def draw_start(room: Room, selection: Artefact) -> None:
    """Draw the settings of a judge and the button that starts it."""
    show_where_text_goes("The samples' text is")
    settings = _settings(room, selection)
    if settings is None:
        st.caption("Name the server and the model first.")
        return
    if not room.actor.name.isprintable():
        raise BadSetting(
            "Your name holds characters that cannot be passed on to a job",
            which="name",
            todo="start this from a terminal, or under another name",
        )
    require_allowed(settings.endpoint)
    if not _has_role(room, settings):
        return
    head = str(log_head(room.store))
    looked = _looked(room.study, selection, settings, room.actor, (stamp(room.study), head))
    passed = endpoint_gate(room.study, looked, key="judge-sent", kept="the study's log")
    if passed is None:
        return
    settings = settings.model_copy(update=passed)
    # The store asks whether this person may plan.
    order = judge_order(selection.name, settings, person=room.actor.name)
    start_button(room.study, order, "Have it judge", icon=":material/smart_toy:")


# By what decides which samples are asked about, and what of them.
@st.cache_data(
    max_entries=8,
    show_spinner="Looking for patients' identifiers …",
    hash_funcs={**BY_DIGEST, JudgeSettings: JudgeSettings.model_dump_json},
)
def _looked(
    _study: Study,
    selection: Artefact,
    settings: JudgeSettings,
    person: Actor,
    now: tuple[str, str],  # noqa: ARG001
) -> Looked:
    return ahead(_study, selection, settings, person)


def _settings(room: Room, selection: Artefact) -> JudgeSettings | None:
    dataset = room.study.resolve(selection, "dataset")
    members, _ = without_set_aside(room.study, dataset, pool(room.study, selection.name))
    kept = sum(one.chosen is True for one in members)
    left, right = st.columns(2, gap="large")
    with left:
        endpoint, model = server_fields("judge")
        critique = st.checkbox(
            "Also list where reasoning and answer disagree", key="judge-critique",
            help=help_of(JudgeSettings, "critique"),
        )  # fmt: skip
    with right:
        limit = st.number_input(
            "How many samples", 1, max(1, len(members)), min(100, max(1, kept)), key="judge-limit",
            help=help_of(JudgeSettings, "limit"),
        )  # fmt: skip
        rest = st.number_input(
            "Others among them", 0, max(0, len(members) - kept), 0, key="judge-rest",
            help=help_of(JudgeSettings, "rest"),
        )  # fmt: skip
        repeats = st.number_input(
            "How often each", key="judge-repeats", **widget(JudgeSettings, "repeats")
        )  # fmt: skip
    if not endpoint or not model:
        return None
    values = {"endpoint": endpoint, "model": model, "limit": int(limit), "rest": int(rest),
              "repeats": int(repeats), "critique": critique}  # fmt: skip
    return build(JudgeSettings, values)


def _has_role(room: Room, settings: JudgeSettings) -> bool:
    """Return whether the model may judge; where roles count, it needs one as a person does."""
    given = people(room.store)
    raters = [rater(settings.model, number) for number in range(1, settings.repeats + 1)]
    without = [one.name for one in raters if given and one.name not in given]
    if not without:
        return True
    show_note(
        "The model has no role in this study",
        ("Its verdicts are refused until an admin gives it the role reviewer, under the name: "
         + ", ".join(without),),
    )  # fmt: skip
    if room.may("grant") and st.button("Make it a reviewer", key="judge-grant"):
        for name in without:
            version = study_entry(room.store, "role", name, "").register.version
            room.store.grant(room.actor, name, "reviewer", version=version, key=uuid.uuid4().hex)
        st.rerun()
    return False
