"""From rows to samples with ids and images, and what was noticed on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from diq_core import plugins
from diq_core.data.dicom import Kept
from diq_core.data.findings import Finding, finding
from diq_core.data.formats import PLUGINS, Format, Parts, RowProblem
from diq_core.data.formats.counting import (
    Numbers,
    needs_numbers,
    numbers_needed,
    proven,
)
from diq_core.data.formats.gold import note_gold
from diq_core.data.formats.judged import note_judgement
from diq_core.data.formats.picture_columns import find_images
from diq_core.data.formats.pictures import place_images
from diq_core.data.formats.settling import settle
from diq_core.data.identity import Identities
from diq_core.data.images import ImageProblem, ImageStore
from diq_core.data.limits import limits
from diq_core.data.readers import Row
from diq_core.data.sample import Sample
from diq_core.data.shelf import Shelf
from diq_core.data.unused import Ledger, Unused

_Draft = tuple[Sample, list[Finding]]


@dataclass(frozen=True, slots=True)
class Assembled:
    """What rows became.

    Attributes:
        samples: with their final ids, in the order of the rows.
        findings: about the rows; one that cannot become a sample is an ``error``.
        rows: how many rows became a sample, or several.
        unused: columns of these rows that were not used.
    """

    samples: Sequence[Sample]
    findings: Sequence[Finding]
    rows: int
    unused: list[Unused]


def assemble(
    rows: Iterable[Row],
    format: Format,
    store: ImageStore,
    *,
    numbers: Numbers = "unproven",
    before: Sequence[Sample] = (),
    folder: Path | None = None,
) -> Assembled:
    """Return the samples in `rows` and what was noticed on the way.

    Args:
        numbers: how answers that are numbers are meant; see `how_numbers_count`.
        before: samples that come first and keep their ids, which are all different.
        folder: where what does not fit into memory lies; None = where the system puts it.
    """
    drafts: Shelf[_Draft] = Shelf(folder=folder)
    findings: Shelf[Finding] = Shelf(folder=folder)
    good, ledger, identities = 0, Ledger(), Identities(each.id for each in before)
    for row in rows:
        drawn, problems = _read(row, format, store, numbers, ledger)
        drafts.extend(drawn)
        findings.extend(problems)
        for sample, _ in drawn:
            identities.expect(sample.id)
        good += bool(drawn)
    samples: Shelf[Sample] = Shelf(folder=folder)
    samples.extend(identities.settle(sample)[0] for sample in before)
    for sample, notes in drafts:
        named, found = identities.settle(sample)
        findings.extend([*found, *(replace(note, id=named.id) for note in notes)])
        samples.append(named)
    return Assembled(samples, findings, good, ledger.unused())


def _read(
    row: Row, format: Format, store: ImageStore, numbers: Numbers, ledger: Ledger
) -> tuple[list[_Draft], list[Finding]]:
    """Return the samples of a row with what was noticed about each, and why others are none."""
    drafts, problems = [], []
    try:
        pieces = _cut(row, format)
    except RowProblem as problem:
        return [], [*row.findings, _problem(problem, row)]
    for piece in pieces:
        try:
            parts = _convert(piece, format, numbers)
        except RowProblem as problem:
            problems += [*row.findings, _problem(problem, row)]
            continue
        ledger.note(piece.values, parts)
        drafts.append(_draft(parts, piece, store))
    return drafts, problems


def _cut(row: Row, format: Format) -> list[Row]:
    if format.cut is None:
        return [row]
    with _guarded(format):
        return [replace(row, values=dict(values)) for values in format.cut(row.values)]


def _guarded(format: Format) -> AbstractContextManager[None]:
    return plugins.guarded(PLUGINS, format.name.removesuffix("+mapping"), passing=(RowProblem,))


def how_numbers_count(rows: Sequence[Row], format: Format) -> Numbers:
    """Return how the first rows of a file mean numbers as answers.

    Raises:
        SettingNeeded: most answers to choose are numbers, and nothing proves how they count.
    """
    converted = []
    for row in rows:
        try:
            converted += [_parts(piece, format) for piece in _cut(row, format)]
        except RowProblem:
            continue
    numbers = proven(converted)
    asked = [parts for parts in converted if needs_numbers(parts)]
    chosen = [each for each in converted if each.options and (each.answer or each.answer_label)]
    if numbers != "unproven" or 2 * len(asked) < len(chosen) or not asked:
        return numbers
    raise numbers_needed(asked)


def _parts(row: Row, format: Format) -> Parts:
    with _guarded(format):
        return format.convert(row.values)


def _convert(row: Row, format: Format, numbers: Numbers) -> Parts:
    parts = _parts(row, format)
    settle(parts, numbers)
    note_judgement(parts, row.values)
    note_gold(parts, row.values)
    find_images(parts, row.values)
    place_images(parts)
    if not parts.question:
        hint = "fill it, or map the column that holds it"
        raise RowProblem("no-question", "question", "There is no question", hint)
    return parts


def _problem(problem: RowProblem, row: Row) -> Finding:
    return finding(
        problem.rule,
        str(problem),
        hint=problem.hint,
        file=row.file,
        line=row.line,
        field=problem.field,
    )


def _draft(parts: Parts, row: Row, store: ImageStore) -> tuple[Sample, list[Finding]]:
    notes = list(row.findings)
    for note in parts.notes:
        notes.append(
            finding(
                note.rule,
                note.message,
                hint=note.hint,
                file=row.file,
                line=row.line,
                field=note.field,
            )
        )
    images: list[str] = []
    places: list[int] = []
    question = len(parts.history)
    most = limits().images if parts.images else 0
    if len(parts.images) > most:
        notes.append(_too_many_images(len(parts.images), most, row))
    shown_by = parts.image_places or (question,) * len(parts.images)
    for reference, place in list(zip(parts.images, shown_by, strict=True))[:most]:
        try:
            images.append(store.add(reference))
            places.append(place)
        except ImageProblem as problem:
            notes.append(_image_finding(problem, row))
    notes += [_metadata(store.metadata(name), row) for name in images if store.metadata(name)]
    headers = {name: kept for name in images if (kept := store.header(name))}
    notes += [_dicom(kept, row) for kept in headers.values()]
    sample = Sample(
        id=parts.id,
        question=parts.question,
        answer=parts.answer,
        reasoning=parts.reasoning,
        options=parts.options,
        answer_label=parts.answer_label,
        context=parts.context,
        system=parts.system,
        history=parts.history,
        tool_turns=parts.tool_turns,
        images=tuple(images),
        image_places=tuple(places) if set(places) - {question} else (),
        frame=parts.frame,
        source=parts.source,
        subject=parts.subject,
        licence=parts.licence,
        meta=_with_headers(parts.meta, headers),
        file=row.file,
        line=row.line,
    )
    return sample, notes


def _too_many_images(count: int, most: int, row: Row) -> Finding:
    message = f"The row names {count:,} images; those after the first {most} are left out"
    return _about_images("too-many-images", message, "split the row", row)


def _metadata(kinds: tuple[str, ...], row: Row) -> Finding:
    message = f"An image holds more than its picture: {', '.join(kinds)}"
    hint = "exports leave it out; what is drawn in the picture itself stays"
    return _about_images("image-metadata", message, hint, row)


def _dicom(kept: Kept, row: Row) -> Finding:
    hint = "look at the picture for text that is drawn into it, or import with --read-images"
    return _about_images("dicom", kept.noted(), hint, row)


def _with_headers(meta: dict[str, Any], headers: Mapping[str, Kept]) -> dict[str, Any]:
    """Return the meta with what was kept of the headers of DICOM files, by image."""
    if not headers:
        return meta
    # A column of this name is kept under another one.
    aside = {"dicom (column)": meta["dicom"]} if "dicom" in meta else {}
    return {**meta, **aside, "dicom": {name: kept.header for name, kept in headers.items()}}


def _image_finding(problem: ImageProblem, row: Row) -> Finding:
    return _about_images(problem.rule, str(problem), problem.hint, row)


def _about_images(rule: str, message: str, hint: str, row: Row) -> Finding:
    return finding(rule, message, hint=hint, file=row.file, line=row.line, field="images")
