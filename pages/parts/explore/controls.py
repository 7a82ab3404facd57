"""The knobs above the map: what is chosen, by which rule, and how many."""

from __future__ import annotations

from typing import Any

import streamlit as st

from diq_core import plugins
from diq_core.config import SelectSettings
from diq_core.errors import BadSetting
from diq_core.fields import help_of, widget
from diq_core.score import KNOWN
from diq_core.selection.budget import parse_budget
from diq_core.selection.pool import Pool
from diq_core.selection.strategies import PLUGINS, STRATEGIES, Strategy, strategies
from diq_core.study import Study
from pages.parts.explore.shares import share_slider
from pages.parts.explore.state import change, control, current, widget_key
from pages.parts.text import visible

_RULES = {"paper": "Paper rule", "weight": "Balance weight"}
_QUADRANTS = ("q1", "q2", "q3", "q4")
_UNITS = ("%", "count")
_WIDTHS = (1.1, 1.6, 1.35, 1.55)
_ASPECTS = {
    "overall": "Overall difficulty",
    "knowledge": "Knowledge needed",
    "reasoning": "Reasoning needed",
}


def draw_controls(study: Study, possible: dict[str, Strategy], pool: Pool) -> None:
    """Draw all knobs; each change is taken into the view before the page is drawn again.

    Args:
        possible: the strategies whose scores there are.
        pool: the samples; the cuts mean something where some have both scores of the axes.
    """
    view, cuts = current(study), bool(pool.both.any())
    strategy = possible[view.strategy]
    diq, axes = strategy.fills, [pool.scores.describe(name) for name in pool.axes]
    with st.container(border=True, key="explore-controls"):
        first = st.columns(_WIDTHS, gap="small", vertical_alignment="top")
        with first[0]:
            st.selectbox(
                "Strategy", list(possible), format_func=lambda name: possible[name].label,
                help=strategy_help(possible),
                **control(study, "strategy"),
            )  # fmt: skip
        with first[1]:
            st.segmented_control(
                "Order inside a quadrant" if view.quadrants else "Order", list(_RULES),
                format_func=_RULES.__getitem__, required=True, disabled=not diq,
                help=help_of(SelectSettings, "rule"), **control(study, "rule"),
            )  # fmt: skip
        with first[2]:
            st.slider(
                "Balance weight", step=0.05, format="%.2f",
                disabled=not diq or view.rule != "weight", **_range("weight"),
                **control(study, "weight"),
            )  # fmt: skip
        with first[3]:
            _budget(study, disabled=strategy.whole)
        for problem in plugins.problems(PLUGINS):
            st.caption(visible(problem))
        second = st.columns(_WIDTHS, gap="small", vertical_alignment="bottom")
        with second[0]:
            st.selectbox(
                "Difficulty score", list(_ASPECTS), format_func=_ASPECTS.__getitem__,
                help=help_of(SelectSettings, "aspect"), **control(study, "aspect"),
            )  # fmt: skip
        with second[1]:
            _cut(
                study,
                "difficulty_cut",
                f"{axes[0].better.capitalize()} from percentile",
                disabled=not cuts,
            )
        with second[2]:
            _cut(
                study,
                "influence_cut",
                f"{axes[1].better.capitalize()} from percentile",
                disabled=not cuts,
            )
        with second[3]:
            _more(study, strategy)


def strategy_help(possible: dict[str, Strategy]) -> str:
    """Return what each strategy does, and how to get the scores that the others need."""
    told = (each for name, each in possible.items() if name not in _QUADRANTS)
    lines = [f"**{strategy.label}**: {strategy.description}" for strategy in told]
    if _QUADRANTS[0] in possible:
        lines.append("**Only Q1** to **Q4**: a draw by seed from one quadrant alone.")
    further = [name for name in strategies() if name not in possible and name in KNOWN]
    further = [name for name in further if "--also" in KNOWN[name].todo]
    if further:
        labels = " and ".join(STRATEGIES[name].label for name in further)
        lines.append(f"Not measured: {labels}. See “Also measure” on the Influence page.")
    return "  \n".join(lines)


def _budget(study: Study, *, disabled: bool) -> None:
    budget = parse_budget(current(study).budget)
    is_share = budget.share is not None
    amount, unit = widget_key("amount"), widget_key("unit")
    value = round((budget.share or 0) * 100, 6) if is_share else float(budget.count or 1)
    if st.session_state.get(amount) != value:
        st.session_state[amount] = value
    if st.session_state.get(unit) != ("%" if is_share else "count"):
        st.session_state[unit] = "%" if is_share else "count"

    def take() -> None:
        number, kind = st.session_state[amount], st.session_state[unit]
        if number is None or kind is None:
            return
        text = f"{number:g}%" if kind == "%" else str(max(1, round(number)))
        try:
            parse_budget(text)
        except BadSetting:
            # A count turned into percent: "250" would be 250 %.
            text = "100%"
        change(study, budget=text)

    left, right = st.columns([1, 1.3], gap="xsmall", vertical_alignment="bottom")
    left.number_input(
        "Budget", min_value=0.01 if is_share else 1.0, max_value=100.0 if is_share else 1e9,
        step=1.0, format="%g", key=amount, on_change=take, disabled=disabled,
        help=help_of(SelectSettings, "budget"),
    )  # fmt: skip
    right.segmented_control(
        "Unit", _UNITS, required=True, key=unit, on_change=take, disabled=disabled,
        label_visibility="collapsed",
    )  # fmt: skip


def _cut(study: Study, field: str, label: str, *, disabled: bool) -> None:
    st.slider(
        label, step=1.0, format="%g", disabled=disabled, **_range(field), **control(study, field)
    )  # fmt: skip


def _range(field: str) -> dict[str, Any]:
    """Return ends and help of a setting; its value is the view's."""
    about = widget(SelectSettings, field)
    return {name: about[name] for name in ("min_value", "max_value", "help")}


def _more(study: Study, strategy: Strategy) -> None:
    with st.popover("More", icon=":material/tune:", width="stretch"):
        st.toggle(
            "Fill quadrant after quadrant", help=help_of(SelectSettings, "quadrants"),
            disabled=not strategy.fills, **control(study, "quadrants"),
        )  # fmt: skip
        st.number_input(
            "Seed of a random draw", min_value=0, max_value=2**31, step=1,
            disabled=not strategy.drawn, **control(study, "seed"),
        )  # fmt: skip
        share_slider(
            study, "max_per_source", "Most from one source", key="limit", least=1, step=1,
            whole="no limit",
        )  # fmt: skip
