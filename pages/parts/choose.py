"""Which of several artefacts the page is about, and a free name for a new one."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from diq_core.artefact import Artefact, is_unfinished
from diq_core.jobs import job as jobs
from diq_core.kinds import Kind, row
from diq_core.study import Study


def choose_artefact(
    study: Study, kind: Kind, *, among: Callable[[Artefact], bool] | None = None
) -> Artefact | None:
    """Return the artefact of `kind` the page is about; None if there is none.

    With several a chooser is drawn; the choice stands in the address.

    Args:
        among: only those for which this holds; None = all.
    """
    found = {each.name: each for each in study.artefacts(kind) if among is None or among(each)}
    if not found:
        return None
    if len(found) == 1:
        return next(iter(found.values()))
    names = list(found)
    awaited = st.session_state.get(_awaited(kind))
    if awaited in found:
        st.session_state[kind] = st.session_state.pop(_awaited(kind))
    if st.session_state.get(kind, names[0]) not in found:
        del st.session_state[kind]
    usual = row(kind).default_name
    first = names.index(usual) if usual in names else 0
    name = st.selectbox(
        row(kind).label, names, index=first, key=kind, bind="query-params", width=320
    )
    return found[name]


def await_artefact(kind: Kind, name: str) -> None:
    """Let the page be about this artefact as soon as it is finished."""
    st.session_state[_awaited(kind)] = name


def _awaited(kind: Kind) -> str:
    return f"awaited-{kind}"


def free_name(study: Study, kind: Kind) -> str:
    """Return the name that the next artefact of `kind` gets: "main", then "main-2", …

    An unfinished attempt keeps its name, since it can be continued; only an import is so quickly
    repeated that a new one takes its place.
    """
    usual = row(kind).default_name
    name, number = usual, 1
    while _is_taken(study, kind, name):
        number += 1
        name = f"{usual}-{number}"
    return name


def _is_taken(study: Study, kind: Kind, name: str) -> bool:
    if study.folder(kind, name).exists():
        return True
    job = jobs.look(study, kind, name)
    if job is not None and job.state in ("queued", "starting", "running"):
        return True
    return row(kind).continues and is_unfinished(study.folder(kind, name))


def name_input(study: Study, kind: Kind) -> str:
    """Draw the field for the new artefact's name and return what it says."""
    return st.text_input(
        "Name of the result",
        value=free_name(study, kind),
        key=f"name-{kind}",
        max_chars=64,
        help="Letters, digits, dots, dashes and underscores.",
    ).strip()
