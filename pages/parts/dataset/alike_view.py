"""The part of the page where people choose among samples that ask the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.errors import UserError
from diq_core.jobs import standing
from diq_core.review.store.roles import Actor
from diq_core.selection.scores import Scores
from diq_core.stages.choosing import (
    Alike,
    best_of,
    decide,
    scores_for,
    take_back,
    to_choose,
    with_chosen,
)
from diq_core.stages.joining import image_file
from diq_core.study import Study
from pages.gate.limits import has_login
from pages.parts.boxes import show_note, show_user_error
from pages.parts.choose import name_input
from pages.parts.dataset.alike_samples import how_linked, show_side_by_side
from pages.parts.job_panel import start_button
from pages.parts.reviewer import known_reviewer
from pages.parts.tables import BY_DIGEST
from pages.parts.text import shortened, show_list, visible
from pages.parts.words import count

_OPEN, _DIFFERENT, _SAME, _CHOSEN = "To choose", "Different answers", "Duplicates", "Chosen"


def alike_view(study: Study, dataset: Artefact) -> None:
    """Draw the groups of samples that ask the same, one at a time, and the choice in it."""
    found = with_chosen(study, _groups(dataset))
    if not found:
        show_note(
            "No two samples ask the same",
            (
                "Neither the same question nor nearly the same one occurs twice in this dataset; "
                "one that an earlier version imported does not keep it: import its file again.",
            ),
        )
        return
    contradicting = sum(each.group.contradicts for each in found)
    chosen = sum(each.choice is not None for each in found)
    st.write(
        f"**{count(len(found), 'groups')}** of samples ask the same or nearly the same: in "
        f"**{contradicting:,}** the answers differ, and **{chosen:,}** were chosen in."
    )
    _bring_in(study, dataset, found)
    shown = _filtered(found)
    if not shown:
        show_note("There is none of these", ("Choose another part above.",))
        return
    scores = _scores(study, dataset)
    page = st.pagination(len(shown), key=f"alike-{len(shown)}") if len(shown) > 1 else 1
    _draw_group(study, dataset, shown[min(page, len(shown)) - 1], scores)
    _choose_by_score(study, [each for each in found if _is_open(each)], scores)


@st.cache_resource(max_entries=8, show_spinner="Comparing …", hash_funcs=BY_DIGEST)
def _groups(dataset: Artefact) -> list[Alike]:
    return to_choose(dataset)


def _scores(study: Study, dataset: Artefact) -> Scores:
    parts = ("difficulty", "influence", "scores")
    made = tuple(each.digest for kind in parts for each in study.artefacts(kind))  # type: ignore[arg-type]
    return _loaded(study, dataset, made)


@st.cache_resource(
    max_entries=8,
    show_spinner=False,
    hash_funcs={**BY_DIGEST, Study: lambda study: str(study.path)},
)
def _loaded(study: Study, dataset: Artefact, _made: tuple[str, ...]) -> Scores:
    return scores_for(study, dataset)


def _is_open(each: Alike) -> bool:
    return each.group.contradicts and each.choice is None


def _filtered(found: Sequence[Alike]) -> list[Alike]:
    tests = {
        _OPEN: _is_open,
        _DIFFERENT: lambda each: each.group.contradicts,
        _SAME: lambda each: not each.group.contradicts,
        _CHOSEN: lambda each: each.choice is not None,
    }
    first = next((name for name, test in tests.items() if any(map(test, found))), _SAME)
    part = st.segmented_control(
        "Which groups", list(tests), default=first, required=True, key="alike-part",
        label_visibility="collapsed",
    )  # fmt: skip
    return [each for each in found if tests[str(part or first)](each)]


def _draw_group(study: Study, dataset: Artefact, found: Alike, scores: Scores) -> None:
    show_side_by_side(found, _in_words(found, scores), partial(image_file, dataset))
    with st.expander("Why they are together"):
        show_list(how_linked(found))
    _show_choice(study, found)
    key = "-".join(sorted(found.contents.values()))[:60]
    labels = _choices(found)
    with st.form(f"choose-{key}", border=True):
        kept = st.radio("Which stays?", list(labels), index=None, key=f"stays-{key}")
        why = st.text_input("Why", max_chars=500, key=f"why-{key}")
        who = _who()
        pressed = st.form_submit_button("Keep this choice", type="primary")
    if pressed and kept is None:
        show_note("Nothing was chosen yet", ("Say which of them stays.",))
    elif pressed:
        _save(study, who, [(found, labels[str(kept)])], why)


def _choices(found: Alike) -> dict[str, tuple[str, ...]]:
    """Return each choice in words → the ids that stay."""
    ids = found.group.ids
    labels: dict[str, tuple[str, ...]] = {
        f"Only {place + 1}": (id,) for place, id in enumerate(ids)
    }
    both = len(ids) == 2
    labels["Both stay" if both else "All stay"] = ids
    labels["Leave both out" if both else "Leave all out"] = ()
    return labels


def _in_words(found: Alike, scores: Scores) -> dict[str, list[str]]:
    rows = {str(id): row for row, id in enumerate(scores.ids)}
    names = [name for name in scores.columns if scores.has(name)]
    return {
        id: [
            f"{scores.describe(name).label}: {scores[name][rows[id]]:.3g}"
            for name in names
            if scores[name][rows[id]] == scores[name][rows[id]]
        ]
        for id in found.group.ids
    }


def _show_choice(study: Study, found: Alike) -> None:
    choice = found.choice
    if choice is None:
        return
    stays = [
        str(place + 1) for place, (_, where) in enumerate(found.stays.items()) if where == "in"
    ]
    what = f"Stays: {', '.join(stays)}" if stays else "All are left out"
    when = choice.at[:16].replace("T", " ")
    show_note(f"{what}. Chosen by {visible(choice.by)} on {when} UTC", (visible(choice.why),))
    actor = known_reviewer()
    if actor and st.button("Take it back", key="choice-back", icon=":material/undo:"):
        try:
            take_back(study, actor, choice)
        except UserError as error:
            show_user_error(error)
        else:
            st.rerun()


def _who() -> str | None:
    """Draw the field of one's name where nobody is signed in; None = who is signed in."""
    if has_login():
        return None
    known = known_reviewer()
    return st.text_input(
        "Your name", value=known.name if known else "", max_chars=100, key="choice-who"
    ).strip()


def _save(
    study: Study, who: str | None, made: Sequence[tuple[Alike, Sequence[str]]], why: str
) -> None:
    if who == "":
        show_note("Your name is missing", ("A choice is kept with who made it, when and why.",))
        return
    try:
        actor = known_reviewer() if who is None else Actor(visible(who), "admin")
        assert actor is not None
        for found, keep in made:
            decide(study, actor, found, keep, why=why)
    except UserError as error:
        show_user_error(error)
        return
    if who:
        st.session_state["reviewer"] = actor.name
    st.toast(f"Kept for {count(len(made), 'groups')}.")
    st.rerun()


def _choose_by_score(study: Study, still: Sequence[Alike], scores: Scores) -> None:
    names = [name for name in scores.columns if scores.has(name)]
    if not still or not names:
        return
    with st.expander("Choose by a score where nobody chose yet", icon=":material/sort:"):
        labels = {name: scores.describe(name) for name in names}
        by = st.selectbox(
            "Keep the one with", names, key="alike-by", width=420,
            format_func=lambda name: shortened(f"{labels[name].label}: {labels[name].better}"),
        )  # fmt: skip
        made = [(each, [best]) for each in still if (best := best_of(scores, each.group.ids, by))]
        rest = len(still) - len(made)
        st.caption(
            f"{count(len(made), 'groups')} can be chosen in so; in {rest:,} a score is missing "
            "or two are equal. A score says nothing about which answer is right."
        )
        with st.form("choose-by-score", border=False):
            why = st.text_input("Why", max_chars=500, key="alike-by-why")
            who = None
            if not has_login():
                who = st.text_input("Your name", max_chars=100, key="alike-by-who").strip()
            if st.form_submit_button("Choose so", disabled=not made):
                _save(study, who, made, why)


def _bring_in(study: Study, dataset: Artefact, found: Sequence[Alike]) -> None:
    """Offer the import that brings in what was chosen although the import had left it out."""
    coming = [id for each in found for id in each.comes_in]
    if not coming:
        return
    show_note(
        f"{count(len(coming), 'samples')} chosen here were left out at import",
        ("Import the file once more to bring them in; the choices are followed then.",),
    )
    if dataset.input("mix"):
        st.caption("Import its file as chosen, and mix the datasets again under another name.")
        return
    job = standing.look(study, "dataset", dataset.name)
    if job is None or job.order is None:
        st.caption("In a terminal: diq dataset FILE --as-chosen, with the settings of then.")
        return
    with st.expander("Import again as chosen", icon=":material/replay:"):
        name = name_input(study, "dataset")
        order = replace(
            job.order, name=name, inputs={**job.order.inputs, "as_chosen": True}, restart=False
        )
        start_button(study, order, "Import again", icon=":material/upload_file:")
