"""A finished experiment: charts, what can be concluded, and the report to take away."""

from __future__ import annotations

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.experiment.figures import score_figure
from diq_core.experiment.findings import MEASURES
from diq_core.experiment.words import conclusions
from diq_core.stages.experiment_results import REPORT, REPORT_PAGE, load_findings
from pages.parts.charts import show
from pages.parts.text import show_list


def draw_experiment(experiment: Artefact) -> None:
    """Draw one finished experiment."""
    findings, chance = load_findings(experiment)
    st.header("What can be concluded")
    show_list(conclusions(findings))
    columns = st.columns(2, gap="large")
    for place, measure in enumerate(MEASURES):
        if not any(cell.measure == measure for cell in findings.cells):
            continue
        with columns[place]:
            figure = score_figure(findings, measure, chance=chance)
            show(figure, key=f"experiment-{measure}-{experiment.name}", height=460,
                 alt=f"{measure} of every arm with its interval")  # fmt: skip
    st.download_button(
        "Download the report (HTML)", experiment.file(REPORT_PAGE).read_bytes(),
        file_name=f"{experiment.name}.html", mime="text/html", type="primary",
        icon=":material/download:", on_click="ignore", key="report-html",
    )  # fmt: skip
    with st.expander("The whole report"):
        st.markdown(experiment.file(REPORT).read_text(encoding="utf-8"))
