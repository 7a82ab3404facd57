"""What the Explore page reads, kept by digest: artefacts never change, so neither do these."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from diq_core.artefact import Artefact
from diq_core.config import SelectSettings
from diq_core.errors import NotFound
from diq_core.kinds import Kind
from diq_core.score import AXES, Axes
from diq_core.selection.contents import Contents
from diq_core.selection.pool import Mask, Pool, Rows
from diq_core.selection.quadrants import quadrant_names
from diq_core.selection.result import Selection
from diq_core.selection.scores import Floats, Texts, is_absent
from diq_core.stages.asked import pinned
from diq_core.stages.embedding import COORDINATES
from diq_core.stages.joining import SAMPLES, load_scores, load_table
from diq_core.stages.searching import contents
from diq_core.stages.selection import choose
from diq_core.study import Study
from pages.parts.set_aside import set_aside
from pages.parts.tables import BY_DIGEST, table
from pages.parts.text import shortened

if TYPE_CHECKING:
    import pyarrow as pa

_PREVIEW = 480


@dataclass(frozen=True)
class Inputs:
    """The artefacts the page is about; what is missing is None."""

    study: Study
    dataset: Artefact
    difficulty: Artefact | None
    influence: Artefact | None
    embedding: Artefact | None
    own: tuple[Artefact, ...] = ()

    @property
    def digests(self) -> tuple[str, ...]:
        """What the picture depends on."""
        parts = (self.dataset, self.difficulty, self.influence, self.embedding, *self.own)
        return tuple(part.digest if part else "" for part in parts)

    @property
    def scored(self) -> Inputs:
        """The same without the map of meaning: what the pool and a selection depend on."""
        return replace(self, embedding=None)


def made_of(study: Study, kind: Kind, dataset: Artefact) -> list[Artefact]:
    """Return the artefacts of `kind` that were made of this very dataset."""
    digest = dataset.digest
    found = study.artefacts(kind)
    return [one for one in found if (one.input("dataset") or {}).get("digest") == digest]


def previews(inputs: Inputs, rows: Rows) -> list[str]:
    """Return the beginning of the question of each row."""
    heads = _questions(inputs.dataset).take(rows).to_pylist()
    # The last character may be cut in two.
    return [head.decode("utf-8", "ignore") for head in heads]


def names_of(inputs: Inputs, rows: Rows, ids: Texts) -> bytes:
    """Return JSON: for each row its id and the beginning of its question, for the map.

    Args:
        ids: str[n], of all samples.
    """
    memo = _names(inputs.dataset)
    fresh = rows[is_absent(memo[rows])]
    texts = previews(inputs, fresh)
    for row, id, text in zip(fresh.tolist(), ids[fresh].tolist(), texts, strict=True):
        memo[row] = json.dumps([shortened(id, 60), shortened(text, 80)]).encode()
    return b"[" + b",".join(memo[rows].tolist()) + b"]"


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
        inside: Mask = region.mask(*pool.given)
        return inside
    places = load_coordinates(inputs)
    if places is None:
        return None
    inside = region.mask(*places)
    return inside & pool.included


BY_INPUTS: dict[str | type, Callable[[Any], Any]] = {Inputs: lambda inputs: inputs.digests}
"""How caches of this page tell inputs apart."""


def load_pool(inputs: Inputs, aspect: str, axes: Axes = AXES) -> Pool:
    """Return the scores joined by id, and what follows from them whatever is chosen."""
    # The cache tells an argument that is left out from one that is its default.
    return _pool(inputs.scored, aspect, axes)


@st.cache_resource(max_entries=4, show_spinner="Reading the scores …", hash_funcs=BY_INPUTS)
def _pool(inputs: Inputs, aspect: str, axes: Axes) -> Pool:
    if axes != AXES:
        return _pool(inputs, aspect, AXES).on(axes)
    parts = (inputs.dataset, inputs.difficulty, inputs.influence)
    return Pool(load_scores(*parts, aspect, inputs.own))


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_INPUTS)
def load_contents(inputs: Inputs) -> Contents:
    """Return what filters, quotas and colours may look at; what people go on writing is read
    anew whenever it is asked for."""
    return contents(inputs.study, inputs.dataset)


def columns_with(inputs: Inputs, pool: Pool, selection: Selection) -> Mapping[str, pa.Array]:
    """Return every column that can be asked for where this is chosen."""
    return load_contents(inputs).columns_over(pool.scores, quadrant_names(selection.quadrant))


def load_selection(inputs: Inputs, settings: SelectSettings) -> Selection:
    """Return what these settings choose.

    Raises:
        BadSetting: they choose nothing, or a filter or quota cannot be understood or met.
    """
    return _selection(inputs.scored, pinned(settings, load_contents(inputs)).model_dump_json())


def as_fixed(inputs: Inputs, settings: SelectSettings) -> SelectSettings:
    """Return `settings` as a selection would be fixed with now: with what people left out."""
    out = set_aside(inputs.study, inputs.dataset)
    values = {**settings.model_dump(), "set_aside": (*settings.set_aside, *out)}
    return SelectSettings.model_validate(values) if out else settings


# Moving a slider back and forth must not fill the memory: a selection is some bytes a sample.
@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_INPUTS)
def _selection(inputs: Inputs, settings: str) -> Selection:
    found = SelectSettings.model_validate_json(settings)
    return choose(load_pool(inputs, found.aspect, found.axes), found, load_contents(inputs))


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_DIGEST)
def _questions(dataset: Artefact) -> pa.Array:
    """Return the first bytes of each question: bytes are cut faster than characters."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = load_table(dataset, SAMPLES, ["question"])["question"].cast(pa.binary())
    if (pc.max(pc.binary_length(column)).as_py() or 0) > _PREVIEW:
        column = pc.binary_slice(column, 0, _PREVIEW)
    return column.combine_chunks()


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_DIGEST)
def _names(dataset: Artefact) -> Texts:
    """Return a place for what a pointer shows of each sample, filled when it is first drawn."""
    return np.full(len(_questions(dataset)), None, dtype=object)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_INPUTS)
def load_coordinates(inputs: Inputs) -> tuple[Floats, Floats] | None:
    """Return float64[n] x and y of each sample on the map of meaning, NaN where it has no place;
    None where there is no such map.
    """
    import pyarrow.compute as pc

    if inputs.embedding is None:
        return None
    ids = table(inputs.dataset, SAMPLES, ["id"])["id"].combine_chunks()
    places = load_table(inputs.embedding, COORDINATES)
    at = pc.index_in(ids, value_set=places["id"].combine_chunks())
    x, y = (places[name].combine_chunks().take(at) for name in ("x", "y"))
    return _floats(x), _floats(y)


def _floats(column: pa.Array) -> Floats:
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)
