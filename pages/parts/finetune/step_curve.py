"""One figure by step, of a run or of several over each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pages.parts.charts import inert, show
from pages.parts.palette import LINES
from pages.parts.text import shortened

_FEW = 12


def step_curve(
    runs: Mapping[str, Sequence[Mapping[str, Any]]], field: str, title: str, key: str,
    *, scale: tuple[float, float] | None = None,
) -> None:  # fmt: skip
    """Draw `field` of the steps of each run as a line, by the run's name.

    Args:
        title: of the axis, with its unit.
        scale: lowest and highest value of the axis, where charts are compared.
    """
    import plotly.graph_objects as go

    figure, last = go.Figure(), 0
    for (name, steps), (colour, dash) in zip(runs.items(), LINES, strict=False):
        rows = [step for step in steps if step.get(field) is not None]
        last = max([last, *(step["step"] for step in rows)])
        figure.add_scatter(
            x=[step["step"] for step in rows],
            y=[step[field] for step in rows],
            name=inert(shortened(name, 34)),
            mode="lines+markers" if len(rows) <= 60 else "lines",
            line={"color": colour, "width": 2, "dash": dash},
            cliponaxis=False,
            hovertemplate="step %{x}: %{y:.4g}",
        )
    if len(runs) == 1:
        figure.update_traces(hovertemplate="step %{x}: %{y:.4g}<extra></extra>")
    figure.update_xaxes(title="step", rangemode="tozero", tickformat=",d",
                        dtick=1 if last <= _FEW else None)  # fmt: skip
    # Plotly would write 5e-4 as 500µ.
    figure.update_yaxes(title=title, tickformat=".1e" if field == "learning_rate" else None,
                        range=scale)  # fmt: skip
    said = f" of {', '.join(runs)}" if len(runs) > 1 else ""
    show(figure, key=key, height=280, alt=f"{title} by step{said}", legend=len(runs) > 1)
