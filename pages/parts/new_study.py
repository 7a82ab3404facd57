"""Begin a study: by uploading a file, or with the demo study."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import streamlit as st

from diq_core import demo
from diq_core.config import ImportSettings
from diq_core.errors import UserError
from diq_core.jobs import control
from diq_core.jobs.order import order_for
from diq_core.kinds import DEFAULT_NAME
from diq_core.study import Study, create_study, open_study
from pages.parts.frame import go_to, workspace
from pages.parts.uploads import FILE_KINDS, Upload, keep_upload


def new_study_form() -> None:
    """Draw the form that makes a study of a file and starts its import."""
    with st.form("new-study", border=False, enter_to_submit=False):
        upload = st.file_uploader(
            "File of samples (JSONL, JSON, CSV, Parquet or Arrow)",
            type=list(FILE_KINDS),
            key="new-study-file",
        )
        title = st.text_input(
            "Name of the study",
            key="new-study-title",
            max_chars=120,
            placeholder="Taken from the file if left empty",
        )
        pressed = st.form_submit_button(
            "Create the study and read the file", type="primary", icon=":material/add:"
        )
    if not pressed:
        return
    if upload is None:
        raise UserError("No file was chosen", todo="choose the file that holds your samples")
    go_to("dataset", create_from_upload(workspace(), upload, title))


def create_from_upload(folder: Path, upload: Upload, title: str) -> Study:
    """Make a study of an uploaded file, start the import and return the study."""
    called = title.strip() or Path(upload.name).stem
    study = create_study(free_folder(folder, called), title=called)
    path = keep_upload(study, upload)
    order = order_for("dataset", DEFAULT_NAME, ImportSettings(), source=str(path))
    control.start(study, order)
    return study


def free_folder(folder: Path, title: str) -> Path:
    """Return a folder below `folder` that is not there yet, named after `title`."""
    plain = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "study"
    found, number = folder / base, 1
    while found.exists():
        number += 1
        found = folder / f"{base}-{number}"
    return found


def demo_button() -> None:
    """Draw the button that opens the demo study."""
    if st.button("Open the demo study", icon=":material/play_circle:", key="open-demo"):
        demo.prepare(workspace())
        go_to("overview", open_study(workspace() / "demo"))
