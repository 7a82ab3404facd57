"""The form that imports a file: where it is, what was recognised in it, and what to change."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from diq_core.config import ImportSettings
from diq_core.data.formats import FIELDS, formats
from diq_core.data.readers import DATA_SUFFIXES
from diq_core.jobs.order import order_for
from diq_core.options import help_of, widget
from diq_core.study import Study
from pages.parts.choose import name_input
from pages.parts.dataset.import_look import Looked, look, show_looked
from pages.parts.job_panel import start_button
from pages.parts.new_study import FILE_KINDS
from pages.parts.server_path import may_read
from pages.parts.text import shortened
from pages.parts.uploads import keep_once

_HERE, _ELSEWHERE = "A file from this computer", "A path or a hub id"
_RECOGNISE = ""
_FIRST = ("question", "answer", "reasoning", "options", "answer_label")


def import_form(study: Study) -> None:
    """Draw the form; its button starts the import."""
    source = _source(study)
    if not source:
        st.caption(
            "Known layouts are recognised: chat messages, prompt and completion, Alpaca, ShareGPT, "
            "Huatuo, MedReason, MedQA, MedMCQA, PubMedQA, and our own fields."
        )
        return
    labels = {_RECOGNISE: "Recognise it", **{known.name: known.label for known in formats()}}
    layout = st.selectbox(
        "Layout of the file", list(labels), format_func=labels.__getitem__, key="import-format",
        width=420, help=help_of(ImportSettings, "format"),
    )  # fmt: skip
    mapping: dict[str, str] = {}
    # A set of the hub is fetched by the job, never by the page.
    if not _is_hub_id(source):
        looked = look(source, layout or None, {})
        mapping, looked = _mapped(source, layout or None, looked)
        if looked.error:
            return
    with st.expander("More settings", icon=":material/tune:"):
        settings, validation, benchmark = _more(study, layout or None, mapping)
        name = name_input(study, "dataset")
    order = order_for(
        "dataset", name, settings, source=source, validation=validation, benchmark=benchmark
    )
    start_button(study, order, "Import", icon=":material/upload_file:")


def _source(study: Study) -> str:
    way = st.segmented_control(
        "Where are the samples?", (_HERE, _ELSEWHERE), default=_HERE, required=True,
        key="import-way",
    )  # fmt: skip
    if way == _ELSEWHERE:
        named = st.text_input(
            "Path on this computer, folder saved by datasets, or hub id",
            key="import-path",
            placeholder="/data/pool.jsonl   or   org/name@train",
        ).strip()
        return may_read(study, named)
    upload = st.file_uploader(
        "JSONL, JSON, CSV or Parquet", type=list(FILE_KINDS), key="import-file"
    )
    return str(keep_once(study, upload)) if upload else ""


def _is_hub_id(source: str) -> bool:
    """Return whether `source` can only be the name of a set on the hub."""
    path = Path(source)
    return (
        source.count("/") == 1
        and not source.startswith((".", "/", "~"))
        and not source.lower().endswith((*DATA_SUFFIXES, ".gz"))
        and not path.parent.exists()
    )


def _mapped(source: str, layout: str | None, looked: Looked) -> tuple[dict[str, str], Looked]:
    """Draw what was recognised and, where it is needed or wanted, the column mapping."""
    above = st.container()
    mapping: dict[str, str] = {}
    if looked.columns and (
        looked.error or st.toggle("Say which column holds what", key="import-map")
    ):
        mapping = _mapping(looked.columns)
    found = look(source, layout, mapping) if mapping else looked
    with above:
        show_looked(found, mapped=bool(mapping))
    return mapping, found


def _mapping(columns: tuple[str, ...]) -> dict[str, str]:
    st.caption("Only the question is needed; what is not named is kept beside the sample.")
    mapping = {}
    with st.container(horizontal=True):
        for field in (*_FIRST, *(name for name in FIELDS if name not in _FIRST)):
            column = st.selectbox(
                field.replace("_", " ").capitalize(), columns, index=None,
                placeholder="not in the file", format_func=lambda name: shortened(name, 40),
                key=f"map-{field}", width=220,
            )  # fmt: skip
            if column is not None:
                mapping[field] = column
    return mapping


def _more(
    study: Study, layout: str | None, mapping: dict[str, str]
) -> tuple[ImportSettings, list[str], list[str]]:
    validation = _files(study, "Validation questions (default: those that ship with the app)", "v")
    benchmark = _files(study, "Benchmark questions that must not be trained on", "b")
    keep = st.pills(
        "Keep what is left out by default", ("duplicates", "overlap with validation or benchmark"),
        selection_mode="multi", key="import-keep",
    )  # fmt: skip
    near = st.slider(
        "Similarity from which two questions count as nearly the same", step=0.05,
        key="import-near", width=420, **widget(ImportSettings, "near_threshold"),
    )  # fmt: skip
    limit = st.number_input(
        "Read at most so many rows", placeholder="all", key="import-limit", width=220,
        **widget(ImportSettings, "limit"),
    )  # fmt: skip
    settings = ImportSettings(
        format=layout, mapping=mapping, limit=int(limit) if limit else None, near_threshold=near,
        exclude_duplicates="duplicates" not in keep,
        exclude_overlap=not any(choice.startswith("overlap") for choice in keep),
    )  # fmt: skip
    return settings, validation, benchmark


def _files(study: Study, label: str, key: str) -> list[str]:
    uploads = st.file_uploader(
        label, type=list(FILE_KINDS), accept_multiple_files=True, key=f"import-{key}"
    )
    return [str(keep_once(study, upload)) for upload in uploads]
