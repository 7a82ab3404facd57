"""What the first rows of a file show, before it is imported."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import streamlit as st

from diq_core.config import ImportSettings
from diq_core.data.formats import formats
from diq_core.data.importing import FIRST_ROWS, import_samples
from diq_core.data.readers import Row, open_source
from diq_core.data.unused import ColumnsLeft, Unused
from diq_core.errors import SettingNeeded, UnknownFormat, UserError
from diq_core.stages.joining import reasons_in_words
from pages.parts.boxes import show_note, show_user_error
from pages.parts.dataset.import_asked import show_needed
from pages.parts.text import shortened, show_text


@dataclass(frozen=True)
class Looked:
    """What the first rows of a file show.

    Attributes:
        columns: names of its columns, sorted.
        layout: its layout and why, in words; empty if it was not recognised.
        kind: what sort of file it is, in words.
        question: of its first sample.
        images: how many of the first samples show images.
        left_out: why none of the first samples would be in use, the most frequent first; empty
            where one would be.
        left: columns that were not used, and that the import asks about.
        error: why it cannot be imported like this.
    """

    columns: tuple[str, ...] = ()
    layout: str = ""
    kind: str = ""
    question: str = ""
    images: int = 0
    left_out: str = ""
    left: tuple[Unused, ...] = ()
    error: UserError | None = None

    @property
    def needed(self) -> SettingNeeded | None:
        """The error where a person can say what the file does not prove; else None."""
        return self.error if isinstance(self.error, SettingNeeded) else None


def look(source: str, settings: ImportSettings) -> Looked:
    """Read the first rows of a file or folder; what is not there is an error of the result."""
    path = Path(source)
    changed = path.stat().st_mtime if path.exists() else 0.0
    return _look((source, changed), settings)


# Not cache_data, which pickles: an error with named arguments does not survive that.
@st.cache_resource(
    max_entries=16,
    show_spinner="Looking at the first rows …",
    hash_funcs={ImportSettings: ImportSettings.model_dump_json},
)
def _look(file: tuple[str, float], settings: ImportSettings) -> Looked:
    source, _ = file
    columns: tuple[str, ...] = ()
    try:
        opened = open_source(source, encoding=settings.encoding, split=settings.split)
        rows = [row for row in islice(opened.rows(), FIRST_ROWS) if isinstance(row, Row)]
        columns = tuple(sorted({name for row in rows for name in row.values}))
        found = import_samples(source, **{**settings.reading(), "limit": FIRST_ROWS}, compare=False)
    except ColumnsLeft as error:
        return Looked(columns, left=error.columns)
    except UserError as error:
        return Looked(columns, error=error.with_traceback(None))
    said = f"{layout_label(found.format)} ({found.reason})"
    why = "" if found.counts["included"] else reasons_in_words(found.counts["excluded"])
    images = sum(bool(sample.images) for sample in found.samples)
    return Looked(columns, said, found.kind, found.samples[0].question, images, why)


def show_looked(looked: Looked, *, mapped: bool) -> None:
    """Draw what was recognised, or what is missing."""
    if isinstance(looked.error, UnknownFormat) and not mapped:
        columns = ", ".join(shortened(name, 40) for name in looked.columns[:30])
        show_note(
            "The layout of this file is not known. Which column holds what?",
            (f"Columns of the file: {columns}", f"{looked.error.what}."),
        )
    elif looked.left:
        show_note(
            "Not everything in this file would be used. What is it?",
            tuple(
                f"'{shortened(each.column, 40)}' {each.words}, such as {each.example}"
                for each in looked.left
            ),
        )
    elif looked.needed:
        show_needed(looked.needed)
    elif looked.error:
        show_user_error(looked.error)
    else:
        with st.container(border=True):
            st.caption("Recognised as")
            show_text(looked.layout, limit=600)
            show_text(looked.kind, limit=600)
            st.caption("First question")
            show_text(shortened(looked.question, 300))
            if looked.images:
                st.caption(
                    "There are images. Text that is drawn into them, such as a name in a corner, "
                    "is looked at only where you ask for it, under More settings."
                )
        if looked.left_out:
            show_note(
                "None of the first samples would be in use",
                (f"{looked.left_out}.", "Put that right in the file, or say which column holds "
                 "what. The import can be made all the same, to see each row with its reason."),
            )  # fmt: skip


def layout_label(name: str) -> str:
    """Return what people call a layout; a column mapping stands for itself."""
    bare = name.removesuffix("+mapping")
    label = next((known.label for known in formats() if known.name == bare), bare)
    return label if bare == name else f"{label}, with a column mapping"
