"""Loss and learning rate of a run, live while it trains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from diq_core.draft import unfinished
from diq_core.stages.run import read_metrics
from diq_core.study import Study
from pages.parts.charts import show
from pages.parts.frame import guarded
from pages.parts.palette import ACCENT, CUT
from pages.parts.words import count

_EVERY = 2.0
_FEW = 12


def has_steps(study: Study, name: str) -> bool:
    """Return whether a run that is not finished has made a step."""
    return bool(read_metrics(_unfinished(study, name)))


def curves(study: Study, name: str, *, live: bool) -> None:
    """Draw the curves of a run that is finished or, anew every two seconds, of one that trains."""
    st.fragment(_draw, run_every=_EVERY if live else None)(study, name)


def _draw(study: Study, name: str) -> None:
    with guarded():
        folder = study.folder("run", name)
        steps = read_metrics(folder if folder.exists() else _unfinished(study, name))
        if not steps:
            st.caption("The first step is not finished yet.")
            return
        left, right = st.columns(2, gap="large")
        with left:
            _curve(steps, "loss", "loss (nats per response token)", f"loss-{name}", ACCENT)
        with right:
            _curve(steps, "learning_rate", "learning rate", f"rate-{name}", CUT)
        last = steps[-1]
        st.caption(
            f"{count(len(steps), 'steps')}, {count(int(last['tokens']), 'response tokens')}. The "
            f"loss went from {steps[0]['loss']:.3f} to {last['loss']:.3f}; single steps differ, "
            "because every step sees other samples."
        )


def _unfinished(study: Study, name: str) -> Path:
    return unfinished(study.folder("run", name))


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
    figure.update_xaxes(title="step", rangemode="tozero", tickformat=",d",
                        dtick=1 if len(rows) <= _FEW else None)  # fmt: skip
    # Plotly would write 5e-4 as 500µ.
    figure.update_yaxes(title=title, tickformat=".1e" if field == "learning_rate" else None)
    show(figure, key=key, height=280, alt=f"{title} by step")
