"""Samples found by words and by what stands in their columns.

The index of a dataset's words lies in the study's ``.cache``, called by the dataset's digest. It
is no artefact: who removes it loses only the time to make it again. One that came with a study is
not used, since what it says cannot be checked; this machine's own are signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from diq_core.artefact import Artefact
from diq_core.data.search import TEXTS, parse_query, search, write_index
from diq_core.digests import known_digest
from diq_core.errors import UserError
from diq_core.files import atomic, read_json, write_json
from diq_core.inside import within
from diq_core.jobs.signing import is_signed, sign
from diq_core.review.store.changes import open_store
from diq_core.review.store.tables import registers
from diq_core.review.verdicts.overview import FILE as REVIEWS
from diq_core.selection.filters import fitting, parse_filter
from diq_core.selection.pool import Mask
from diq_core.stages.joining import PROBLEMS, SAMPLES, load_scores, load_table
from diq_core.study import Study

_CACHE, _INDEX = ".cache", "search"


def found(
    study: Study, dataset: Artefact, words: str, filters: Sequence[str] = (),
    more: Mapping[str, pa.Array] | None = None,
) -> Mask:  # fmt: skip
    """Return bool[n]: which samples of `dataset` hold all words and fit all filters.

    Args:
        words: see `diq_core.data.search`; "" = any.
        filters: see `diq_core.selection.filters`.
        more: further columns that filters may name, e.g. scores and quadrants.

    Raises:
        BadSetting: a filter is none, or names no column.
    """
    asked = [parse_filter(each) for each in filters]
    query = parse_query(words)
    # The index alone answers for words; the texts themselves are read for what it cannot tell.
    samples = load_table(dataset, SAMPLES, None if asked or query.phrases else ["id"])
    mask = np.ones(samples.num_rows, dtype=bool)
    if not query.is_empty:
        mask[:] = False
        mask[search(index_of(study, dataset), samples, query)] = True
    if asked:
        # What every dataset has means the same everywhere, whatever a score is called.
        columns = {**(more or {}), **columns_of(study, dataset, samples)}
        mask &= fitting(columns, asked, samples.num_rows)
    return mask


def columns_of(study: Study, dataset: Artefact, samples: pa.Table) -> dict[str, pa.Array]:
    """Return what filters may name of every dataset.

    That is its plain columns, length, what flagged a sample, and whether it has reasoning, images
    and options, is left out, and was judged in a review.
    """
    texts = {
        name: samples[name].combine_chunks()
        for name in samples.column_names
        if pa.types.is_string(samples.schema.field(name).type) and name not in ("excluded", "meta")
    }
    scores = load_scores(dataset, None, None, only=())
    judged = _judged(study)
    return {
        **texts,
        "length": pa.array(scores["length"]),
        "reasoning": _is_there(samples["reasoning"]),
        "images": pc.greater(pc.list_value_length(samples["images"]), 0).combine_chunks(),
        "options": pc.greater(pc.list_value_length(samples["options"]), 0).combine_chunks(),
        "excluded": pc.is_valid(samples["excluded"]).combine_chunks(),
        "finding": _findings(dataset, samples["id"].combine_chunks()),
        "reviewed": pc.is_in(samples["id"].combine_chunks(), pa.array(judged, pa.string())),
    }


def index_of(study: Study, dataset: Artefact) -> Path:
    """Return the index of a dataset's words; it is made where there is none of this machine."""
    path = study.inside(f"{_CACHE}/{_INDEX}-{dataset.digest}.sqlite")
    seal = study.inside(f"{_CACHE}/{_INDEX}-{dataset.digest}.json")
    if not _is_own(study, dataset, path, seal):
        path.parent.mkdir(exist_ok=True)
        samples = load_table(dataset, SAMPLES)
        names = [name for name in TEXTS if name in samples.column_names]
        with atomic(path) as partial:
            write_index(partial, samples.select(names))
        digest = known_digest(path)
        seal_ = {"sha256": digest, "signature": sign(study, _INDEX, dataset.digest, digest)}
        write_json(seal, seal_)
    return path


def _is_own(study: Study, dataset: Artefact, path: Path, seal: Path) -> bool:
    said: dict[str, Any] = {}
    with suppress(UserError, FileNotFoundError, AttributeError):
        said = dict(read_json(seal))
        digest = known_digest(within(path.parent, path.name))
        facts = (_INDEX, dataset.digest, digest)
        return said.get("sha256") == digest and is_signed(study, str(said["signature"]), *facts)
    return False


def _findings(dataset: Artefact, ids: pa.Array) -> pa.Array:
    """Return the rules that flagged each sample at its import, e.g. ``"no-answer"``."""
    rules: dict[str, set[str]] = {}
    for row in load_table(dataset, PROBLEMS, ["id", "rule"]).to_pylist():
        rules.setdefault(row["id"], set()).add(row["rule"])
    return pa.array([" ".join(sorted(rules.get(id, ()))) for id in ids.to_pylist()], pa.string())


def _judged(study: Study) -> list[str]:
    if not study.facts.get("store") and not study.inside(REVIEWS).is_file():
        return []
    from sqlalchemy import select

    judged = select(registers.c.sample).where(registers.c.kind == "verdict", registers.c.live)
    store = open_store(study)
    try:
        return store.database.read(
            lambda connection: sorted(set(connection.execute(judged).scalars()))
        )
    finally:
        store.close()


def _is_there(column: pa.ChunkedArray) -> pa.Array:
    return pc.not_equal(pc.fill_null(column, ""), "").combine_chunks()
