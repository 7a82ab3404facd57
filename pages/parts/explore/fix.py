"""Fixing a selection: the page's main action."""

from __future__ import annotations

import re

import streamlit as st

from diq_core.errors import UserError
from diq_core.jobs import control, standing
from diq_core.jobs.order import order_for
from diq_core.managing import trash
from diq_core.options import shown
from diq_core.score import AXES
from diq_core.selection.strategies import find_strategy
from diq_core.study import Study, checked_name
from pages.parts.boxes import show_user_error
from pages.parts.explore.pictures import Scene
from pages.parts.explore.state import View
from pages.parts.frame import go_to, guarded
from pages.parts.job_panel import job_panel
from pages.parts.text import visible

_FIXED = "explore-fixed"


def fix_button(study: Study, scene: Scene) -> None:
    """Draw the button that keeps what is chosen now under a name, and what became of it."""
    with st.popover("Fix this selection", icon=":material/bookmark_add:", type="primary",
                    width="stretch"):  # fmt: skip
        _progress(study)
        _form(study, scene)


def _form(study: Study, scene: Scene) -> None:
    inputs, settings = scene.inputs, scene.view.settings
    st.markdown(
        f"**{scene.selection.counts['kept']:,} samples** are kept under a name, each sample in or "
        "out with its reason. It never changes afterwards; an export is made of it."
    )
    suggested = suggested_name(study, scene.view)
    # The key holds the suggestion: another choice begins with another name.
    name = st.text_input(
        "Name", value=suggested, max_chars=64, key=f"explore-name-{suggested}",
        help="Letters, digits, dots, dashes and underscores.",
    ).strip()  # fmt: skip
    order = order_for(
        "selection", name, settings, dataset=inputs.dataset.name,
        difficulty=inputs.difficulty.name if inputs.difficulty else None,
        influence=inputs.influence.name if inputs.influence else None,
    )  # fmt: skip
    if st.button("Fix it", type="primary", key="explore-fix", icon=":material/check:"):
        try:
            checked_name(name)
            control.start(study, order)
        except UserError as error:
            show_user_error(error)
        else:
            st.session_state[_FIXED] = (study.path.name, name)
            st.rerun()
    with st.expander("The same in a terminal", icon=":material/terminal:"):
        st.code(visible(shown(order.command(study))), language=None, wrap_lines=True)


def _progress(study: Study) -> None:
    """Draw how the fixing stands that was started here, and the way on to Export."""
    place, name = st.session_state.get(_FIXED, ("", ""))
    job = standing.look(study, "selection", name) if place == study.path.name else None
    if job is None:
        return
    if job.state != "done":
        job_panel(study, "selection", name)
        return
    if not study.folder("selection", name).exists():
        return
    st.success(f"The selection '{name}' is fixed.", icon=":material/check_circle:")
    with st.container(horizontal=True, gap="small"):
        if st.button("Go to Export", type="primary", key="explore-to-export"):
            go_to("export", study, study.find("selection", name))
        st.button("Undo", icon=":material/undo:", key="explore-unfix",
                  help="It goes into the study's trash; the overview brings it back.",
                  on_click=_unfix, args=(study, name))  # fmt: skip
    st.divider()


def _unfix(study: Study, name: str) -> None:
    with guarded():
        trash.delete(study, "selection", name)
        del st.session_state[_FIXED]


def suggested_name(study: Study, view: View) -> str:
    """Return a free name that says what is chosen, e.g. ``"diq-10pct"``."""
    budget = view.budget.replace("%", "pct").replace(" ", "")
    parts = [view.strategy, budget]
    if find_strategy(view.strategy).cuts and view.axes != AXES:
        parts[1:1] = view.axes
    if view.put_in or view.taken_out:
        parts.append("placed")
    strategy = find_strategy(view.strategy)
    if strategy.fills and view.rule == "weight":
        parts.insert(1, f"w{view.weight:g}")
    if strategy.drawn:
        parts.insert(1, f"seed{view.seed}")
    first = re.sub(r"[^A-Za-z0-9._-]", "-", "-".join(parts))
    name, number = first, 1
    while study.folder("selection", name).exists():
        number += 1
        name = f"{first}-{number}"
    return name
