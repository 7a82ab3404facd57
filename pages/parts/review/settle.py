"""Settling: a third person decides where raters differ, the widest differences first."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from diq_core.data.steps import split_steps
from diq_core.errors import NotFound
from diq_core.review.form.answer import EDIT_VERDICT
from diq_core.review.store.reading import Judgement, judgements, study_entry
from diq_core.review.verdicts.edits import diff
from diq_core.review.verdicts.outcomes import disputes, texts_by_reviewer
from diq_core.stages.joining import image_file
from pages.parts.boxes import show_note, show_user_error
from pages.parts.plain_table import draw_table
from pages.parts.review.room import Room, where_judged
from pages.parts.sample_card import sample_card
from pages.parts.text import escaped, visible
from pages.parts.words import count


def draw_settle(room: Room) -> None:
    """Draw the samples on which raters differ, and the one that is being settled."""
    version = room.form.version
    verdicts = judgements(room.store, room.actor, "verdict", scope=version)
    settled = judgements(room.store, room.actor, "adjudication", scope=version)
    edits = judgements(room.store, room.actor, "edit")
    open_ = disputes(room.form, verdicts, [one.sample for one in settled], edits)
    mine = {one.sample for one in verdicts if one.reviewer == room.actor.name}
    free = [one for one in open_ if one.sample not in mine]
    st.caption(
        f"{count(len(open_), 'samples')} on which raters differ, the widest differences first; "
        f"{len(settled):,} settled. Whoever rated a sample cannot settle it."
    )
    if not free:
        own = len(open_) - len(free)
        why = f"{count(own, 'samples')} of yours wait for somebody else." if own else (
            "Differences show when two people judge the same sample."
        )  # fmt: skip
        show_note("There is nothing for you to settle", (why,))
        return
    left, right = st.columns([1.25, 1], gap="large")
    one = free[0]
    with left:
        steps = _draw_sample(room, one.sample)
    with right:
        st.html(f"<b>Where {one.raters} raters differ</b>")
        lines = "".join(f"<li>{escaped(point)}</li>" for point in one.points)
        st.html(f'<ul class="diq-list">{lines}</ul>')
        _draw_raters(room, [each for each in verdicts if each.sample == one.sample])
        _draw_edits(room, one.sample)
        _draw_form(room, one.sample, steps)


def _draw_sample(room: Room, id: str) -> int | None:
    """Draw the sample; return how many steps its reasoning has, None where it is not found."""
    samples = where_judged(room, id)
    try:
        sample = samples.find(id)
    except NotFound as error:
        show_user_error(error)
        return None
    sample_card(sample, images=partial(image_file, samples.home(sample)))
    return len(split_steps(sample.reasoning))


def _draw_raters(room: Room, verdicts: Sequence[Judgement]) -> None:
    labels = {one.key: one.label for one in (*room.form.verdicts, *room.form.flags)}
    rows = []
    for one in verdicts:
        answer = one.value["answer"]
        levels = "\u00a0·\u00a0".join(
            str(answer["scales"].get(scale.key) or "none") for scale in room.form.scales
        )
        flags = ", ".join(labels[flag] for flag in answer["flags"])
        verdict = labels[answer["verdict"]] + (f"\n{flags}" if flags else "")
        name = f"{one.reviewer} (machine)" if one.machine else one.reviewer
        rows.append((name, levels, verdict, answer["comment"]))
    draw_table(("Rater", "Levels", "Verdict and flags", "Comment"), rows)


def _draw_edits(room: Room, sample: str) -> None:
    for one in judgements(room.store, room.actor, "edit", sample=sample):
        title = f"{escaped(one.scope.capitalize())}, as <bdi>{escaped(one.reviewer)}</bdi> would"
        tags = {"same": "span", "removed": "del", "added": "ins"}
        body = "".join(
            f"<{tags[piece.change]}>{escaped(piece.text)}</{tags[piece.change]}>"
            for piece in diff(one.value["original"], one.value["text"])
        )
        st.html(f'<b>{title} have it</b><div class="diq-text diq-diff">{body}</div>')


def _draw_form(room: Room, sample: str, steps: int | None) -> None:
    form = room.form
    # The key holds the sample, so that nothing chosen for the one stays for the next.
    with st.form(f"settle-{sample}", border=True):
        st.markdown("**Your decision counts from now on**")
        scales = {
            scale.key: st.segmented_control(
                scale.title, [level.level for level in scale.levels],
                key=f"settle-{scale.key}-{sample}",
                help="  \n".join(f"{one.level} {one.label}: {one.anchor}" for one in scale.levels),
            )
            for scale in form.asked(steps)
        }  # fmt: skip
        names = {one.key: one.label for one in (*form.verdicts, *form.flags)}
        verdict = st.segmented_control(
            "Verdict", [one.key for one in form.verdicts], format_func=lambda key: names[key],
            key=f"settle-verdict-{sample}",
        )  # fmt: skip
        flags = st.pills(
            "Flags", [one.key for one in form.flags], selection_mode="multi",
            format_func=lambda key: names[key], key=f"settle-flags-{sample}",
        )  # fmt: skip
        proposed = _proposed(room, sample)
        whose = None
        if proposed:
            whose = st.selectbox(
                "Whose correction counts, if you accept with edit", list(proposed),
                format_func=visible, index=0 if len(proposed) == 1 else None,
                placeholder="Nobody's", key=f"settle-whose-{sample}",
            )  # fmt: skip
        comment = st.text_area("Why", key=f"settle-comment-{sample}", height=80)
        if st.form_submit_button("Settle it", type="primary"):
            values = {"scales": scales, "verdict": verdict, "flags": flags, "comment": comment}
            edits = proposed[whose] if whose and verdict == EDIT_VERDICT else {}
            _settle(room, sample, values, edits, steps)


def _proposed(room: Room, sample: str) -> dict[str, dict[str, str]]:
    """Return reviewer → field → their text, of people only."""
    edits = judgements(room.store, room.actor, "edit", sample=sample)
    return texts_by_reviewer(one for one in edits if not one.machine)


def _settle(
    room: Room, sample: str, values: dict[str, Any], edits: Mapping[str, str], steps: int | None
) -> None:
    entry = study_entry(room.store, "adjudication", sample, room.form.version)
    room.store.adjudicate(
        room.actor, sample, values, form=room.form, version=entry.register.version,
        key=uuid.uuid4().hex, steps=steps, edits=edits,
    )  # fmt: skip
    st.toast("Settled")
    st.rerun()
