"""The door "push": a finished export leaves for the hub or a folder elsewhere.

Whatever was said when it was written, all texts of its files are looked through again with what
people have decided by now: an export may be older than the finder, or than a decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from diq_core.artefact import MANIFEST, Artefact
from diq_core.config import ExportSettings, build
from diq_core.data.readers import Row, read_rows
from diq_core.export.card import card
from diq_core.export.exporters import find_exporter
from diq_core.export.verdicts import CORRECTIONS, VERDICTS, Verdicts
from diq_core.jobs.progress import Progress
from diq_core.privacy.gate import Decisions, Finding, Text, look_through
from diq_core.remote.hub import CARD
from diq_core.remote.sending import require_destination, send
from diq_core.stages import identifier_log
from diq_core.stages.export import DATASHEET, kept_samples, require_bare_images
from diq_core.stages.export_also import folders_of, with_all_named
from diq_core.stages.export_gate import found_in_images, names_in
from diq_core.stages.identifier_log import Answerable
from diq_core.stages.identifiers import leaves
from diq_core.study import Study

DROPPED = "dropped.jsonl"
_TABLES = (VERDICTS, CORRECTIONS, DROPPED)


def finished(
    study: Study, name: str, settings: ExportSettings, selection: Artefact
) -> Artefact | None:
    """Return the export of this name if it was made so of this selection; None = it was not.

    It is pushed as it is: verdicts that came since belong into another export.
    """
    here = next((each for each in study.all_artefacts("export") if each.name == name), None)
    settings = with_all_named(settings)
    if here is None or here.settings != settings.model_dump(mode="json"):
        return None
    entry = here.input("selection")
    return here if entry and entry["digest"] == selection.digest else None


def run(
    study: Study, export: Artefact, where: str, progress: Progress, *, who: Answerable | None = None
) -> str:
    """Send the files of an export, its manifest and, to the hub, its datasheet as the card.

    Args:
        where: a data set of the hub (``org/name``), or the address of an empty folder.
        who: who answers for what may tell who a patient is; it is kept in the study's log.

    Returns:
        The address at which it lies.

    Raises:
        BadSetting: `where` may not be reached, or other files lie there.
        IdentifiersFound: something stops it, and nobody answers for it.
        BadFile: a file was changed, its images may hold metadata, or the connection failed.
    """
    require_destination(where)
    export.require_whole()
    require_bare_images(export)
    progress.say("Looking for patients' identifiers")
    decisions = identifier_log.decisions(study)
    found = [*_names(export, decisions), *_in_images(study, export, decisions)]
    seen = look_through(_texts(export), decisions, found=found)
    identifier_log.require_passed(study, seen, "push", where, who)
    progress.say(f"Sending to {where}")
    files: dict[str, Path | bytes] = {name: export.file(name) for name in export.manifest["files"]}
    files[MANIFEST] = export.path / MANIFEST
    if CARD not in files:
        files[CARD] = _card(export).encode()
    return send(files, where, f"DIQ Studio: export '{export.name}'")


def _card(export: Artefact) -> str:
    text = export.file(DATASHEET).read_text(encoding="utf-8")
    title = f"{export.manifest['facts'].get('study') or 'DIQ Studio'}: {export.name}"
    return card(text, export.settings["format"], title)


def _texts(export: Artefact) -> Iterator[Text]:
    """Yield every text of the training file and of the tables beside it, as they lie there."""
    folders = folders_of(build(ExportSettings, export.settings), export.path)
    training = [folder / find_exporter(format).file for format, folder in folders.items()]
    tables = [export.path / name for name in _TABLES if export.manifest["files"].get(name)]
    for path in (*training, *tables):
        name = path.relative_to(export.path).as_posix()
        if path.is_file() and not path.stat().st_size:
            continue
        for number, row in enumerate(read_rows(path), 1):
            values = row.values if isinstance(row, Row) else {}
            id = str(values.get("id") or f"{name}, line {number}")
            for label, text in leaves("", values):
                yield id, label, text


def _names(export: Artefact, decisions: Decisions) -> Iterator[Finding]:
    said = export.manifest["facts"].get("verdicts")
    return names_in(Verdicts.from_dict(said) if said else None, decisions)


def _in_images(study: Study, export: Artefact, decisions: Decisions) -> list[Finding]:
    if not export.manifest["counts"]["images"]:
        return []
    selection = study.resolve(export, "selection")
    dataset = study.resolve(selection, "dataset")
    gone = export.manifest["facts"].get("identifiers", {}).get("withheld", ())
    samples = [each for each in kept_samples(selection, dataset)[0] if each.id not in gone]
    read = bool(export.settings.get("read_images"))
    return found_in_images(samples, dataset, decisions, read=read)[0]
