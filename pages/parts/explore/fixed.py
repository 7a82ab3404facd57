"""What is chosen now beside what was fixed: what came in and went out, and fixed ones compared."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.lineage import newest
from diq_core.selection.comparing import Change, Comparison, Makeup, compare
from diq_core.selection.comparing import change as changed
from diq_core.selection.pool import Mask
from diq_core.stages.selected import kept_of, kept_samples
from diq_core.study import Study
from pages.parts.explore.data import BY_INPUTS, Inputs, load_pool, made_of
from pages.parts.explore.pictures import Scene
from pages.parts.explore.state import change
from pages.parts.frame import guarded
from pages.parts.plain_table import draw_table
from pages.parts.text import escaped, shortened

_SHOWN = 6


def draw_change(study: Study, scene: Scene) -> None:
    """Draw what came in and went out against the selection that was fixed last, and the way to
    see it and to compare fixed ones."""
    last = last_fixed(scene.inputs)
    if last is None:
        return
    found = change_since(scene, last)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        name = f"<bdi>{escaped(shortened(last.name, 30))}</bdi>"
        changed_now = f"<b>+{len(found.added):,} in, −{len(found.removed):,} out</b> against {name}"
        same = not len(found.added) and not len(found.removed)
        said = f"The same as {name}" if same else changed_now
        st.html(
            f'<span title="Against the selection that was fixed last">{said}</span>',
            width="content",
        )
        for label, listed, rows in (
            ("Show in", "added", found.added), ("Show out", "removed", found.removed)
        ):  # fmt: skip
            if len(rows):
                st.button(
                    label, type="tertiary", key=f"explore-{listed}",
                    on_click=change, args=(study,), kwargs={"panel": "list", "listed": listed},
                )  # fmt: skip
        several = len(study.artefacts("selection")) > 1
        if several and st.button("Compare", type="tertiary", key="explore-compare"):
            st.dialog("Compare fixed selections", width="large")(_compare)(study)


def last_fixed(inputs: Inputs) -> Artefact | None:
    """Return the selection of this dataset that was fixed last; None = none was."""
    return newest(inputs.study, made_of(inputs.study, "selection", inputs.dataset))


def change_since(scene: Scene, last: Artefact) -> Change:
    """Return which rows the present choice adds to a fixed one and which it removes."""
    kept = _kept(scene.inputs, scene.view.aspect, last.path.name, last.digest)
    return changed(kept, scene.selection.kept)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_INPUTS)
def _kept(inputs: Inputs, aspect: str, name: str, _digest: str) -> Mask:
    selection = inputs.study.find("selection", name)
    return kept_of(selection, load_pool(inputs, aspect).scores.ids)


def _compare(study: Study) -> None:
    with guarded():
        names = [one.name for one in study.artefacts("selection")]
        chosen = st.multiselect("Selections", names, names[-2:], key="compare-selections")
        if len(chosen) < 2:
            st.caption("Choose at least two.")
            return
        found = compare({name: kept_samples(study, study.find("selection", name))
                         for name in chosen})  # fmt: skip
        draw_comparison(found)


def draw_comparison(found: Comparison) -> None:
    """Draw selections side by side."""
    st.caption(f"{found.in_all:,} samples are in all of them, {found.in_any:,} in any.")
    draw_table(
        ("Two of them", "both", "only first", "only second", "Jaccard", "overlap"),
        [
            (f"{pair.first} · {pair.second}", f"{pair.both:,}", f"{pair.only_first:,}",
             f"{pair.only_second:,}", f"{pair.jaccard:.2f}", f"{pair.overlap:.2f}")
            for pair in found.pairs
        ],
    )  # fmt: skip
    st.caption("Jaccard: in both, of all in either. Overlap: in both, of the smaller one.")
    ones = found.selections
    draw_table(
        ("", *(one.name for one in ones)),
        [
            ("samples", *(f"{one.samples:,}" for one in ones)),
            ("in no other", *(_alone(one) for one in ones)),
            ("mean length", *(_length(one.mean_length) for one in ones)),
            ("median length", *(_length(one.median_length) for one in ones)),
            ("sources", *(_most(one.sources) for one in ones)),
            ("subjects", *(_most(one.subjects) for one in ones)),
            ("quadrants", *(_most(dict(sorted(one.quadrants.items()))) for one in ones)),
        ],
    )


def _alone(one: Makeup) -> str:
    shown = [shortened(id, 24) for id in one.alone[:_SHOWN]]
    more = [f"and {len(one.alone) - _SHOWN:,} more"] if len(one.alone) > _SHOWN else []
    return _lines([f"{len(one.alone):,}", *shown, *more])


def _length(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f}"


def _most(counts: dict[str, int]) -> str:
    found = [f"{shortened(name, 30)} {number:,}" for name, number in counts.items()]
    more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    return _lines([*found[:_SHOWN], *more])


def _lines(parts: Sequence[str]) -> str:
    return "\n".join(parts)
