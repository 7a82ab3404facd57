"""The form that imports a file: where it is, what was recognised in it, and what to change."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from diq_core.config import ImportInputs, ImportSettings
from diq_core.data.formats import FIELDS, formats
from diq_core.data.readers import ARCHIVE_SUFFIXES
from diq_core.data.unused import Unused
from diq_core.fields import help_of, widget
from diq_core.jobs.order import order_for
from diq_core.remote.place import is_url
from diq_core.study import Study
from pages.parts.choose import name_input
from pages.parts.dataset.import_asked import ask
from pages.parts.dataset.import_look import Looked, look, show_looked
from pages.parts.job_panel import start_button
from pages.parts.sent import DATA_AND_IMAGES, given_files, keep_set_once
from pages.parts.server_path import may_read
from pages.parts.text import shortened, show_text
from pages.parts.uploads import FILE_KINDS, keep_once

_HERE, _FOLDER, _ELSEWHERE = (
    "Files from this computer", "A folder from this computer", "A path, a hub id or an address"
)  # fmt: skip
_RECOGNISE = _UNUSED = ""
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
    said = ask_about(source)
    if said is None:
        return
    with st.expander("More settings", icon=":material/tune:"):
        onto = _onto(study)
        settings, validation, benchmark = _more(study, said)
        name = name_input(study, "dataset")
    order = order_for(
        "dataset", name, settings, source=source, validation=validation, benchmark=benchmark,
        onto=onto,
    )  # fmt: skip
    start_button(study, order, "Import", icon=":material/upload_file:")


def ask_about(source: str) -> ImportSettings | None:
    """Draw what a file shows and ask what it does not; None = something is still to be said.

    Args:
        source: file, folder, hub id or address.
    """
    labels = {_RECOGNISE: "Recognise it", **{known.name: known.label for known in formats()}}
    beside = st.container(horizontal=True)
    layout = beside.selectbox(
        "Layout of the file", list(labels), format_func=labels.__getitem__, key="import-format",
        width=420, help=help_of(ImportSettings, "format"),
    )  # fmt: skip
    said = ImportSettings(format=layout or None)
    # What lies elsewhere is fetched by the job, never by the page.
    if _is_hub_id(source) or is_url(source):
        return said
    said, looked = _said(source, said, beside)
    return None if looked.error or looked.left else said


def _source(study: Study) -> str:
    way = st.segmented_control(
        "Where are the samples?", (_HERE, _FOLDER, _ELSEWHERE), default=_HERE, required=True,
        key="import-way",
    )  # fmt: skip
    if way == _ELSEWHERE:
        named = st.text_input(
            "Path of a file, a folder or an archive on this computer, a hub id, or an address",
            key="import-path",
            placeholder="/data/pool.jsonl   or   org/name@train   or   s3://bucket/pool.jsonl",
        ).strip()
        return may_read(study, named)
    if way == _FOLDER:
        label = "A folder with a data file and its images; its folders stay as they are"
        return keep_set_once(study, given_files(label, key="import-folder", folder=True))
    return keep_set_once(study, given_files(DATA_AND_IMAGES, key="import-file"))


def _is_hub_id(source: str) -> bool:
    """Return whether `source` can only be the name of a set on the hub."""
    path = Path(source)
    return (
        source.count("/") == 1
        and not source.startswith((".", "/", "~"))
        and not source.lower().endswith((*FILE_KINDS, *ARCHIVE_SUFFIXES))
        and not path.parent.exists()
    )


def _said(
    source: str, settings: ImportSettings, beside: DeltaGenerator
) -> tuple[ImportSettings, Looked]:
    """Draw what was recognised and, where it is needed or wanted, what the columns are."""
    above = st.container()
    said, looked = _look_and_ask(source, settings, beside)
    if _may_map(looked):
        said = _mapping(looked.columns, said)
        said, looked = _look_and_ask(source, said, beside)
    with above:
        show_looked(looked, mapped=bool(said.mapping))
        if looked.left:
            said = _about_left(looked.left, said)
            said, looked = _look_and_ask(source, said, beside)
            show_looked(looked, mapped=True)
    return said, looked


def _look_and_ask(
    source: str, said: ImportSettings, beside: DeltaGenerator
) -> tuple[ImportSettings, Looked]:
    """Look at the file, draw beside the layout what it asks, and look again with each answer."""
    looked = look(source, said)
    while (needed := looked.needed) and getattr(said, needed.setting) is None:
        with beside:
            answer = ask(source, needed)
        if answer is None:
            break
        said = said.model_copy(update={needed.setting: answer})
        looked = look(source, said)
    return said, looked


def _may_map(looked: Looked) -> bool:
    """Return whether the columns are to be mapped: they must be, or a person wants to."""
    # What is asked beside the layout comes first.
    if not looked.columns or looked.needed:
        return False
    return looked.error is not None or st.toggle("Say which column holds what", key="import-map")


def _mapping(columns: tuple[str, ...], said: ImportSettings) -> ImportSettings:
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
    return said.model_copy(update={"mapping": mapping, "ignore": tuple(ignore)})


def _about_left(left: tuple[Unused, ...], said: ImportSettings) -> ImportSettings:
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
    return said.model_copy(update={"mapping": mapping, "ignore": tuple(ignore)})


def _field_words(field: str) -> str:
    return field.replace("_", " ").capitalize()


def _onto(study: Study) -> str | None:
    """Draw which dataset the file is added to, where there is one; None = to none."""
    names = [one.name for one in study.artefacts("dataset")]
    if not names:
        return None
    return st.selectbox(
        "Add it to a dataset", names, index=None, placeholder="no, it becomes one of its own",
        key="import-onto", width=420, help=help_of(ImportInputs, "onto"),
    )  # fmt: skip


def _more(study: Study, said: ImportSettings) -> tuple[ImportSettings, list[str], list[str]]:
    validation = _files(study, "Validation questions (default: those that ship with the app)", "v")
    benchmark = _files(study, "Benchmark questions that must not be trained on", "b")
    keep = st.pills(
        "Keep what is left out by default",
        ("duplicates", "overlap with validation or benchmark", "what may tell who a patient is"),
        selection_mode="multi", key="import-keep",
    )  # fmt: skip
    shared = st.checkbox(
        "Leave out samples with an image that these questions show, too",
        key="import-shared-images",
        help=help_of(ImportSettings, "leave_out_shared_images"),
    )
    images = st.checkbox(
        "Also look in text that is drawn into images (seconds for each)", key="import-read-images",
        help=help_of(ImportSettings, "read_images"),
    )  # fmt: skip
    finder = st.text_input(
        "Folder of a model that finds names", key="import-finder", placeholder="none", width=420,
        help=help_of(ImportSettings, "name_finder"),
    ).strip()  # fmt: skip
    near = st.slider(
        "Similarity from which two questions count as nearly the same", step=0.05,
        key="import-near", width=420, **widget(ImportSettings, "near_threshold"),
    )  # fmt: skip
    limit = st.number_input(
        "Read at most so many rows", placeholder="all", key="import-limit", width=220,
        **widget(ImportSettings, "limit"),
    )  # fmt: skip
    more = {
        "limit": int(limit) if limit else None,
        "near_threshold": near,
        "exclude_duplicates": "duplicates" not in keep,
        "exclude_overlap": not any(choice.startswith("overlap") for choice in keep),
        "exclude_identifiers": not any(choice.startswith("what may") for choice in keep),
        "leave_out_shared_images": shared,
        "read_images": images,
        "name_finder": may_read(study, finder),
    }
    settings = ImportSettings.model_validate({**said.model_dump(), **more})
    return settings, validation, benchmark


def _files(study: Study, label: str, key: str) -> list[str]:
    uploads = st.file_uploader(
        label, type=list(FILE_KINDS), accept_multiple_files=True, key=f"import-{key}"
    )
    return [str(keep_once(study, upload)) for upload in uploads]
