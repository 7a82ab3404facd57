"""The region in numbers: the keyboard's way to what box and lasso do."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from diq_core.errors import BadSetting
from diq_core.maps.region import Box, region_to_text
from diq_core.selection.pool import Mask, Pool
from diq_core.selection.quadrants import Cuts
from diq_core.study import Study
from pages.parts.boxes import show_user_error
from pages.parts.explore.data import Inputs
from pages.parts.explore.finding import find_box
from pages.parts.explore.quotas import quota_box
from pages.parts.explore.state import View, change, current
from pages.parts.words import count


def region_bar(
    study: Study, inputs: Inputs, view: View, pool: Pool, cuts: Cuts | None, inside: Mask | None,
    fitting: int | None = None,
) -> None:  # fmt: skip
    """Draw what the region holds, how to remove it, and how to set it without a pointer.

    Args:
        fitting: how many samples fit the filter; None = there is none.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if cuts is not None:
            with st.popover("Region by numbers", icon=":material/crop_free:"):
                if not cuts.derived:
                    _quadrants(study, pool, cuts)
                _ranges(study, view, pool)
        find_box(study, inputs)
        quota_box(study, inputs)
        if fitting is not None:
            st.markdown(f"**{count(fitting, 'samples')}** fit the filter", width="content")
        if inside is None:
            st.caption(f"{'Or draw' if cuts else 'Draw'} a box or a lasso on the map.")
            return
        other = " of meaning" if view.space == "meaning" and view.maps == "scores" else ""
        number = count(int(inside.sum()), "samples")
        how = [*(["found"] if view.marks and (view.find or view.where) else []),
               *([f"in the region{other}"] if view.region else [])]  # fmt: skip
        st.markdown(f"**{number}** {' '.join(how)}", width="content")
        st.button(
            "List", icon=":material/list:", key="explore-list-region",
            on_click=change, args=(study,), kwargs={"panel": "list", "listed": "region"},
        )  # fmt: skip
        st.button(
            "Remove", icon=":material/close:", key="explore-clear", shortcut="Esc",
            on_click=clear_region, args=(study,),
        )  # fmt: skip


def clear_region(study: Study) -> None:
    """Remove the region and what was marked; what lists it goes back to what is chosen."""
    found = {"find": "", "where": ""} if current(study).marks else {}
    change(study, region="", listed="chosen", **found)


def _quadrants(study: Study, pool: Pool, cuts: Cuts) -> None:
    st.caption("One quadrant, as the cuts are now")
    hard = (cuts.across, float(pool.sorted_across[-1]))
    easy = (float(pool.sorted_across[0]), math.nextafter(cuts.across, -math.inf))
    much = (cuts.up, float(pool.sorted_up[-1]))
    little = (float(pool.sorted_up[0]), math.nextafter(cuts.up, -math.inf))
    sides = {1: (hard, much), 2: (easy, much), 3: (hard, little), 4: (easy, little)}
    with st.container(horizontal=True, gap="small"):
        for number, (across, up) in sides.items():
            is_empty = across[0] > across[1] or up[0] > up[1]
            st.button(
                f"Q{number}", key=f"explore-q{number}", help=pool.quadrant_words[number],
                disabled=is_empty, on_click=_set_box,
                args=(study, (*_given(pool, 0, across), *_given(pool, 1, up))),
            )  # fmt: skip


def _given(pool: Pool, axis: int, ends: tuple[float, float]) -> list[float]:
    """Return two oriented values of a score as its own numbers, the lower first."""
    return sorted(pool.as_given(pool.axes[axis], end) for end in ends)


def _ranges(study: Study, view: View, pool: Pool) -> None:
    box = view.shape if view.space == "scores" else None
    if isinstance(box, Box):
        start = (box.left, box.right, box.bottom, box.top)
    else:
        start = tuple(
            end
            for axis, ordered in enumerate((pool.sorted_across, pool.sorted_up))
            for end in _given(pool, axis, (float(ordered[0]), float(ordered[-1])))
        )  # type: ignore[assignment]
    with st.form("explore-ranges", border=False):
        st.caption("Or any range")
        values = []
        labels = [pool.scores.describe(name).label for name in pool.axes]
        for label, low, high in ((labels[0], *start[:2]), (labels[1], *start[2:])):
            left, right = st.columns(2)
            for column, word, value in ((left, "from", low), (right, "to", high)):
                values.append(
                    column.number_input(
                        f"{label} {word}",
                        value=value,
                        format="%.5g",
                        step=_step(value),
                        key=f"explore-range-{label}-{word}-{value!r}",
                    )
                )
        if st.form_submit_button("Set the region", type="primary"):
            try:
                _set_box(study, tuple(float(value) for value in values))
            except BadSetting as error:
                show_user_error(error)
            else:
                st.rerun()


def _set_box(study: Study, sides: tuple[float, ...]) -> None:
    text = region_to_text(Box(*sides))
    change(study, region=text, space="scores", panel="list", listed="region")


def _step(value: float) -> float:
    return float(10.0 ** (np.floor(np.log10(abs(value) or 1.0)) - 1))
