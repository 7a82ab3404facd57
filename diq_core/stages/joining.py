"""Tables of several artefacts joined by id: what a selection chooses from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from diq_core.artefact import Artefact
from diq_core.config import Also
from diq_core.data.sample import Sample
from diq_core.data.table import load_samples
from diq_core.selection.scores import Scores

SAMPLES = "samples.parquet"
PROBLEMS = "problems.parquet"
IMAGES = "images"
SCORES = "scores.parquet"
WHY_UNDEFINED: dict[Also, str] = {
    "cosine": "no cosine: its own gradient is zero",
    "ifd": "no IFD: its response has no loss without the question either",
}


def load_table(artefact: Artefact, file: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Return a table of `artefact`, all its columns or the named ones."""
    return pq.read_table(artefact.path / file, columns=list(columns) if columns else None)


def included_samples(dataset: Artefact) -> list[Sample]:
    """Return the samples of `dataset` that are not excluded, in its order."""
    return load_samples(load_table(dataset, SAMPLES), excluded=False)


def load_scores(
    dataset: Artefact,
    difficulty: Artefact | None,
    influence: Artefact | None,
    aspect: str = "overall",
) -> Scores:
    """Return one row for every sample of `dataset`, in its order; a missing score is NaN.

    Length is the number of words in reasoning and answer: known for every sample, scored or not.

    Args:
        difficulty, influence: score artefacts of this dataset; None = nothing was scored.
        aspect: "knowledge", "reasoning" or "overall".
    """
    samples = load_table(dataset, SAMPLES, ["id", "source", "excluded", "reasoning", "answer"])
    ids = samples["id"].combine_chunks()
    hard, why_not_hard = _scores(difficulty, ids, aspect, "difficulty")
    dots, why_no_dot = _scores(influence, ids, "influence", "influence")
    further = {name: _further(influence, ids, name, dots) for name in get_args(Also)}
    why = {"difficulty": why_not_hard, "influence": why_no_dot}
    why |= {name: pc.coalesce(why_no_dot, reason) for name, (_, reason) in further.items()}
    # What a scored artefact says of a sample tells more than that nothing was scored.
    why = dict(sorted(why.items(), key=lambda item: item[1].null_count == 0))
    length = pc.add(_words(samples["reasoning"]), _words(samples["answer"]))
    return Scores.of(
        ids,
        hard.to_numpy(zero_copy_only=False),
        dots.to_numpy(zero_copy_only=False),
        length=length.to_numpy(zero_copy_only=False),
        **{name: values.to_numpy(zero_copy_only=False) for name, (values, _) in further.items()},
        source=samples["source"],
        excluded=samples["excluded"],
        why_missing=pc.coalesce(
            *(why[name] for name in why if name in ("difficulty", "influence"))
        ),
        why=why,
    )


def take_by_id(table: pa.Table, ids: pa.Array) -> pa.Table:
    """Return the rows of `table` with these ids, in their order; an unknown id gives nulls."""
    return table.take(pc.index_in(ids, value_set=table["id"].combine_chunks()))


def _scores(
    artefact: Artefact | None, ids: pa.Array, column: str, what: str
) -> tuple[pa.Array, pa.Array]:
    if artefact is None:
        nothing = pa.nulls(len(ids), pa.float64())
        return nothing, pa.repeat(f"{what} has not been computed", len(ids))
    table = take_by_id(load_table(artefact, SCORES, ["id", column, "reason"]), ids)
    values = table[column].combine_chunks().cast(pa.float64())
    reason = pc.if_else(
        pc.is_null(table["reason"]),
        pa.scalar(None, pa.string()),
        pc.binary_join_element_wise(f"no {what}:", table["reason"], " "),
    ).combine_chunks()
    return values, reason


def _further(
    artefact: Artefact | None, ids: pa.Array, name: Also, influence: pa.Array
) -> tuple[pa.Array, pa.Array]:
    """Return a score measured beside influence; where it was not asked for it is just missing."""
    nothing = pa.nulls(len(ids), pa.float64()), pa.nulls(len(ids), pa.string())
    if artefact is None or name not in pq.read_schema(artefact.path / SCORES).names:
        return nothing
    values = take_by_id(load_table(artefact, SCORES, ["id", name]), ids)[name].combine_chunks()
    undefined = pc.and_(pc.is_null(values), pc.is_valid(influence))
    return values, pc.if_else(undefined, WHY_UNDEFINED[name], nothing[1])


def _words(column: pa.ChunkedArray) -> pa.ChunkedArray:
    # ASCII white space only: three times as fast, and a large set is counted while a page waits.
    text = pc.ascii_trim_whitespace(pc.fill_null(column, ""))
    count = pc.list_value_length(pc.ascii_split_whitespace(text))
    return pc.if_else(pc.equal(text, ""), 0, count)
