"""What people mark on samples while they explore: flags and notes, and samples sent to review.

All of it stands in the log of the reviews; its store is made when something is first written.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from diq_core.artefact import Artefact
from diq_core.review.form.form import load_form
from diq_core.review.queue.ordering import Item
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.queue.sending import PICKED, Sent, send
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.marking import Marked, flag, flags, note, notes
from diq_core.review.store.reading import Judgement
from diq_core.review.store.roles import Actor
from diq_core.stages.joining import SAMPLES, load_table
from diq_core.stages.reviewed import has_reviews, opened
from diq_core.study import Study


@dataclass(frozen=True, slots=True)
class Marks:
    """What the actor may see of the marks on one sample.

    Attributes:
        flags, notes: in force, by person.
    """

    flags: tuple[Judgement, ...] = ()
    notes: tuple[Judgement, ...] = ()

    def has_flag_of(self, name: str) -> bool:
        """Return whether this person flagged the sample."""
        return any(each.reviewer == name for each in self.flags)

    def note_of(self, name: str) -> str:
        """Return this person's note; "" = none."""
        return next((str(n.value["text"]) for n in self.notes if n.reviewer == name), "")


def marks_on(study: Study, actor: Actor, sample: str) -> Marks:
    """Return the marks on a sample; none where nobody reviewed or marked anything."""
    if not has_reviews(study):
        return Marks()
    with opened(study) as store:
        return Marks(
            tuple(flags(store, actor, sample=sample)), tuple(notes(store, actor, sample=sample))
        )


def set_flag(study: Study, actor: Actor, samples: Sequence[str], on: bool) -> list[Marked]:
    """Flag samples, or take the actor's flags off; see `store.marking.flag`."""
    with _written(study) as store:
        return flag(store, actor, samples, on, key=uuid.uuid4().hex)


def set_note(study: Study, actor: Actor, sample: str, text: str) -> list[Marked]:
    """Write the actor's note on a sample; see `store.marking.note`."""
    with _written(study) as store:
        return note(store, actor, sample, text, key=uuid.uuid4().hex)


def take_back(study: Study, actor: Actor, done: Sequence[Marked]) -> list[Marked]:
    """Take back what was marked, or taken back before; return what takes this back again.

    Raises:
        Conflict: a mark was changed since.
    """
    with opened(study) as store:
        return [
            Marked(slot, store.undo(actor, slot, target=target, key=uuid.uuid4().hex).seq)
            for slot, target in ((each.slot, each.target) for each in reversed(done))
        ]


def send_to_review(
    study: Study, actor: Actor, dataset: Artefact, samples: Sequence[str], quadrants: Sequence[str]
) -> Sent:
    """Append samples to the queue of what was picked by hand from this dataset.

    Args:
        quadrants: of each sample; "" = none.
    """
    reference = study.reference(dataset)
    settings = QueueSettings(
        PICKED, load_form().version, order="listed",
        samples=reference["path"], digest=reference["digest"],
    )  # fmt: skip
    sources = _sources(dataset)
    items = [
        Item(sample, quadrant, sources.get(sample) or "")
        for sample, quadrant in zip(samples, quadrants, strict=True)
    ]
    with _written(study) as store:
        return send(store, actor, items, settings, key=uuid.uuid4().hex)


def _sources(dataset: Artefact) -> dict[str, str]:
    table = load_table(dataset, SAMPLES, ["id", "source"])
    return dict(zip(table["id"].to_pylist(), table["source"].to_pylist(), strict=True))


@contextmanager
def _written(study: Study) -> Iterator[Store]:
    store = open_store(study)
    try:
        yield store
    finally:
        store.close()
