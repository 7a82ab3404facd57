"""Case criteria: a curator adds yes/no statements to a sample, which reviewers then answer."""

from __future__ import annotations

import uuid
from functools import partial

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.data.table import find_sample
from diq_core.review.form.answer import POINTS_LIMIT, Criterion
from diq_core.review.store.reading import Entry
from diq_core.review.verdicts.criteria import criterion_entries, free_key, samples_with_criteria
from diq_core.stages.joining import SAMPLES, image_file
from pages.parts.boxes import show_note
from pages.parts.choose import choose_artefact
from pages.parts.frame import guarded
from pages.parts.plain_table import draw_heading
from pages.parts.review.room import Room
from pages.parts.sample_browser import sample_grid, search_samples
from pages.parts.sample_card import sample_card
from pages.parts.tables import table
from pages.parts.text import escaped, shortened

_OPEN = "criteria-sample"
_HEIGHT = 380


def draw_criteria(room: Room) -> None:
    """Draw the list of samples, the opened one, and its criteria."""
    dataset = choose_artefact(room.study, "dataset")
    if dataset is None:
        show_note("There are no samples yet", ("Import a dataset first.",))
        return
    st.write(
        'A criterion is a statement about one sample that is met or not, e.g. "Asks about '
        'anticoagulants before the procedure". Reviewers, and models that judge, see it below '
        "the form and answer yes or no; they do not see its weight."
    )
    left, right = st.columns(2, gap="large")
    with left:
        id = _choose(room, dataset)
    if id is None:
        return
    with right:
        # A long sample scrolls in its own box, so that the statement is written beside it.
        with st.container(height=_HEIGHT, border=True, key="criteria-card"):
            sample_card(
                find_sample(table(dataset, SAMPLES), id), images=partial(image_file, dataset)
            )
        _draw_own(room, id)


def _choose(room: Room, dataset: Artefact) -> str | None:
    """Return the id of the sample that is opened; None where the search finds none."""
    samples = table(dataset, SAMPLES)
    known = set(samples["id"].to_pylist())
    with_some = {id: n for id, n in samples_with_criteria(room.store).items() if id in known}
    names = ["Any sample", *(["Those with criteria"] if with_some else [])]
    which = st.segmented_control(
        "Which samples", names, default=names[0], key="criteria-which", required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    if which == "Those with criteria":
        return st.selectbox(
            "Sample · how many criteria", list(with_some), key=_OPEN, width=480,
            format_func=lambda id: f"{shortened(id, 60)} · {with_some[id]:,}",
        )  # fmt: skip
    rows = search_samples(dataset)
    return sample_grid(samples, rows) if len(rows) else None


def _draw_own(room: Room, id: str) -> None:
    entries = criterion_entries(room.store, id)
    draw_heading("Criteria of ", shortened(id, 60))
    if not entries:
        st.caption("None yet.")
    for entry in entries:
        _draw_one(room, entry)
    # The key holds sample and number, so that the fields are empty after each one that is added.
    with st.form(f"criterion-{id}-{len(entries)}", border=True):
        text = st.text_area(
            "Statement", max_chars=2000, height=80, key=f"criterion-text-{id}-{len(entries)}",
            placeholder="Names the red flag that calls for imaging",
        )  # fmt: skip
        points = st.number_input(
            f"Weight, −{POINTS_LIMIT} to {POINTS_LIMIT}", -POINTS_LIMIT, POINTS_LIMIT, 5,
            key=f"criterion-points-{id}-{len(entries)}",
            help="Above 0: meeting it is good. Below 0: meeting it is bad, e.g. −8 for advice that "
            "harms. 0 is not possible.",
        )  # fmt: skip
        if st.form_submit_button("Add this criterion", type="primary"):
            with guarded():
                criterion = Criterion(free_key(entries), text.strip(), int(points))
                room.store.add_criterion(room.actor, id, criterion, version=0, key=uuid.uuid4().hex)
                st.rerun()


def _draw_one(room: Room, entry: Entry) -> None:
    """Draw one criterion, in force or withdrawn, with the way back."""
    step = entry.register.current
    shown = step or entry.register.undone[-1]
    value, in_force = shown.value, step is not None
    words = f"{value['points']:+d}".replace("-", "−")
    state = f"by {shown.actor}" if in_force else "withdrawn; nobody is asked it any more"
    key = f"{entry.slot.sample}-{entry.slot.scope}"
    with st.container(horizontal=True, vertical_alignment="top"):
        st.html(
            f'<div class="diq-text"><b>{words}</b> <bdi>{escaped(value["text"])}</bdi><br>'
            f"<small>{escaped(state)}</small></div>"
        )
        label, target = ("Put back", entry.redo_target)
        if in_force:
            changed = len(entry.register.done) > 1
            label, target = ("Undo the change" if changed else "Withdraw", entry.undo_target)
        if target is not None and st.button(label, key=f"criterion-undo-{key}"):
            room.store.undo(room.actor, entry.slot, target=target, key=uuid.uuid4().hex)
            st.rerun()
