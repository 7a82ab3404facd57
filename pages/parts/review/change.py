"""What do the verdicts change? The selection before and after, and the way to fix the new one."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.errors import UserError
from diq_core.jobs import control, standing
from diq_core.jobs.order import order_for
from diq_core.options import shown
from diq_core.review.store.reading import log_head, manual_choices, people, study_entry
from diq_core.review.verdicts.outcomes import Outcome
from diq_core.stages.joining import load_table
from diq_core.stages.reviewing import Change, change_by_hand, without_placements
from diq_core.stages.selection import SELECTION
from diq_core.study import checked_name
from pages.parts.boxes import show_user_error
from pages.parts.frame import go_to
from pages.parts.job_panel import ACTIVE, job_panel
from pages.parts.plain_table import draw_table
from pages.parts.review.room import Room
from pages.parts.set_aside import set_aside
from pages.parts.text import visible
from pages.parts.words import count

_FIXED = "reviewed-selection"


def draw_change(room: Room, selection: Artefact, found: Mapping[str, Outcome]) -> None:
    """Draw what the verdicts and the placements by hand change in `selection`.

    Args:
        found: the outcome of every judged sample, chosen or not.
    """
    st.header("What do the verdicts change?")
    manual = manual_choices(room.store)
    rejected = [one.sample for one in found.values() if one.rejected and one.sample not in manual]
    aside = set_aside(room.study, room.study.resolve(selection, "dataset"))
    still_in = sorted(_kept(selection) & set(rejected))
    if still_in:
        what = "are" if room.may("curate") else "would be"
        st.write(f"{count(len(still_in), 'samples')} rejected and still in; this is what changes "
                 f"when they {what} taken out.")  # fmt: skip
        if room.may("curate") and st.button("Take the rejected samples out", key="take-out"):
            _take_out(room, rejected)
    elif not manual and not _kept(selection) & aside:
        st.caption("Nothing yet: no sample was rejected, none was put in or out by hand, and none "
                   "was left out by a choice among samples that ask the same.")  # fmt: skip
        return
    try:
        change = change_by_hand(room.study, selection, manual, rejected)
    except UserError as error:
        show_user_error(error)
        return
    _draw_figures(change)
    _draw_fix(room, selection, change, rejected)


def _draw_figures(change: Change) -> None:
    with st.container(horizontal=True, gap="medium"):
        st.metric("Kept before", f"{change.before:,}", width=110)
        st.metric("Taken out", f"{len(change.out):,}", width=110)
        st.metric("Put in", f"{len(change.put_in):,}", width=90)
        st.metric("Moved up instead", f"{len(change.entered):,}", width=150)
        st.metric("Kept after", f"{change.after:,}", width=110)
    rows = [(name, f"{before:,}", f"{after:,}") for name, (before, after)
            in change.quadrants.items()]  # fmt: skip
    draw_table(("Quadrant", "Kept before", "Kept after"), rows)
    _draw_ids("Taken out", change.out)
    _draw_ids("Put in", change.put_in)
    _draw_ids("Moved up instead", change.entered)
    _draw_ids("Gave way to what was put in", change.displaced)
    if change.passed_over:
        with st.expander(f"Placed by hand and not followed: "
                         f"{count(len(change.passed_over), 'samples')}"):  # fmt: skip
            draw_table(("Sample", "Why"), list(change.passed_over.items())[:500])


def _draw_ids(title: str, ids: Sequence[str]) -> None:
    if ids:
        with st.expander(f"{title}: {count(len(ids), 'samples')}"):
            draw_table(("Sample",), [(id,) for id in ids[:500]])


def _draw_fix(room: Room, selection: Artefact, change: Change, rejected: Collection[str]) -> None:
    """Draw the button that makes a selection of this, and what became of it."""
    study = room.study
    now = (study.path.name, selection.name, str(log_head(room.store)))
    if st.session_state.get(_FIXED, ())[:3] == now and _draw_progress(room):
        return
    if not (change.out or change.put_in or change.entered or change.displaced):
        st.caption("This selection has all of it already.")
        return
    st.write("A selection never changes. To train on the reviewed samples, keep this as a new one.")
    # The key holds the suggestion: after one is fixed, the next begins with another name.
    suggested = _free_name(room, selection)
    name = st.text_input(
        "Name of the new selection", value=suggested, max_chars=64, width=320,
        key=f"reviewed-name-{suggested}", help="Letters, digits, dots, dashes and underscores.",
    ).strip()  # fmt: skip
    roles = ("dataset", "difficulty", "influence")
    made_of = {role: study.resolve(selection, role).name for role in roles if selection.input(role)}
    order = order_for(
        "selection", name, without_placements(selection), **made_of,
        from_review=True, drop_rejected=bool(rejected),
        # Where nobody was given a role, everybody may.
        as_=room.actor.name if people(room.store) else None,
    )  # fmt: skip
    if st.button("Fix the new selection", type="primary", key="fix-reviewed",
                 icon=":material/check:"):  # fmt: skip
        try:
            checked_name(name)
            control.start(study, order)
        except UserError as error:
            show_user_error(error)
        else:
            st.session_state[_FIXED] = (*now, name)
            st.rerun()
    with st.expander("The same in a terminal", icon=":material/terminal:"):
        st.code(visible(shown(order.command(study))), language=None, wrap_lines=True)


def _draw_progress(room: Room) -> bool:
    """Draw how the fixing stands that was started here, and return whether it goes well."""
    name = st.session_state[_FIXED][3]
    job = standing.look(room.study, "selection", name)
    if job is None:
        return False
    if job.state != "done":
        job_panel(room.study, "selection", name)
        return job.state in ACTIVE
    st.success(f"The selection '{name}' is fixed.", icon=":material/check_circle:")
    if st.button("Go to Export", type="primary", key="reviewed-to-export"):
        go_to("export", room.study, room.study.find("selection", name))
    return True


def _free_name(room: Room, selection: Artefact) -> str:
    first = f"{selection.name[:48].removesuffix('-reviewed')}-reviewed"
    name, number = first, 1
    while room.study.folder("selection", name).exists():
        number += 1
        name = f"{first}-{number}"
    return name


def _kept(selection: Artefact) -> set[str]:
    rows = load_table(selection, SELECTION, ["id", "kept"])
    return set(rows.filter(rows["kept"])["id"].to_pylist())


def _take_out(room: Room, samples: Sequence[str]) -> None:
    for sample in samples:
        entry = study_entry(room.store, "manual", sample, "")
        room.store.set_manual(
            room.actor, sample, "out", why="rejected in review",
            version=entry.register.version, key=uuid.uuid4().hex,
        )  # fmt: skip
    st.rerun()
