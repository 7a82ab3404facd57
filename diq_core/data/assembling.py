"""From rows to samples with ids and images, and what was noticed on the way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from diq_core import plugins
from diq_core.data.findings import Finding, finding
from diq_core.data.formats import PLUGINS, Format, Parts, RowProblem
from diq_core.data.formats.settling import Numbers, needs_numbers, proven, settle
from diq_core.data.formats.turns import take_marks
from diq_core.data.identity import Identities
from diq_core.data.images import ImageProblem, ImageStore
from diq_core.data.limits import limits
from diq_core.data.readers import Row
from diq_core.data.sample import Sample
from diq_core.errors import BadSetting


def assemble(
    rows: Iterable[Row], format: Format, store: ImageStore, *, numbers: Numbers = "unproven"
) -> tuple[list[Sample], list[Finding]]:
    """Return the samples in `rows` with their final ids, and the findings about the rows.

    A row that cannot become a sample is an ``error`` finding; every other row is a sample.

    Args:
        numbers: how answers that are numbers are meant; see `how_numbers_count`.
    """
    drafts: list[tuple[Sample, list[Finding]]] = []
    findings: list[Finding] = []
    for row in rows:
        try:
            parts = _convert(row, format, numbers)
        except RowProblem as problem:
            findings += [*row.findings, _problem(problem, row)]
            continue
        drafts.append(_draft(parts, row, store))
    identities = Identities(sample for sample, _ in drafts)
    samples = []
    for sample, notes in drafts:
        named, found = identities.settle(sample)
        findings += [*found, *(replace(note, id=named.id) for note in notes)]
        samples.append(named)
    return samples, findings


def how_numbers_count(rows: Sequence[Row], format: Format) -> Numbers:
    """Return how the first rows of a file mean numbers as answers.

    Raises:
        BadSetting: most answers to choose are numbers, and nothing proves how they count.
    """
    converted = []
    for row in rows:
        try:
            converted.append(_read(row, format))
        except RowProblem:
            continue
    numbers = proven(converted)
    asked = [parts for parts in converted if needs_numbers(parts)]
    chosen = [each for each in converted if each.options and (each.answer or each.answer_label)]
    if numbers != "unproven" or 2 * len(asked) < len(chosen) or not asked:
        return numbers
    first = asked[0]
    raise BadSetting(
        "The right answers are numbers, and the file does not prove whether these count the "
        "options from 0 or from 1, or are answers themselves",
        which=f"answer {first.answer_label or first.answer} of {len(first.options)} options",
        todo="say it with --answer-numbers 0, --answer-numbers 1 or --answer-numbers text, or "
        "write labels such as B",
    )


def _read(row: Row, format: Format) -> Parts:
    with plugins.guarded(PLUGINS, format.name.removesuffix("+mapping"), passing=(RowProblem,)):
        return format.convert(row.values)


def _convert(row: Row, format: Format, numbers: Numbers) -> Parts:
    parts = _read(row, format)
    settle(parts, numbers)
    take_marks(parts)
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
    images = []
    if len(parts.images) > limits().images:
        notes.append(_too_many_images(len(parts.images), row))
    for reference in parts.images[: limits().images]:
        try:
            images.append(store.add(reference))
        except ImageProblem as problem:
            notes.append(_image_finding(problem, row))
    notes += [_metadata(store.metadata(name), row) for name in images if store.metadata(name)]
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
        images=tuple(images),
        source=parts.source,
        subject=parts.subject,
        licence=parts.licence,
        meta=parts.meta,
        file=row.file,
        line=row.line,
    )
    return sample, notes


def _too_many_images(count: int, row: Row) -> Finding:
    return finding(
        "too-many-images",
        f"The row names {count:,} images; those after the first {limits().images} are left out",
        hint="split the row",
        file=row.file,
        line=row.line,
        field="images",
    )


def _metadata(kinds: tuple[str, ...], row: Row) -> Finding:
    return finding(
        "image-metadata",
        f"An image holds more than its picture: {', '.join(kinds)}",
        hint="exports leave it out; what is drawn in the picture itself stays",
        file=row.file,
        line=row.line,
        field="images",
    )


def _image_finding(problem: ImageProblem, row: Row) -> Finding:
    return finding(
        problem.rule,
        str(problem),
        hint=problem.hint,
        file=row.file,
        line=row.line,
        field="images",
    )
