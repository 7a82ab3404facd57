"""Tools that look at a study and change nothing.

Whoever reads for an agent is mostly a model elsewhere, so a sample's text passes the same gate as
on its way to an endpoint: one that may tell who a patient is, is withheld, and that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from pydantic import Field

from diq_core.agents.tool import Tool, schema_of
from diq_core.artefact import Artefact
from diq_core.config import Settings, build
from diq_core.errors import BadSetting
from diq_core.kinds import ARTEFACTS, Kind
from diq_core.study import Study

_ROWS: Mapping[str, str] = {
    "difficulty": "scores.parquet",
    "influence": "scores.parquet",
    "scores": "scores.parquet",
    "selection": "selection.parquet",
}
_RESULTS = "results.json"
_MOST = 100


class Nothing(Settings):
    """No arguments."""


class OfKind(Settings):
    """Which artefacts."""

    kind: str | None = None
    """Only those of this kind: dataset, difficulty, influence, selection, export, run …"""


class OfOne(Settings):
    """Which artefact."""

    kind: str
    """What kind of thing it is, e.g. selection."""
    name: str | None = None
    """What it is called; default: the only one, or 'main'."""


class OfRows(OfOne):
    """Which rows of an artefact."""

    ids: tuple[str, ...] = Field(min_length=1, max_length=_MOST)
    """Ids of samples."""


class OfSearch(Settings):
    """What is searched for."""

    words: str = ""
    """Words that all occur; "in quotes" = exactly so."""
    where: tuple[str, ...] = ()
    """Conditions: source=medmcqa, length>=200, reasoning=yes, subject~card; of any column."""
    dataset: str | None = None
    """Which dataset of the study; default: the only one, or 'main'."""
    limit: int = Field(default=20, ge=0, le=1000)
    """Most ids that are returned."""


class OfSamples(Settings):
    """Which samples."""

    ids: tuple[str, ...] = Field(min_length=1, max_length=_MOST)
    """Ids of samples."""
    dataset: str | None = None
    """Which dataset of the study; default: the only one, or 'main'."""


class OfSelections(Settings):
    """Which selections."""

    names: tuple[str, ...] = Field(min_length=2, max_length=20)
    """Two or more fixed selections."""


S = TypeVar("S", bound=Settings)


def _tool(
    name: str, about: str, kind: type[S], run: Callable[[Study, S], Mapping[str, Any]]
) -> Tool:
    return Tool(
        name, about, schema_of(kind), lambda study, given: run(study, build(kind, dict(given)))
    )


def _status(study: Study, _: Nothing) -> Mapping[str, Any]:
    from diq_core.status import damage, status

    steps = [step.as_dict() for step in status(study)]
    return {"title": study.title, "steps": steps, "damaged": damage(study)}


def _artefacts(study: Study, asked: OfKind) -> Mapping[str, Any]:
    kinds = ARTEFACTS if asked.kind is None else (_kind(asked.kind),)
    return {
        "artefacts": [
            {"kind": one.kind, "name": one.name, "counts": one.manifest["counts"]}
            for kind in kinds
            for one in study.artefacts(kind)
        ]
    }


def _artefact(study: Study, asked: OfOne) -> Mapping[str, Any]:
    from diq_core.files import read_json

    one = study.find(_kind(asked.kind), asked.name)
    said = {
        "kind": one.kind, "name": one.name, "digest": one.digest, "settings": one.settings,
        "inputs": dict(one.manifest["inputs"]), "counts": one.manifest["counts"],
    }  # fmt: skip
    return {**said, "results": read_json(one.file(_RESULTS))} if one.holds(_RESULTS) else said


def _rows(study: Study, asked: OfRows) -> Mapping[str, Any]:
    from diq_core.stages.joining import load_table

    kind = _kind(asked.kind)
    if kind not in _ROWS:
        raise BadSetting(
            "An artefact of this kind has no row for each sample", which=kind,
            todo=f"ask for one of {', '.join(_ROWS)}",
        )  # fmt: skip
    one = study.find(kind, asked.name)
    rows = _with_ids(load_table(one, _ROWS[kind]), asked.ids).to_pylist()
    return {"name": one.name, "rows": rows, "unknown": _missing(asked.ids, rows)}


def _search(study: Study, asked: OfSearch) -> Mapping[str, Any]:
    from diq_core.stages.joining import SAMPLES, load_table
    from diq_core.stages.searching import found

    dataset = study.find("dataset", asked.dataset)
    rows = np.flatnonzero(found(study, dataset, asked.words, asked.where))
    ids = load_table(dataset, SAMPLES, ["id"])["id"].take(rows[: asked.limit]).to_pylist()
    held = {id for id in ids if _tells(id)}
    return {
        "dataset": dataset.name, "found": len(rows), "withheld": len(held),
        "ids": [id for id in ids if id not in held],
    }  # fmt: skip


def _samples(study: Study, asked: OfSamples) -> Mapping[str, Any]:
    from diq_core.data.table import load_samples
    from diq_core.stages.joining import SAMPLES, load_table

    dataset = study.find("dataset", asked.dataset)
    samples = load_samples(_with_ids(load_table(dataset, SAMPLES), asked.ids))
    held = set(_withheld(study, dataset, asked.ids))
    shown = [asdict(each) for each in samples if each.id not in held]
    known = {each.id for each in samples}
    return {
        "dataset": dataset.name, "samples": shown, "withheld": len(held),
        "why_withheld": "they may tell who a patient is" if held else "",
        "unknown": [id for id in asked.ids if id not in known],
    }  # fmt: skip


def _compared(study: Study, asked: OfSelections) -> Mapping[str, Any]:
    from diq_core.stages.selected import compare_selections

    return compare_selections(study, asked.names).as_dict()


def _jobs(study: Study, _: Nothing) -> Mapping[str, Any]:
    from diq_core.jobs import standing

    return {
        "jobs": [
            {"kind": job.kind, "name": job.name, "state": job.state, "message": job.message,
             "done": job.done, "total": job.total, "unit": job.unit,
             "seconds_left": job.seconds_left}
            for job in standing.all_jobs(study)
        ]
    }  # fmt: skip


def _withheld(study: Study, dataset: Artefact, ids: Iterable[str]) -> list[str]:
    """Return which of these samples may tell who a patient is, by what people decided so far."""
    from diq_core.data.table import load_samples
    from diq_core.stages.export_gate import found_in_images
    from diq_core.stages.identifier_log import decisions
    from diq_core.stages.identifiers import look_at
    from diq_core.stages.joining import SAMPLES, load_table

    decided = decisions(study)
    samples = load_samples(_with_ids(load_table(dataset, SAMPLES), tuple(ids)))
    drawn = {each.id for each in found_in_images(samples, dataset, decided)[0]}
    return [
        each.id for each in samples
        if each.id in drawn
        or any(decided.standing(one) in ("open", "identifier")
               for one in look_at(each, key=decided.key))
    ]  # fmt: skip


def _tells(id: str) -> bool:
    """Return whether a sample's id itself may tell who a patient is."""
    from diq_core.privacy.gate import is_own_id, look, stops

    return any(stops(one) and not is_own_id(one) for one in look((("id", id),)))


def _with_ids(table: pa.Table, ids: Iterable[str]) -> pa.Table:
    import pyarrow.compute as pc

    wanted = pa.array(list(dict.fromkeys(ids)), pa.string())
    places = pc.index_in(wanted, value_set=table["id"].combine_chunks())
    return table.take(places.drop_null())


def _missing(ids: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> list[str]:
    known = {row["id"] for row in rows}
    return [id for id in ids if id not in known]


def _kind(text: str) -> Kind:
    if text not in ARTEFACTS:
        raise BadSetting(
            "There is no such kind", which=text[:60], todo=f"use one of {', '.join(ARTEFACTS)}"
        )
    return text


TOOLS = (
    _tool("status", "Say what the study holds, what is running, and what to do next.",
          Nothing, _status),
    _tool("artefacts", "List what was made, with its counts.", OfKind, _artefacts),
    _tool("artefact", "Show one artefact: settings, inputs, counts, and results where it has some.",
          OfOne, _artefact),
    _tool("rows", "Show what an artefact says of samples: their scores, or their place in a "
          "selection and why.", OfRows, _rows),
    _tool("search", "Find samples by words in any of their texts and by what stands in their "
          "columns.", OfSearch, _search),
    _tool("samples", "Show the texts of samples. Those that may tell who a patient is are "
          "withheld.", OfSamples, _samples),
    _tool("compare_selections", "Compare fixed selections: overlap, lengths, sources, subjects, "
          "quadrants.", OfSelections, _compared),
    _tool("jobs", "Say how each job of the study stands.", Nothing, _jobs),
)  # fmt: skip
"""All of them."""
