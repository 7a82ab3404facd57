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
from diq_core.scratch import Scratch
from diq_core.study import Study, create_study, open_study
from pages.parts.dataset.import_form import ask_about
from pages.parts.frame import go_to, workspace
from pages.parts.sent import DATA_AND_IMAGES, called, given_files, keep_set_once
from pages.parts.uploads import keep_upload

_TRAY = "new-study-tray"


def new_study_form() -> None:
    """Draw the form that makes a study of a file: what must be asked is asked before."""
    uploads = given_files(DATA_AND_IMAGES, key="new-study-file")
    source = keep_set_once(_tray(), uploads)
    settings = ask_about(source) if source else ImportSettings()
    title = st.text_input(
        "Name of the study",
        key="new-study-title",
        max_chars=120,
        placeholder="Taken from the file if left empty",
    )
    pressed = st.button(
        "Create the study and read the file", type="primary", icon=":material/add:",
        key="create-study", disabled=settings is None,
    )  # fmt: skip
    if not pressed or settings is None:
        return
    if not source:
        raise UserError("No file was chosen", todo="choose the file that holds your samples")
    name = title.strip() or called(uploads)
    study = create_from_file(workspace(), Path(source), settings, name)
    del st.session_state[_TRAY]
    go_to("dataset", study)


def create_from_file(folder: Path, source: Path, settings: ImportSettings, title: str) -> Study:
    """Make a study of a file that was sent, start the import and return the study."""
    study = create_study(free_folder(folder, title), title=title)
    with source.open("rb") as file:
        path = keep_upload(study, file)
    control.start(study, order_for("dataset", DEFAULT_NAME, settings, source=str(path)))
    return study


def _tray() -> Study:
    """Return where files lie until their study is made: in no folder that anybody keeps."""
    if _TRAY not in st.session_state:
        held = Scratch()
        st.session_state[_TRAY] = held, create_study(held.path / "new", title="new")
    study: Study = st.session_state[_TRAY][1]
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
