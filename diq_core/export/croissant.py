"""croissant.json: the export described for machines, in MLCommons' Croissant 1.0.

Built and checked by its own library, so that dataset search engines and loaders accept it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diq_core.digests import file_digest
from diq_core.export.datasheet import INTENDED_USE, NOT_FOR, SCORES_ARE_ESTIMATES
from diq_core.export.exporters import Exporter, find_exporter
from diq_core.export.facts import NOT_STATED, DatasheetFacts
from diq_core.export.records import IMAGE_FOLDER
from diq_core.export.writer import Written
from diq_core.markdown import one_line

if TYPE_CHECKING:
    import mlcroissant as mlc

_RECORDS = "samples"
_CONFORMS_TO = ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"]
# The library's names for what it can read; it has none for Arrow, so nothing is read from that.
_OTHER = "application/octet-stream"
_ENCODINGS = {
    ".jsonl": "application/jsonlines",
    ".parquet": "application/x-parquet",
    ".csv": "text/csv",
    ".arrow": "application/vnd.apache.arrow.stream",
    ".json": "application/json",
}


def croissant(facts: DatasheetFacts, written: Written, folder: Path) -> str:
    """Return the text of croissant.json: equal facts and files give equal bytes.

    Args:
        facts: as for the datasheet.
        written: what `write_export` wrote.
        folder: where it was written; the files' digests and sizes are taken from there.

    Raises:
        mlcroissant.ValidationError: the library refuses the description, which is our mistake.
    """
    import mlcroissant as mlc

    described = _metadata(facts, written, folder).to_json()
    text = json.dumps(described, indent=2, ensure_ascii=False) + "\n"
    mlc.Metadata.from_json(ctx=mlc.Context(), json_=json.loads(text))
    return text


def _metadata(facts: DatasheetFacts, written: Written, folder: Path) -> mlc.Metadata:
    import mlcroissant as mlc

    made = facts.composition
    licences = [one_line(licence) for licence in made.licences if licence != NOT_STATED]
    machine = made.authors.get("machine", 0)
    return mlc.Metadata(
        name=one_line(facts.name),
        description=(
            f"{made.samples} medical question-answer samples in the format {facts.format}, chosen "
            f"from {facts.pool_size} of the dataset {one_line(facts.dataset)} by the strategy "
            f"{one_line(facts.strategy)}. "
            "DATASHEET.md tells the rest."
        ),
        conforms_to=_CONFORMS_TO,
        version="1.0.0",
        license=licences or None,
        distribution=_distribution(written, folder),
        record_sets=_record_sets(facts),
        data_use_cases=[INTENDED_USE, NOT_FOR],
        data_limitations=[SCORES_ARE_ESTIMATES, *(one_line(gap) for gap in facts.known_gaps)],
        data_collection_missing_data=(
            f"{sum(facts.unscored.values())} samples of the pool had no score and "
            f"{len(facts.dropped)} chosen ones could not be exported."
        ),
        data_annotation_protocol=[
            f"Reasoning written by language models, as origin or licence say: {machine} samples."
        ],
    )


def _distribution(written: Written, folder: Path) -> list[Any]:
    import mlcroissant as mlc

    pictures = [name for name in written.files if name.startswith(f"{IMAGE_FOLDER}/")]
    found: list[Any] = [
        mlc.FileObject(
            id=name,
            name=name,
            content_url=name,
            content_size=f"{(folder / name).stat().st_size} B",
            encoding_formats=[_ENCODINGS.get(Path(name).suffix, _OTHER)],
            sha256=file_digest(folder / name),
        )
        for name in written.files
        if name not in pictures
    ]
    if pictures:
        found.append(
            mlc.FileSet(
                id=IMAGE_FOLDER,
                name=IMAGE_FOLDER,
                description=f"{len(pictures)} pictures; the manifest holds their digests.",
                includes=[f"{IMAGE_FOLDER}/**"],
                encoding_formats=["image/*"],
            )
        )
    return found


def _record_sets(facts: DatasheetFacts) -> list[mlc.RecordSet]:
    import mlcroissant as mlc

    exporter = find_exporter(facts.format)
    if not exporter.builder:
        return []
    fields = [_text("id", exporter)]
    fields += [_text(name, exporter) for name in exporter.texts]
    fields += [
        _dialogue(name, exporter, in_parts=bool(facts.composition.with_images))
        for name in exporter.dialogues
    ]
    return [mlc.RecordSet(id=_RECORDS, name=_RECORDS, key=[f"{_RECORDS}/id"], fields=fields)]


def _text(name: str, exporter: Exporter) -> mlc.Field:
    import mlcroissant as mlc

    return mlc.Field(
        id=f"{_RECORDS}/{name}",
        name=name,
        data_types=[mlc.DataType.TEXT],
        source=mlc.Source(file_object=exporter.file, extract=mlc.Extract(column=name)),
    )


def _dialogue(name: str, exporter: Exporter, *, in_parts: bool) -> mlc.Field:
    """Return a list of messages; `in_parts`: their content is a list that may hold pictures."""
    import mlcroissant as mlc

    speaker, words = exporter.turn
    path = f"{words}[*].text" if in_parts and not exporter.marked else words
    parts = [
        mlc.Field(
            id=f"{_RECORDS}/{name}/{part}",
            name=part,
            data_types=[mlc.DataType.TEXT],
            source=mlc.Source(
                file_object=exporter.file,
                extract=mlc.Extract(column=name),
                transforms=[mlc.Transform(json_path=json_path)],
            ),
        )
        for part, json_path in ((speaker, speaker), (words, path))
    ]
    return mlc.Field(id=f"{_RECORDS}/{name}", name=name, repeated=True, sub_fields=parts)
