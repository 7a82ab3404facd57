"""Fine-tune: train a model on exported samples, watch it learn, and take the result away."""

from __future__ import annotations

import streamlit as st

from diq_core.study import Study
from pages.parts.boxes import show_note
from pages.parts.choose import choose_artefact
from pages.parts.finetune.recipe import recipe_section
from pages.parts.finetune.run_curves import curves, has_steps
from pages.parts.finetune.run_form import finetune_form
from pages.parts.finetune.run_result import draw_run
from pages.parts.frame import go_to, open_page
from pages.parts.glossary import explain
from pages.parts.job_panel import ACTIVE, form_place, latest_job


def draw(study: Study) -> None:
    """Draw the page for a study in any state."""
    st.title("Fine-tune", help=explain("Run", "Base model", "Loss"))
    st.write(
        "Train a model on the samples of an export. The work goes on when this page is closed or "
        "the app is restarted, and a run that was killed continues at its last checkpoint."
    )
    if not study.artefacts("export") and not study.artefacts("run"):
        show_note(
            "There is no export yet",
            ("Choose samples, fix the selection and export it; or train on a file of your own.",),
        )
        if st.button("Go to Export", type="primary", key="to-export"):
            go_to("export", study)
    job = latest_job(study, "run")
    if job is not None and (job.state in ACTIVE or has_steps(study, job.name)):
        st.header(f"What '{job.name}' has learned so far")
        curves(study, job.name, live=job.state in ACTIVE)
    run = choose_artefact(study, "run", beside=("export",), managed=True)
    if run is not None:
        draw_run(study, run)
    with form_place(job, run, "Train again with other samples or settings") as is_open:
        if is_open:
            finetune_form(study)
    recipe_section(study)


with open_page("run") as current:
    draw(current)
