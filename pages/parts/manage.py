"""The menu "…" beside an artefact's name: rename, duplicate, archive, delete, and the way back."""

from __future__ import annotations

from typing import Literal, cast

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.errors import BadSetting
from diq_core.kinds import ARTEFACTS, Kind, row
from diq_core.managing import changes, trash
from diq_core.managing.quiet import refuse_at_work
from diq_core.managing.resting import Thing, resting_on, reviews_of
from diq_core.study import Study
from pages.parts.boxes import show_problem
from pages.parts.frame import guarded
from pages.parts.server_path import may_decide
from pages.parts.subject import choose_subject
from pages.parts.text import escaped, shortened, show_list
from pages.parts.words import count

Act = Literal["rename", "duplicate", "archive", "delete"]
_ACTS: dict[Act, str] = {
    "rename": ":material/edit: Rename",
    "duplicate": ":material/content_copy: Duplicate",
    "archive": ":material/archive: Archive",
    "delete": ":material/delete: Delete",
}
_TITLES = {"rename": "Rename", "duplicate": "Duplicate", "archive": "Archive", "delete": "Delete"}
_OPEN, _DONE = "manage-open", "manage-done"


def manage_menu(study: Study, artefact: Artefact) -> None:
    """Draw the menu of `artefact`, for those who may decide about it."""
    if not may_decide(study):
        return
    key, about = f"manage-{artefact.kind}", (study.path.name, artefact.kind, artefact.name)

    def take() -> None:
        st.session_state[_OPEN] = (*about, st.session_state[key])

    st.menu_button(
        "…", list(_ACTS), key=key, type="tertiary", format_func=_ACTS.__getitem__, on_click=take,
        help="Rename, duplicate, archive or delete it",
    )  # fmt: skip
    # It stays open when the page is drawn again beneath it.
    *opened, act = st.session_state.get(_OPEN, (None,))
    if tuple(opened) == about and act in _ACTS:
        # A dialog's title is Markdown, so the name stands inside.
        title = f"{_TITLES[act]}: {row(_kind(artefact)).label.lower()}"
        st.dialog(title, on_dismiss=_close)(_dialog)(study, artefact, act)


def _close() -> None:
    st.session_state.pop(_OPEN, None)


def tell_done(study: Study, kind: Kind) -> None:
    """Say what was archived or deleted last on this page, with the way back."""
    place, done_kind, name, what = st.session_state.get(_DONE, ("", "", "", ""))
    if (place, done_kind) != (study.path.name, kind):
        return
    with st.container(horizontal=True, vertical_alignment="center", key=f"manage-done-{kind}"):
        st.html(f"<span><bdi>{escaped(name)}</bdi> is {what}.</span>", width="content")
        st.button(
            "Undo", icon=":material/undo:", type="tertiary", key="manage-undo",
            on_click=_bring_back, args=(study, kind, name),
        )  # fmt: skip


def draw_put_aside(study: Study) -> None:
    """Draw what was archived or deleted, each with the button that brings it back."""
    aside = [one for kind in ARTEFACTS for one in study.all_artefacts(kind) if one.is_archived]
    gone = trash.deletions(study)
    if not (aside or gone) or not may_decide(study):
        return
    with st.expander("Archived and deleted", icon=":material/archive:"):
        for one in aside:
            _row(study, f"archived: {one.kind} '{one.name}'", _kind(one), one.name)
        for deleted in gone:
            last = deleted.things[-1]
            _row(study, f"deleted: {deleted.title}", last.kind, last.name, deleted.number)


def _row(study: Study, text: str, kind: Kind, name: str, number: int = 0) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.text(shortened(text, 160))
        st.button(
            "Restore", key=f"restore-{kind}-{name}-{number}",
            on_click=_bring_back, args=(study, kind, name),
        )  # fmt: skip


def _dialog(study: Study, artefact: Artefact, act: Act) -> None:
    with guarded():
        st.html(f"<p><b><bdi>{escaped(artefact.name)}</bdi></b></p>")
        refuse_at_work(study, [_thing(artefact)])
        if act == "delete":
            _ask_to_delete(study, artefact)
        elif act == "archive":
            st.write("It is no longer offered on the pages. What was made of it stays whole, and "
                     "the overview brings it back.")  # fmt: skip
            if st.button("Archive it", type="primary", key="manage-do"):
                _archive(study, artefact)
        else:
            _ask_for_name(study, artefact, act)


def _ask_for_name(study: Study, artefact: Artefact, act: Act) -> None:
    st.caption(
        "What was made of it still finds it. Texts that are written already keep the old name."
        if act == "rename"
        else "A copy of the same bytes, under another name."
    )
    new = st.text_input(
        "New name", artefact.name, max_chars=64, key=f"manage-name-{act}",
        help="Letters, digits, dots, dashes and underscores.",
    ).strip()  # fmt: skip
    if st.button(_TITLES[act], type="primary", key="manage-do", disabled=new == artefact.name):
        _refuse_others(study)
        kind = _kind(artefact)
        if act == "rename":
            changes.rename(study, kind, artefact.name, new)
        else:
            changes.duplicate(study, kind, artefact.name, new)
        choose_subject(study, kind, new)
        _close()
        st.rerun()


def _ask_to_delete(study: Study, artefact: Artefact) -> None:
    thing = _thing(artefact)
    resting = resting_on(study, [thing])
    reviews = reviews_of(study, [*resting, thing])
    if reviews:
        show_problem(
            "People reviewed these samples, and what they judged is never deleted",
            (f"Reviews: {', '.join(shortened(name, 40) for name in reviews[:8])}.",
             "Archive it instead: then it is no longer offered, and stays whole."),
        )  # fmt: skip
        if st.button("Archive it", type="primary", key="manage-do"):
            _archive(study, artefact)
        return
    if resting:
        st.write(f"**{count(len(resting), 'artefacts')}** were made of it, and go with it:")
        show_list([one.title for one in resting])
    else:
        st.write("Nothing was made of it.")
    st.caption("It goes into the study's trash. The overview brings it back.")
    label = f"Delete all {len(resting) + 1}" if resting else "Delete it"
    if st.button(label, type="primary", key="manage-do", icon=":material/delete:"):
        _refuse_others(study)
        trash.delete(study, thing.kind, thing.name, with_dependants=bool(resting))
        _gone(study, artefact, "deleted")


def _archive(study: Study, artefact: Artefact) -> None:
    _refuse_others(study)
    changes.archive(study, _kind(artefact), artefact.name)
    _gone(study, artefact, "archived")


def _gone(study: Study, artefact: Artefact, what: str) -> None:
    _close()
    st.query_params.pop(artefact.kind, None)
    st.session_state[_DONE] = (study.path.name, artefact.kind, artefact.name, what)
    st.rerun()


def _bring_back(study: Study, kind: Kind, name: str) -> None:
    with guarded():
        _refuse_others(study)
        st.session_state.pop(_DONE, None)
        if any(one.is_archived and one.name == name for one in study.all_artefacts(kind)):
            changes.bring_back(study, kind, name)
        else:
            trash.restore(study, trash.find_deleted(study, kind, name))


def _refuse_others(study: Study) -> None:
    if not may_decide(study):
        raise BadSetting(
            "Only a curator or an admin of this study may do that",
            which=study.path.name,
            todo="ask one of them",
        )


def _thing(artefact: Artefact) -> Thing:
    return Thing(_kind(artefact), artefact.name)


def _kind(artefact: Artefact) -> Kind:
    return cast(Kind, artefact.kind)
