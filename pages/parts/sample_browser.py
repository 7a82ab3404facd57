"""The samples of a dataset: searched and paged on the left, one of them opened on the right."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.data.table import find_sample
from diq_core.stages.joining import SAMPLES, image_file
from pages.parts.boxes import show_note
from pages.parts.sample_card import sample_card
from pages.parts.tables import BY_DIGEST, table
from pages.parts.text import shortened

if TYPE_CHECKING:
    import pyarrow as pa

PAGE_ROWS = 15
_SHOWN = ("id", "source", "subject", "question")


def sample_browser(dataset: Artefact) -> None:
    """Draw search, grid and opened sample."""
    samples = table(dataset, SAMPLES)
    rows = search_samples(dataset)
    if not len(rows):
        return
    left, right = st.columns(2, gap="large")
    with left:
        id = sample_grid(samples, rows)
    with right:
        _open(dataset, samples, id)


def search_samples(dataset: Artefact) -> pa.Array:
    """Draw the search and return the positions of the samples found; without any it says so."""
    words = st.text_input(
        "Search in question, reasoning, answer and id", key="search", type="search",
        icon=":material/search:", bind="query-params", width=480,
    )  # fmt: skip
    rows = _matching(dataset, (words or "").strip())
    if not len(rows):
        show_note("No sample holds these words", ("Try fewer or other words.",))
    return rows


def sample_grid(samples: pa.Table, rows: pa.Array) -> str:
    """Draw one page of the rows and return the id of the one that is opened."""
    pages = -(-len(rows) // PAGE_ROWS)
    # The pager stands below the grid but is asked first.
    above, below = st.container(), st.container()
    with below:
        page = st.pagination(pages, key=f"page-{pages}", max_visible_pages=5)
        st.caption(f"{len(rows):,} of {samples.num_rows:,} samples")
    part = rows.slice((page - 1) * PAGE_ROWS, PAGE_ROWS)
    shown = samples.select([*_SHOWN, "excluded"]).take(part).to_pylist()
    with above:
        event = st.dataframe(
            {
                "question": [shortened(row["question"], 90) for row in shown],
                "source": [shortened(row["source"], 30) for row in shown],
                "subject": [shortened(row["subject"], 30) for row in shown],
                "left out": ["yes" if row["excluded"] else "" for row in shown],
                "id": [shortened(row["id"], 30) for row in shown],
            },
            key=f"grid-{page}-{len(rows)}",
            on_select="rerun",
            selection_mode="single-cell",
            hide_index=True,
            height="content",
            column_config={
                name: st.column_config.TextColumn(name.capitalize(), width=width)
                for name, width in (
                    ("question", 230), ("source", 100), ("subject", 100),
                    ("left out", 70), ("id", 90),
                )
            },
            alt="Samples; choose a cell to open its sample",
        )  # fmt: skip
    cells = event["selection"]["cells"]
    row = cells[0][0] if cells else 0
    return str(shown[row if row < len(shown) else 0]["id"])


def _open(dataset: Artefact, samples: pa.Table, id: str) -> None:
    import pyarrow.compute as pc

    sample = find_sample(samples, id)
    excluded = samples["excluded"][pc.index(samples["id"], id).as_py()].as_py()
    sample_card(
        sample,
        reason=f"Out: {excluded}" if excluded else "",
        images=partial(image_file, dataset),
    )


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=BY_DIGEST)
def _matching(dataset: Artefact, words: str) -> pa.Array:
    """Return the positions of the samples that hold `words`, letter case aside."""
    import pyarrow as pa
    import pyarrow.compute as pc

    samples = table(dataset, SAMPLES)
    if not words:
        return pa.array(range(samples.num_rows), pa.int64())
    hits = None
    for name in ("question", "reasoning", "answer", "id"):
        found = pc.match_substring(samples[name], words, ignore_case=True)
        hits = found if hits is None else pc.or_kleene(hits, found)
    return pc.indices_nonzero(pc.fill_null(hits, False)).cast(pa.int64())
