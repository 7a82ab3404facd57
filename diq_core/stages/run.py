"""Fine-tune a model on exported samples: a folder of training files in, an adapter or model out."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from diq_core.artefact import Artefact
from diq_core.config import FinetuneSettings
from diq_core.data.answering import HEADINGS
from diq_core.draft import Draft, begin, discard
from diq_core.errors import BadSetting, Stopped
from diq_core.evaluation.verify.verifying import VERIFIER
from diq_core.jobs.progress import Progress
from diq_core.models.files import ModelFiles, find_causal
from diq_core.models.kernels import use_threads
from diq_core.models.load import CausalModel
from diq_core.models.memory import free_memory
from diq_core.models.shipped import quiet
from diq_core.models.tokens import Tokenised
from diq_core.stages.joining import load_table
from diq_core.stages.rewarding import judge_of
from diq_core.stages.run_metrics import Recorder, read_metrics
from diq_core.stages.run_reading import read_run_data
from diq_core.stages.showing import shown_facts
from diq_core.stages.sources import source_reference
from diq_core.study import Study
from diq_core.training.adapter import ADAPTER, MODEL, check_targets, save_adapter, save_whole
from diq_core.training.checkpoints import FOLDER, last_whole, step_of, writing
from diq_core.training.dpo import train_pairs
from diq_core.training.fit import Trained, is_first_process, processes
from diq_core.training.grpo import train_policy
from diq_core.training.loading import load_base
from diq_core.training.plan import Plan, micro_batches
from diq_core.training.preparing import Prepared
from diq_core.training.probe import Probe, check_memory, probe
from diq_core.training.sft import train
from diq_core.training.showing import copy_preparing
from diq_core.training.stopping import asked_to_stop
from diq_core.training.watch import Tracking, Watch

DATA = "data.parquet"


def run(
    study: Study,
    name: str,
    settings: FinetuneSettings,
    progress: Progress,
    *,
    data: Artefact | str,
    validation: str | None = None,
    force: bool = False,
    estimate: bool = False,
    tracker: str | None = None,
) -> Artefact:
    """Write ``adapter/`` (or ``model/``), ``metrics.jsonl`` (one step a line) and
    ``data.parquet``: every sample with how often it was learned from, or the reason why not.

    A killed run continues from its last whole checkpoint and ends with the same bytes.

    Args:
        data: an export of the study, or any file, folder or hub id of samples (or of pairs).
        validation: samples to measure a validation loss on, as `data`.
        force: try a run that seems not to fit into memory.
        estimate: first time a step or two, and say how long the whole will take.
        tracker: "mlflow" or "trackio", where the user wants one beside our own files.

    Raises:
        BadSetting: nothing is left to learn from, a setting does not fit the model, or the run
            does not fit into memory.
        OutOfSpace: the disk is full; checkpoints are kept.
        Stopped: on SIGTERM, after the step it was at and with a checkpoint of it.
    """
    progress.say("Looking at the data and the model")
    source = _source(data)
    # First, so that data which cannot be used leaves no unfinished run behind.
    read = read_run_data(source, validation, settings)
    files = find_causal(settings.model, progress.say)
    path = study.folder("run", name)
    draft = begin(
        path,
        kind="run",
        settings=settings.model_dump(mode="json"),
        inputs={
            "data": study.reference(data)
            if isinstance(data, Artefact)
            else source_reference(source),
            "model": _model_reference(settings.model, files),
            **({"validation": source_reference(validation)} if validation else {}),
        },
    )
    if not isinstance(draft, Draft):
        return draft
    tracking = Tracking(tracker, study.path.name, name) if tracker else None
    try:
        not_seen = read.unseen(settings, files, draft.schema)
        progress.say("Turning the samples into tokens")
        prepared = read.prepared(settings, files)
        return _make(
            draft, settings, prepared, files, progress, force, estimate, tracking, not_seen
        )
    except BadSetting:
        # Refused before its first step, it leaves no attempt that only --restart could remove.
        if is_first_process() and not read_metrics(draft.path):
            discard(path)
        raise


def _about_texts(prepared: Prepared, settings: FinetuneSettings) -> dict[str, Any]:
    """Return what is told of reasoning, verifier and control tokens, where it is not as ever."""
    style = prepared.style
    told: dict[str, Any] = {}
    if style != HEADINGS:
        told["thinking"] = style.facts
    if settings.objective == "grpo":
        told["verifier"] = VERIFIER
    if prepared.apart.held:
        told["validation"] = prepared.apart.facts
    if prepared.pairs:
        told |= shown_facts({"pairs": Tokenised(tuple(each.chosen for each in prepared.pairs), ())})
    else:
        told |= shown_facts({"samples": Tokenised(prepared.tokens, ())})
    if prepared.split:
        told["control_tokens_split"] = prepared.split
    return told


def _source(data: Artefact | str) -> str:
    if not isinstance(data, Artefact):
        return data
    data.require_whole()
    return str(data.path)


def _make(
    draft: Draft, settings: FinetuneSettings, prepared: Prepared, files: ModelFiles,
    progress: Progress, force: bool, estimate: bool, tracking: Tracking | None,
    not_seen: Mapping[str, Any],
) -> Artefact:  # fmt: skip
    use_threads(settings.threads)
    if not force:
        check_memory(prepared.memory, free_memory(), files.name)
    progress.say("Loading the model")
    model = load_base(settings, progress.say)
    # How long written answers take is known only when they are written.
    if estimate and settings.objective != "grpo" and last_whole(draft.path / FOLDER) is None:
        progress.say("Timing a step")
        print(measure(model, prepared, settings).text(), file=sys.stderr, flush=True)
    trained = _train(model, prepared, settings, draft.path, progress, tracking)
    if not is_first_process():
        return Artefact(draft.path)
    progress.say("Writing")
    with quiet():
        _save(model, trained, settings, draft.path)
    pq.write_table(prepared.table(), draft.path / DATA)
    return draft.finish(
        counts={**prepared.counts, "steps": trained.steps, "tokens": trained.tokens},
        facts={
            "model": model.facts,
            "kernel": trained.kernel,
            "max_tokens": prepared.limit,
            "tokens_digest": prepared.digest,
            "epochs": trained.plan.epoch(trained.steps),
            "with_images": prepared.with_images,
            "format": prepared.format,
            "processes": processes(),
            **_about_texts(prepared, settings),
            **not_seen,
        },
        scratch=(FOLDER,),
    )


def samples_seen(run: Artefact) -> int:
    """Return how many different samples a finished run learned from, at least once each.

    Its count ``trained`` is of those it could learn from: few steps do not reach all of them.
    """
    passes = load_table(run, DATA, ["passes"])["passes"].to_pylist()
    return sum(times > 0 for times in passes)


def check(
    settings: FinetuneSettings, data: Artefact | str, *, processes: int = 1, force: bool = False,
    validation: str | None = None,
) -> None:  # fmt: skip
    """Raise what `run` would refuse before it loads the model, so that no launcher is started."""
    source = _source(data)
    files = find_causal(settings.model)
    micro_batches(settings, processes=processes)
    read = read_run_data(source, validation, settings)
    read.unseen(settings, files)
    prepared = read.prepared(settings, files)
    if not force:
        check_memory(prepared.memory, free_memory(), files.name)


def probe_run(
    settings: FinetuneSettings, data: Artefact | str, validation: str | None = None
) -> Probe:
    """Return what a run would cost, by a real step or two; writes nothing.

    Raises:
        UserError: as `run`, but a run that does not fit into memory is estimated all the same
            as long as the model itself can be loaded.
    """
    if settings.objective == "grpo":
        raise BadSetting(
            "How long training with rewards takes is known only when answers are written",
            which="objective",
            todo="begin with --max-steps 2 and look at its log",
        )
    use_threads(settings.threads)
    read, files = read_run_data(_source(data), validation, settings), find_causal(settings.model)
    read.unseen(settings, files)
    prepared = read.prepared(settings, files)
    check_memory(replace(prepared.memory, training=0, activations=0), free_memory(), files.name)
    return measure(load_base(settings), prepared, settings)


def measure(model: CausalModel, prepared: Prepared, settings: FinetuneSettings) -> Probe:
    """Return the estimate for a prepared run, by timing `model`."""
    check_targets(model.model, settings.targets)
    return probe(model.model, prepared.sequences, prepared.plan, settings, prepared.memory,
                 validation=prepared.apart.tokens)  # fmt: skip


def _train(
    model: CausalModel, prepared: Prepared, settings: FinetuneSettings, folder: Path,
    progress: Progress, tracking: Tracking | None,
) -> Trained:  # fmt: skip
    done = last_whole(folder / FOLDER)
    finished = step_of(done) if done else 0
    if not is_first_process():
        with asked_to_stop() as asked:
            return _fit(model, prepared, settings, folder, Watch(should_stop=asked))
    recorder = Recorder(
        folder, finished, rollouts=settings.objective == "grpo",
        validates=bool(prepared.apart.held), told=lambda: progress.advance(1),
    )  # fmt: skip
    with closing(recorder), asked_to_stop() as asked:

        def expect(plan: Plan) -> None:
            progress.expect(plan.steps, unit="steps", finished=finished, message="Training")

        watch = Watch(
            on_plan=expect, on_step=recorder.step, on_rollouts=recorder.rollouts,
            on_validation=recorder.validation, should_stop=asked, tracking=tracking,
        )  # fmt: skip
        trained = _fit(model, prepared, settings, folder, watch)
    if trained.stopped:
        raise Stopped(
            f"Stopped on request after step {trained.steps} of {trained.plan.steps}; "
            "the same command continues from there"
        )
    return trained


def _fit(
    model: CausalModel, prepared: Prepared, settings: FinetuneSettings, folder: Path, watch: Watch
) -> Trained:
    place = folder / FOLDER
    if settings.objective == "dpo":
        return train_pairs(model, prepared.pairs, settings, folder=place, watch=watch,
                           held=prepared.apart.pairs)  # fmt: skip
    if settings.objective == "grpo":
        judge = judge_of(prepared.samples)
        return train_policy(model, prepared.tokens, judge, settings, folder=place, watch=watch)
    return train(model, prepared.tokens, settings, folder=place, watch=watch,
                 held=prepared.apart.tokens)  # fmt: skip


def _save(model: CausalModel, trained: Trained, settings: FinetuneSettings, folder: Path) -> None:
    if settings.method == "full":
        with writing(folder / MODEL):
            save_whole(trained.model, model.tokenizer, folder / MODEL)
            copy_preparing(find_causal(settings.model).folder, folder / MODEL)
        return
    with writing(folder / ADAPTER):
        save_adapter(trained.model, folder / ADAPTER, base=settings.model, base_name=model.name)
    if settings.merge:
        with writing(folder / MODEL):
            save_whole(trained.model.merge_and_unload(), model.tokenizer, folder / MODEL)
            copy_preparing(find_causal(settings.model).folder, folder / MODEL)


def _model_reference(ref: str, files: ModelFiles) -> dict[str, str]:
    return {"path": Path(ref).name if Path(ref).exists() else ref, "digest": files.digest}
