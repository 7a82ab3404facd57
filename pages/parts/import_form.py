"""The form that imports a file: where it is, what was recognised in it, and what to change."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import streamlit as st

from diq_core.commands import import_command
from diq_core.config import ImportSettings
from diq_core.data.formats import FIELDS, FORMATS
from diq_core.data.importing import import_samples
from diq_core.data.readers import Row, open_source
from diq_core.errors import UserError
from diq_core.study import Study
from pages.parts.boxes import show_user_error
from pages.parts.choose import name_input
from pages.parts.job_panel import start_button
from pages.parts.new_study import FILE_KINDS
from pages.parts.text import shortened, show_text, visible
from pages.parts.uploads import keep_upload

_PREVIEW = 20
_RECOGNISE = ""


@dataclass(frozen=True)
class Looked:
    """What the first rows of a file show.

    Attributes:
        columns: names of its columns, sorted.
        format, kind: what it is, in words; empty if it was not recognised.
        question: of its first sample.
        error: why it cannot be imported like this.
    """

    columns: tuple[str, ...] = ()
    format: str = ""
    kind: str = ""
    question: str = ""
    error: UserError | None = None


def import_form(study: Study) -> None:
    """Draw the form; its button starts the import."""
    source = _source(study)
    if not source:
        st.caption(
            "Known layouts are recognised: chat messages, prompt and completion, Alpaca, ShareGPT, "
            "Huatuo, MedReason, MedQA, MedMCQA, PubMedQA, and our own fields."
        )
        return
    labels = {_RECOGNISE: "Recognise it", **{known.name: known.label for known in FORMATS}}
    format_ = st.selectbox(
        "Layout of the file", list(labels), format_func=labels.__getitem__, key="import-format",
        width=420,
    )  # fmt: skip
    file = (source, _stamp(source))
    plain = _look(file, format_ or None, ())
    mapping = _mapping(plain)
    looked = _look(file, format_ or None, tuple(mapping.items()))
    _show_looked(looked)
    with st.expander("More settings", icon=":material/tune:"):
        settings, validation, benchmark = _more(study, format_ or None, mapping)
        name = name_input(study, "dataset")
    command = import_command(
        study.path, source, name, settings, validation=validation, benchmark=benchmark
    )
    start_button(study, "dataset", name, command, "Import", icon=":material/upload_file:")


def _source(study: Study) -> str:
    way = st.segmented_control(
        "Where are the samples?",
        ("A file from this computer", "A path or a hub id"),
        default="A file from this computer",
        required=True,
        key="import-way",
    )
    if way == "A path or a hub id":
        return st.text_input(
            "Path on the server, folder saved by datasets, or hub id",
            key="import-path",
            placeholder="/data/pool.jsonl   or   org/name@train",
        ).strip()
    upload = st.file_uploader(
        "JSONL, JSON, CSV or Parquet", type=list(FILE_KINDS), key="import-file"
    )
    return str(keep_upload(study, upload)) if upload else ""


def _stamp(source: str) -> float:
    path = Path(source)
    return path.stat().st_mtime if path.is_file() else 0.0


# Not cache_data, which pickles: an error with named arguments does not survive that.
@st.cache_resource(max_entries=16, show_spinner="Looking at the first rows …")
def _look(
    file: tuple[str, float], format_: str | None, mapping: tuple[tuple[str, str], ...]
) -> Looked:
    """Read the first rows of a file that was last changed at that time."""
    source, _ = file
    columns: tuple[str, ...] = ()
    try:
        rows = [row for row in islice(open_source(source).rows(), _PREVIEW) if isinstance(row, Row)]
        columns = tuple(sorted({name for row in rows for name in row.values}))
        found = import_samples(
            source, format=format_, mapping=dict(mapping), limit=_PREVIEW, compare=False
        )
    except UserError as error:
        return Looked(columns, error=error.with_traceback(None))
    return Looked(
        columns, _label(found.format) + f" ({found.reason})", found.kind, found.samples[0].question
    )


def _label(name: str) -> str:
    return next((known.label for known in FORMATS if known.name == name), name)


def _mapping(looked: Looked) -> dict[str, str]:
    """Draw the column mapping where the layout was not recognised, or the user wants it."""
    if not looked.columns:
        return {}
    if not looked.error and not st.toggle("Say which column holds what", key="import-map"):
        return {}
    st.caption("Only the question is needed; what is not named is kept beside the sample.")
    mapping = {}
    with st.container(horizontal=True):
        for field in FIELDS:
            column = st.selectbox(
                field.replace("_", " ").capitalize(),
                looked.columns,
                index=None,
                placeholder="not in the file",
                format_func=lambda name: shortened(name, 40),
                key=f"map-{field}",
                width=220,
            )
            if column is not None:
                mapping[field] = column
    return mapping


def _show_looked(looked: Looked) -> None:
    if looked.error:
        show_user_error(looked.error)
        return
    with st.container(border=True):
        st.caption("Recognised as")
        show_text(looked.format, limit=600)
        show_text(looked.kind, limit=600)
        st.caption("First question")
        st.text(visible(shortened(looked.question, 300)))


def _more(
    study: Study, format_: str | None, mapping: dict[str, str]
) -> tuple[ImportSettings, list[str], list[str]]:
    defaults = ImportSettings()
    validation = _files(study, "Validation questions (default: those that ship with the app)", "v")
    benchmark = _files(study, "Benchmark questions that must not be trained on", "b")
    keep = st.pills(
        "Keep what is left out by default", ("duplicates", "overlap with validation or benchmark"),
        selection_mode="multi", key="import-keep",
    )  # fmt: skip
    near = st.slider(
        "Similarity from which two questions count as nearly the same", 0.5, 1.0,
        defaults.near_threshold, 0.05, key="import-near",
        help="Share of common three-word pieces, 0.5 to 1.",
    )  # fmt: skip
    limit = st.number_input(
        "Read at most so many rows", min_value=1, value=None, placeholder="all", key="import-limit",
        width=220,
    )  # fmt: skip
    settings = ImportSettings(
        format=format_, mapping=mapping, limit=int(limit) if limit else None, near_threshold=near,
        exclude_duplicates="duplicates" not in keep,
        exclude_overlap=not any(choice.startswith("overlap") for choice in keep),
    )  # fmt: skip
    return settings, validation, benchmark


def _files(study: Study, label: str, key: str) -> list[str]:
    uploads = st.file_uploader(
        label, type=list(FILE_KINDS), accept_multiple_files=True, key=f"import-{key}"
    )
    return [str(keep_upload(study, upload)) for upload in uploads]
