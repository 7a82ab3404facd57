"""Send pairs of two models' answers to clinicians: a queue in the review store."""

from __future__ import annotations

import uuid

from diq_core.artefact import Artefact
from diq_core.review.form.form import load_form
from diq_core.review.queue.claiming import plan
from diq_core.review.queue.ordering import Item
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.store.changes import open_store
from diq_core.review.store.roles import Actor
from diq_core.stages.answers import load_pairs
from diq_core.study import Study


def send(
    study: Study,
    answers: Artefact,
    queue: str,
    *,
    person: Actor,
    overlap: int = 1,
    seed: int = 0,
) -> int:
    """Plan the queue `queue` of all pairs whose two texts differ; return how many there are.

    Sides are drawn by lot for every reviewer and pair, and nobody sees which model wrote what.

    Args:
        person: who plans it.
        overlap: how many people judge each pair.

    Raises:
        BadSetting: there is a queue of this name already.
        NotAllowed: `person` may not plan queues.
    """
    pairs = [pair for pair in load_pairs(answers) if not pair.identical]
    items = [
        Item(pair.name, source=pair.first.source, pair=(pair.first.id, pair.second.id))
        for pair in pairs
    ]
    held = study.reference(answers)
    settings = QueueSettings(
        queue, load_form().version, overlap=overlap, seed=seed,
        samples=held["path"], digest=held["digest"],
    )  # fmt: skip
    store = open_store(study)
    try:
        plan(store, person, queue, items, settings, key=uuid.uuid4().hex)
    finally:
        store.close()
    return len(items)
