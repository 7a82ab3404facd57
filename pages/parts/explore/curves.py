"""What a larger or a smaller budget would come to, beside the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import streamlit as st

from diq_core.config import SelectSettings
from diq_core.selection.curves import Curves, budget_curves
from diq_core.stages.selection import choose
from pages.parts.charts import show
from pages.parts.explore.data import (
    BY_INPUTS,
    Inputs,
    as_fixed,
    load_contents,
    load_pool,
    load_selection,
)
from pages.parts.explore.pictures import Scene
from pages.parts.explore.written import with_scale
from pages.parts.palette import ACCENT, CUT
from pages.parts.text import visible

if TYPE_CHECKING:
    import plotly.graph_objects as go

_HEIGHT = 150


def draw_curves(scene: Scene) -> None:
    """Draw each measure over the budget, with the present budget as a line."""
    settings = as_fixed(scene.inputs, scene.view.settings)
    found = _curves(scene.inputs.scored, settings.model_dump_json())
    now = 100 * scene.selection.counts["kept"] / max(1, int(scene.asked_for.sum()))
    st.caption(
        "What each budget would keep, all else as it is now. The line is the present budget: "
        f"{now:.3g} % of the samples that can be chosen."
    )
    scores = scene.pool.scores
    length = scores.describe("length")
    for title, values, share in (
        *((f"Mean {scores.describe(name).in_text}", values, False)
          for name, values in found.means.items()),
        (f"All responses, {length.unit or 'length'}", found.length, False),
        ("Subjects covered", found.subjects, True),
        ("Subjects of validation tasks covered", found.tasks, True),
    ):  # fmt: skip
        if not np.isnan(values).all():
            _draw(visible(title), found, values, now, is_share=share)
    st.caption(", ".join(with_scale(scores.describe(name)) for name in found.means))


@st.cache_resource(max_entries=8, show_spinner="Choosing with each budget …", hash_funcs=BY_INPUTS)
def _curves(inputs: Inputs, settings: str) -> Curves:
    told = SelectSettings.model_validate_json(settings)
    pool, contents = load_pool(inputs, told.aspect, told.axes), load_contents(inputs)
    subjects: pa.Array = contents.columns["subject"]
    return budget_curves(
        load_selection(inputs, told),
        lambda budget: choose(pool, told.model_copy(update={"budget": budget}), contents),
        subjects,
        _tasks(inputs),
    )


def _tasks(inputs: Inputs) -> list[str]:
    """Return the names of the validation tasks that influence was measured for."""
    if inputs.influence is None:
        return []
    told = inputs.influence.manifest["facts"].get("validation", {}).get("tasks", ())
    return [str(each["task"]) for each in told if each.get("task")]


def _draw(title: str, found: Curves, values: np.ndarray, now: float, *, is_share: bool) -> None:
    import plotly.graph_objects as go

    figure: go.Figure = go.Figure(
        go.Scatter(
            x=list(found.shares), y=values.tolist(), mode="lines+markers",
            line={"color": ACCENT, "width": 2}, marker={"size": 4},
            customdata=found.kept.astype(int).tolist(),
            hovertemplate="%{x} %: %{y:.3~g}<br>%{customdata:,} samples<extra></extra>",
        )
    )  # fmt: skip
    figure.add_vline(x=now, line={"color": CUT, "dash": "dash", "width": 1.5})
    figure.update_layout(title={"text": title, "font": {"size": 13}, "y": 0.98, "yanchor": "top"})
    figure.update_xaxes(range=[0, 101], ticksuffix=" %", nticks=6)
    figure.update_yaxes(tickformat=".0%" if is_share else "~s", nticks=4,
                        range=[0, 1.05] if is_share else None)  # fmt: skip
    at = int(np.abs(np.array(found.shares) - now).argmin())
    alt = f"{title} over the budget; {values[at]:.3g} at {found.shares[at]} %"
    show(figure, key=f"explore-curve-{title}", height=_HEIGHT, alt=alt)
