"""Which two evaluations stand side by side: those that the address names, else the newest."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.lineage import made_at
from diq_core.stages.experiment_arms import arms_of
from diq_core.study import Study
from pages.parts.boxes import show_problem
from pages.parts.choose import labels
from pages.parts.subject import choose_subject, subject
from pages.parts.text import shortened

_AGAINST = "against"
_USUAL = "base"


def choose_two(
    study: Study, found: Sequence[Artefact], labels: tuple[str, str]
) -> tuple[Artefact, Artefact]:
    """Draw two choosers and return the evaluation that is meant and the one it is held against.

    The address holds both, as ``evaluation`` and ``against``. Against what is not named is the
    one called "base", else the newest of the others.

    Args:
        found: two or more finished evaluations.
        labels: of the two choosers.
    """
    newest = sorted(found, key=lambda one: -made_at(study, one))
    arms = arms_of(study, "evaluation")
    by_name = {one.name: one for one in sorted(newest, key=lambda one: one.name in arms)}
    first, second = _meant(study, by_name)
    asked = st.query_params.get(_AGAINST)
    if asked is not None and asked not in by_name:
        show_problem(
            f"'{shortened(asked, 64)}' is not among the evaluations that can stand here",
            (f"The address asks for it. There is: {', '.join(by_name)}.",),
        )
    with st.container(horizontal=True):
        _draw(study, labels[0], list(by_name), (first, second), is_first=True)
        _draw(study, labels[1], list(by_name), (first, second), is_first=False)
    return by_name[first], by_name[second]


def _meant(study: Study, by_name: dict[str, Artefact]) -> tuple[str, str]:
    asked = st.query_params.get(_AGAINST)
    named = subject(study, "evaluation", among=lambda one: one.name in by_name)
    first = named.name if named else next(iter(by_name))
    if first == _USUAL and "evaluation" not in st.query_params:
        first = next(name for name in by_name if name != _USUAL)
    others = [name for name in by_name if name != first]
    if asked in others:
        return first, asked
    return first, _USUAL if _USUAL in others else others[0]


def _draw(
    study: Study, label: str, names: list[str], now: tuple[str, str], *, is_first: bool
) -> None:
    key = "compare-first" if is_first else "compare-second"

    def take() -> None:
        chosen, (first, second) = st.session_state[key], now
        if is_first:
            # Choosing what the other one is turns the two round.
            first, second = chosen, first if chosen == second else second
        else:
            first, second = second if chosen == first else first, chosen
        choose_subject(study, "evaluation", first)
        st.query_params[_AGAINST] = second

    shown = now[0] if is_first else now[1]
    if st.session_state.get(key) != shown:
        st.session_state[key] = shown
    st.selectbox(label, names, key=key, width=320, on_change=take,
                 format_func=labels(study, "evaluation"))  # fmt: skip
