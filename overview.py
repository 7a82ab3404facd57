"""Overview: what the study is, how far each step is, and the one thing to do next."""

from __future__ import annotations

from typing import cast

import streamlit as st

from diq_core import demo
from diq_core.jobs import queue, standing
from diq_core.kinds import Kind, row
from diq_core.status import StepStatus, status
from diq_core.study import Study
from pages.parts.explore.glimpse import draw_glimpse
from pages.parts.frame import STATE_ICONS, go_to, open_frame, page_of
from pages.parts.job_panel import ACTIVE, job_panel
from pages.parts.manage import draw_put_aside
from pages.parts.new_study import demo_button, new_study_form
from pages.parts.subject import link
from pages.parts.text import escaped, show_heading
from pages.parts.tour.bar import draw_tour

_STATE_WORDS = {
    "done": "done",
    "running": "running",
    "failed": "needs attention",
    "ready": "next",
    "waiting": "later",
    "optional": "optional",
}


def draw_welcome() -> None:
    """Draw what a newcomer sees: what this is for, and the two ways in."""
    st.title("Which few samples are worth training on?")
    st.write(
        "DIQ Studio reads a file of medical questions with reasoning and answers, rates how "
        "**hard** each question is, measures how much a training step on it would **improve a "
        "model**, and helps you choose the small part that is worth fine-tuning on. Everything "
        "happens on this computer."
    )
    left, right = st.columns(2, gap="large")
    with left, st.container(border=True, height="stretch"):
        st.header("Start with your own file")
        new_study_form()
    if not demo.is_shipped():
        return
    with right, st.container(border=True, height="stretch"):
        st.header("Look around first")
        st.write("The demo study holds real questions with all scores computed.")
        demo_button()


def draw_study(study: Study) -> None:
    """Draw the study: what was found, next action, running work, steps."""
    show_heading(study.title, note=f"{study.path}")
    steps = status(study)
    above = st.container()
    if draw_glimpse(study):
        with above:
            draw_tour(study, "overview")
        draw_ways_on(study, steps)
    else:
        draw_next(study, steps)
    for job in standing.all_jobs(study):
        if job.state in ACTIVE:
            job_panel(study, cast(Kind, job.kind), job.name)
    st.header("Steps")
    for step in steps:
        draw_step(study, step)
    draw_put_aside(study)
    with st.expander("Start another study", icon=":material/add:"):
        new_study_form()


def draw_ways_on(study: Study, steps: list[StepStatus]) -> None:
    """Draw the way to the map, and to what comes next."""
    target, text, label = what_next(study, steps)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("See the map", type="primary", key="see-map", icon=":material/arrow_forward:"):
            go_to("selection", study)
        if target.key != "selection" and st.button(label, key="next-action"):
            go_to(target.key, study)
        st.markdown(text, width="content")


def draw_next(study: Study, steps: list[StepStatus]) -> None:
    """Draw the one clear thing to do."""
    target, text, label = what_next(study, steps)
    with st.container(border=True, key="next"), st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):  # fmt: skip
        st.markdown(f"**{text}**", width="content")
        if st.button(label, type="primary", key="next-action", icon=":material/arrow_forward:"):
            go_to(target.key, study)


def what_next(study: Study, steps: list[StepStatus]) -> tuple[StepStatus, str, str]:
    """Return the step to go on with, why in a sentence, and what its button says."""
    open_steps = [step for step in steps if step.state in ("failed", "ready")]
    running = any(step.state == "running" for step in steps)
    if not open_steps:
        text = _what_goes_on(study) if running else "Every step is done."
        target = next((step for step in steps if step.state == "running"), None)
        target = target or next(step for step in steps if step.key == "selection")
    else:
        target = open_steps[0]
        text = f"Next: {row(target.key).promise}."
    label = row(target.key).action if open_steps else f"Open: {target.title}"
    return target, text, label


def _what_goes_on(study: Study) -> str:
    jobs = [job for job in standing.all_jobs(study) if job.state in ACTIVE]
    if jobs and all(job.state == "queued" and queue.is_foreign(study, job.entry) for job in jobs):
        return "Work that came with this study waits until somebody starts it."
    return "Work is running."


def draw_step(study: Study, step: StepStatus) -> None:
    """Draw one step: its state in sign, colour and word, what there is, and the way to its page."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"step-{step.key}"):
        with st.container(width=215):
            st.page_link(
                page_of(step.key).file,
                label=f"**{step.title}**",
                icon=STATE_ICONS[step.state],
                query_params=link(study),
            )
        st.html(
            f'<div class="diq-step"><b class="diq-{step.state}">{_STATE_WORDS[step.state]}</b>'
            f"<span>{escaped(step.summary)}</span></div>"
        )


with open_frame("overview") as chosen:
    if chosen is None:
        draw_welcome()
    else:
        draw_study(chosen)
