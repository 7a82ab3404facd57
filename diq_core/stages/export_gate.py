"""The gate at the door "export": what is really written is looked through before it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, NotRequired

from typing_extensions import TypedDict

from diq_core.artefact import Artefact
from diq_core.data.sample import Sample
from diq_core.export.exporters import obstacle, record
from diq_core.export.facts import DatasheetFacts
from diq_core.export.records import layout_of
from diq_core.export.verdicts import Verdicts
from diq_core.privacy.gate import Decisions, Finding, Seen, Text, look_through
from diq_core.privacy.identifier import Identifier, digest
from diq_core.records import AS_WRITTEN
from diq_core.stages import identifier_log
from diq_core.stages.export_thinking import Plan
from diq_core.stages.identifier_log import Answerable
from diq_core.stages.identifiers import Images, box_digest, findings_in, image_of, leaves
from diq_core.stages.joining import IMAGES
from diq_core.study import Study


class GateRecord(TypedDict):
    """What the manifest of an export says of the gate."""

    __pydantic_config__ = AS_WRITTEN  # type: ignore[misc]
    texts: int
    open: dict[str, int]
    samples: int
    doubtful: dict[str, int]
    cleared: int
    withheld: list[str]
    images_not_read: str
    release: NotRequired[dict[str, str]]


WITHHELD = "it may tell who a patient is"
"""Why a sample is not in an export."""


def texts_of(samples: Sequence[Sample], format: str, plan: Plan) -> Iterator[Text]:
    """Yield every text of the training file, as the format writes it."""
    kept = [sample for sample in samples if not obstacle(sample, format)]
    layout = layout_of(kept, format, style=plan.style, render=plan.render)
    for sample in kept:
        for name, text in leaves("", record(sample, layout)):
            yield sample.id, name, text


def texts_beside(facts: DatasheetFacts, verdicts: Verdicts | None) -> Iterator[Text]:
    """Yield every text that lies beside the training file: of datasheet, Croissant, verdicts."""
    for text in _words(asdict(facts)):
        yield "DATASHEET.md", "source", text
    for row in verdicts.corrections if verdicts else ():
        for name, text in leaves("", {**row, "id": ""}):
            yield str(row["id"]), f"correction.{name}", text


def _words(value: Any) -> Iterator[str]:
    """Yield all texts inside a value, also what counts are by."""
    if isinstance(value, Mapping):
        yield from map(str, value)
        value = [*value.values()]
    if isinstance(value, list | tuple):
        for each in value:
            yield from _words(each)
    elif isinstance(value, str):
        yield value


def names_in(verdicts: Verdicts | None, decisions: Decisions) -> Iterator[Finding]:
    """Yield the reviewers who are named: names, whatever they look like."""
    called = {
        str(row["reviewer"]) for row in (verdicts.verdicts if verdicts else ())
        if not row["machine"] and not str(row["reviewer"]).startswith("reviewer ")
    }  # fmt: skip
    for name in sorted(called):
        known = digest(name, decisions.key)
        one = Identifier("reviewer", 0, len(name), "name", known, True)
        yield Finding("verdicts.jsonl", one)


def found_in_images(
    samples: Sequence[Sample], dataset: Artefact, decisions: Decisions, *, read: bool = False
) -> tuple[list[Finding], str]:
    """Return what is drawn into the images of `samples`, and why they were not read ("" = they
    were, or there are none).

    What the import read counts.

    Args:
        read: whether to read now what the import did not, which takes seconds for each image.
    """
    shown = {sample.id: sample.images for sample in samples if sample.images}
    if not shown:
        return [], ""
    known = findings_in(dataset)
    why_not = "the dataset was imported by a version that did not look in images"
    if known is not None:
        why_not = dataset.manifest["facts"]["identifiers"]["images"]["not_read_because"]
    if read and why_not:
        reader = Images(dataset.folder(IMAGES), wanted=True)
        found = [one for sample in samples for one in reader.look_at(sample, decisions.key)]
        return found, reader.why_not
    boxes = [each for each in known or () if each.box and each.id in shown]
    return [_known_again(each, shown[each.id], decisions.key) for each in boxes], why_not


def _known_again(found: Finding, images: Sequence[str], key: bytes) -> Finding:
    """Return a place in an image with the digest that decisions are by."""
    known = box_digest(image_of(images, found.what), found.box, key)
    return replace(found, what=replace(found.what, digest=known))


@dataclass
class ExportGate:
    """Looks through one export, piece by piece, and says whether it may be written.

    Attributes:
        seen: what it saw so far.
        withheld: ids that are left out for what they hold.
        read_images: whether images are read that the import did not read.
        images: why images were not read.
        then: what it said when the same export was first written, which is said again; empty where
            that version looked for nothing; None = look now.
    """

    study: Study
    name: str
    decisions: Decisions
    who: Answerable | None
    leave_out: bool = False
    read_images: bool = False
    seen: Seen = field(default_factory=Seen)
    withheld: tuple[str, ...] = ()
    images: str = ""
    then: Mapping[str, Any] | None = None

    def look_at_samples(
        self, samples: Sequence[Sample], dataset: Artefact, formats: Sequence[str], plan: Plan
    ) -> None:
        """Look through the training file, in each of the formats, and the images.

        Raises:
            IdentifiersFound: something stops them, and nobody answers for it.
        """
        if self.then is not None:
            self.withheld = tuple(self.then.get("withheld", ()))
            return
        found, self.images = found_in_images(
            samples, dataset, self.decisions, read=self.read_images
        )
        for format in formats:
            seen = look_through(texts_of(samples, format, plan), self.decisions, found=found)
            self.seen.merge(seen)
        self._require_passed()
        if self.leave_out:
            self.withheld = tuple(self.seen.ids)
            self.seen.open.clear()
            self.seen.ids.clear()

    def look_beside(
        self, facts: DatasheetFacts, verdicts: Verdicts | None
    ) -> Mapping[str, Any] | None:
        """Look through what lies beside the training file, and return what is said of it all.

        None = nothing is, since the version that first wrote this export looked for nothing.

        Raises:
            IdentifiersFound: something stops it, and nobody answers for it.
        """
        if self.then is not None:
            return self.then or None
        texts = texts_beside(facts, verdicts)
        look_through(texts, self.decisions, found=names_in(verdicts, self.decisions),
                     seen=self.seen)  # fmt: skip
        passed = identifier_log.require_passed(self.study, self.seen, "export", self.name, self.who)
        return {**passed, "withheld": list(self.withheld), "images_not_read": self.images}

    def _require_passed(self) -> None:
        if self.seen.open and not self.leave_out and self.who is None:
            raise identifier_log.IdentifiersFound.of(self.seen, self.name)
