"""Tables of artefacts, read once and kept: an artefact never changes, so its digest is the key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from diq_core.artefact import Artefact

if TYPE_CHECKING:
    import pyarrow as pa

BY_DIGEST: dict[str | type, Callable[[Any], Any]] = {Artefact: lambda found: found.digest}
"""For streamlit's caches: two artefacts of one digest are the same."""


def table(artefact: Artefact, file: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Return a table of `artefact`, all its columns or the named ones."""
    return _table(artefact, file, tuple(columns) if columns else None)


# Shared between visitors and not copied: Arrow tables cannot be changed.
@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=BY_DIGEST)
def _table(artefact: Artefact, file: str, columns: tuple[str, ...] | None) -> pa.Table:
    from diq_core.stages.joining import load_table

    return load_table(artefact, file, columns)
