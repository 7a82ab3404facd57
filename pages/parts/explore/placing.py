"""A sample placed by hand: in or out whatever the rule says, with keys for it."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import streamlit as st

from diq_core.selection.placements import SET_ASIDE
from diq_core.selection.pool import Mask, Pool, Rows
from diq_core.study import Study
from pages.parts.explore.pictures import Scene
from pages.parts.explore.state import View, change, current
from pages.parts.words import count

_KEYS = {"Put in": "I", "Take out": "O", "By the rule": "U"}
MOST = 500
"""Samples of a region that are placed at once: each stands in the address and the command."""


def place_buttons(study: Study, scene: Scene, row: int) -> None:
    """Draw the buttons that place the opened sample."""
    ids = (str(scene.pool.scores.ids[row]),)
    placed = _placed(current(study), ids[0])
    aside = bool(_set_aside(scene, np.array([row]))[0])
    with st.container(horizontal=True, gap="small", width="content"):
        for label, key in _KEYS.items():
            st.button(
                label, shortcut=key, key=f"place-{label.lower()}", on_click=place,
                args=(study, ids, label),
                disabled=label == placed or not bool(scene.pool.included[row])
                or (label == "Put in" and aside),
            )  # fmt: skip
    if aside:
        st.caption("What was left out by a choice among samples that ask the same is put in by "
                   "changing that choice, on the page Dataset.")  # fmt: skip


def place_region(study: Study, scene: Scene, rows: Rows) -> None:
    """Draw the buttons that place everything in the region that may be placed so."""
    if not 0 < len(rows) <= MOST:
        return
    aside = _set_aside(scene, rows)
    with st.container(horizontal=True, gap="small"):
        for label in _KEYS:
            those = rows[~aside] if label == "Put in" else rows
            ids = tuple(map(str, scene.pool.scores.ids[those]))
            st.button(
                f"{label}: all {len(those):,}", key=f"place-all-{label.lower()}", on_click=place,
                args=(study, ids, label), type="tertiary", disabled=not ids,
            )  # fmt: skip
    if aside.any():
        st.caption(f"{count(int(aside.sum()), 'samples')} left out by a choice among samples that "
                   "ask the same stay out.")  # fmt: skip


def _set_aside(scene: Scene, rows: Rows) -> Mask:
    found: Mask = scene.selection.placed.code[rows] == SET_ASIDE
    return found


def place(study: Study, ids: tuple[str, ...], where: str) -> None:
    """Place samples: "Put in", "Take out", or "By the rule"."""
    view = current(study)
    put_in, taken_out = set(view.put_in) - set(ids), set(view.taken_out) - set(ids)
    if where == "Put in":
        put_in |= set(ids)
    elif where == "Take out":
        taken_out |= set(ids)
    change(study, put_in=tuple(sorted(put_in)), taken_out=tuple(sorted(taken_out)))


def drop_unknown(study: Study, pool: Pool, out: Collection[str]) -> None:
    """Forget placements of samples that cannot be placed: of another dataset, or left out.

    The others stay, whatever else is wrong with the choice.

    Args:
        out: ids that no hand puts in, see `set_aside`.
    """
    view = current(study)
    known = set(pool.scores.ids[pool.included]) if view.put_in or view.taken_out else set()
    put_in = tuple(id for id in view.put_in if id in known and id not in out)
    taken_out = tuple(id for id in view.taken_out if id in known)
    if (put_in, taken_out) != (view.put_in, view.taken_out):
        change(study, put_in=put_in, taken_out=taken_out)


def _placed(view: View, id: str) -> str:
    if id in view.put_in:
        return "Put in"
    return "Take out" if id in view.taken_out else "By the rule"
