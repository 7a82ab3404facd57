"""What every part of the review page works on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.data.sample import Sample
from diq_core.data.table import find_sample
from diq_core.errors import NotFound
from diq_core.review.form.form import Form, load_form
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.queue.progress import judged_in
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.roles import Action, Actor, Role, allows
from diq_core.review.verdicts.overview import FILE
from diq_core.stages.joining import IMAGES, SAMPLES
from diq_core.study import Study
from pages.parts.tables import table


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
    return _opened(str(study.path), str(study.facts.get("store") or ""), _file_of(study), study)


def _file_of(study: Study) -> int:
    # Another file in its place is another store.
    path = study.inside(FILE)
    return path.stat().st_ino if path.exists() else 0


@st.cache_resource(max_entries=16, show_spinner="Opening the reviews …")
def _opened(path: str, url: str, file: int, _study: Study) -> Store:  # noqa: ARG001
    return open_store(_study)


@st.cache_resource(max_entries=4, show_spinner=False)
def shipped_form() -> Form:
    """Return the form that ships with the app."""
    return load_form()


class Samples:
    """Finds a sample, or a model's answer that was set in a pair, in what a queue was made of.

    Samples of two datasets may share an id. A queue's plan says which dataset is meant; where it
    does not (it is older, or no queue is meant), a sample is found only if it is the same in all.
    """

    def __init__(self, study: Study, settings: QueueSettings | None = None) -> None:
        self._study = study
        self._own = settings.samples if settings else ""
        self._known: tuple[Artefact, ...]
        if settings and self._own:
            meant = study.named({"path": settings.samples, "digest": settings.digest})
            self._known = (meant,) if meant else ()
        else:
            self._known = (*study.all_artefacts("dataset"), *study.all_artefacts("answers"))

    def find(self, id: str) -> Sample:
        """Return the sample.

        Raises:
            NotFound: there is none, or there are several that differ.
        """
        return self._find(id)[0]

    def home(self, sample: Sample) -> Artefact:
        """Return the dataset or answers in which the sample and its images lie."""
        return self._find(sample.id)[1]

    def _find(self, id: str) -> tuple[Sample, Artefact]:
        found = []
        for artefact in self._known:
            with suppress(NotFound):
                found.append((find_sample(table(artefact, SAMPLES), id), artefact))
        if not found:
            which = self._own or self._study.path.name
            raise NotFound(
                f"There is no sample {id[:60]!a} in what this review was made of",
                which=which,
                todo="import the dataset it belongs to, or plan the review again",
            )
        if len({_content(sample, artefact) for sample, artefact in found}) > 1:
            raise NotFound(
                f"Several datasets have a sample {id[:60]!a}, and they differ",
                which=", ".join(artefact.name for _, artefact in found),
                todo="plan the review again: its plan then says which one is meant",
            )
        return found[0]


def _content(sample: Sample, artefact: Artefact) -> tuple[object, ...]:
    """Return what a person sees of a sample, to tell whether two are the same."""
    digests = artefact.manifest["files"]
    pictures = tuple(digests.get(f"{IMAGES}/{name}", "") for name in sample.images)
    return (replace(sample, file="", line=0, meta={}, images=()).__repr__(), pictures)


def finder(study: Study, settings: QueueSettings | None = None) -> Callable[[str], Sample]:
    """Return a function from an id to its sample (see `Samples`)."""
    return Samples(study, settings).find


def where_judged(room: Room, sample: str) -> Samples:
    """Return where to find a sample that was judged: in the dataset of the reviews it was in.

    Where they are of several datasets it is found only if it is the same in all (see `Samples`).
    """
    made_of = {(one.samples, one.digest): one for one in judged_in(room.store, sample)}
    settings = next(iter(made_of.values())) if len(made_of) == 1 else None
    return Samples(room.study, settings)
