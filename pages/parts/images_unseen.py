"""Images that a model does not see: the choice to go on without them, and that it was made."""

from __future__ import annotations

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.config import Images
from diq_core.stages.showing import shown_words
from diq_core.stages.unseen import unseen_words
from pages.parts.boxes import show_note


def images_input(key: str) -> Images:
    """Draw whether a model may do without the images of samples, and return the setting."""
    ignored = st.checkbox(
        "Ignore images: read the text alone", key=key,
        help="A model that cannot read images is refused where samples have some. With this it "
        "reads their text without them, and every result says so.",
    )  # fmt: skip
    return "ignore" if ignored else "read"


def show_unseen(artefact: Artefact) -> None:
    """Draw which images the model saw and which it did not; nothing where there were none."""
    said = unseen_words(artefact.manifest["facts"])
    if said:
        show_note(f"{said}", ("What is shown here rests on the text alone.",))
    shown = shown_words(artefact.manifest["facts"])
    if shown:
        st.caption(f"{shown}.")
