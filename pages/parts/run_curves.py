"""Loss and learning rate of a run, live while it trains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from diq_core.stages.finetuning import read_metrics
from diq_core.study import Study
from pages.parts.charts import show
from pages.parts.frame import guarded
from pages.parts.palette import ACCENT, CUT
from pages.parts.words import count

_EVERY = 2.0


def curves(study: Study, name: str, *, live: bool) -> None:
    """Draw the curves of a run that is finished or, anew every two seconds, of one that trains."""
    st.fragment(_draw, run_every=_EVERY if live else None)(study, name)


def _draw(study: Study, name: str) -> None:
    with guarded():
        folder = study.folder("run", name)
        unfinished = folder.with_name(f"{name}.part")
        steps = read_metrics(folder if folder.exists() else unfinished)
        if not steps:
            st.caption("The first step is not finished yet.")
            return
        left, right = st.columns(2, gap="large")
        with left:
            _curve(
                steps, "loss", "loss of a step (nats per response token)", f"loss-{name}", ACCENT
            )
        with right:
            _curve(steps, "learning_rate", "learning rate", f"rate-{name}", CUT)
        last = steps[-1]
        st.caption(
            f"{count(len(steps), 'steps')}, {count(int(last['tokens']), 'response tokens')}. The "
            f"loss went from {steps[0]['loss']:.3f} to {last['loss']:.3f}; single steps differ, "
            "because every step sees other samples."
        )


def _curve(
    steps: Sequence[Mapping[str, Any]], field: str, title: str, key: str, colour: str
) -> None:
    import plotly.graph_objects as go

    rows = [step for step in steps if step.get(field) is not None]
    figure = go.Figure(
        go.Scatter(
            x=[step["step"] for step in rows],
            y=[step[field] for step in rows],
            mode="lines+markers" if len(rows) <= 60 else "lines",
            line={"color": colour, "width": 2},
            hovertemplate="step %{x}: %{y:.4g}<extra></extra>",
        )
    )
    figure.update_xaxes(title="step", rangemode="tozero")
    figure.update_yaxes(title=title)
    show(figure, key=key, height=280, alt=f"{title} by step")
