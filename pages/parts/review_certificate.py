"""How sure are we? The certificate of a selection, and what verdicts change in it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.review.certificate import Certificate, Goal, Members
from diq_core.review.certifying import (
    Course,
    load_course,
    more,
    new_course,
    save_course,
    state,
    strata_of,
)
from diq_core.review.ordering import Item
from diq_core.review.outcomes import Outcome, outcomes
from diq_core.review.plans import QueueSettings
from diq_core.review.queue import extend, plan
from diq_core.review.reading import judgements, manual_choices, queues, study_entry
from diq_core.stages.reviewing import change_by_hand
from pages.parts.boxes import show_note
from pages.parts.review_results import draw_table
from pages.parts.review_room import Room
from pages.parts.review_setup import pool
from pages.parts.words import count

BATCH = 20


def draw_certificate(room: Room) -> None:
    """Draw the certificate of a selection and the effect of the verdicts on it."""
    names = [selection.name for selection in room.study.artefacts("selection")]
    if not names:
        show_note("There is no selection yet", ("A certificate is about a chosen subset.",))
        return
    name = names[0]
    if len(names) > 1:
        name = st.selectbox("Selection", names, key="certificate-selection", width=320)
    members = strata_of(pool(room.study, name))
    found = found_outcomes(room)
    course = load_course(room.study, name)
    st.subheader("How sure are we?")
    if course is None:
        _draw_beginning(room, name, members)
    else:
        _draw_course(room, name, members, course, found)
    chosen = {id for ids in members.values() for id in ids}
    kept = {id: one for id, one in found.items() if id in chosen}
    _draw_change(room, room.study.find("selection", name), kept)


def found_outcomes(room: Room) -> dict[str, Outcome]:
    """Return what all verdicts on this form come to."""
    version = room.form.version
    verdicts = judgements(room.store, room.actor, "verdict", scope=version)
    return outcomes(verdicts, judgements(room.store, room.actor, "adjudication", scope=version))


def _draw_beginning(room: Room, name: str, members: Members) -> None:
    st.write(
        "A certificate says how many of the chosen samples can be unsafe or wrong at most, from as "
        "few reviews as possible: the app draws the samples to review, more of them where harm is "
        "likelier, and you may stop as soon as the statement is good enough."
    )
    with st.form("certificate-form", border=False, width=520):
        target = st.number_input(
            "Largest acceptable share of unsafe or wrong samples, in %", 0.1, 50.0, 5.0, 0.5,
            key="certificate-target",
        )  # fmt: skip
        seed = st.number_input("Seed of the draws", 0, 2**31, 0, key="certificate-seed")
        if st.form_submit_button("Begin a certificate", type="primary"):
            goal = Goal(round(target / 100, 6))
            _begin(room, name, members, new_course(f"certificate {name}", goal, members, int(seed)))


def _begin(room: Room, name: str, members: Members, course: Course) -> None:
    drawn = more(course, members, {}, BATCH)
    taken = course.queue in queues(room.store)
    settings = QueueSettings(course.queue, room.form.version, order="listed")
    items = [Item(draw.sample) for draw in drawn.draws]
    if not taken:
        plan(room.store, room.actor, settings.name, items, settings, key=uuid.uuid4().hex)
    save_course(room.study, name, drawn)
    _show_queue(course.queue)


def _draw_course(
    room: Room, name: str, members: Members, course: Course, found: Mapping[str, Outcome]
) -> None:
    says = state(course, members, found)
    show_note(f"{says.sentence()}.", _notes(says, len(course.draws)))
    rows = [(one.name, f"{one.size:,}", f"{one.reviewed:,}", f"{one.found:,}")
            for one in says.strata]  # fmt: skip
    draw_table(("Part of the selection", "Samples", "Reviewed", "Unsafe or wrong"), rows)
    missing = len(course.draws) - says.reviewed
    with st.container(horizontal=True):
        if missing and st.button("Review what was drawn", type="primary", key="certificate-go"):
            _show_queue(course.queue)
        if not missing and not says.reached and room.may("plan"):
            label = f"Draw {BATCH} more to review"
            if st.button(label, type="primary", key="certificate-more"):
                _draw_more(room, name, members, course, found)
    st.caption("Unsafe or wrong: rejected, unsure, flagged unsafe or factually wrong, or a safety "
               "level of 1 or 2, by any one rater unless a third person settled it.")  # fmt: skip


def _notes(says: Certificate, drawn: int) -> tuple[str, ...]:
    goal = f"The goal is at most {says.goal.target:.1%}".replace("%", " %")
    reached = "It is reached." if says.reached else "It is not reached yet."
    lines = [f"{goal}. {reached} {count(says.found, 'samples')} found unsafe or wrong so far; the "
             "statement is about what stays once these are taken out."]  # fmt: skip
    if drawn > says.reviewed:
        lines.append(
            f"{count(drawn - says.reviewed, 'samples')} drawn and not counted yet: answers count "
            "in the order of the draws."
        )
    return tuple(lines)


def _draw_more(
    room: Room, name: str, members: Members, course: Course, found: Mapping[str, Outcome]
) -> None:
    drawn = more(course, members, found, BATCH)
    new = drawn.draws[len(course.draws) :]
    if new:
        items = [Item(draw.sample) for draw in new]
        extend(room.store, room.actor, course.queue, items, key=uuid.uuid4().hex)
        save_course(room.study, name, drawn)
    _show_queue(course.queue)


def _show_queue(queue: str) -> None:
    st.session_state["next-queue"] = queue
    st.session_state["next-view"] = "Review"
    st.rerun()


def _draw_change(room: Room, selection: Artefact, found: Mapping[str, Outcome]) -> None:
    st.subheader("What do the verdicts change?")
    manual = manual_choices(room.store)
    bad = [one.sample for one in found.values() if one.rejected and one.sample not in manual]
    if bad:
        left = {**manual, **dict.fromkeys(bad, "out")}
        what = "are" if room.may("curate") else "would be"
        st.write(f"{count(len(bad), 'samples')} rejected and still in; this is what changes when "
                 f"they {what} taken out.")  # fmt: skip
        if room.may("curate") and st.button("Take the rejected samples out", key="take-out"):
            _take_out(room, bad)
    else:
        left = manual
    if not left:
        st.caption("Nothing yet: no sample was rejected, and none was put in or out by hand.")
        return
    change = change_by_hand(room.study, selection, left)
    with st.container(horizontal=True, gap="medium"):
        st.metric("Kept before", f"{change.before:,}", width=150)
        st.metric("Taken out", f"{len(change.out):,}", width=150)
        st.metric("Moved up instead", f"{len(change.entered):,}", width=190)
        st.metric("Kept after", f"{change.after:,}", width=150)
    rows = [(name, f"{before:,}", f"{after:,}") for name, (before, after)
            in change.quadrants.items()]  # fmt: skip
    draw_table(("Quadrant", "Kept before", "Kept after"), rows)
    _draw_ids("Taken out", change.out)
    _draw_ids("Moved up instead", change.entered)


def _draw_ids(title: str, ids: Sequence[str]) -> None:
    if ids:
        with st.expander(f"{title}: {count(len(ids), 'samples')}"):
            draw_table(("Sample",), [(id,) for id in ids[:500]])


def _take_out(room: Room, samples: Sequence[str]) -> None:
    for sample in samples:
        entry = study_entry(room.store, "manual", sample, "")
        room.store.set_manual(
            room.actor, sample, "out", why="rejected in review",
            version=entry.register.version, key=uuid.uuid4().hex,
        )  # fmt: skip
    st.rerun()
