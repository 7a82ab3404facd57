"""What of a study goes into a pack: what its manifests name, its uploads, its title."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from diq_core.artefact import ARCHIVED, MANIFEST
from diq_core.draft import PART
from diq_core.inside import within
from diq_core.kinds import ARTEFACTS
from diq_core.packing.listing import UPLOADS
from diq_core.stages.identifier_log import LOG
from diq_core.study import STUDY_FILE, Study

_KNOWN = (STUDY_FILE, LOG, UPLOADS, *ARTEFACTS, "review.db", "review.db-wal", "review.db-shm")


def files_of(study: Study) -> dict[str, Path]:
    """Return path in the study → file, of everything but the reviews.

    Raises:
        BadFile: one of them is a link or leads out.
    """
    names = [STUDY_FILE, *_uploads(study)]
    names += [LOG] if study.inside(LOG).exists() else []
    for kind in ARTEFACTS:
        for artefact in study.all_artefacts(kind):
            aside = [ARCHIVED] if artefact.is_archived else []
            files = [MANIFEST, *aside, *artefact.manifest["files"]]
            names += [f"{kind}/{artefact.name}/{file}" for file in files]
    return {name: study.inside(name) for name in sorted(names)}


def left_out(study: Study) -> list[str]:
    """Return what of the study does not go into a pack, each by its path."""
    found = [name for name in _listed(study.path) if name not in _KNOWN]
    for kind in ARTEFACTS:
        place = study.inside(kind)
        found += [f"{kind}/{name}" for name in _listed(place) if name.endswith(PART)]
    return found


def _uploads(study: Study) -> Iterator[str]:
    place = study.uploads_folder
    for name in _listed(place):
        if within(place, name).is_file() and not name.startswith("."):
            yield f"{UPLOADS}/{name}"


def _listed(folder: Path) -> list[str]:
    return sorted(os.listdir(folder)) if folder.is_dir() else []
