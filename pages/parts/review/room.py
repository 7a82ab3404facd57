"""What every part of the review page works on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.data.sample import Sample
from diq_core.data.table import find_sample
from diq_core.errors import NotFound
from diq_core.review.form.form import Form, load_form
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.roles import Action, Actor, Role, allows
from diq_core.stages.joining import SAMPLES
from diq_core.study import Study
from pages.parts.tables import table

_PATIENCE = 5.0


@dataclass(frozen=True)
class Room:
    """The study, its reviews, the form, and who is here with which role."""

    study: Study
    store: Store
    form: Form
    actor: Actor
    role: Role | None

    def may(self, action: Action) -> bool:
        """Return whether to offer this; the store asks again when it is done."""
        return self.role is not None and allows(self.role, action)


def shared_store(study: Study) -> Store:
    """Return the study's review store, opened once for all visitors."""
    return _opened(str(study.path), str(study.facts.get("store") or ""), study)


@st.cache_resource(max_entries=16, show_spinner="Opening the reviews …")
def _opened(path: str, url: str, _study: Study) -> Store:  # noqa: ARG001
    # Short, because the browser keeps what was not saved and sends it again.
    return open_store(_study, patience=_PATIENCE)


@st.cache_resource(max_entries=4, show_spinner=False)
def shipped_form() -> Form:
    """Return the form that ships with the app."""
    return load_form()


def choose_part(names: list[str], key: str) -> str:
    """Draw the parts of a tab and return the chosen one; it stands in the address."""
    if st.session_state.get(key, names[0]) not in names:
        del st.session_state[key]
    chosen = st.segmented_control(
        "Part of the tab", names, default=None if key in st.session_state else names[0],
        key=key, required=True, label_visibility="collapsed", bind="query-params",
    )  # fmt: skip
    return str(chosen or names[0])


def choose_selection(study: Study, key: str) -> Artefact | None:
    """Return the selection that is meant, asked for where there are several; None = none."""
    found = {one.name: one for one in study.artefacts("selection")}
    if len(found) > 1:
        return found[st.selectbox("Selection", list(found), key=key, width=320)]
    return next(iter(found.values()), None)


def finder(study: Study) -> Callable[[str], Sample]:
    """Return a function from an id to its sample, or to a model's answer that was set in a pair."""
    known = (*study.artefacts("dataset"), *study.artefacts("answers"))
    tables = [table(artefact, SAMPLES) for artefact in known]

    def find(id: str) -> Sample:
        for samples in tables:
            try:
                return find_sample(samples, id)
            except NotFound:
                continue
        raise NotFound(
            f"There is no sample {id[:60]!a} in this study",
            which=study.path.name,
            todo="import the dataset it belongs to",
        )

    return find
