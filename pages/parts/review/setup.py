"""Setting up a review: which samples, how many people each, in which order, for whom."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.review.queue.claiming import plan
from diq_core.review.queue.material import Member, Scope, items_of, members_of, with_reasoning
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.queue.progress import queues
from diq_core.review.store.reading import people
from diq_core.stages.joining import SAMPLES
from diq_core.stages.selection import SELECTION
from diq_core.study import Study
from pages.parts.choose import choose_artefact
from pages.parts.review.queue_box import show_queue
from pages.parts.review.room import Room
from pages.parts.set_aside import set_aside
from pages.parts.tables import table
from pages.parts.text import escaped
from pages.parts.words import count

SCOPES: dict[Scope, str] = {
    "kept": "The chosen samples",
    "both": "The chosen samples, mixed with others for comparison",
    "pairs": "Side by side: a chosen sample against another one",
    "all": "Every sample of the dataset",
}


def draw_first(room: Room) -> None:
    """Draw one button for whoever just wants to begin; every setting is folded away."""
    if not room.study.artefacts("dataset"):
        st.info("Import a dataset first; then there is something to review.")
        return
    place = st.container()
    with st.expander("Choose what is reviewed, by whom and how", icon=":material/tune:"):
        plans = _settings(room)
    with place:
        _draw_button(room, plans)


def draw_setup(room: Room) -> None:
    """Draw the form that plans a queue."""
    if not room.study.artefacts("dataset"):
        st.info("Import a dataset first; then there is something to review.")
        return
    _draw_button(room, _settings(room))


@dataclass(frozen=True)
class _Plans:
    settings: QueueSettings
    members: list[Member]
    scope: Scope
    rest: int
    selection: str | None
    left_out: int

    def sentence(self) -> str:
        """Return what is going to be reviewed, in words."""
        kept = sum(one.chosen is True for one in self.members)
        asked = {"kept": kept, "both": kept + self.rest, "pairs": kept, "all": len(self.members)}
        what = count(asked[self.scope], "pairs" if self.scope == "pairs" else "samples")
        if self.selection and self.scope == "kept":
            what += f" chosen in {self.selection}"
        blind = ", without scores or sources" if self.settings.blind else ""
        return (
            f"{what}, each judged by {persons(self.settings.overlap)}{blind}. The order is random "
            f"and mixes quadrants and sources evenly.{self._left_out()}"
        )

    def _left_out(self) -> str:
        if not self.left_out:
            return ""
        whose = count(self.left_out, "samples")
        return f" Left out: {whose} without reasoning."


def _draw_button(room: Room, plans: _Plans) -> None:
    # Not as Markdown: the selection's name is a user's.
    st.html(f'<p style="margin: 0">{escaped(plans.sentence())}</p>')
    if st.button("Start this review", type="primary", key="setup-start"):
        start(room, plans.settings, plans.members, plans.scope, rest=plans.rest)


def _settings(room: Room) -> _Plans:
    study = room.study
    chosen = choose_artefact(study, "selection")
    selection = chosen.name if chosen else None
    dataset = study.resolve(chosen, "dataset") if chosen else choose_artefact(study, "dataset")
    assert dataset is not None, "without a dataset this form is not drawn"
    samples = study.reference(dataset)
    scopes: list[Scope] = list(SCOPES) if selection else ["all"]
    scope = (
        st.radio("What is reviewed", scopes, format_func=SCOPES.__getitem__, key="setup-scope")
        or scopes[0]
    )
    members = (
        pool(study, selection) if selection else members_of(table(dataset, SAMPLES, _COLUMNS), None)
    )
    members, aside = without_set_aside(study, dataset, members)
    if aside:
        st.caption(
            f"{count(aside, 'samples')} left out by a choice among samples that ask the same "
            "(page Dataset) take no part."
        )
    everything = members
    members = _with_reasoning(dataset, members)
    kept = sum(one.chosen is True for one in members)
    left, right = st.columns(2, gap="large")
    with left:
        rest = 0
        if scope == "both":
            rest = st.number_input(
                "How many others", 1, max(1, len(members) - kept), min(kept or 1, 100),
                key="setup-rest", help="Reviewers cannot tell them from the chosen ones.",
            )  # fmt: skip
        overlap = st.number_input(
            "People for each sample", 1, 20, 1, key="setup-overlap",
            help="Two or more are needed to measure agreement.",
        )  # fmt: skip
        seed = st.number_input("Seed of the order", 0, 2**31, 0, key="setup-seed")
    with right:
        name = st.text_input("Name of this review", free_name(room), max_chars=60, key="setup-name")
        who = st.text_input(
            "Only for (names, separated by commas; empty = everybody)", key="setup-people",
            placeholder=", ".join(list(people(room.store))[:3]),
        )  # fmt: skip
        blind = st.checkbox(
            "Blind: no scores, no sources, nobody else's ratings", True, key="setup-blind"
        )
    settings = QueueSettings(
        name=name.strip(), form=room.form.version, overlap=int(overlap), seed=int(seed),
        blind=blind, people=tuple(one.strip() for one in who.split(",") if one.strip()),
        samples=samples["path"], digest=samples["digest"],
    )  # fmt: skip
    left_out = _asked_for(everything, scope) - _asked_for(members, scope)
    return _Plans(settings, members, scope, int(rest), selection, left_out)


def _with_reasoning(dataset: Artefact, members: list[Member]) -> list[Member]:
    """Return what is reviewed: where some samples have reasoning and some not, those that have."""
    found = with_reasoning(members, table(dataset, SAMPLES, ("id", "reasoning")))
    if not 0 < len(found) < len(members):
        return members
    only = st.checkbox(
        "Only samples with reasoning", True, key="setup-reasoning",
        help="The others are judged by their answer alone: the form leaves out the scales of "
        "reasoning for them.",
    )  # fmt: skip
    return found if only else members


def _asked_for(members: list[Member], scope: Scope) -> int:
    return len(members) if scope == "all" else sum(one.chosen is True for one in members)


def start(
    room: Room, settings: QueueSettings, members: list[Member], scope: Scope, *, rest: int = 0
) -> None:
    """Plan the queue and show it."""
    items = items_of(members, scope, rest=rest, seed=settings.seed)
    plan(room.store, room.actor, settings.name, items, settings, key=uuid.uuid4().hex)
    show_queue(settings.name)


def without_set_aside(
    study: Study, dataset: Artefact, members: Sequence[Member]
) -> tuple[list[Member], int]:
    """Return the members that no choice among samples that ask the same leaves out, and how many
    it does."""
    out = set_aside(study, dataset)
    stay = [one for one in members if one.id not in out]
    return stay, len(members) - len(stay)


def pool(study: Study, selection: str) -> list[Member]:
    """Return the samples that a review can be made of, and which of them are chosen."""
    chosen = study.find("selection", selection)
    samples = table(study.resolve(chosen, "dataset"), SAMPLES, _COLUMNS)
    return members_of(samples, table(chosen, SELECTION, ("id", "kept", "quadrant")))


_COLUMNS = ("id", "source", "excluded")


def persons(number: int) -> str:
    """Return how many people."""
    return "one person" if number == 1 else count(number, "people")


def free_name(room: Room) -> str:
    """Return a name that no queue has yet."""
    known, number = set(queues(room.store)), 1
    while f"review {number}" in known:
        number += 1
    return f"review {number}"
