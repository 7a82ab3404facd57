"""Fine-tune a model on exported samples: a folder of training files in, an adapter or model out."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from diq_core.artefact import Artefact, Draft, begin
from diq_core.config import FinetuneSettings
from diq_core.embedded import quiet
from diq_core.errors import Stopped
from diq_core.kernels import use_threads
from diq_core.model_files import find_causal
from diq_core.models import CausalModel, load_causal
from diq_core.progress import Progress
from diq_core.stages.sources import source_reference
from diq_core.study import Study
from diq_core.training.adapter import ADAPTER, MODEL, save_adapter, save_whole
from diq_core.training.checkpoints import FOLDER, last_whole, step_of, writing
from diq_core.training.data import Examples, make_examples, read_training
from diq_core.training.sft import Step, Trained, train

METRICS = "metrics.jsonl"
DATA = "data.parquet"


def run(
    study: Study,
    name: str,
    settings: FinetuneSettings,
    progress: Progress,
    *,
    data: Artefact | str,
) -> Artefact:
    """Write ``adapter/`` (or ``model/``), ``metrics.jsonl`` (one step a line) and
    ``data.parquet``: every sample with how often it was learned from, or the reason why not.

    A killed run continues from its last whole checkpoint and ends with the same bytes.

    Args:
        data: an export of the study, or any file, folder or hub id of samples.

    Raises:
        BadSetting: nothing is left to learn from, or a setting does not fit the model.
        OutOfSpace: the disk is full; checkpoints are kept.
        Stopped: on SIGTERM, after the step it was at and with a checkpoint of it.
    """
    progress.say("Looking at the data and the model")
    source = str(data.path) if isinstance(data, Artefact) else data
    # First, so that data which cannot be used leaves no unfinished run behind.
    read = read_training(source)
    draft = begin(
        study.folder("run", name),
        kind="run",
        settings=settings.model_dump(mode="json"),
        inputs={
            "data": study.reference(data)
            if isinstance(data, Artefact)
            else source_reference(source),
            "model": _model_reference(settings.model, progress),
        },
    )
    if not isinstance(draft, Draft):
        return draft
    use_threads(settings.threads)
    progress.say("Loading the model")
    model = load_causal(
        settings.model,
        # Full fine-tuning keeps float32 weights: small steps would vanish in bfloat16.
        dtype="float32" if settings.method == "full" else settings.dtype,
        tell=progress.say,
    )
    limit = min(settings.max_tokens, model.context_length or settings.max_tokens)
    examples = make_examples(read, model.tokenizer, max_tokens=limit)
    trained = _train(model, examples, settings, draft.path, progress)
    progress.say("Writing")
    with quiet():
        _save(model, trained, settings, draft.path)
    pq.write_table(_data_table(examples, trained), draft.path / DATA)
    return draft.finish(
        counts={**examples.counts, "steps": trained.steps, "tokens": trained.plan.tokens[-1]},
        facts={
            "model": _model_facts(model),
            "kernel": trained.kernel,
            "max_tokens": limit,
            "tokens_digest": examples.digest,
            "epochs": trained.plan.epoch(trained.steps),
            "with_images": examples.with_images,
            "format": read.format,
        },
        scratch=(FOLDER,),
    )


def read_metrics(folder: Path) -> list[dict[str, Any]]:
    """Return the steps in ``metrics.jsonl`` of a finished or unfinished run; [] = none yet.

    A line that is being written at this moment is left out.
    """
    path = folder / METRICS
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.endswith("\n"):
            found.append(json.loads(line))
    return found


def _train(
    model: CausalModel,
    examples: Examples,
    settings: FinetuneSettings,
    folder: Path,
    progress: Progress,
) -> Trained:
    done = last_whole(folder / FOLDER)
    _forget_after(folder, step_of(done) if done else 0)

    with (folder / METRICS).open("a", encoding="utf-8") as metrics, _asked_to_stop() as asked:

        def record(step: Step) -> None:
            metrics.write(json.dumps(asdict(step)) + "\n")
            metrics.flush()
            progress.advance(1)

        def expect(steps: int) -> None:
            progress.expect(
                steps, unit="steps", finished=step_of(done) if done else 0, message="Training"
            )

        trained = train(
            model,
            examples.tokens,
            settings,
            folder=folder / FOLDER,
            on_plan=lambda plan: expect(plan.steps),
            on_step=record,
            should_stop=asked,
        )
    if trained.stopped:
        raise Stopped(
            f"Stopped on request after step {trained.steps} of {trained.plan.steps}; "
            "the same command continues from there"
        )
    return trained


def _forget_after(folder: Path, step: int) -> None:
    """Leave in ``metrics.jsonl`` only the steps that the run continues after."""
    kept = [line for line in read_metrics(folder) if line["step"] <= step]
    text = "".join(json.dumps(line) + "\n" for line in kept)
    (folder / METRICS).write_text(text, encoding="utf-8", newline="\n")


@contextmanager
def _asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Take the first SIGTERM as a wish to stop after this step; a second one stops at once."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return

    def ask(_number: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            raise Stopped("Stopped on request; what was finished is kept")
        asked.set()

    before = signal.signal(signal.SIGTERM, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGTERM, before)


def _save(model: CausalModel, trained: Trained, settings: FinetuneSettings, folder: Path) -> None:
    if settings.method == "full":
        with writing(folder / MODEL):
            save_whole(trained.model, model.tokenizer, folder / MODEL)
        return
    with writing(folder / ADAPTER):
        save_adapter(trained.model, folder / ADAPTER, base=settings.model, base_name=model.name)
    if settings.merge:
        with writing(folder / MODEL):
            save_whole(trained.model.merge_and_unload(), model.tokenizer, folder / MODEL)


_SCHEMA = pa.schema(
    {
        "id": pa.string(),
        "line": pa.int64(),
        "tokens": pa.int32(),
        "response_tokens": pa.int32(),
        "cut": pa.bool_(),
        "passes": pa.int32(),
        "reason": pa.string(),
    }
)


def _data_table(examples: Examples, trained: Trained) -> pa.Table:
    rows: list[dict[str, Any]] = [
        {"id": each.id, "tokens": len(each.ids), "response_tokens": each.response_tokens,
         "cut": each.cut, "passes": passes}
        for each, passes in zip(examples.tokens, trained.plan.passes(), strict=True)
    ]  # fmt: skip
    rows += [
        {"id": each.id or None, "line": each.line, "passes": 0, "reason": each.reason}
        for each in examples.dropped
    ]
    return pa.Table.from_pylist(rows, _SCHEMA)


def _model_reference(ref: str, progress: Progress) -> dict[str, str]:
    found = find_causal(ref, progress.say)
    return {"path": Path(ref).name if Path(ref).exists() else ref, "digest": found.digest}


def _model_facts(model: CausalModel) -> dict[str, str]:
    names: Sequence[str] = ("name", "licence", "digest", "device", "dtype", "reason")
    return {name: getattr(model, name) for name in names}
