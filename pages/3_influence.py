"""Influence: measure how much a training step on each sample would help the model."""

from __future__ import annotations

from typing import cast

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.config import Also, InfluenceSettings, Thinking
from diq_core.errors import UserError
from diq_core.fields import choices, help_of
from diq_core.jobs.order import order_for
from diq_core.models.files import EMBEDDED
from diq_core.models.memory import free_memory
from diq_core.models.stand_in import STAND_IN, STAND_IN_NAME
from diq_core.scoring.summary import (
    InfluenceSummary,
    band_number,
    influence_summary,
    missing_by_reason,
)
from diq_core.selection.strategies import STRATEGIES
from diq_core.stages.influence_room import refuse_too_large, room_words
from diq_core.stages.joining import IMAGES, SCORES
from diq_core.study import Study
from pages.parts.boxes import show_user_error
from pages.parts.charts import histogram_chart
from pages.parts.choose import choose_artefact, name_input
from pages.parts.embedded_model import MODEL_HELP, SHIPPED, tell_if_missing
from pages.parts.estimate import draw_estimate
from pages.parts.frame import next_button, open_page
from pages.parts.glossary import explain
from pages.parts.images_unseen import images_input, show_unseen
from pages.parts.influence.length_chart import length_chart
from pages.parts.influence.validation_form import drawn_tasks, validation_form
from pages.parts.job_panel import form_place, latest_job, start_button
from pages.parts.reports import engine_check
from pages.parts.scored import need_dataset, show_missing
from pages.parts.server_path import may_read
from pages.parts.tables import BY_DIGEST, table
from pages.parts.words import count, share, signed


def draw(study: Study) -> None:
    """Draw the page for a study in any state."""
    st.title("Influence", help=explain("Influence", "Validation set"))
    st.write(
        "How much would a training step on this sample help the model with questions it has not "
        "seen? **Positive** influence lowers the loss on the validation questions, **negative** "
        "influence raises it. Only the order matters; the number has no fixed range."
    )
    dataset = need_dataset(study, "influence")
    job = latest_job(study, "influence")
    scores = choose_artefact(study, "influence", beside=("dataset",), managed=True)
    if scores is not None:
        draw_scores(study, scores)
    with form_place(job, scores, "Measure again with other settings") as is_open:
        if is_open:
            draw_form(study, dataset)


def draw_form(study: Study, dataset: Artefact) -> None:
    """Draw the settings and the button that starts."""
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Model and samples")
        model = model_input(study, images=dataset.holds(IMAGES))
        limit = limit_input(int(dataset.manifest["counts"]["included"]))
        thinking = thinking_input()
        also = also_input()
        images = images_input("influence-images") if dataset.holds(IMAGES) else "read"
    with right:
        st.header("Validation questions")
        validation, per_task, seed, by_task = validation_form(study)
    settings = InfluenceSettings(
        model=model, limit=limit, per_task=per_task, seed=seed, also=also, thinking=thinking,
        images=images, by_task=by_task,
    )  # fmt: skip
    name = name_input(study, "influence") if study.artefacts("influence") else "main"
    order = order_for("influence", name, settings, dataset=dataset.name, validation=validation)
    units = limit or int(dataset.manifest["counts"]["included"])
    st.caption(f"{count(units, 'samples')} will be scored.")
    draw_estimate(study, order, units, knows_memory=memory_caption(settings))
    start_button(study, order, "Measure influence")


def memory_caption(settings: InfluenceSettings) -> bool:
    """Draw what the work will take in memory, where the model is here to be looked at; return
    whether it is."""
    try:
        room = refuse_too_large(settings)
    except UserError as error:
        show_user_error(error)
        return False
    if room is not None:
        st.caption(room_words(room, free_memory()))
    return room is not None


def model_input(study: Study, *, images: bool) -> str:
    """Draw the choice of model and return its name.

    Args:
        images: whether samples have some, which the model of text that ships does not read.
    """
    shipped = {SHIPPED: EMBEDDED, **({STAND_IN_NAME: STAND_IN} if images else {})}
    kind = st.radio("Model", (*shipped, "One of my own"), key="model-kind")
    if kind in shipped:
        tell_if_missing(shipped[kind])
        return shipped[kind]
    path = st.text_input(
        "Folder of the model, or hub id",
        key="model-path",
        placeholder="/models/my-model",
        help=MODEL_HELP,
    )
    return may_read(study, path.strip()) or EMBEDDED


def limit_input(included: int) -> int | None:
    """Draw how many samples to score; None = all."""
    how = st.radio(
        "Samples", (f"All {included:,}", "A random part"), horizontal=True, key="influence-part"
    )
    if how != "A random part":
        return None
    return int(
        st.number_input(
            "How many", min_value=1, max_value=max(1, included), value=min(100, max(1, included)),
            key="influence-limit", width=220,
            help=help_of(InfluenceSettings, "limit"),
        )
    )  # fmt: skip


def thinking_input() -> Thinking:
    """Draw where the reasoning is scored, and return it."""
    words = {
        "huatuo": "Under the headings Thinking and Final Response",
        "native": "Where the model itself has its reasoning",
        "keep": "As the file had it",
    }
    return cast(
        Thinking,
        st.selectbox(
            "Reasoning", list(words), format_func=words.__getitem__, key="influence-thinking",
            help=help_of(InfluenceSettings, "thinking"),
        ),
    )  # fmt: skip


def also_input() -> tuple[Also, ...]:
    """Draw which scores are measured beside influence, and return them."""
    return tuple(
        st.pills(
            "Also measure", choices(InfluenceSettings, "also"), selection_mode="multi",
            key="influence-also",
            format_func=lambda name: STRATEGIES[name].label,
            help=help_of(InfluenceSettings, "also"),
        )
    )  # fmt: skip


def draw_scores(study: Study, scores: Artefact) -> None:
    """Draw finished scores."""
    rows, found = table(scores, SCORES), summary(scores)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.metric("Samples scored", f"{found.scored:,}", width=190)
        st.metric("Negative influence", share(found.negative, found.scored), width=220,
                  help="A training step on these raises the validation loss.")  # fmt: skip
        st.metric("Not scored", f"{rows.num_rows - found.scored:,}", width=190)
        next_button(study, "influence", scores)
    show_unseen(scores)
    show_missing(missing_by_reason(rows))
    if not found.scored:
        return
    left, right = st.columns(2, gap="large")
    with left:
        st.header("How influence spreads")
        spread = found.histogram
        histogram_chart(
            spread.edges, spread.counts, x="influence (signed, higher = more helpful)",
            unit="samples", key="influence-histogram", mark=0.0, mark_label="no influence",
            height=320, beyond=spread.below + spread.above,
        )  # fmt: skip
        st.caption(
            f"Median {signed(found.median)}. {count(spread.below, 'samples')} further left and "
            f"{count(spread.above, 'samples')} further right are not drawn."
        )
    with right:
        st.header("Influence and length")
        length_chart(scores)
        st.caption(length_words(found))
    drawn_tasks(scores.manifest["facts"].get("validation", {}).get("tasks", []))
    engine_check(scores)


@st.cache_data(max_entries=8, show_spinner=False, hash_funcs=BY_DIGEST)
def summary(scores: Artefact) -> InfluenceSummary:
    """Return the summary of the scores."""
    return influence_summary(table(scores, SCORES))


def rank_words(rank: float) -> str:
    """Return a correlation with its sign and two decimals."""
    return f"{rank:+.2f}".replace("-", "−")


def length_words(found: InfluenceSummary) -> str:
    """Return what the chart of lengths shows, in a sentence."""
    rank, bands = found.length_correlation, band_number(found.scored)
    if rank is None or not bands:
        return f"{count(found.scored, 'samples')}: too few to say how influence goes with length."
    kind = "Short" if rank < 0 else "Long"
    lead = (
        "Influence hardly depends on length"
        if abs(rank) < 0.1
        else f"{kind} responses tend to score higher"
    )
    return (
        f"{lead}: rank correlation {rank_words(rank)} (−1 to +1, n = {found.scored:,}). This "
        "measure favours short responses by its nature, so look at the lengths of what you "
        f"select. The line joins the medians of {bands} groups by length."
    )


with open_page("influence") as current:
    draw(current)
