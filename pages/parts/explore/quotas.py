"""Quotas and the rule against near neighbours: what a choice has to keep to besides its order."""

from __future__ import annotations

import streamlit as st

from diq_core.config import SelectSettings
from diq_core.errors import BadSetting
from diq_core.fields import help_of
from diq_core.selection.budget import parse_budget
from diq_core.selection.contents import QUADRANT
from diq_core.selection.filters import split_filters
from diq_core.selection.quotas import Quota, Side
from diq_core.study import Study
from pages.parts.boxes import show_user_error
from pages.parts.explore.condition import column_words, offered_values
from pages.parts.explore.data import Inputs
from pages.parts.explore.shares import share_slider
from pages.parts.explore.state import change, control, current
from pages.parts.text import shortened, visible

_COLUMNS = ("source", "subject", QUADRANT)
_SIDES: dict[Side, str] = {"<=": "at most", ">=": "at least"}
_EACH = "each by itself"


def quota_box(study: Study, inputs: Inputs) -> None:
    """Draw the quotas there are, a form for one more, and what skips near neighbours."""
    view = current(study)
    quotas = split_filters(view.quotas)
    label = f"Quotas ({len(quotas)})" if quotas else "Quotas"
    with st.popover(label, icon=":material/balance:"):
        for place, quota in enumerate(quotas):
            st.button(
                f"Remove {visible(quota)}", key=f"quota-remove-{place}", icon=":material/close:",
                type="tertiary", on_click=_set, args=(study, quotas[:place] + quotas[place + 1 :]),
            )  # fmt: skip
        _form(study, inputs, quotas)
        st.text_input(
            "All quotas, as they are written", placeholder="e.g. source<=10%; subject=Surgery>=20",
            help=help_of(SelectSettings, "quotas"), **control(study, "quotas"),
        )  # fmt: skip
        _apart(study)


def _form(study: Study, inputs: Inputs, quotas: tuple[str, ...]) -> None:
    left, right = st.columns(2)
    column = left.selectbox("Of", _COLUMNS, format_func=column_words, key="quota-column")
    values = offered_values(inputs, current(study).aspect, column)
    value = right.selectbox(
        "Which", [_EACH, *values], key=f"quota-value-{column}",
        format_func=lambda text: visible(shortened(text, 40)) or "(nothing)",
    )  # fmt: skip
    side = left.segmented_control(
        "How many of the kept", list(_SIDES), format_func=_SIDES.__getitem__, default="<=",
        required=True, key="quota-side",
    )  # fmt: skip
    amount = right.text_input("A share or a number", "10%", key="quota-amount")
    if st.button("Add the quota", type="primary", key="quota-add", icon=":material/add:"):
        try:
            amount_ = parse_budget(amount, "quota")
            text = Quota(column, None if value == _EACH else value, side, amount_).text
        except BadSetting as error:
            show_user_error(error)
        else:
            _set(study, (*quotas, text))
            st.rerun()


def _apart(study: Study) -> None:
    share_slider(
        study, "apart", "Skip questions that share", key="apart-percent", least=10, step=5,
        whole="none is skipped",
    )  # fmt: skip


def _set(study: Study, quotas: tuple[str, ...]) -> None:
    change(study, quotas="; ".join(quotas))
