"""Undo and redo of everything that is set on the Explore page: knobs, region, placements.

The browser's way back does the same: what it brings back is found among the steps.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import streamlit as st

from diq_core.study import Study
from pages.parts.explore.state import View, current, set_view

_MOST = 200
# Where a visitor looks is no step: undoing one would only turn pages.
_LOOKS = ("panel", "listed", "sample", "maps", "scale")


@dataclass
class Steps:
    """What was set, one after the other, and where among it the visitor is.

    Attributes:
        views: oldest first; never empty after `follow`.
        at: which of them is set now.
    """

    views: list[View] = field(default_factory=list)
    at: int = -1

    def follow(self, view: View) -> None:
        """Take the view that is set now: a new step, or one beside the present one."""
        if not self.views:
            self.views, self.at = [view], 0
        elif _same(view, self.views[self.at]):
            self.views[self.at] = view
        elif self.at and _same(view, self.views[self.at - 1]):
            self.at -= 1
        elif self.at + 1 < len(self.views) and _same(view, self.views[self.at + 1]):
            self.at += 1
        else:
            self.views = [*self.views[: self.at + 1], view][-_MOST:]
            self.at = len(self.views) - 1

    def go(self, by: int) -> View | None:
        """Go one step back (−1) or forth (1) and return what was set there; None = no further."""
        if not 0 <= self.at + by < len(self.views):
            return None
        self.at += by
        return self.views[self.at]


def draw_steps(study: Study) -> None:
    """Draw undo and redo, and take what is set now as a step."""
    steps = _steps(study)
    steps.follow(current(study))
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


def _go(study: Study, by: int) -> None:
    view = _steps(study).go(by)
    if view is not None:
        now = current(study)
        set_view(study, replace(view, **{name: getattr(now, name) for name in _LOOKS}))


def _same(one: View, other: View) -> bool:
    return one == replace(other, **{name: getattr(one, name) for name in _LOOKS})


def _steps(study: Study) -> Steps:
    known: dict[str, Steps] = st.session_state.setdefault("explore-steps", {})
    return known.setdefault(study.path.name, Steps())
