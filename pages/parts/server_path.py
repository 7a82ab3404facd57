"""What a visitor may name of this computer, and start: what they like on their own, else little.

Behind a login the server's disk is not the visitor's. One function decides, for every field that
takes a path, and for work that came with a study and names paths and addresses of its own.
"""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

from diq_core.errors import BadSetting
from diq_core.inside import within
from diq_core.models.files import HUB_ID
from diq_core.remote.place import is_url, place_of, require_reachable
from diq_core.review.refusals import NotAllowed
from diq_core.review.store.changes import open_store
from diq_core.review.store.reading import role_of
from diq_core.review.store.roles import Actor, Role, allows
from diq_core.review.verdicts.overview import FILE
from diq_core.study import Study
from pages.gate.limits import has_login, read_limits
from pages.parts.reviewer import current_reviewer

_SHIPPED = "embedded"
_MOST_ENTRIES = 10_000


def may_read(study: Study, named: str) -> str:
    """Return `named`, if who is in front of the page may have it read; without a login always.

    Args:
        named: what they typed: a path, an address, the id of something on a hub, or "embedded".

    Raises:
        NotAllowed: it is a path or an address, and they are neither curator nor admin of the study.
        BadSetting: it lies in none of the folders that the server's limits name, or at a server
            that is not on the allow-list.
        BadFile: a link on the way, or within the folder, leads out.
    """
    if not named or not has_login() or not _is_path(named):
        return named
    if not may_decide(study):
        raise NotAllowed(
            "Only a curator or an admin of this study may name a path of the server or an address",
            which=named[:200],
            todo="send the file through the browser, or ask one of them",
        )
    if is_url(named):
        require_reachable(place_of(named))
        return named
    folder = _folder_of(named)
    path = folder if Path(named) == folder else within(folder, _relative(named, folder))
    _refuse_links_out(path, folder)
    return named


def may_decide(study: Study) -> bool:
    """Return whether who is in front of the page decides what is read and run of what others named.

    Without a login everybody does; with one, the study's curators and admins.
    """
    if not has_login():
        return True
    role = _role(study, current_reviewer())
    return role is not None and allows(role, "curate")


def _is_path(named: str) -> bool:
    if named == _SHIPPED:
        return False
    id = named.partition("@")[0]
    is_id = HUB_ID.fullmatch(id) is not None and not id.startswith(".") and "/." not in id
    # As the core reads it: what lies here is meant before anything on a hub.
    return not is_id or os.path.lexists(named) or os.path.lexists(id)


def _role(study: Study, actor: Actor) -> Role | None:
    if not study.facts.get("store") and not study.inside(FILE).exists():
        return actor.role
    with closing(open_store(study)) as store:
        return role_of(store, actor)


def _folder_of(named: str) -> Path:
    """Return the allowed folder in which the path lies, by its name alone."""
    folders = [Path(folder) for folder in read_limits().folders]
    for folder in folders:
        if folder.is_absolute() and Path(named).is_relative_to(folder):
            return folder
    raise BadSetting(
        "The path lies in none of the folders that this server reads from",
        which=named[:200],
        todo=f"give a whole path in one of: {', '.join(map(str, folders)) or '(none is named)'}",
    )


def _relative(named: str, folder: Path) -> str:
    return Path(named).relative_to(folder).as_posix()


def _refuse_links_out(path: Path, folder: Path) -> None:
    """Look through a folder for links; a set or a model may be one with links of its own."""
    home, seen = folder.resolve(), 0
    for inner, folders, files in os.walk(path):
        for name in (*folders, *files):
            seen += 1
            entry = Path(inner, name)
            if seen > _MOST_ENTRIES:
                raise BadSetting(
                    f"The folder holds more than {_MOST_ENTRIES:,} files and folders",
                    which=str(path),
                    todo="name the one that is meant",
                )
            if entry.is_symlink() and not entry.resolve().is_relative_to(home):
                within(entry.parent, name)
