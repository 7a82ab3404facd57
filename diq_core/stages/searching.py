"""Samples found by words and by what stands in their columns.

The index of a dataset's words lies in the study's ``.cache``, called by the dataset's digest. It
is no artefact: who removes it loses only the time to make it again. One that came with a study is
not used, since what it says cannot be checked; this machine's own are signed.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow.parquet as pq

from diq_core.artefact import Artefact
from diq_core.data.search import TEXTS, parse_query, search, write_index
from diq_core.digests import known_digest
from diq_core.errors import UserError
from diq_core.files import atomic, read_json, write_json
from diq_core.inside import within
from diq_core.jobs.signing import is_signed, sign
from diq_core.selection.contents import Contents
from diq_core.selection.filters import fitting, parse_filter
from diq_core.selection.pool import Mask
from diq_core.stages.columns import KeptColumns, columns_of, contents_of
from diq_core.stages.joining import SAMPLES, count_rows, load_parts
from diq_core.study import Study

_CACHE, _INDEX = ".cache", "search"
_KEPT = 8


def found(
    study: Study, dataset: Artefact, words: str, filters: Sequence[str] = (),
) -> Mask:  # fmt: skip
    """Return bool[n]: which samples of `dataset` hold all words and fit all filters.

    Args:
        words: see `diq_core.data.search`; "" = any.
        filters: see `diq_core.selection.filters`.

    Raises:
        BadSetting: a filter is none, or names no column.
    """
    asked = [parse_filter(each) for each in filters]
    mask = holding(study, dataset, words)
    if asked:
        columns = ChainMap(cast(Any, columns_of(study, dataset)), cast(Any, KeptColumns(dataset)))
        mask &= fitting(columns, asked, len(mask))
    return mask


def holding(study: Study, dataset: Artefact, words: str) -> Mask:
    """Return bool[n]: which samples of `dataset` hold all words; see `diq_core.data.search`."""
    query, size = parse_query(words), count_rows(dataset, SAMPLES)
    if query.is_empty:
        return np.ones(size, dtype=bool)
    # Only what stands in quotes is looked for in the texts themselves.
    parts = load_parts(dataset, SAMPLES, _texts(dataset))
    mask = np.zeros(size, dtype=bool)
    mask[search(index_of(study, dataset), size, query, parts)] = True
    return mask


def contents(study: Study, dataset: Artefact) -> Contents:
    """Return what a choice among the samples of `dataset` may look at besides their scores."""

    @lru_cache(maxsize=_KEPT)
    def kept(words: str) -> Mask:
        # Turning a knob asks for the same words again and again.
        mask = holding(study, dataset, words)
        mask.setflags(write=False)
        return mask

    return contents_of(study, dataset, kept)


def has_index(study: Study, dataset: Artefact) -> bool:
    """Return whether the index of a dataset's words is there; making it reads every text."""
    return _is_own(study, dataset, *_index_files(study, dataset))


def index_of(study: Study, dataset: Artefact) -> Path:
    """Return the index of a dataset's words; it is made where there is none of this machine."""
    path, seal = _index_files(study, dataset)
    if not _is_own(study, dataset, path, seal):
        path.parent.mkdir(exist_ok=True)
        with atomic(path) as partial:
            write_index(partial, load_parts(dataset, SAMPLES, _texts(dataset)))
        digest = known_digest(path)
        seal_ = {"sha256": digest, "signature": sign(study, _INDEX, dataset.digest, digest)}
        write_json(seal, seal_)
    return path


def _index_files(study: Study, dataset: Artefact) -> tuple[Path, Path]:
    """Return where the index lies, and what signs it."""
    name = f"{_CACHE}/{_INDEX}-{dataset.digest}"
    return study.inside(f"{name}.sqlite"), study.inside(f"{name}.json")


def _is_own(study: Study, dataset: Artefact, path: Path, seal: Path) -> bool:
    said: dict[str, Any] = {}
    with suppress(UserError, FileNotFoundError, AttributeError):
        said = dict(read_json(seal))
        digest = known_digest(within(path.parent, path.name))
        facts = (_INDEX, dataset.digest, digest)
        return said.get("sha256") == digest and is_signed(study, str(said["signature"]), *facts)
    return False


def _texts(dataset: Artefact) -> list[str]:
    there = pq.read_schema(dataset.file(SAMPLES)).names
    return [name for name in TEXTS if name in there]
