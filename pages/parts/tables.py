"""Tables of artefacts, read once and kept: an artefact never changes, so its digest is the key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from diq_core.artefact import Artefact

if TYPE_CHECKING:
    import pyarrow as pa


def table(artefact: Artefact, file: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Return a table of `artefact`, all its columns or the named ones."""
    return _table(artefact.digest, str(artefact.path), file, tuple(columns) if columns else None)


# Shared between visitors and not copied: Arrow tables cannot be changed.
@st.cache_resource(max_entries=32, show_spinner=False)
def _table(digest: str, path: str, file: str, columns: tuple[str, ...] | None) -> pa.Table:
    from pathlib import Path

    from diq_core.stages.pool import load_table

    return load_table(Artefact(Path(path)), file, columns)
