"""Small things to train on: files of samples, a tiny model's folder, a study."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from diq_core.artefact import Artefact
from diq_core.config import ExportSettings, FinetuneSettings, ImportSettings, SelectSettings, build
from diq_core.data.sample import Sample
from diq_core.jobs.progress import silent
from diq_core.stages import dataset as importing
from diq_core.stages import export as exporting
from diq_core.stages import selection as selecting
from diq_core.study import Study
from tests.support.tiny import tiny_llama, tiny_tokenizer

SHORT: dict[str, Any] = {"batch_size": 4, "micro_batch": 2, "save_steps": 3}


def tiny_folder(folder: Path, seed: int = 0) -> str:
    """Write a tiny model and its tokenizer as a user would have it on disk."""
    tiny_llama(seed).save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return str(folder)


def sample_file(path: Path, samples: Sequence[Sample], *more: str) -> str:
    """Write samples in our own format, and after them `more` lines as they are."""
    lines = []
    for each in samples:
        row = {key: value for key, value in asdict(each).items() if value and key != "line"}
        row["options"] = {option.label: option.text for option in each.options}
        lines.append(json.dumps(row))
    path.write_text("\n".join([*lines, *more]) + "\n", encoding="utf-8")
    return str(path)


def short(model: str, **values: Any) -> FinetuneSettings:
    """Return settings of a run that takes a second."""
    return FinetuneSettings(**{"model": model, **SHORT, **values})


def exported(study: Study, source: str, format: str) -> Artefact:
    """Import a file, keep all of it and export it in `format`; all three get the format's name."""
    importing.run(
        study, format, ImportSettings(exclude_duplicates=False), silent(), source=source,
        validation=[],
    )  # fmt: skip
    settings = SelectSettings(strategy="full")
    inputs = selecting.inputs(study, settings, format, None, None)
    selection = selecting.run(study, format, settings, silent(), **inputs)
    return exporting.run(
        study, format, build(ExportSettings, {"format": format}), silent(), selection=selection
    )
