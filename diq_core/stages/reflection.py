"""Reflective chains: a dataset in, what a teacher thought about each question out.

Every reply is kept as it comes, so whatever ends a run, the same command goes on from there and
asks for the rest only. Accepted chains become a dataset, which is read, compared and looked
through like any import.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from diq_core.artefact import Artefact
from diq_core.asking.allowed import require_allowed
from diq_core.asking.endpoint import Endpoint
from diq_core.config import ImportSettings, ReflectSettings
from diq_core.data.sample import Sample
from diq_core.draft import Draft, begin
from diq_core.errors import BadSetting
from diq_core.evaluation.verify.verifying import VERIFIER
from diq_core.files import write_json
from diq_core.jobs.order import Order, order_for
from diq_core.jobs.progress import Progress
from diq_core.reflection import requests
from diq_core.reflection.chain import Found
from diq_core.reflection.figures import Estimate, estimate, figures
from diq_core.reflection.requests import Problem
from diq_core.review.log.canonical import digest
from diq_core.stages import dataset as importing
from diq_core.stages.asked_endpoint import ask_all
from diq_core.stages.endpoint_gate import (
    NOTHING_DRAWN,
    WITHHELD,
    Looked,
    drawn_in,
    look_ahead,
    require_may_leave,
)
from diq_core.stages.evaluation import RESULTS
from diq_core.stages.identifier_log import Answerable
from diq_core.stages.joining import included_samples
from diq_core.stages.reflection_asking import (
    Bench,
    plan_of,
    problem_of,
    texts_asked,
    texts_verified,
    why_not_asked,
)
from diq_core.stages.reflection_tables import ACCEPTED, REFLECTION, write_accepted, write_tables
from diq_core.study import Study


def run(
    study: Study,
    name: str,
    settings: ReflectSettings,
    progress: Progress,
    *,
    dataset: Artefact,
    teacher: Endpoint,
    verifier: Endpoint | None = None,
    who: Answerable | None = None,
) -> Artefact:
    """Write ``attempts.parquet`` (a row for each request of a search), ``outcomes.parquet`` (a row
    for each sample), ``results.json`` (see `figures`) and ``accepted.jsonl``, which becomes the
    dataset `name`.

    Args:
        teacher, verifier: where they are asked; both stay open.
        who: who lets samples leave that may tell who a patient is; None = nobody.

    Raises:
        EndpointFailed: an endpoint is unusable; says how many samples are done.
        IdentifiersFound: a sample may tell who a patient is; nothing was asked.
    """
    _require_free(study, name)
    draft = begin(
        study.folder("reflection", name),
        kind="reflection",
        settings=settings.model_dump(mode="json"),
        inputs={
            "dataset": study.reference(dataset),
            "prompts": {"path": ", ".join(_prompts()), "digest": digest(_prompts())},
        },
    )
    made = draft
    if isinstance(draft, Draft):
        made = _made(study, draft, settings, progress, dataset, teacher, verifier, who)
    assert isinstance(made, Artefact)
    if made.manifest["counts"]["in_dataset"]:
        how = ImportSettings(exclude_duplicates=False, ignore=(REFLECTION,))
        importing.run(study, name, how, progress, source=str(made.file(ACCEPTED)))
    return made


def _require_free(study: Study, name: str) -> None:
    """Refuse a name that another dataset has, before anything is paid for.

    Raises:
        BadSetting: there is one.
    """
    there = {kind: {each.name for each in study.artefacts(kind)}
             for kind in ("dataset", "reflection")}  # fmt: skip
    if name in there["dataset"] - there["reflection"]:
        raise BadSetting(
            "There is a dataset of this name, and the chains would become another one",
            which=name,
            todo="give the chains another name with --name",
        )


def _made(
    study: Study,
    draft: Draft,
    settings: ReflectSettings,
    progress: Progress,
    dataset: Artefact,
    teacher: Endpoint,
    verifier: Endpoint | None,
    who: Answerable | None,
) -> Artefact:
    asked, unasked = chosen_samples(dataset, settings)
    drawn = drawn_in(study, dataset, asked if settings.images else ())
    looked = require_may_leave(
        study, texts_asked(asked), teacher, who,
        leave_out=settings.leave_out_identifiers, drawn=drawn,
    )  # fmt: skip
    gates = {"teacher": looked}
    if verifier is not None:
        gates["verifier"] = require_may_leave(
            study, texts_verified(asked), verifier, who,
            leave_out=settings.leave_out_identifiers,
            drawn=drawn if settings.reader else NOTHING_DRAWN,
        )  # fmt: skip
    withheld = {id for each in gates.values() for id in each["withheld"]}
    unasked |= dict.fromkeys(withheld, WITHHELD)
    left = [sample for sample in asked if sample.id not in withheld]
    progress.say(in_words(_estimated(left, settings)))
    bench = Bench.of(settings, teacher, verifier)
    found = _search_all(left, dataset, bench, unasked, progress)
    results = figures([*found.values()], Counter(unasked.values()))
    write_tables(draft.path, found, unasked)
    in_dataset = write_accepted(draft.path, found, asked, dataset, settings)
    write_json(draft.path / RESULTS, {**results, "in_dataset": in_dataset})
    return draft.finish(
        counts={
            "samples": len(asked) + len(unasked) - len(withheld), "asked": results["asked"],
            "accepted": results["accepted"], "in_dataset": in_dataset,
            "branches": results["branches"], "unasked": results["unasked"],
        },
        facts={
            "estimate": asdict(_estimated(left, settings)), "cost": results["cost"],
            "verifier": VERIFIER, "prompts": _prompts(), "identifiers": gates,
        },
    )  # fmt: skip


def chosen_samples(
    dataset: Artefact, settings: ReflectSettings
) -> tuple[list[Sample], dict[str, str]]:
    """Return the samples that are asked about, and id → why nothing is asked about others."""
    samples = included_samples(dataset)
    why = {sample.id: why_not_asked(sample, settings) for sample in samples}
    asked = [sample for sample in samples if not why[sample.id]][: settings.limit]
    return asked, {id: reason for id, reason in why.items() if reason}


def expected(dataset: Artefact, settings: ReflectSettings) -> Estimate:
    """Return what a run may cost, before anything is asked."""
    return _estimated(chosen_samples(dataset, settings)[0], settings)


def ahead(study: Study, dataset: Artefact, settings: ReflectSettings) -> Looked:
    """Return what the gate would see of a run, before anything is asked; nothing is kept."""
    return look_ahead(study, texts_asked(chosen_samples(dataset, settings)[0]))


def reflect_order(name: str, settings: ReflectSettings, endpoint: str, **inputs: Any) -> Order:
    """Return the order that has a teacher write chains.

    Raises:
        BadSetting: an endpoint's address is no plain one, or may not be asked.
    """
    require_allowed(endpoint)
    if inputs.get("verifier_endpoint"):
        require_allowed(inputs["verifier_endpoint"])
    return order_for("reflection", name, settings, endpoint=endpoint, **inputs)


def in_words(cost: Estimate) -> str:
    """Return an estimate as a sentence without its full stop."""
    return (
        f"Estimate: {cost.samples:,} samples take {cost.least:,} to {cost.most:,} requests, about "
        f"{cost.prompt_tokens:,} tokens read at least and {cost.written_tokens:,} written at most"
    )


def load_results(artefact: Artefact) -> dict[str, Any]:
    """Return ``results.json`` of finished reflective chains."""
    return artefact.results(RESULTS)


def _estimated(samples: Sequence[Sample], settings: ReflectSettings) -> Estimate:
    begun = (requests.begin(Problem(sample, "")) for sample in samples)
    return estimate(begun, plan_of(settings).bounds, max_tokens=settings.max_tokens)


def _search_all(
    samples: Sequence[Sample],
    dataset: Artefact,
    bench: Bench,
    unasked: dict[str, str],
    progress: Progress,
) -> dict[str, Found]:
    """Return id → what became of each sample, in their order, whoever was done first."""
    progress.expect(len(samples), unit="samples", message=f"Asking {bench.settings.model!a}")

    def one(sample: Sample) -> Found | str:
        problem = problem_of(sample, dataset)
        if isinstance(problem, str):
            return problem
        return bench.find(problem)

    found: dict[str, Found] = {}
    said_of_all = ask_all(one, samples, at_once=bench.teacher.endpoint.at_once)
    for sample, said in zip(samples, said_of_all, strict=True):
        if isinstance(said, str):
            unasked[sample.id] = said
        else:
            found[sample.id] = said
        progress.advance(1)
    return found


def _prompts() -> list[str]:
    return [f"{name} {requests.prompt(name).name}" for name in requests.NAMES]
