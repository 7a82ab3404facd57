"""What a model will be asked about the samples of a selection, and the look at it before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from diq_core.artefact import Artefact
from diq_core.asking.prompts import Prompt
from diq_core.config import JudgeSettings
from diq_core.data.sample import Sample, answer_text, question_text
from diq_core.data.table import load_samples
from diq_core.review.form.form import Form, load_form
from diq_core.review.machine import rater as machine
from diq_core.review.machine.critique import critique_messages, critique_prompt
from diq_core.review.machine.judge import judge_messages, judge_prompt
from diq_core.review.queue.material import items_of, members_of
from diq_core.review.queue.ordering import Item
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.reading import judgements
from diq_core.review.store.roles import Actor
from diq_core.stages.choosing import left_out
from diq_core.stages.endpoint_gate import Asked, Looked, look_ahead
from diq_core.stages.joining import SAMPLES, load_table, take_by_id
from diq_core.stages.selection import SELECTION
from diq_core.study import Study


def ahead(study: Study, selection: Artefact, settings: JudgeSettings, person: Actor) -> Looked:
    """Return what the gate would see of a judging, before anything is asked; nothing is kept."""
    form, store = load_form(), open_store(study)
    try:
        items = judged_items(study, store, selection, settings, form, person)
        samples = judged_samples(study, selection, items)
        return look_ahead(study, requests(store, form, settings, samples))
    finally:
        store.close()


def judged_items(
    study: Study,
    store: Store,
    selection: Artefact,
    settings: JudgeSettings,
    form: Form,
    person: Actor,
) -> list[Item]:
    """Return what is to be judged, samples that people judged first: only they show agreement.

    What people left out among samples that ask the same takes no part.
    """
    dataset = study.resolve(selection, "dataset")
    for read in (selection, dataset):
        read.require_whole()
    members = members_of(
        load_table(dataset, SAMPLES, ["id", "source", "excluded"]),
        load_table(selection, SELECTION, ["id", "kept", "quadrant"]),
    )
    out = left_out(study, dataset)
    members = [one for one in members if one.id not in out]
    found = items_of(members, "both", rest=settings.rest, seed=settings.seed)
    everybody = judgements(store, person, "verdict", scope=form.version)
    judged = {one.sample for one in everybody if not one.machine}
    found = sorted(found, key=lambda item: item.sample not in judged)
    return found[: settings.limit]


def judged_samples(study: Study, selection: Artefact, items: Sequence[Item]) -> list[Sample]:
    """Return the samples of items, in their order."""
    table = load_table(study.resolve(selection, "dataset"), SAMPLES)
    ids = pa.array([item.sample for item in items], pa.string())
    return load_samples(take_by_id(table, ids))


def requests(
    store: Store, form: Form, settings: JudgeSettings, samples: Sequence[Sample]
) -> Iterator[Asked]:
    """Yield all that may be asked about samples, whatever was asked before."""
    criteria = machine.criteria_of(store, [one.id for one in samples])
    for sample in samples:
        if sample.images:
            continue
        texts = {"question": question_text(sample), "reasoning": sample.reasoning,
                 "answer": answer_text(sample)}  # fmt: skip
        judged = judge_messages(form, judge_prompt(), sample, criteria[sample.id])
        yield Asked(sample.id, texts, judged)
        if settings.critique and comparable(sample):
            yield Asked(sample.id, texts, critique_request(critique_prompt(), sample))


def critique_request(prompt: Prompt, sample: Sample) -> list[dict[str, str]]:
    """Return what is asked about where a sample's reasoning and answer disagree."""
    return critique_messages(
        prompt,
        question=question_text(sample),
        response=sample.reasoning,
        reference=answer_text(sample),
    )


def comparable(sample: Sample) -> bool:
    """Return whether a sample has both, reasoning and an answer to compare it with."""
    return bool(sample.reasoning.strip() and answer_text(sample).strip())
