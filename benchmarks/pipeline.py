"""A whole pipeline on the tiniest model and pool, from a file to an evaluation, as orders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from diq_core.config import (
    DifficultySettings,
    EvaluateSettings,
    ExportSettings,
    FinetuneSettings,
    ImportSettings,
    InfluenceSettings,
    SelectSettings,
)
from diq_core.jobs.order import Order, order_for
from diq_core.models.shipped import cache_folder
from diq_core.study import Study
from tests.support.benchmarks import write_benchmark
from tests.support.tiny import questions
from tests.support.training import SHORT, sample_file, tiny_folder

_LIVING = ("jobs", "uploads")


@dataclass(frozen=True)
class Sources:
    """What lies outside the study: the model's folder, and files of samples and questions."""

    model: str
    pool: str
    validation: str
    benchmark: str


def write_sources(folder: Path) -> Sources:
    """Write them into `folder`."""
    return Sources(
        tiny_folder(folder / "model"),
        sample_file(folder / "pool.jsonl", questions(24)),
        sample_file(folder / "validation.jsonl", questions(4, first=50)),
        write_benchmark(folder / "medqa.jsonl", 8),
    )


def orders(of: Sources) -> list[Order]:
    """Return what a whole pipeline makes, in its order; each step is cut into several pieces."""
    measured = InfluenceSettings(model=of.model, per_task=4, max_tokens=300, batch_tokens=512)
    trained = FinetuneSettings(model=of.model, max_steps=6, **{**SHORT, "save_steps": 1})
    tested = EvaluateSettings(model=of.model, max_tokens=480, max_new_tokens=8)
    return [
        order_for(
            "dataset", "main", ImportSettings(exclude_duplicates=False),
            source=of.pool, validation=(of.validation,),
        ),
        order_for("difficulty", "main", DifficultySettings(shard_size=4)),
        order_for("influence", "main", measured, validation=of.validation),
        order_for("selection", "main", SelectSettings(budget="8")),
        order_for("export", "main", ExportSettings()),
        order_for("run", "main", trained, export="main"),
        order_for("evaluation", "main", tested, run="main", benchmark=(of.benchmark,)),
    ]  # fmt: skip


def data_files(study: Study) -> dict[str, bytes]:
    """Return each file of the study that follows from its settings and inputs alone."""
    return {
        file.relative_to(study.path).as_posix(): file.read_bytes()
        for file in sorted(study.path.rglob("*"))
        if file.is_file()
        and file.relative_to(study.path).parts[0] not in _LIVING
        and not file.name.startswith("review.db")
    }


def differences(study: Study, undisturbed: dict[str, bytes]) -> list[str]:
    """Return what is missing, too many or other than in the undisturbed study, in words."""
    found = data_files(study)
    return [
        *(f"{name} is missing" for name in undisturbed if name not in found),
        *(f"{name} is there besides" for name in found if name not in undisturbed),
        *(f"{name} differs" for name in found if found[name] != undisturbed.get(name, found[name])),
    ]


@contextmanager
def own_cache(folder: Path) -> Iterator[None]:
    """Give what is begun in the block a cache of its own in `folder`."""
    # The model that was converted once may stay; validation directions must be found again.
    before, shared = os.environ.get("DIQ_CACHE"), cache_folder() / "models"
    shared.mkdir(parents=True, exist_ok=True)
    folder.mkdir()
    (folder / "models").symlink_to(shared)
    os.environ["DIQ_CACHE"] = str(folder)
    try:
        yield
    finally:
        del os.environ["DIQ_CACHE"]
        if before is not None:
            os.environ["DIQ_CACHE"] = before
