"""Which of several artefacts the page is about, and a free name for a new one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.draft import is_unfinished
from diq_core.jobs import standing
from diq_core.kinds import Kind, row
from diq_core.lineage import find_named
from diq_core.stages.experiment_arms import arms_of, own_first
from diq_core.study import Study
from pages.parts.manage import manage_menu, tell_done
from pages.parts.subject import Among, choose_subject, is_passed_over, subject
from pages.parts.text import escaped


def choose_artefact(
    study: Study, kind: Kind, *, beside: Sequence[Kind] = (), among: Among | None = None,
    managed: bool = False,
) -> Artefact | None:  # fmt: skip
    """Return the artefact of `kind` the page is about; None = there is none that belongs.

    Where there is another one to choose, a chooser is drawn; the choice stands in the address,
    and the page's other choosers follow (see `subject`).

    Args:
        beside: the other kinds that the page shows.
        among: only those for which this holds; None = all.
        managed: whether this is the page where one is renamed, archived or deleted: beside its
            name is the menu for it.
    """
    awaited = st.session_state.get(_awaited(kind))
    if awaited is not None and find_named(study, kind, awaited):
        del st.session_state[_awaited(kind)]
        choose_subject(study, kind, awaited)
    shown = subject(study, kind, beside=beside, among=among)
    known = [one for one in study.artefacts(kind) if among is None or among(one)]
    names = [one.name for one in own_first(study, kind, known)]
    others = [name for name in names if shown is None or name != shown.name]
    is_open = bool(others) or (bool(names) and is_passed_over(study, kind))
    if managed:
        tell_done(study, kind)
        with st.container(
            horizontal=True, vertical_alignment="bottom" if is_open else "center", gap="small"
        ):
            if is_open:
                _draw_chooser(study, kind, names, shown)
            elif shown is not None:
                named = f"{row(kind).label} <b><bdi>{escaped(shown.name)}</bdi></b>"
                st.html(f"<span>{named}</span>", width="content")
            if shown is not None:
                manage_menu(study, shown)
    elif is_open:
        _draw_chooser(study, kind, names, shown)
    return shown


def _draw_chooser(study: Study, kind: Kind, names: list[str], shown: Artefact | None) -> None:
    def take() -> None:
        if st.session_state[kind] is not None:
            choose_subject(study, kind, st.session_state[kind])

    now = shown.name if shown else None
    # Writing what is there already would take the box out of the visitor's hand.
    if kind not in st.session_state or st.session_state[kind] != now:
        st.session_state[kind] = now
    st.selectbox(
        row(kind).label, names, index=0 if shown else None, key=kind, width=320,
        on_change=take, placeholder="None that belongs here", format_func=labels(study, kind),
    )  # fmt: skip


def labels(study: Study, kind: Kind) -> Callable[[str], str]:
    """Return what a list calls an artefact of `kind`: an arm stands under its experiment."""
    arms = arms_of(study, kind)
    return lambda name: f"{arms[name]} › {name}" if name in arms else name


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
    job = standing.look(study, kind, name)
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
