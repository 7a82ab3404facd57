"""Undo and redo of everything that is set on the Explore page: knobs, region, placements.

The browser's way back does the same: what it brings back is found among the steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import streamlit as st

from diq_core.errors import UserError
from diq_core.study import Study
from pages.parts.explore.state import View, came_by_address, current, set_view

_MOST = 200
# Where a visitor looks is no step: undoing one would only turn pages.
_LOOKS = ("panel", "listed", "sample", "maps", "scale", "sort")


@dataclass(frozen=True)
class Act:
    """Something that was done beside what is set, such as a flag.

    Attributes:
        turn: takes it back; the next time does it again. It may refuse with a `UserError`.
    """

    turn: Callable[[], None]


@dataclass
class Steps:
    """What was set, one after the other, and where among it the visitor is.

    Attributes:
        views: oldest first; never empty after `follow`.
        at: which of them is set now.
        acts: what was done on the way to each view, if anything.
    """

    views: list[View] = field(default_factory=list)
    at: int = -1
    acts: list[Act | None] = field(default_factory=list)

    def follow(self, view: View) -> None:
        """Take the view that is set now: a new step where another one than before is set."""
        if not self.views:
            self.views, self.acts, self.at = [view], [None], 0
        elif _same(view, self.views[self.at]):
            self.views[self.at] = view
        else:
            self._add(view, None)

    def do(self, act: Act) -> None:
        """Take in something that was done; what is set stays."""
        self._add(self.views[self.at], act)

    def _add(self, view: View, act: Act | None) -> None:
        self.views = [*self.views[: self.at + 1], view][-_MOST:]
        self.acts = [*self.acts[: self.at + 1], act][-_MOST:]
        self.at = len(self.views) - 1

    def arrive(self, view: View) -> None:
        """Take the view that the browser went back or forward to: the nearest step with it, or a
        new one where it is none of them."""
        with_it = [at for at, one in enumerate(self.views) if _same(view, one)]
        if with_it:
            self.at = min(with_it, key=lambda at: abs(at - self.at))
        self.follow(view)

    def go(self, by: int) -> View | None:
        """Go one step back (−1) or forth (1) and return what was set there; None = no further.

        Raises:
            UserError: what was done there cannot be taken back any more; the step stays.
        """
        if not 0 <= self.at + by < len(self.views):
            return None
        act = self.acts[self.at if by < 0 else self.at + by]
        if act is not None:
            act.turn()
        self.at += by
        return self.views[self.at]


def draw_steps(study: Study) -> None:
    """Draw undo and redo, and take what is set now as a step."""
    steps = _steps(study)
    (steps.arrive if came_by_address() else steps.follow)(current(study))
    with st.container(horizontal=True, gap="xsmall", horizontal_alignment="right"):
        for label, key, by, icon in (
            ("Undo", "Ctrl+Z", -1, ":material/undo:"),
            ("Redo", "Ctrl+Shift+Z", 1, ":material/redo:"),
        ):
            st.button(
                label, icon=icon, shortcut=key, type="tertiary", key=f"explore-{label.lower()}",
                disabled=not 0 <= steps.at + by < len(steps.views),
                on_click=_go, args=(study, by),
            )  # fmt: skip


def note_act(study: Study, act: Act) -> None:
    """Let undo take back something that was just done beside what is set."""
    _steps(study).do(act)


def _go(study: Study, by: int) -> None:
    try:
        view = _steps(study).go(by)
    except UserError as error:
        st.toast(f"{error.what}.")
        return
    if view is not None:
        now = current(study)
        set_view(study, replace(view, **{name: getattr(now, name) for name in _LOOKS}))


def _same(one: View, other: View) -> bool:
    return one == replace(other, **{name: getattr(one, name) for name in _LOOKS})


def _steps(study: Study) -> Steps:
    known: dict[str, Steps] = st.session_state.setdefault("explore-steps", {})
    return known.setdefault(study.path.name, Steps())
