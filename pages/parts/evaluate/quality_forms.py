"""The forms about written answers: pair two models', have them judged, send them to clinicians."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.asking.allowed import require_allowed
from diq_core.config import PairSettings, QualitySettings, build
from diq_core.fields import default_of, help_of, widget
from diq_core.jobs.order import order_for
from diq_core.stages.endpoint_gate import Looked
from diq_core.stages.identifier_log import stamp
from diq_core.stages.quality import ahead, judge_order
from diq_core.stages.quality_sending import send
from diq_core.stages.question_files import question_files
from diq_core.study import Study
from pages.parts.boxes import show_note, show_problem
from pages.parts.choose import name_input
from pages.parts.endpoint_gate import endpoint_gate
from pages.parts.evaluate.two import choose_two
from pages.parts.frame import go_to
from pages.parts.job_panel import start_button
from pages.parts.model_server import server_fields, show_where_text_goes
from pages.parts.reviewer import known_reviewer
from pages.parts.tables import BY_DIGEST
from pages.parts.uploads import FILE_KINDS, keep_once
from pages.parts.words import count

_SENT = "sent-answers"


def pair_form(study: Study) -> None:
    """Draw the choice of two evaluations with written answers, and the button that pairs them."""
    written = [each for each in study.artefacts("evaluation") if _has_written(each)]
    if len(written) < 2:
        show_note(
            "There are not two models with written answers yet",
            ("Test the base model and a fine-tuned one on the same questions, with 'Written "
             "answer' among the ways that answers are taken; then pair them here.",),
        )  # fmt: skip
        return
    chosen = choose_two(study, written, ("Answers of", "against those of"))
    limit = st.number_input(
        "How many pairs (0 = all)", 0, 10**6, 0, key="pair-limit", width=220,
        help=help_of(PairSettings, "limit"),
    )  # fmt: skip
    files, missing = question_files(study, chosen)
    if missing:
        _ask_for(study, missing, chosen)
        return
    if not files:
        show_problem(
            "These two were not asked the same questions",
            ("Test both on the same files of questions first.",),
        )
        return
    name = name_input(study, "answers")
    settings = PairSettings(limit=int(limit) or None)
    order = order_for(
        "answers", name, settings,
        first=chosen[0].name, second=chosen[1].name, benchmark=files,
    )  # fmt: skip
    start_button(study, order, "Pair the answers")


def judge_form(study: Study, answers: Artefact) -> None:
    """Draw the settings of a judge and the button that starts it."""
    show_where_text_goes("Questions and answers are")
    left, right = st.columns(2, gap="large")
    with left:
        endpoint, model = server_fields("quality")
    with right:
        repeats = st.number_input(
            "How often everything is asked", key="quality-repeats",
            **widget(QualitySettings, "repeats"),
        )  # fmt: skip
        scales = st.checkbox("Also rate each answer alone", default_of(QualitySettings, "scales"),
                             key="quality-scales",
                             help=help_of(QualitySettings, "scales"))  # fmt: skip
    if not endpoint or not model:
        st.caption("Name the server and the model first.")
        return
    values = {"model": model, "repeats": int(repeats), "scales": scales}
    settings = build(QualitySettings, values)
    require_allowed(endpoint)
    looked = _looked(study, answers, scales, stamp(study))
    passed = endpoint_gate(
        study, looked, key="quality-sent", kept="the study's log and the judgement's manifest"
    )
    if passed is None:
        return
    if passed.pop("leave_out_identifiers", False):
        settings = settings.model_copy(update={"leave_out_identifiers": True})
    each = 2 + 2 * scales
    asked = answers.manifest["counts"]["pairs"] * each * settings.repeats
    st.caption(f"At most {count(asked, 'requests')}; what is answered is kept.")
    name = name_input(study, "quality")
    actor = known_reviewer()
    by = actor.name if passed and actor else None
    order = judge_order(name, settings, answers.name, endpoint, as_=by, **passed)
    start_button(study, order, "Have it judge", icon=":material/smart_toy:")


@st.cache_data(
    max_entries=8, show_spinner="Looking for patients' identifiers …", hash_funcs=BY_DIGEST
)
def _looked(_study: Study, answers: Artefact, scales: bool, log: str) -> Looked:  # noqa: ARG001
    return ahead(_study, answers, QualitySettings(model="any", scales=scales))


def send_form(study: Study, answers: Artefact) -> None:
    """Draw how many people judge each pair, and the button that plans their queue."""
    actor = known_reviewer()
    if actor is None:
        st.write("A queue of pairs is planned under a name. Say who you are on the page Review.")
        if st.button("Go to Review", key="to-review"):
            go_to("review", study)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        queue = st.text_input("Name of the queue", value=f"answers {answers.name}",
                              key="send-queue", max_chars=100, width=320).strip()  # fmt: skip
        overlap = st.number_input("People for each pair", 1, 20, 1, key="send-overlap", width=180)
        pressed = st.button("Send to clinicians", key="send-answers", icon=":material/send:",
                            disabled=not queue)  # fmt: skip
    st.caption(
        "They see both answers side by side, on sides drawn by lot, and never which model wrote "
        "what. The result stands on the page Review, under Results, side by side."
    )
    if pressed:
        pairs = send(study, answers, queue, person=actor, overlap=int(overlap))
        st.session_state[_SENT] = (study.path.name, queue, pairs)
    _draw_sent(study)


def _draw_sent(study: Study) -> None:
    """Draw what was sent from here, and the way to that very queue."""
    place, queue, pairs = st.session_state.get(_SENT, ("", "", 0))
    if place != study.path.name:
        return
    show_note(f"{count(pairs, 'pairs')} wait on the page Review")
    if st.button("Open this review", key="sent-to-review", icon=":material/arrow_forward:"):
        go_to("review", study, queue=queue)


def _has_written(evaluation: Artefact) -> bool:
    return "generated" in evaluation.settings.get("scorings", ())


def _ask_for(study: Study, missing: list[str], chosen: Sequence[Artefact]) -> None:
    show_problem(
        "A file of questions is not where it was",
        (f"Give it again, unchanged: {', '.join(missing)}.",),
    )
    uploads = st.file_uploader(
        "The file of questions", type=list(FILE_KINDS), accept_multiple_files=True,
        key="pair-files",
    )  # fmt: skip
    for upload in uploads:
        keep_once(study, upload)
    if uploads:
        if not question_files(study, chosen)[1]:
            st.rerun()
        show_problem("It is another file", ("Its bytes are not those that the models were asked.",))
