"""What the first rows of a file cannot prove, and a person says: beside the layout, in plain words.

Such a question is drawn only where the look at the file asks it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import streamlit as st

from diq_core.config import ImportSettings
from diq_core.errors import SettingNeeded
from diq_core.fields import help_of
from pages.parts.boxes import show_note
from pages.parts.text import shortened


@dataclass(frozen=True)
class _Words:
    """What is asked, and what helps to answer it."""

    label: str
    note: str
    help: str
    other: bool = False
    """Whether another value than the offered ones can be typed."""


_WORDS = {
    "answer_numbers": _Words(
        "What a number as the answer means",
        "The right answers of this file are numbers. What does such a number mean?",
        "Take a question whose right answer you know, and compare.",
    ),
    "encoding": _Words(
        "The encoding that reads right",
        "The letters of this file can be read in more than one way. Which one reads right?",
        "Look at the letters with accents, and at what is not Latin.",
        other=True,
    ),
    "split": _Words(
        "The part to read",
        "There are several parts, and none is named as the one for training. Which one is to be "
        "read?",
        "A part is a split, a file or a sheet. One is read at a time, if nothing offers all.",
    ),
}


def show_needed(needed: SettingNeeded) -> None:
    """Draw what is asked, with what each choice would mean."""
    words = _WORDS[needed.setting]
    choices = tuple(_choice(needed, value) for value in needed.choices)
    show_note(words.note, (*choices, words.help))


def ask(source: str, needed: SettingNeeded) -> str | None:
    """Draw the field of what is asked, and return the answer; None = there is none yet."""
    words = _WORDS[needed.setting]
    # Another file, or other words in it, is another question: no earlier answer stands for it.
    asked = hashlib.sha256(repr((source, needed.choices)).encode()).hexdigest()[:8]
    return st.selectbox(
        words.label, list(needed.choices), index=None, placeholder="choose",
        format_func=lambda value: _choice(needed, value), accept_new_options=words.other,
        key=f"import-{needed.setting}-{asked}", width=420,
        help=help_of(ImportSettings, needed.setting),
    )  # fmt: skip


def _choice(needed: SettingNeeded, value: str) -> str:
    """Return a choice as it is shown: numbers by their meaning, others by name and meaning."""
    meaning = needed.choices.get(value, "")
    if needed.setting == "answer_numbers":
        return shortened(f"{meaning[:1].upper()}{meaning[1:]}")
    return shortened(f"{value} ({meaning})" if meaning else value)
