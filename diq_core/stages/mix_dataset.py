"""The dataset that a mixture becomes: its samples and images, screened as an import's are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from shutil import copyfile
from typing import Any

import pyarrow.parquet as pq

from diq_core.artefact import Artefact
from diq_core.config import ImportSettings, MixSettings
from diq_core.data.alike import ALIKE, matches_table
from diq_core.data.findings import Finding as Problem
from diq_core.data.image_overlap import ImageOverlap
from diq_core.data.sample import Sample, content_id
from diq_core.data.screening import screen
from diq_core.data.shelf import Shelf
from diq_core.data.table import write_problems, write_samples
from diq_core.draft import Draft, begin
from diq_core.jobs.progress import Progress
from diq_core.privacy.gate import Decisions
from diq_core.stages.dataset import MIX
from diq_core.stages.identifiers import IDENTIFIERS, Gate
from diq_core.stages.joining import IMAGES, PROBLEMS, SAMPLES, included_samples, load_table
from diq_core.stages.mix_sources import Carried, Pool, choices_of, import_settings
from diq_core.stages.shared_images import FACT as SHARED
from diq_core.stages.shared_images import HeldOut, shared_with
from diq_core.study import Study

SOURCE, KIND = "mixture_source", "mixture_kind"
"""Columns of a mixture: the dataset that a sample is of, and that source's kind."""
TAKEN = "taken.parquet"


def how(settings: ImportSettings) -> dict[str, Any]:
    """Return those settings of an import by which samples are compared and left out."""
    names = ("near_threshold", "exclude_duplicates", "exclude_overlap", "keep", "leave_out")
    return {name: getattr(settings, name) for name in names}


def looking(
    gate: Gate, held: HeldOut, pools: Sequence[Pool], settings: MixSettings
) -> tuple[Callable[[Sample], list[Problem]], ImageOverlap]:
    """Return what looks at each sample for a patient and for images of test questions, and what of
    the two has seen the images."""
    places = [pool.dataset.path / IMAGES for pool in pools]
    shared = shared_with(held.shown, *places, leave_out=settings.leave_out_shared_images)
    return lambda sample: [*gate.look_at(sample), *shared.look_at(sample)], shared


def write(
    study: Study,
    name: str,
    mix: Artefact,
    settings: MixSettings,
    pools: Sequence[Pool],
    *,
    held: HeldOut,
    inputs: Mapping[str, Mapping[str, str]],
    decided: Decisions,
    progress: Progress,
) -> Artefact:
    """Write what `mix` took as the dataset `name`, with images, problems and identifiers.

    What people chose to keep or leave out in the sources holds, and so do their decisions about
    identifiers. A sample that is taken again is kept although it is a duplicate.

    Args:
        held: validation and test questions.
        inputs: role → further inputs of the dataset: these questions, and the decisions.
    """
    taken = load_table(mix, TAKEN).to_pylist()
    samples: Shelf[Sample] = Shelf()
    again: set[str] = set()
    for sample, is_again in _taken(pools, taken):
        samples.append(sample)
        if is_again:
            again.add(content_id(sample))
    chosen = choices_of(study, pools)
    chosen["keep"] = tuple(sorted({*chosen["keep"], *again}))
    screening = import_settings(settings.screening(), chosen)
    draft = begin(
        study.folder("dataset", name),
        kind="dataset",
        settings=screening.model_dump(mode="json"),
        inputs={MIX: study.reference(mix), **inputs},
    )
    if not isinstance(draft, Draft):
        return draft
    progress.say("Writing the dataset")
    renamed: dict[tuple[str, str], list[str]] = {}
    for row in taken:
        renamed.setdefault((row["source"], row["original"]), []).append(row["id"])
    images = Carried(pools, renamed)
    images.read = 0 if images.why_not else len({each for one in samples for each in one.images})
    gate = Gate(decided, images, exclude=settings.exclude_identifiers)
    look, shared = looking(gate, held, pools, settings)
    found = screen(samples, against=held.against, further=look, folder=draft.path,
                   **how(screening))  # fmt: skip
    _copy_images(samples, pools, draft.path)
    write_samples(draft.path / SAMPLES, samples, found.reasons)
    write_problems(draft.path / PROBLEMS, found.findings)
    if found.matches:
        pq.write_table(matches_table(found.matches), draft.path / ALIKE)
    if gate.found_any:
        pq.write_table(gate.table(samples), draft.path / IDENTIFIERS)
    return draft.finish(
        counts={"rows": len(samples), "unreadable": 0, **found.counts(len(samples))},
        facts={
            "format": "mixture",
            "reason": f"{len(pools)} datasets were mixed",
            "kind": f"a mixture of {', '.join(pool.source.name for pool in pools)}",
            "unused": [],
            "identifiers": gate.facts(),
            **({SHARED: shared.facts()} if shared.facts() else {}),
        },
    )


def _taken(
    pools: Sequence[Pool], rows: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[Sample, bool]]:
    """Yield each sample of a mixture, and whether it is there already."""
    by_source: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        by_source.setdefault(row["source"], {}).setdefault(row["original"], []).append(row["id"])
    for pool in pools:
        wanted = by_source.get(pool.source.name, {})
        for sample in included_samples(pool.dataset):
            for number, id in enumerate(wanted.get(sample.id, ())):
                yield _named(sample, id, pool), bool(number)


def _named(sample: Sample, id: str, pool: Pool) -> Sample:
    """Return a sample of the mixture. What its file said under our names is kept under others."""
    meta = {f"{name}_before" if name in (SOURCE, KIND) else name: value
            for name, value in sample.meta.items()}  # fmt: skip
    meta |= {SOURCE: pool.source.name, KIND: pool.source.kind}
    return replace(sample, id=id, meta=meta)


def _copy_images(samples: Sequence[Sample], pools: Sequence[Pool], folder: Path) -> None:
    """Copy the images that the samples show; their names are those of their content."""
    wanted = {image for sample in samples for image in sample.images}
    for pool in pools:
        for name in sorted(wanted):
            file = f"{IMAGES}/{name}"
            if pool.dataset.holds(file) and not (folder / file).exists():
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                copyfile(pool.dataset.file(file), folder / file)
