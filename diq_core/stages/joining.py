"""Tables of several artefacts joined by id: what a selection chooses from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from diq_core.artefact import Artefact
from diq_core.config import Length
from diq_core.data.lengths import blank_lengths, column_unit, text_lengths
from diq_core.data.sample import Sample
from diq_core.data.table import load_samples
from diq_core.errors import BadFile, BadSetting
from diq_core.records import checked
from diq_core.score import AXES, KNOWN, TASK, Score, task_score
from diq_core.selection.scores import Scores

SAMPLES = "samples.parquet"
PROBLEMS = "problems.parquet"
IMAGES = "images"
SCORES = "scores.parquet"
MADE_BY = {
    "difficulty": ("difficulty", "knowledge", "reasoning", "overall"),
    "influence": ("influence", "cosine", "ifd", "loss"),
}
"""Kind of artefact → the scores in its table; the first is the one its reasons speak of."""


def load_table(artefact: Artefact, file: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Return a table of `artefact`, all its columns or the named ones.

    Raises:
        BadFile: the file was changed, is no table, or lacks one of the columns.
    """
    with _reading(artefact, file) as table:
        if columns:
            there = table.schema_arrow.names
            if lacking := [name for name in columns if name not in there]:
                raise pa.ArrowInvalid(f"it has no column '{lacking[0]}'")
        return table.read(columns=list(columns) if columns else None)


def load_parts(artefact: Artefact, file: str, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Yield the parts of a table as they were written, one after the other, for long passes.

    Raises:
        BadFile: the file was changed, or is no table.
    """
    with _reading(artefact, file) as table:
        for group in range(table.num_row_groups):
            yield table.read_row_group(group, columns=list(columns))


def count_rows(artefact: Artefact, file: str) -> int:
    """Return how many rows a table has, without reading them.

    Raises:
        BadFile: the file was changed, or is no table.
    """
    with _reading(artefact, file) as table:
        return int(table.metadata.num_rows)


def load_row(artefact: Artefact, file: str, row: int) -> pa.Table:
    """Return one row of a table, all its columns; only its part of the file is decoded.

    Raises:
        BadFile: the file was changed, or is no table.
        IndexError: the table has no such row.
    """
    with _reading(artefact, file) as table:
        for group in range(table.num_row_groups):
            rows = table.metadata.row_group(group).num_rows
            if 0 <= row < rows:
                return table.read_row_group(group).slice(row, 1)
            row -= rows
    raise IndexError(row)


@contextmanager
def _reading(artefact: Artefact, file: str) -> Iterator[pq.ParquetFile]:
    path = artefact.file(file)
    try:
        with pq.ParquetFile(path) as table:
            yield table
    except (pa.ArrowException, OSError) as error:
        why = str(error).partition("\n")[0][:200]
        raise BadFile(
            f"The table is damaged: {why}",
            which=str(path),
            todo="put the original files back, or make it again",
        ) from None


def image_file(dataset: Artefact, name: str) -> Path:
    """Return where an image of a sample lies, the very bytes that were imported.

    Args:
        dataset: or another artefact that keeps images of samples.

    Raises:
        NotFound: the artefact has no such image.
        BadFile: it is gone, is a link, or was changed.
    """
    return dataset.file(f"{IMAGES}/{name}")


def included_samples(dataset: Artefact) -> list[Sample]:
    """Return the samples of `dataset` that are not excluded, in its order.

    Raises:
        BadSetting: all are.
    """
    found = load_samples(load_table(dataset, SAMPLES), excluded=False)
    if not found:
        reasons = why_left_out(dataset)
        raise BadSetting(
            f"No sample of the dataset is in use: {reasons}",
            which=dataset.name,
            todo="put that right in the file, or say which column holds what, and import it again",
        )
    return found


def why_left_out(dataset: Artefact) -> str:
    """Return the reasons why samples are left out, the most frequent first, in one line."""
    return reasons_in_words(dataset.manifest["counts"].get("excluded", {})) or "it has none"


def reasons_in_words(excluded: Mapping[str, int]) -> str:
    """Return reasons with how many samples each leaves out, the most frequent first."""
    most = sorted(excluded.items(), key=lambda each: (-each[1], each[0]))
    return "; ".join(f"{number:,} left out: {reason}" for reason, number in most)


def load_scores(
    dataset: Artefact,
    difficulty: Artefact | None,
    influence: Artefact | None,
    aspect: str = "overall",
    own: Sequence[Artefact] = (),
    only: Collection[str] | None = None,
    length: Length | None = None,
) -> Scores:
    """Return one row for every sample of `dataset`, in its order; a missing score is NaN.

    The length of a response is in tokens where influence counted them for every sample. Else it is
    the `text_length` of reasoning and answer: known for every sample, scored or not.

    Args:
        difficulty, influence: score artefacts of this dataset; None = nothing was scored.
        aspect: which column of `difficulty` is the score of that name: "knowledge", "reasoning" or
            "overall".
        own: artefacts of the kind ``scores``, one score each, called as the artefact.
        only: the scores that are wanted besides difficulty, influence and length; None = all.
        length: what it counts; None = tokens, if they are known.

    Raises:
        BadSetting: the length is to be in tokens, and no influence is given.
    """
    samples = load_table(dataset, SAMPLES, ["id", "source", "excluded"])
    ids = samples["id"].combine_chunks()
    found: list[_Columns] = []
    for kind, artefact in (("difficulty", difficulty), ("influence", influence)):
        columns = {n: n for n in MADE_BY[kind] if only is None or n in AXES or n in only}
        if kind == "difficulty":
            columns[kind] = aspect
        elif artefact is not None:
            columns |= {n: n for n in task_columns(artefact) if only is None or n in only}
        found.append(_columns(artefact, ids, kind, columns))
    described = {each.name: described_score(each) for each in own}
    described |= {name: task_score(name) for part in found for name in part.values
                  if name.startswith(TASK)}  # fmt: skip
    for each in own:
        found.append(_columns(each, ids, each.name, {each.name: each.name}))
    values = {name: column for part in found for name, column in part.values.items()}
    why = {name: reason for part in found for name, reason in part.why.items()}
    # What a scored artefact says of a sample tells more than that nothing was scored.
    why = dict(sorted(why.items(), key=lambda item: item[1].null_count == 0))
    long = _length(dataset, ids, influence, length)
    return Scores.of(
        ids,
        length=long.values,
        length_unit=long.unit,
        **{name: column.to_numpy(zero_copy_only=False) for name, column in values.items()},
        source=samples["source"],
        excluded=samples["excluded"],
        why_missing=pc.coalesce(*(why[name] for name in why if name in AXES)),
        why={**why, **long.why},
        about=described,
    )


def task_columns(influence: Artefact) -> list[str]:
    """Return the columns of the influence on single tasks; empty where none was measured."""
    with _reading(influence, SCORES) as file:
        return [name for name in file.schema_arrow.names if name.startswith(TASK)]


def described_score(artefact: Artefact) -> Score:
    """Return the description of the score that an artefact of the kind ``scores`` holds."""
    values = {**artefact.manifest["facts"]["score"], "name": artefact.name}
    return checked(Score, values, which=f"{artefact.path}, score", todo="import the score again")


def take_by_id(table: pa.Table, ids: pa.Array) -> pa.Table:
    """Return the rows of `table` with these ids, in their order; an unknown id gives nulls."""
    known = table["id"].combine_chunks()
    # Most tables hold the samples in the order of their dataset: comparing costs next to nothing.
    return table if known.equals(ids) else table.take(pc.index_in(ids, value_set=known))


@dataclass(frozen=True)
class _Columns:
    """Scores of one artefact in the order of the samples, and why each is missing."""

    values: Mapping[str, pa.Array]
    why: Mapping[str, pa.Array]


def _columns(
    artefact: Artefact | None, ids: pa.Array, what: str, columns: Mapping[str, str]
) -> _Columns:
    """Return the scores of one artefact; what it was not asked for is just missing.

    Args:
        what: the score that the reasons in its table speak of.
        columns: name of a score → its column.
    """
    if artefact is None:
        nothing = pa.repeat(f"{KNOWN[what].in_text} has not been computed", len(ids))
        return _Columns({}, dict.fromkeys(columns, nothing))
    with _reading(artefact, SCORES) as file:
        there = file.schema_arrow.names
    read = [name for name in dict.fromkeys(columns.values()) if name in there]
    table = take_by_id(load_table(artefact, SCORES, ["id", *read, "reason"]), ids)
    reason = pc.if_else(
        pc.is_null(table["reason"]),
        pa.scalar(None, pa.string()),
        pc.binary_join_element_wise(f"no {what}:", table["reason"], " "),
    ).combine_chunks()
    values = {
        name: table[column].combine_chunks().cast(pa.float64())
        for name, column in columns.items()
        if column in read
    }
    why = {name: _why(name, values.get(name), values.get(what), reason) for name in columns}
    return _Columns(values, why)


def _why(name: str, values: pa.Array | None, first: pa.Array | None, reason: pa.Array) -> pa.Array:
    """Return why each sample misses a score: as its table says, or since it has none there."""
    undefined = KNOWN[name].undefined if name in KNOWN else ""
    if values is None or first is None or not undefined:
        return reason
    is_undefined = pc.and_(pc.is_null(values), pc.is_valid(first))
    nothing = pa.nulls(len(reason), pa.string())
    return pc.coalesce(reason, pc.if_else(is_undefined, undefined, nothing))


@dataclass(frozen=True)
class _Length:
    """How long each response is, what that counts, and why it is missing."""

    values: pa.Array | NDArray[np.int64]
    unit: str
    why: Mapping[str, pa.Array] = field(default_factory=dict)


def _length(
    dataset: Artefact, ids: pa.Array, influence: Artefact | None, counts: Length | None
) -> _Length:
    """Return the length of each response, as `load_scores` says; texts are read to be counted."""
    if counts is None:
        whole = influence is not None and influence.manifest["counts"].get("not_drawn") == 0
        counts = "tokens" if whole else "text"
    if counts != "tokens":
        texts = load_table(dataset, SAMPLES, ["reasoning", "answer"])
        reasoning, answer = texts["reasoning"], texts["answer"]
        if counts == "blanks":
            return _Length(blank_lengths(reasoning) + blank_lengths(answer), "words")
        unit = column_unit(reasoning, answer)
        return _Length(text_lengths(reasoning) + text_lengths(answer), unit)
    if influence is None:
        raise BadSetting(
            "No model has counted the tokens of the responses",
            which="length",
            todo="measure influence first, or use --length text",
        )
    name = "response_tokens"
    found = _columns(influence, ids, "influence", {name: name})
    return _Length(found.values[name], "tokens", {"length": found.why[name]})
