"""What a page is about: what its address names, else what was made last.

The address is the truth: it survives a reload and the browser's way back, and can be passed on.
Each kind of artefact has a query parameter of its own (``?selection=diq-5pct``). One that is not
named follows from those that are: it is what they were made of, or the newest that was made of
them (see `diq_core.lineage`). Where nothing is named, the newest of all that the page shows leads.
Buttons that lead on carry the artefact; an entry of the menu begins with the newest again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.jobs import standing
from diq_core.jobs.progress import ACTIVE, Snapshot
from diq_core.kinds import ARTEFACTS, Kind, row
from diq_core.lineage import find_named, go_together, meant, newest
from diq_core.stages.experiment_arms import arms_of
from diq_core.study import Study
from pages.parts.boxes import show_problem
from pages.parts.text import shortened

Among = Callable[[Artefact], bool]
_LISTED = 8


def subject(
    study: Study, kind: Kind, *, beside: Sequence[Kind] = (), among: Among | None = None
) -> Artefact | None:
    """Return the artefact of `kind` that the page is about; None = there is none that belongs.

    Args:
        beside: the other kinds that the page shows.
        among: only those for which this holds; None = all.
    """
    found = [one for one in study.artefacts(kind) if among is None or among(one)]
    named = {one.kind: one for one in named_in_address(study)}
    if kind in named and any(one.path == named[kind].path for one in found):
        return named[kind]
    lead = [one for one in named.values() if one.kind != kind]
    if not lead:
        known = [one for each in (kind, *beside) for one in _own(study, each)] or found
        lead = [one for one in [newest(study, known)] if one is not None and one.kind != kind]
    arms = arms_of(study, kind)
    own = [one for one in found if one.name not in arms]
    return meant(study, own, kind, lead) or meant(study, found, kind, lead)


def _own(study: Study, kind: Kind) -> list[Artefact]:
    arms = arms_of(study, kind)
    return [one for one in study.artefacts(kind) if one.name not in arms]


def named_in_address(study: Study) -> list[Artefact]:
    """Return the artefacts that the address names, that are there and that belong together.

    Of two that do not (scores of one dataset, a selection of another) the earlier in the order of
    the work counts.
    """
    kept: list[Artefact] = []
    for kind in ARTEFACTS:
        one = _named(study, kind)
        if one is not None and all(go_together(study, one, other) for other in kept):
            kept.append(one)
    return kept


def is_passed_over(study: Study, kind: Kind) -> bool:
    """Return whether the address names an artefact of `kind` that is not there or not shown."""
    kept = {one.kind for one in named_in_address(study)}
    return kind in st.query_params and kind not in kept


def tell_unknown(study: Study) -> None:
    """Say what the address names and what is not shown: it is not there, or does not belong."""
    for kind in ARTEFACTS:
        if is_passed_over(study, kind):
            asked = st.query_params[kind]
            found = _named(study, kind)
            show_problem(_why(study, kind, asked, found), (_instead(study, kind),))


def choose_subject(study: Study, kind: Kind, name: str) -> None:
    """Write into the address that the page is about this; what does not belong to it goes."""
    chosen = study.find(kind, name)
    for other in ARTEFACTS:
        one = _named(study, other)
        if other in st.query_params and (one is None or not go_together(study, one, chosen)):
            del st.query_params[other]
    st.query_params[kind] = name


def link(study: Study | None, about: Artefact | None = None) -> dict[str, str]:
    """Return the query parameters that carry `study`, and what it is about, to another page."""
    found = {"study": study.path.name} if study else {}
    return found | ({about.kind: about.name} if about else {})


def _named(study: Study, kind: Kind) -> Artefact | None:
    name = st.query_params.get(kind)
    return None if name is None else find_named(study, kind, name)


def _why(study: Study, kind: Kind, asked: str, found: Artefact | None) -> str:
    name, label = shortened(asked, 64), row(kind).label
    if found is not None:
        other = next(one for one in named_in_address(study) if not go_together(study, one, found))
        return (
            f"{label} '{name}' and {row(cast(Kind, other.kind)).label.lower()} "
            f"'{other.name}', which the address asks for, do not belong together"
        )
    job = next((one for one in standing.all_jobs(study) if _is_of(one, kind, asked)), None)
    if job is not None and job.state in ("queued", *ACTIVE):
        return f"{label} '{name}' is still being made"
    return f"This study has no {label.lower()} called '{name}'"


def _is_of(job: Snapshot, kind: Kind, name: str) -> bool:
    return job.kind == kind and job.name == name


def _instead(study: Study, kind: Kind) -> str:
    there = [one.name for one in study.artefacts(kind)]
    if not there:
        return f"The address asks for it, and there are no {row(kind).plural} yet."
    more = " …" if len(there) > _LISTED else ""
    return (
        "The address asks for it. What belongs here and was made last is shown instead. "
        f"There is: {', '.join(there[:_LISTED])}{more}."
    )
