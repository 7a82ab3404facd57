"""Fixing a selection: the page's main action."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.config import SelectSettings, build
from diq_core.errors import SettingsDiffer, UserError
from diq_core.jobs import control
from diq_core.jobs.order import Order, order_for
from diq_core.lineage import find_named
from diq_core.managing import trash
from diq_core.options import shown
from diq_core.score import AXES
from diq_core.selection.strategies import find_strategy
from diq_core.study import Study, checked_name
from pages.parts.boxes import show_problem, show_user_error
from pages.parts.explore.pictures import Scene
from pages.parts.explore.state import View
from pages.parts.frame import go_to, guarded
from pages.parts.job_panel import job_panel
from pages.parts.text import visible

_FIXED = "explore-fixed"


@dataclass(frozen=True)
class _Asked:
    """A selection that this visitor asked for.

    Attributes:
        study, name: which.
        settings: all that decides about it.
        made_of: role → digest of what it is made of; "" = without.
        is_new: whether there was none of this name before.
    """

    study: str
    name: str
    settings: SelectSettings
    made_of: Mapping[str, str]
    is_new: bool = True

    @classmethod
    def of(cls, scene: Scene, name: str) -> _Asked:
        inputs = scene.inputs
        parts = {"dataset": inputs.dataset, "difficulty": inputs.difficulty,
                 "influence": inputs.influence}  # fmt: skip
        digests = {role: one.digest if one else "" for role, one in parts.items()}
        return cls(inputs.study.path.name, name, scene.view.settings, digests)

    def is_made_as(self, found: Artefact) -> bool:
        """Return whether a fixed selection is the one that was asked for."""
        inputs = {role: (found.input(role) or {}).get("digest", "") for role in self.made_of}
        return inputs == self.made_of and build(SelectSettings, found.settings) == self.settings


def fix_button(study: Study, scene: Scene) -> None:
    """Draw the button that keeps what is chosen now under a name, and what became of it."""
    with st.popover("Fix this selection", icon=":material/bookmark_add:", type="primary",
                    width="stretch"):  # fmt: skip
        _progress(study)
        _form(study, scene)


def _form(study: Study, scene: Scene) -> None:
    inputs, settings = scene.inputs, scene.view.settings
    st.markdown(
        f"**{scene.selection.counts['kept']:,} samples** are kept under a name, each sample in or "
        "out with its reason. It never changes afterwards; an export is made of it."
    )
    suggested = suggested_name(study, scene.view)
    # The key holds the suggestion: another choice begins with another name.
    name = st.text_input(
        "Name", value=suggested, max_chars=64, key=f"explore-name-{suggested}",
        help="Letters, digits, dots, dashes and underscores.",
    ).strip()  # fmt: skip
    order = order_for(
        "selection", name, settings, dataset=inputs.dataset.name,
        difficulty=inputs.difficulty.name if inputs.difficulty else None,
        influence=inputs.influence.name if inputs.influence else None,
    )  # fmt: skip
    if st.button("Fix it", type="primary", key="explore-fix", icon=":material/check:"):
        try:
            checked_name(name)
            _start(study, order, _Asked.of(scene, name))
        except UserError as error:
            show_user_error(error)
        else:
            st.rerun()
    with st.expander("The same in a terminal", icon=":material/terminal:"):
        st.code(visible(shown(order.command(study))), language=None, wrap_lines=True)


def _start(study: Study, order: Order, asked: _Asked) -> None:
    """Begin to fix, unless the name is taken: the same selection is there, or another one stays.

    Raises:
        SettingsDiffer: another selection has this name.
        Busy: one of this name is being fixed at this moment.
    """
    found = find_named(study, "selection", asked.name)
    if found is None:
        control.start(study, order)
    elif not asked.is_made_as(found):
        raise SettingsDiffer(
            f"There is another selection called '{asked.name}' already; it stays as it is",
            which=asked.name,
            todo="fix yours under another name",
        )
    st.session_state[_FIXED] = replace(asked, is_new=found is None)


def _progress(study: Study) -> None:
    """Draw how the fixing stands that was started here, and the way on to Export."""
    asked: _Asked | None = st.session_state.get(_FIXED)
    if asked is None or asked.study != study.path.name:
        return
    found = find_named(study, "selection", asked.name)
    if found is None:
        job_panel(study, "selection", asked.name)
    elif asked.is_made_as(found):
        _tell_fixed(study, found, is_new=asked.is_new)
    else:
        show_problem(
            f"Meanwhile another selection was fixed under the name '{asked.name}'",
            ("It stays as it is, and yours is not fixed yet: what you chose and placed is "
             "still here. Fix it under another name.",),
        )  # fmt: skip


def _tell_fixed(study: Study, found: Artefact, *, is_new: bool) -> None:
    was = "is fixed" if is_new else "was fixed before, with exactly these samples"
    st.success(f"The selection '{found.name}' {was}.", icon=":material/check_circle:")
    with st.container(horizontal=True, gap="small"):
        if st.button("Go to Export", type="primary", key="explore-to-export"):
            go_to("export", study, found)
        # What was there before may be another person's.
        if is_new:
            st.button("Undo", icon=":material/undo:", key="explore-unfix",
                      help="It goes into the study's trash; the overview brings it back.",
                      on_click=_unfix, args=(study, found.name))  # fmt: skip
    st.divider()


def _unfix(study: Study, name: str) -> None:
    with guarded():
        trash.delete(study, "selection", name)
        del st.session_state[_FIXED]


def suggested_name(study: Study, view: View) -> str:
    """Return a free name that says what is chosen, e.g. ``"diq-10pct"``."""
    budget = view.budget.replace("%", "pct").replace(" ", "")
    parts = [view.strategy, budget]
    if find_strategy(view.strategy).cuts and view.axes != AXES:
        parts[1:1] = view.axes
    if view.put_in or view.taken_out:
        parts.append("placed")
    strategy = find_strategy(view.strategy)
    if strategy.fills and view.rule == "weight":
        parts.insert(1, f"w{view.weight:g}")
    if strategy.drawn:
        parts.insert(1, f"seed{view.seed}")
    first = re.sub(r"[^A-Za-z0-9._-]", "-", "-".join(parts))
    name, number = first, 1
    while study.folder("selection", name).exists():
        number += 1
        name = f"{first}-{number}"
    return name
