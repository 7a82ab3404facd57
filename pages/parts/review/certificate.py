"""How sure are we? The certificate of a selection, and what verdicts change in it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.review.certificate.certify import Certificate, Goal
from diq_core.review.certificate.draws import begin, certification_of, draw
from diq_core.review.certificate.state import Certification, state, strata_of
from diq_core.review.queue.material import Member
from diq_core.review.store.reading import judgements
from diq_core.review.verdicts.outcomes import Outcome, flagged_by_models, outcomes
from pages.parts.boxes import show_note
from pages.parts.choose import choose_artefact
from pages.parts.plain_table import draw_table
from pages.parts.review.change import draw_change
from pages.parts.review.queue_box import show_queue
from pages.parts.review.room import Room
from pages.parts.review.setup import pool
from pages.parts.words import count

BATCH = 20


def draw_certificate(room: Room) -> None:
    """Draw the certificate of a selection and the effect of the verdicts on it."""
    selection = choose_artefact(room.study, "selection")
    if selection is None:
        show_note("There is no selection yet", ("A certificate is about a chosen subset.",))
        return
    members = pool(room.study, selection.name)
    chosen = {one.id for one in members if one.chosen}
    found = found_outcomes(room)
    st.header("How sure are we?")
    certification = certification_of(room.store, chosen)
    if certification is None:
        _draw_beginning(room, selection, members)
    else:
        _draw_certification(room, certification)
    draw_change(room, selection, found)


def found_outcomes(room: Room, form: str | None = None) -> dict[str, Outcome]:
    """Return what all verdicts on a form version come to; by default on this form's."""
    version = form or room.form.version
    verdicts = judgements(room.store, room.actor, "verdict", scope=version)
    return outcomes(verdicts, judgements(room.store, room.actor, "adjudication", scope=version))


def _draw_beginning(room: Room, selection: Artefact, members: Sequence[Member]) -> None:
    name = selection.name
    st.write(
        "A certificate says how many of the chosen samples can be unsafe or wrong at most, from as "
        "few reviews as possible: the app draws the samples to review, more of them where harm is "
        "likelier, and you may stop as soon as the statement is good enough."
    )
    old = Path("certificates", f"{name}.json")
    if (room.study.path / old).is_file():
        st.caption(
            f"The certificate in {old} was kept outside the log and counts no more. Begin a new "
            "one and delete the file; verdicts count again wherever their samples are drawn."
        )
    if not room.may("plan"):
        st.caption("A curator or an admin can begin one.")
        return
    with st.form("certificate-form", border=False, width=520):
        target = st.number_input(
            "Largest acceptable share of unsafe or wrong samples, in %", 0.1, 50.0, 5.0, 0.5,
            key="certificate-target",
        )  # fmt: skip
        seed = st.number_input("Seed of the draws", 0, 2**31, 0, key="certificate-seed")
        if st.form_submit_button("Begin a certificate", type="primary"):
            verdicts = judgements(room.store, room.actor, "verdict", scope=room.form.version)
            strata = strata_of(members, flagged_by_models(verdicts))
            begin(
                room.store, room.actor, name, strata, Goal(round(target / 100, 6)),
                seed=int(seed), form=room.form.version, count=BATCH, key=uuid.uuid4().hex,
                samples=room.study.reference(room.study.resolve(selection, "dataset")),
            )  # fmt: skip
            begun = certification_of(room.store, [one.id for one in members if one.chosen])
            if begun is not None:
                show_queue(begun.queue)


def _draw_certification(room: Room, certification: Certification) -> None:
    says = state(certification, found_outcomes(room, certification.form))
    show_note(f"{says.sentence()}.", _notes(says, len(certification.draws)))
    rows = [(one.name, f"{one.size:,}", f"{one.reviewed:,}", f"{one.found:,}")
            for one in says.strata]  # fmt: skip
    draw_table(("Part of the selection", "Samples", "Reviewed", "Unsafe or wrong"), rows)
    missing = len(certification.draws) - says.reviewed
    with st.container(horizontal=True):
        if missing and st.button("Review what was drawn", type="primary", key="certificate-go"):
            show_queue(certification.queue)
        left = says.samples - len(certification.draws)
        if left and not missing and not says.reached and room.may("plan"):
            label = f"Draw {min(BATCH, left)} more to review"
            if st.button(label, type="primary", key="certificate-more"):
                draw(
                    room.store, room.actor, certification.subset, count=BATCH,
                    version=certification.version, key=uuid.uuid4().hex,
                )  # fmt: skip
                show_queue(certification.queue)
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
