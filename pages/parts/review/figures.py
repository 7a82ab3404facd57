"""The figures of the review page, computed once for each state of the log.

Bootstrap intervals take seconds. What they follow from is named by the end of the log (its number
and hash), the form, the reader's role and the settings; so these are the keys, and verdicts
themselves, which would have to be hashed, never are.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.review.figures.pair_results import Contest, contests, pairs_in, side_name
from diq_core.review.figures.results import AgreementRow, ReviewerRow, agreement_rows, reviewer_rows
from diq_core.review.form.gate import Gate
from diq_core.review.machine.critique import critique_prompt
from diq_core.review.machine.critique_list import Listed, critique_list
from diq_core.review.machine.panel import mixed_rows
from diq_core.review.machine.rater import Bench
from diq_core.review.store.reading import Judgement, judgements, log_head
from diq_core.review.store.roles import Actor
from diq_core.review.verdicts.totals import Totals, totals
from diq_core.stages.judge_report import judge_report
from pages.parts.review.room import Room
from pages.parts.review.setup import pool

Key = tuple[str, ...]
_WAIT = "Computing intervals …"


def key_of(room: Room) -> Key:
    """Return what all figures of this study follow from, besides their settings."""
    study = room.study
    return (
        str(study.path),
        str(study.facts.get("store") or ""),
        str(log_head(room.store)),
        room.form.digest,
        # What somebody may see is part of it: a reviewer's figures rest on their own verdicts.
        room.role if room.role and room.may("read_all") else f"own {room.actor.name}",
    )


def totals_of(room: Room) -> Totals:
    """Return how much was judged."""
    return _totals(key_of(room), room)


def agreement_of(room: Room, *, with_machines: bool = False) -> list[AgreementRow]:
    """Return the agreement among people, or among all raters where that is asked for."""
    return _agreement(key_of(room), with_machines, room)


def reviewers_of(room: Room) -> list[ReviewerRow]:
    """Return time and drift of each reviewer."""
    return _reviewers(key_of(room), room)


def report_of(room: Room, selection: Artefact | None, gate: Gate) -> dict[str, Any]:
    """Return people and machine judges side by side, see `judge_report`."""
    name = selection.digest if selection else ""
    return _report(key_of(room), name, gate, room, selection)


def contests_of(room: Room, queue: str, selection: str | None) -> list[Contest]:
    """Return which side of the pairs of `queue` is preferred."""
    chosen = room.study.find("selection", selection).digest if selection else ""
    return _contests(key_of(room), queue, chosen, room, selection)


def critiques_of(room: Room, judge: str) -> list[Listed]:
    """Return the points of a judge's critiques, the gravest first."""
    return _critiques(key_of(room), judge, room)


@st.cache_data(max_entries=32, show_spinner=False)
def _totals(key: Key, _room: Room) -> Totals:  # noqa: ARG001
    return totals(_verdicts(_room))


@st.cache_data(max_entries=32, show_spinner=_WAIT)
def _agreement(key: Key, with_machines: bool, _room: Room) -> list[AgreementRow]:  # noqa: ARG001
    rows = mixed_rows if with_machines else agreement_rows
    return rows(_room.form, _verdicts(_room))


@st.cache_data(max_entries=32, show_spinner=_WAIT)
def _reviewers(key: Key, _room: Room) -> list[ReviewerRow]:  # noqa: ARG001
    return reviewer_rows(_verdicts(_room))


@st.cache_data(max_entries=32, show_spinner=_WAIT)
def _report(
    key: Key,  # noqa: ARG001
    selection: str,  # noqa: ARG001
    gate: Gate,
    _room: Room,
    _selection: Artefact | None,
) -> dict[str, Any]:
    return judge_report(
        _room.study, _room.actor, selection=_selection, gate=gate, store=_room.store
    )


@st.cache_data(max_entries=32, show_spinner=False)
def _contests(
    key: Key,  # noqa: ARG001
    queue: str,
    chosen: str,  # noqa: ARG001
    _room: Room,
    _selection: str | None,
) -> list[Contest]:
    names = pairs_in(_room.store, queue)
    version = _room.form.version
    preferences = [
        one
        for one in judgements(_room.store, _room.actor, "preference", scope=version)
        if one.sample in names
    ]
    kept = {one.id: one.chosen for one in pool(_room.study, _selection)} if _selection else {}
    return contests(preferences, lambda reference: side_name(reference, kept))


@st.cache_data(max_entries=32, show_spinner=False)
def _critiques(key: Key, judge: str, _room: Room) -> list[Listed]:  # noqa: ARG001
    bench = Bench(_room.store, Actor(judge, "reviewer", machine=True), _room.form)
    return critique_list(bench, critique_prompt().name)


def _verdicts(room: Room) -> list[Judgement]:
    return judgements(room.store, room.actor, "verdict", scope=room.form.version)
