"""What was found in a dataset, how each finding stands, and what people decide about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from diq_core.artefact import Artefact
from diq_core.data.sample import Sample
from diq_core.data.table import load_samples
from diq_core.errors import BadSetting, NotFound
from diq_core.privacy.gate import Finding, Ruling, Standing
from diq_core.privacy.identifier import KINDS, WORDS, Identifier, Kind, digest
from diq_core.stages import identifier_log
from diq_core.stages.identifier_log import Answerable
from diq_core.stages.identifiers import box_digest, fields_of, findings_in, image_of, look_at
from diq_core.stages.joining import SAMPLES, load_table, take_by_id
from diq_core.study import Study

AROUND = 70
"""Characters before and after a finding that are shown."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One finding of a dataset.

    Attributes:
        number: from 1, in the order of the dataset; it names the finding on the command line.
        finding: whose, where and what.
        standing: how it stands now, by the study's log.
    """

    number: int
    finding: Finding
    standing: Standing


@dataclass(frozen=True, slots=True)
class InContext:
    """A finding as a person has to see it to decide.

    Attributes:
        place: where it stands, e.g. "question" or the name of a kept column.
        before, found, after: the text around it; in an image all are empty.
        image: name of the image; "" = it stands in a text.
    """

    place: str
    before: str
    found: str
    after: str
    image: str = ""


def findings_of(dataset: Artefact) -> list[Finding]:
    """Return what was found in a dataset; one that was imported without looking is looked at now,
    its texts only."""
    known = findings_in(dataset)
    if known is not None:
        return known
    samples = load_samples(load_table(dataset, SAMPLES))
    return [Finding(each.id, one) for each in samples for one in look_at(each)]


def listed(study: Study, dataset: Artefact, found: Sequence[Finding]) -> list[Listed]:
    """Return findings of a dataset with how each stands by the study's log.

    Raises:
        BadFile: the log was changed.
    """
    decisions = identifier_log.decisions(study)
    known: Iterable[Identifier] = (each.what for each in found)
    if len(decisions):
        known = known_again(dataset, found, decisions.key)
    return [
        Listed(number, each, decisions.standing(one))
        for number, (each, one) in enumerate(zip(found, known, strict=True), 1)
    ]


def known_again(dataset: Artefact, found: Sequence[Finding], key: bytes) -> Iterator[Identifier]:
    """Yield what was found with the digests that decisions are by, in the same order."""
    samples = samples_of(dataset, {each.id for each in found})
    texts: dict[str, Mapping[str, str]] = {}
    for each in found:
        sample, one = samples[each.id], each.what
        if each.box:
            known = box_digest(image_of(sample.images, one), each.box, key)
        else:
            if each.id not in texts:
                texts = {each.id: {name: text for name, _, text in fields_of(sample)}}
            known = digest(texts[each.id].get(one.field, "")[one.start : one.end], key)
        yield Identifier(one.field, one.start, one.end, one.kind, known, one.sure)


def samples_of(dataset: Artefact, ids: Collection[str]) -> dict[str, Sample]:
    """Return id → sample."""
    table = load_table(dataset, SAMPLES)
    rows = take_by_id(table, pa.array(sorted(ids), pa.string()))
    return {each.id: each for each in load_samples(rows)}


def in_context(sample: Sample, finding: Finding) -> InContext:
    """Return a finding with the words around it."""
    one = finding.what
    if finding.box:
        return InContext("image", "", "", "", image=image_of(sample.images, one))
    fields = {name: (label, text) for name, label, text in fields_of(sample)}
    label, text = fields.get(one.field, ("", ""))
    return around(label or one.field.partition(".")[0], text, one)


def around(place: str, text: str, one: Identifier) -> InContext:
    """Return a finding of `text`, which stands at `place`, with the words around it."""
    before, after = text[: one.start], text[one.end :]
    return InContext(
        place,
        f"…{before[-AROUND:]}" if len(before) > AROUND else before,
        text[one.start : one.end],
        f"{after[:AROUND]}…" if len(after) > AROUND else after,
    )


def by_class(found: Iterable[Listed]) -> dict[Kind, Counter[Standing]]:
    """Return class → how many findings stand how, in the order of the classes."""
    counts: dict[Kind, Counter[Standing]] = {}
    for each in found:
        counts.setdefault(each.finding.what.kind, Counter())[each.standing] += 1
    return {kind: counts[kind] for kind in KINDS if kind in counts}


def chosen(found: Sequence[Listed], kind: str | None, numbers: Collection[int]) -> list[Listed]:
    """Return the findings of a class, or those of these numbers.

    Raises:
        BadSetting: neither or both is said, or there is no such class.
        NotFound: there is no such finding.
    """
    if (kind is None) == (not numbers):
        raise BadSetting(
            "A decision is about one class or about single findings",
            which="--kind, --finding",
            todo="give one of them",
        )
    if kind is not None and kind not in WORDS:
        raise BadSetting(
            f"There is no class {kind!a}", which="--kind", todo=f"use one of: {', '.join(KINDS)}"
        )
    missing = sorted(set(numbers) - {each.number for each in found})
    if missing:
        raise NotFound(
            f"There is no finding {missing[0]}",
            which="--finding",
            todo="use numbers that 'diq identifiers' shows",
        )
    return [each for each in found if each.finding.what.kind == kind or each.number in numbers]


def decide(
    study: Study, dataset: Artefact, about: Sequence[Listed], ruling: Ruling, who: Answerable
) -> int:
    """Put down what a person says of findings, one entry a class; return how many they are.

    It counts for equal texts wherever they come in later; the dataset itself stays as it is, and
    an import of the same file under another name is made by it.
    """
    found = [each.finding for each in about]
    known = known_again(dataset, found, identifier_log.digest_key())
    digests: dict[Kind, list[str]] = {}
    for one in known:
        digests.setdefault(one.kind, []).append(one.digest)
    for kind, same in digests.items():
        identifier_log.decide(study, who, ruling, kind, same)
    return len(found)
