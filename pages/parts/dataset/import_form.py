"""The form that imports a file: where it is, what was recognised in it, and what to change."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from diq_core.config import ImportSettings
from diq_core.data.formats import FIELDS, formats
from diq_core.data.readers import DATA_SUFFIXES
from diq_core.data.unused import Unused
from diq_core.fields import help_of, widget
from diq_core.jobs.order import order_for
from diq_core.study import Study
from pages.parts.choose import name_input
from pages.parts.dataset.import_look import Looked, look, show_looked
from pages.parts.job_panel import start_button
from pages.parts.new_study import FILE_KINDS
from pages.parts.server_path import may_read
from pages.parts.text import shortened, show_text
from pages.parts.uploads import keep_once

_HERE, _ELSEWHERE = "A file from this computer", "A path or a hub id"
_RECOGNISE = _UNUSED = ""
_FIRST = ("question", "answer", "reasoning", "options", "answer_label")


@dataclass(frozen=True)
class Said:
    """What a person said about the columns: our field → column, and what may stay unused."""

    mapping: dict[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()


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
    said = Said()
    # A set of the hub is fetched by the job, never by the page.
    if not _is_hub_id(source):
        said, looked = _said(source, layout or None)
        if looked.error or looked.left:
            return
    with st.expander("More settings", icon=":material/tune:"):
        settings, validation, benchmark = _more(study, layout or None, said)
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


def _said(source: str, layout: str | None) -> tuple[Said, Looked]:
    """Draw what was recognised and, where it is needed or wanted, what the columns are."""
    above = st.container()
    looked, said = look(source, layout, {}), Said()
    if looked.columns and (
        looked.error or st.toggle("Say which column holds what", key="import-map")
    ):
        said = _mapping(looked.columns)
        looked = look(source, layout, said.mapping, said.ignore)
    if not looked.left:
        with above:
            show_looked(looked, mapped=bool(said.mapping))
        return said, looked
    with above:
        show_looked(looked, mapped=bool(said.mapping))
        said = _about_left(looked.left, said)
        found = look(source, layout, said.mapping, said.ignore)
        show_looked(found, mapped=True)
    return said, found


def _mapping(columns: tuple[str, ...]) -> Said:
    st.caption(
        "Only the question is needed; what is not named is kept beside the sample. Places inside "
        "a column can be typed: chosen[-1].content, image_*"
    )
    mapping = {}
    with st.container(horizontal=True):
        for ours in (*_FIRST, *(name for name in FIELDS if name not in _FIRST)):
            column = st.selectbox(
                _field_words(ours), columns, index=None, accept_new_options=True,
                placeholder="not in the file", format_func=lambda name: shortened(name, 40),
                key=f"map-{ours}", width=220,
            )  # fmt: skip
            if column is not None:
                mapping[ours] = column
        ignore = st.multiselect(
            "May stay unused", columns, format_func=lambda name: shortened(name, 40),
            key="import-ignore", width=460, help=help_of(ImportSettings, "ignore"),
        )  # fmt: skip
    return Said(mapping, tuple(ignore))


def _about_left(left: tuple[Unused, ...], said: Said) -> Said:
    """Draw what each column that would not be used may be; our guess is chosen."""
    choices = (_UNUSED, *FIELDS)
    mapping, ignore = dict(said.mapping), list(said.ignore)
    for number, each in enumerate(left):
        with st.container(horizontal=True, vertical_alignment="center", key=f"left-{number}"):
            show_text(shortened(each.column, 60))
            chosen = st.selectbox(
                "What it holds", choices, index=choices.index(each.guess or _UNUSED), width=260,
                format_func=lambda name: (
                    "leave it unused" if name == _UNUSED else f"use as {_field_words(name).lower()}"
                ),
                label_visibility="collapsed", key=f"left-{number}-{each.column}",
            )  # fmt: skip
        if chosen == _UNUSED:
            ignore.append(each.column)
        else:
            mapping[chosen] = ",".join(filter(None, (mapping.get(chosen), each.column)))
    return Said(mapping, tuple(ignore))


def _field_words(field: str) -> str:
    return field.replace("_", " ").capitalize()


def _more(
    study: Study, layout: str | None, said: Said
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
        format=layout, mapping=said.mapping, ignore=said.ignore,
        limit=int(limit) if limit else None, near_threshold=near,
        exclude_duplicates="duplicates" not in keep,
        exclude_overlap=not any(choice.startswith("overlap") for choice in keep),
    )  # fmt: skip
    return settings, validation, benchmark


def _files(study: Study, label: str, key: str) -> list[str]:
    uploads = st.file_uploader(
        label, type=list(FILE_KINDS), accept_multiple_files=True, key=f"import-{key}"
    )
    return [str(keep_once(study, upload)) for upload in uploads]
