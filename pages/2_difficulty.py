"""Difficulty: rate how hard each question is, and see how the ratings spread."""

from __future__ import annotations

import math

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.config import DifficultySettings
from diq_core.data.table import find_sample
from diq_core.jobs.order import order_for
from diq_core.scoring.difficulty.rubric import shipped_rubric
from diq_core.scoring.summary import AspectSummary, aspect_summary, extremes, missing_by_reason
from diq_core.stages.joining import SAMPLES, SCORES
from diq_core.study import Study
from pages.parts.charts import histogram_chart, stacked_levels
from pages.parts.choose import choose_artefact, name_input
from pages.parts.frame import next_button, open_page
from pages.parts.glossary import explain
from pages.parts.images_unseen import show_unseen
from pages.parts.job_panel import form_place, latest_job, start_button
from pages.parts.palette import LEVEL_COLOURS
from pages.parts.reports import classifier_quality
from pages.parts.scored import need_dataset, show_missing
from pages.parts.server_path import may_read
from pages.parts.tables import BY_DIGEST, table
from pages.parts.text import escaped, shortened
from pages.parts.words import count

ASPECTS = ("overall", "knowledge", "reasoning")
_EXAMPLES = 5


def draw(study: Study) -> None:
    """Draw the page for a study in any state."""
    st.title("Difficulty", help=explain("Difficulty"))
    st.write(
        "A small classifier reads each question, with its options and without its answer, and "
        "gives an **expected level from 1 (easy) to 5 (hard)**. It does not depend on the model "
        "you want to train, so this is done once."
    )
    dataset = need_dataset(study, "difficulty")
    job = latest_job(study, "difficulty")
    scores = choose_artefact(study, "difficulty", beside=("dataset",), managed=True)
    if scores is not None:
        draw_scores(study, scores)
    with form_place(job, scores, "Rate again with another classifier") as is_open:
        if is_open:
            draw_form(study, dataset)


def draw_form(study: Study, dataset: Artefact) -> None:
    """Draw the choice of classifier and the button that starts."""
    classifier = "embedded"
    shipped = st.radio(
        "Classifier", ("The one that ships with the app", "One of my own"), horizontal=True,
        key="classifier-kind",
    )  # fmt: skip
    if shipped == "One of my own":
        classifier = st.text_input(
            "Its folder",
            key="classifier-folder",
            help="What `diq train-difficulty` wrote, on the computer that runs the app.",
        ).strip()
        may_read(study, classifier)
    included = dataset.manifest["counts"]["included"]
    st.caption(f"{count(included, 'samples')} will be rated.")
    name = name_input(study, "difficulty") if study.artefacts("difficulty") else "main"
    settings = DifficultySettings(classifier=classifier or "embedded")
    order = order_for("difficulty", name, settings, dataset=dataset.name)
    start_button(study, order, "Rate difficulty")
    classifier_quality(classifier or "embedded")


def draw_scores(study: Study, scores: Artefact) -> None:
    """Draw finished scores."""
    rows = table(scores, SCORES)
    found = {aspect: summary(scores, aspect) for aspect in ASPECTS}
    overall = found["overall"]
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.metric("Samples rated", f"{overall.scored:,}", width=190)
        st.metric("Median overall level", level(overall.median), width=220,
                  help="1 = almost never answered wrongly, 5 = nearly always")  # fmt: skip
        st.metric("Without a rating", f"{rows.num_rows - overall.scored:,}", width=190)
        next_button(study, "difficulty", scores)
    show_unseen(scores)
    show_missing(missing_by_reason(rows))
    rubric = shipped_rubric()
    top = max(max(each.histogram.counts) for each in found.values())
    for column, aspect in zip(st.columns(3, gap="large"), ASPECTS, strict=True):
        with column:
            st.header(rubric.aspect(aspect).title)
            st.caption(rubric.aspect(aspect).asks)
            each = found[aspect]
            if each.scored:
                histogram_chart(
                    each.histogram.edges, each.histogram.counts, x="expected level, 1 to 5",
                    unit="samples", key=f"histogram-{aspect}", mark=each.median,
                    mark_label=f"median {level(each.median)}", top=top,
                )  # fmt: skip
    st.header("Likeliest level")
    stacked_levels(
        {aspect.capitalize(): found[aspect].levels for aspect in ASPECTS}, LEVEL_COLOURS,
        unit="samples", key="levels",
    )  # fmt: skip
    st.caption("Each bar holds all rated samples, from level 1 (light) to level 5 (dark).")
    draw_levels()
    draw_examples(study, scores)
    classifier_quality(scores.settings["classifier"])


@st.cache_data(max_entries=24, show_spinner=False, hash_funcs=BY_DIGEST)
def summary(scores: Artefact, aspect: str) -> AspectSummary:
    """Return the summary of one aspect."""
    return aspect_summary(table(scores, SCORES), aspect)


def draw_levels() -> None:
    """Draw what each level means, in the words the raters had."""
    rubric = shipped_rubric()
    with st.expander("What the levels mean", icon=":material/menu_book:"):
        st.caption(rubric.viewpoint)
        for column, aspect in zip(st.columns(3, gap="large"), ASPECTS, strict=True):
            lines = "".join(f"<li>{level.anchor}</li>" for level in rubric.aspect(aspect).levels)
            column.html(f'<b>{rubric.aspect(aspect).title}</b><ol class="diq-list">{lines}</ol>')


def level(value: float) -> str:
    """Return an expected level in words."""
    return "none" if math.isnan(value) else f"{value:.1f}"


def draw_examples(study: Study, scores: Artefact) -> None:
    """Draw the hardest and the easiest questions."""
    rows = table(scores, SCORES, ("id", "overall"))
    samples = table(study.resolve(scores, "dataset"), SAMPLES)
    hardest, easiest = extremes(rows, "overall", _EXAMPLES)
    values = dict(zip(rows["id"].to_pylist(), rows["overall"].to_pylist(), strict=True))
    for column, title, ids in zip(
        st.columns(2, gap="large"), ("Hardest questions overall", "Easiest questions overall"),
        (hardest, easiest), strict=True,
    ):  # fmt: skip
        with column:
            st.header(title)
            lines = [
                f"<li><b>{level(values[id])}</b> "
                f"{escaped(shortened(find_sample(samples, id).question, 220))}</li>"
                for id in ids
            ]
            st.html(f'<ol class="diq-list">{"".join(lines)}</ol>')


with open_page("difficulty") as current:
    draw(current)
