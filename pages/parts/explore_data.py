"""What the Explore page reads, kept by digest: artefacts never change, so neither do these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from diq_core.artefact import Artefact
from diq_core.config import SelectSettings, build
from diq_core.errors import NotFound
from diq_core.selection.pool import Mask, Pool
from diq_core.selection.result import Selection
from diq_core.selection.scores import Floats
from diq_core.stages.pool import SAMPLES, load_scores, load_table
from diq_core.stages.selecting import choose
from diq_core.study import Kind, Study
from pages.parts.tables import table

if TYPE_CHECKING:
    import pyarrow as pa

# In each cached function the digests are the key; the artefacts they stand for are not hashed.
COORDINATES = "coordinates.parquet"
_PREVIEW = 480


@dataclass(frozen=True)
class Inputs:
    """The artefacts the page is about; what is missing is None."""

    study: Study
    dataset: Artefact
    difficulty: Artefact | None
    influence: Artefact | None
    embedding: Artefact | None

    @property
    def digests(self) -> tuple[str, ...]:
        """What the picture depends on."""
        parts = (self.dataset, self.difficulty, self.influence, self.embedding)
        return tuple(part.digest if part else "" for part in parts)


def made_of(study: Study, kind: Kind, dataset: Artefact) -> list[Artefact]:
    """Return the artefacts of `kind` that were made of this very dataset."""
    digest = dataset.digest
    found = study.artefacts(kind)
    return [one for one in found if (one.input("dataset") or {}).get("digest") == digest]


def load_pool(inputs: Inputs, aspect: str) -> Pool:
    """Return the scores joined by id, and what follows from them whatever is chosen."""
    return _pool(inputs.digests[:3], aspect, inputs)


def load_selection(inputs: Inputs, settings: SelectSettings) -> Selection:
    """Return what these settings choose."""
    return _selection(inputs.digests[:3], settings.model_dump_json(), inputs)


def load_coordinates(inputs: Inputs) -> tuple[Floats, Floats] | None:
    """Return float64[n] x and y of each sample on the meaning map; NaN where it has no place."""
    if inputs.embedding is None:
        return None
    return _coordinates((inputs.digests[0], inputs.digests[3]), inputs)


def previews(inputs: Inputs, rows: Sequence[int]) -> list[str]:
    """Return the beginning of the question of each row."""
    taken: list[str] = _questions(inputs.digests[0], inputs).take(rows).to_pylist()
    return taken


def row_of(inputs: Inputs, id: str) -> int:
    """Return the row of a sample.

    Raises:
        NotFound: the dataset has no sample of this id.
    """
    import pyarrow.compute as pc

    ids = table(inputs.dataset, SAMPLES, ["id"])["id"]
    row: int = pc.index(ids, id).as_py()
    if row < 0:
        raise NotFound(
            f"There is no sample '{id[:60]}' in this dataset",
            which=inputs.dataset.name,
            todo="open another one from the list",
        )
    return row


def region_mask(inputs: Inputs, pool: Pool, space: str, region: Any) -> Mask | None:
    """Return bool[n]: which samples lie in the region; None where there is no region."""
    if region is None:
        return None
    if space == "scores":
        inside: Mask = region.mask(pool.difficulty, pool.influence)
        return inside
    places = load_coordinates(inputs)
    if places is None:
        return None
    inside = region.mask(*places)
    return inside & pool.included


@st.cache_resource(max_entries=4, show_spinner="Reading the scores …")
def _pool(digests: tuple[str, ...], aspect: str, _inputs: Inputs) -> Pool:  # noqa: ARG001
    return Pool(load_scores(_inputs.dataset, _inputs.difficulty, _inputs.influence, aspect))


# Moving a slider back and forth should not grow the memory: a selection is a few bytes a sample.
@st.cache_resource(max_entries=24, show_spinner=False)
def _selection(
    digests: tuple[str, ...],  # noqa: ARG001
    settings: str,
    _inputs: Inputs,
) -> Selection:
    found = build(SelectSettings, SelectSettings.model_validate_json(settings).model_dump())
    return choose(load_pool(_inputs, found.aspect), found)


@st.cache_resource(max_entries=4, show_spinner=False)
def _questions(digest: str, _inputs: Inputs) -> pa.Array:  # noqa: ARG001
    import pyarrow.compute as pc

    column = load_table(_inputs.dataset, SAMPLES, ["question"])["question"]
    heads: pa.Array = pc.utf8_slice_codeunits(column, 0, _PREVIEW).combine_chunks()
    return heads


@st.cache_resource(max_entries=4, show_spinner=False)
def _coordinates(
    digests: tuple[str, ...],  # noqa: ARG001
    _inputs: Inputs,
) -> tuple[Floats, Floats]:
    import pyarrow.compute as pc

    assert _inputs.embedding is not None
    ids = table(_inputs.dataset, SAMPLES, ["id"])["id"].combine_chunks()
    places = load_table(_inputs.embedding, COORDINATES)
    at = pc.index_in(ids, value_set=places["id"].combine_chunks())
    x, y = (places[name].combine_chunks().take(at) for name in ("x", "y"))
    return tuple(  # type: ignore[return-value]
        np.asarray(axis.to_numpy(zero_copy_only=False), dtype=np.float64) for axis in (x, y)
    )
