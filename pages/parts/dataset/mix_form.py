"""The form that mixes datasets: which, of what kind, how much of each, and what comes first."""

from __future__ import annotations

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.config import MixSettings
from diq_core.config.mix import Source, written_source
from diq_core.errors import UserError
from diq_core.fields import choices, help_of
from diq_core.jobs.order import order_for
from diq_core.selection.mixing import INFIMED_SHARES, INFIMED_TOTAL
from diq_core.stages.mix import foreseen
from diq_core.stages.mix_sources import ready_strategies, selections_of
from diq_core.study import Study
from pages.parts.boxes import show_note, show_user_error
from pages.parts.choose import name_input
from pages.parts.dataset.mix_view import KIND_WORDS
from pages.parts.job_panel import start_button
from pages.parts.text import shortened, show_text

_SHAPES = ("Shares or counts of my own", "InfiMed's shape")
_SHORT_WORDS = {"keep": "Keep them", "leave-out": "Leave them out", "only": "Take only these"}
_IF_SHORT_WORDS = {
    "fewer": "Take what is there: the mixture is smaller",
    "scale": "Make all of it smaller, so that the shares hold",
    "repeat": "Take samples of it again",
}
_DRAWN = ""


def mix_form(study: Study) -> None:
    """Draw the form; its button starts the mixing."""
    datasets = {one.name: one for one in study.artefacts("dataset")}
    st.write(
        "Several datasets become one, each with its part. Of two samples that ask the same, that "
        "of the dataset named first stays; the datasets themselves stay as they are."
    )
    shape = st.segmented_control(
        "How much of each", _SHAPES, default=_SHAPES[0], required=True, key="mix-shape"
    )
    names = st.multiselect("Datasets", list(datasets), key="mix-datasets")
    if not names:
        show_note("Nothing is chosen yet", ("Choose the datasets, the most important first.",))
        return
    by_kind = shape == _SHAPES[1]
    if by_kind:
        _say_shape()
    sources = [_source(study, datasets[name], by_kind=by_kind) for name in names]
    settings = MixSettings.model_validate({
        "source": tuple(map(written_source, sources)),
        "preset": "infimed" if by_kind else None,
        "total": _total(by_kind=by_kind),
        **_more(),
    })  # fmt: skip
    name = name_input(study, "mix")
    try:
        _foresee(study, settings)
    except UserError as error:
        show_user_error(error)
        return
    start_button(study, order_for("mix", name, settings), "Mix the datasets",
                 icon=":material/merge:")  # fmt: skip


def _say_shape() -> None:
    shares = ", ".join(f"{KIND_WORDS[kind].lower()} {share.replace('%', ' %')}"
                       for kind, share in INFIMED_SHARES.items())  # fmt: skip
    show_note(
        "These shares are ours",
        (f"InfiMed names these four parts and {INFIMED_TOTAL:,} samples, and publishes no ratios. "
         f"We take {shares}. A part without a dataset gives its share to the others.",),
    )  # fmt: skip


def _source(study: Study, dataset: Artefact, *, by_kind: bool) -> Source:
    """Draw one dataset of the mixture and return what is said of it."""
    name, kinds = dataset.name, list(KIND_WORDS)
    with st.container(border=True, key=f"mix-source-{name}"):
        show_text(f"{shortened(name, 60)} · {dataset.manifest['counts']['included']:,} in use")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            kind = st.selectbox(
                "Kind", kinds, index=kinds.index(_guess(dataset)),
                format_func=KIND_WORDS.__getitem__, key=f"mix-kind-{name}", width=260,
            )  # fmt: skip
            amount = st.text_input(
                "Share of its kind" if by_kind else "Share or count", key=f"mix-amount-{name}",
                placeholder="what is left, by size", width=190,
                help="40% or, without InfiMed's shape, a number such as 800. Empty: its part of "
                "what is left, by its size.",
            )  # fmt: skip
            first = _first(study, dataset)
            column = st.text_input(
                "Column whose values take turns", key=f"mix-balance-{name}", width=260,
                placeholder="none, for example subject",
            )  # fmt: skip
    return Source(
        name, amount.replace(" ", ""), kind, balance=column.strip(), **first
    )  # fmt: skip


def _first(study: Study, dataset: Artefact) -> dict[str, str]:
    """Draw what comes first of a dataset, and return it as a source says it."""
    labels = {_DRAWN: "A draw by the seed"}
    labels |= {f"selection {one.name}": f"Selection {one.name}"
               for one in selections_of(study, dataset)}  # fmt: skip
    labels |= {f"by {each.name}": each.label for each in ready_strategies(study, dataset)
               if each.name != "random"}  # fmt: skip
    chosen = st.selectbox(
        "What comes first", list(labels), format_func=labels.__getitem__,
        key=f"mix-first-{dataset.name}", width=260,
    )  # fmt: skip
    way, _, name = chosen.partition(" ")
    return {way: name} if way else {}


def _guess(dataset: Artefact) -> str:
    return "medical-multimodal" if dataset.holds("images") else "medical-text"


def _total(*, by_kind: bool) -> int | None:
    total = st.number_input(
        "Samples of the whole mixture", min_value=1, value=None, key="mix-total", width=420,
        placeholder=f"{INFIMED_TOTAL:,}" if by_kind else "the counts together, or everything",
        help=help_of(MixSettings, "total"),
    )  # fmt: skip
    return int(total) if total else None


def _more() -> dict[str, object]:
    with st.expander("More settings", icon=":material/tune:"):
        said = {
            name: st.selectbox(
                label, choices(MixSettings, name), format_func=words.__getitem__,
                key=f"mix-{name}", width=420, help=help_of(MixSettings, name),
            )
            for name, label, words in (
                ("short_answers", "Responses of a word or two", _SHORT_WORDS),
                ("if_short", "Where a dataset has too few", _IF_SHORT_WORDS),
            )
        }  # fmt: skip
        seed = st.number_input("Seed of the draw", min_value=0, value=0, key="mix-seed", width=220)
    return {**said, "seed": int(seed)}


def _foresee(study: Study, settings: MixSettings) -> None:
    """Say what each dataset is to give, before anything is compared or left out.

    Raises:
        UserError: the amounts do not fit each other.
    """
    parts = [f"{name} {wanted:,}" + (f" (has {has:,})" if has < wanted else "")
             for name, wanted, has in foreseen(study, settings)]  # fmt: skip
    show_text(f"To be taken: {', '.join(parts)}. Duplicates between them come out before that.",
              limit=600)  # fmt: skip
