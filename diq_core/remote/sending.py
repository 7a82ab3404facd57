"""Files to elsewhere: into a folder behind an address, or as a data set of the hub."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diq_core.artefact import MANIFEST
from diq_core.errors import BadSetting
from diq_core.remote import hub
from diq_core.remote.place import (
    Place,
    files_of,
    in_plain_words,
    is_url,
    place_of,
    require_reachable,
)

_ON_HUB = "datasets/"


def require_destination(where: str) -> None:
    """Refuse what nothing can be sent to from here; asks nobody.

    Args:
        where: a data set of the hub (``org/name``), or the address of a folder.

    Raises:
        BadSetting: it is neither, or may not be reached.
    """
    place = _folder(where)
    if place is None:
        hub.require_pushable(_repo(where))
    else:
        require_reachable(place)


def send(files: Mapping[str, Path | bytes], where: str, message: str) -> str:
    """Write an export's files to `where`, and return the address at which they lie.

    Args:
        files: name → the file, or its content; one of them is the manifest.
        message: says on the hub what it is.

    Raises:
        BadSetting: see `require_destination`; or something else lies there.
        BadFile: the connection failed, or it was refused.
        NotFound: it may not be written to.
    """
    place = _folder(where)
    if place is None:
        return hub.push(_repo(where), files, message)
    with in_plain_words(place):
        _write(files_of(place), place, files)
    return place.url


def _write(there: Any, place: Place, files: Mapping[str, Path | bytes]) -> None:
    _require_free(there, place, _bytes(files[MANIFEST]))
    # The manifest last, as in a study: where it is, the rest is.
    for name in sorted(files, key=lambda name: (name == MANIFEST, name)):
        there.pipe_file(f"{place.path}/{name}", _bytes(files[name]))


def _require_free(there: Any, place: Place, manifest: bytes) -> None:
    """Refuse a folder with files in it, unless they are of this very export."""
    try:
        held = there.ls(place.path, detail=False)
    except FileNotFoundError:
        return
    if not held:
        return
    same = f"{place.path}/{MANIFEST}"
    if not there.exists(same) or there.cat_file(same) != manifest:
        raise BadSetting(
            "There are other files already", which=place.url, todo="name a folder that is empty"
        )


def _bytes(content: Path | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.read_bytes()


def _folder(where: str) -> Place | None:
    """Return the folder that `where` names; None = it is a data set of the hub."""
    place = place_of(where) if is_url(where) else None
    return None if place is None or place.scheme == "hf" else place


def _repo(where: str) -> str:
    if not is_url(where):
        return where
    path = place_of(where).path
    if not path.startswith(_ON_HUB):
        raise BadSetting(
            "Only a data set of the hub is written to", which=f"{where[:100]!a}",
            todo="give org/name, or hf://datasets/org/name",
        )  # fmt: skip
    return path.removeprefix(_ON_HUB)
