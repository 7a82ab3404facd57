"""The Explore page put together: which scores there are, the knobs, the maps and the panel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from diq_core.artefact import Artefact
from diq_core.config import EmbedSettings
from diq_core.jobs.order import order_for
from diq_core.kinds import Kind
from diq_core.maps.axis import to_positions, to_values
from diq_core.maps.density import histogram
from diq_core.maps.region import Region, region_to_text
from diq_core.score import AXES
from diq_core.stages.unseen import unseen_words
from diq_core.study import Study
from pages.parts.boxes import show_note
from pages.parts.charts import histogram_chart
from pages.parts.choose import choose_artefact, free_name
from pages.parts.explore.address import come_back_by_itself, tell_misread, tell_replaced
from pages.parts.explore.axes import axes_box
from pages.parts.explore.click import draw_map
from pages.parts.explore.colour import draw_legend
from pages.parts.explore.controls import draw_controls
from pages.parts.explore.data import (
    Inputs,
    load_pool,
    made_of,
    names_of,
)
from pages.parts.explore.dots import Place, looked_at
from pages.parts.explore.fix import fix_button
from pages.parts.explore.history import draw_steps
from pages.parts.explore.panel import choose_panel, draw_panel, widths
from pages.parts.explore.pictures import (
    Scene,
    ground_of,
    meaning_ground_of,
    meaning_picture,
    scores_picture,
)
from pages.parts.explore.region import region_bar
from pages.parts.explore.scene import make_scene, possible_strategies
from pages.parts.explore.state import (
    change,
    control,
    current,
    follow_address,
    write_address,
)
from pages.parts.explore.values import Space
from pages.parts.frame import go_to
from pages.parts.job_panel import ACTIVE, latest_job, start_button
from pages.parts.subject import subject

_STYLE = Path(__file__).resolve().parent / "explore.css"
_MAPS = {"scores": "Scores", "meaning": "Meaning", "both": "Both"}
_SCALES = {"values": "Values", "ranks": "Ranks"}
_HEIGHT = 480
_SHOWN: tuple[Kind, ...] = ("dataset", "difficulty", "influence", "scores")


def draw(study: Study) -> None:
    """Draw the page for a study in any state."""
    st.html(_STYLE)
    inputs = _inputs(study)
    if inputs is None:
        return
    follow_address(study)
    come_back_by_itself()
    tell_misread()
    view = current(study)
    whole = load_pool(inputs, view.aspect)
    if not whole.scores.knows(*view.axes):
        tell_replaced("axes", " and ".join(view.axes))
        change(study, across=AXES[0], up=AXES[1], region="")
    pool = load_pool(inputs, view.aspect, current(study).axes)
    possible = possible_strategies(pool)
    if current(study).strategy not in possible:
        # The first that uses as many of the two scores as there are.
        tell_replaced("strategy", current(study).strategy)
        needs = {name: {*each.needed(pool.axes)} for name, each in possible.items()}
        change(study, strategy=max(possible, key=lambda name: len({*pool.axes} & needs[name])))
    title, steps, action = st.columns([1.5, 1.5, 1], vertical_alignment="bottom")
    title.title("Explore and select")
    draw_controls(study, possible, pool)
    scene = make_scene(study, inputs, pool)
    with steps:
        draw_steps(study)
    if scene is not None:
        if scene.is_asked:
            with action:
                fix_button(study, scene)
        _workbench(study, scene)
    write_address(study)


def _workbench(study: Study, scene: Scene) -> None:
    both = scene.view.maps == "both"
    left, right = st.columns(widths(scene.view), gap="medium")
    with left:
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            st.segmented_control(
                "Map", list(_MAPS), format_func=_MAPS.__getitem__, required=True,
                label_visibility="collapsed", **control(study, "maps"),
            )  # fmt: skip
            if scene.view.maps != "meaning" and scene.pool.both.any():
                st.segmented_control(
                    "Axes", list(_SCALES), format_func=_SCALES.__getitem__, required=True,
                    label_visibility="collapsed", **control(study, "scale"),
                )  # fmt: skip
            axes_box(study, scene.pool, scene.inputs)
        if both:
            one, other = st.columns(2, gap="small")
            with one, _frame("map"):
                _scores_map(study, scene)
            with other, _frame("meaning"):
                _meaning_map(study, scene)
        else:
            with _frame("map"):
                (_meaning_map if scene.view.maps == "meaning" else _scores_map)(study, scene)
        draw_legend(scene)
        if scene.selection.cuts is not None or scene.inputs.embedding is not None:
            region_bar(study, scene.inputs, scene.view, scene.pool, scene.selection.cuts,
                       scene.inside, scene.fitting)  # fmt: skip
    with right:
        choose_panel(study)
        with _frame("side"):
            draw_panel(study, scene)


def _frame(name: str) -> DeltaGenerator:
    """Return a box whose height the style sheet fits to the window."""
    return st.container(key=f"workbench-{name}", height=_HEIGHT, border=False)


def _scores_map(study: Study, scene: Scene) -> None:
    if not scene.pool.both.any():
        _one_score(study, scene)
        return
    ground, place = ground_of(scene), _place("explore-scores", scene, "workbench-map")
    across, up = ground.axes
    region = scene.view.shape if scene.view.space == "scores" else None
    looked = looked_at(place.key, scene.frame("scores"))
    draw_map(
        place,
        scene.token("scores", looked),
        lambda: scores_picture(scene, looked),
        to_positions(region, across, up) if region else None,
        scene.view.region if region else "",
        on_region=_keeper(study, "scores", lambda drawn: to_values(drawn, across, up)),
        on_open=_opener(study, scene),
    )


def _meaning_map(study: Study, scene: Scene) -> None:
    ground = meaning_ground_of(scene)
    if ground is None or scene.inputs.embedding is None:
        _no_embedding(study, scene.inputs.dataset)
        return
    unseen = unseen_words(scene.inputs.embedding.manifest["facts"])
    if unseen:
        st.caption(f"Drawn from text alone: {unseen}.")
    box = "workbench-meaning" if scene.view.maps == "both" else "workbench-map"
    place = _place("explore-meaning", scene, box)
    region = scene.view.shape if scene.view.space == "meaning" else None
    looked = looked_at(place.key, scene.frame("meaning"))
    draw_map(
        place,
        scene.token("meaning", looked),
        lambda: meaning_picture(scene, ground, looked),
        region,
        scene.view.region if region else "",
        on_region=_keeper(study, "meaning", lambda drawn: drawn),
        on_open=_opener(study, scene),
    )


def _place(key: str, scene: Scene, box: str) -> Place:
    ids = scene.pool.scores.ids
    return Place(key, box, lambda rows: names_of(scene.inputs, rows, ids))


def _opener(study: Study, scene: Scene) -> Callable[[int], None]:
    ids = scene.pool.scores.ids
    return lambda row: change(study, sample=str(ids[row]), panel="sample")


def _keeper(
    study: Study, space: Space, convert: Callable[[Region], Region]
) -> Callable[[Region | None], str]:
    def keep(drawn: Region | None) -> str:
        if drawn is None:
            change(study, region="")
            return ""
        text = region_to_text(convert(drawn))
        change(study, region=text, space=space, panel="list", listed="region")
        return text

    return keep


def _one_score(study: Study, scene: Scene) -> None:
    """Draw the one score there is, and what is missing for the map."""
    scores = scene.pool.scores
    found: dict[Kind, NDArray[np.float64]] = {
        "difficulty": scores["difficulty"],
        "influence": scores["influence"],
    }
    for kind, values in found.items():
        known = values[~np.isnan(values) & scene.pool.included]
        if len(known):
            edges, counts = histogram(known, 40)
            histogram_chart(edges, counts, x=kind, unit="samples", key=f"explore-{kind}")
        else:
            show_note(
                f"There are no {kind} scores for these samples yet",
                ("The map and its quadrants need both scores. You can already choose by the one "
                 "there is, or by one of the simple strategies.",),
            )  # fmt: skip
            if st.button(f"Measure {kind}", key=f"explore-to-{kind}", type="primary"):
                go_to(kind, study)


def _no_embedding(study: Study, dataset: Artefact) -> None:
    job = latest_job(study, "embedding")
    if job is not None and job.state in ACTIVE:
        return
    show_note(
        "There is no map of meaning yet",
        (
            "It lays the samples out so that similar questions lie close together. What you mark "
            "on one map is marked on the other, so you can see whether the chosen samples cover "
            "all topics.",
            "It is made on this computer: some seconds for hundreds of samples, minutes for many.",
        ),
    )
    name = free_name(study, "embedding")
    order = order_for("embedding", name, EmbedSettings(), dataset=dataset.name)
    start_button(study, order, "Make the map of meaning")


def _inputs(study: Study) -> Inputs | None:
    """Return the artefacts the page is about; without samples it says so and returns None."""
    if not study.artefacts("dataset"):
        st.title("Explore and select")
        show_note("There are no samples yet", ("Import a file first; then come back here.",))
        if st.button("Import a file", type="primary", key="explore-to-dataset"):
            go_to("dataset", study)
        return None
    with st.container(horizontal=True, gap="medium"):
        dataset = _chosen(study, "dataset")
        difficulty = _chosen(study, "difficulty")
        influence = _chosen(study, "influence")
    assert dataset is not None, "what the page is about was made of a dataset, or is one"
    own = made_of(study, "scores", dataset)
    if difficulty is None and influence is None and not own:
        _no_scores(study)
        return None
    laid_out = {one.name for one in made_of(study, "embedding", dataset)}
    embedding = subject(study, "embedding", among=lambda one: one.name in laid_out)
    return Inputs(study, dataset, difficulty, influence, embedding, tuple(own))


def _no_scores(study: Study) -> None:
    st.title("Explore and select")
    show_note(
        "These samples have no scores yet",
        ("Rate their difficulty (seconds to minutes), then measure their influence (longer).",
         "Both together make the map of four quadrants from which the best are chosen."),
    )  # fmt: skip
    with st.container(horizontal=True):
        if st.button("Rate difficulty", type="primary", key="explore-to-difficulty"):
            go_to("difficulty", study)
        if st.button("Measure influence", key="explore-to-influence"):
            go_to("influence", study)


def _chosen(study: Study, kind: Kind) -> Artefact | None:
    return choose_artefact(study, kind, beside=[one for one in _SHOWN if one != kind])
