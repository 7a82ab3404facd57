"""The reading drawer: the question in sight, the chain step by step, and what lies beside it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from diq_core.data.sample import Sample
from diq_core.data.table import find_sample
from diq_core.scoring.influence.tints import task_words
from diq_core.stages.beside import task_influence
from diq_core.stages.joining import SAMPLES, image_file, load_row
from diq_core.stages.marking import Marks
from diq_core.study import Study
from pages.parts.explore.pictures import Scene
from pages.parts.explore.reading.beside import draw_beside
from pages.parts.explore.reading.chain import plain_chain, tinted_chain
from pages.parts.explore.reading.marking import show_marks
from pages.parts.explore.reading.weighing import draw_weighing
from pages.parts.sample_card import (
    STYLE,
    card,
    card_before,
    card_head,
    card_question,
    card_rest,
    card_title,
    card_tools,
)
from pages.parts.viewer import show_images

_STYLE = Path(__file__).resolve().parent / "reading.css"


def draw_drawer(study: Study, scene: Scene, row: int, lines: list[str], marks: Marks) -> None:
    """Draw a sample to be read.

    Args:
        row: its row in the pool.
        lines: its scores in words.
        marks: flags and notes on it.
    """
    dataset = scene.inputs.dataset
    # One part of the file is read for it: a million samples with their texts fill the memory.
    sample = find_sample(load_row(dataset, SAMPLES, row), scene.view.sample)
    st.html(STYLE)
    st.html(_STYLE)
    show_marks(study, sample.id, marks)
    # Its own box, so that it can stay in sight while the rest is scrolled.
    with st.container(key="reading-question"):
        # What scrolls can be reached by the keyboard.
        asked = card(card_title(sample) + card_question(sample))
        reach = 'tabindex="0" role="region" aria-label="Question"'
        st.html(f'<div class="diq-pinned" {reach}>{asked}</div>')
    show_images(sample, partial(image_file, dataset))
    if sample.context or sample.system or sample.history:
        st.html(card_before(sample))
    reason = scene.selection.reason_of(row)
    st.html(card(card_head(sample, [*lines, *_tasks(scene, sample)], reason)))
    if sample.tool_turns:
        st.html(card_tools(sample))
    _response(study, scene, sample, row)
    draw_beside(study, scene, sample, row)
    if rest := card_rest(sample):
        st.html(card(rest))


def _response(study: Study, scene: Scene, sample: Sample, row: int) -> None:
    stored = float(scene.pool.scores["influence"][row])
    weighed = draw_weighing(study, scene.inputs.influence, sample.id, stored)
    is_open = not st.toggle("Fold the steps", key="reading-fold") if sample.reasoning else True
    if weighed is None:
        st.html(plain_chain(sample, is_open=is_open))
    else:
        st.html(tinted_chain(sample, weighed, is_open=is_open))


def _tasks(scene: Scene, sample: Sample) -> list[str]:
    if scene.inputs.influence is None:
        return []
    words = task_words(task_influence(scene.inputs.influence, sample.id))
    return [f"By validation task: it {words}"] if words else []
