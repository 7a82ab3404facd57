"""Paths inside a folder that may come from somebody else: no links, no way out.

A study is handed from one person to another, so what lies in it is not ours: a link in place of a
folder would lead the app to files of the machine, a named pipe would stop it for ever. Whatever
is opened in a study or an artefact is found here.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path

from diq_core.errors import BadFile

_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)
# Control characters, drive letters and backslashes mean something else on another machine.
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\:]")


def is_plain(name: str) -> bool:
    """Return whether `name` is a relative path that stays inside wherever it begins."""
    parts = name.split("/")
    return not _FORBIDDEN.search(name) and not any(part in ("", ".", "..") for part in parts)


def within(folder: Path, name: str) -> Path:
    """Return the path `name` below `folder`, after a look at each of its components.

    `folder` itself may be a link: whoever names it says where it is. What does not exist yet is
    no fault: it can be made there.

    Args:
        name: a path relative to `folder`, with slashes.

    Raises:
        BadFile: it leads out of the folder, passes a link, or names a pipe, a socket or a device.
    """
    if not is_plain(name):
        raise BadFile(
            "The name of a file leads out of the folder it belongs to",
            which=f"{folder}, name {name[:200]!a}",
            todo="take the study from somebody you trust; this one was changed",
        )
    path = folder
    for part in name.split("/"):
        path = path / part
        _refuse_special(path)
    return path


def _refuse_special(path: Path) -> None:
    try:
        about = os.lstat(path)
    except OSError as error:
        if error.errno in _ABSENT:
            return
        raise BadFile(
            f"The file cannot be looked at: {error.strerror}",
            which=str(path),
            todo="see whether you may read it, and whether its name is sound",
        ) from None
    junction = getattr(about, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_REPARSE_POINT
    if stat.S_ISLNK(about.st_mode) or junction:
        raise BadFile(
            "It is a link, and may lead anywhere; nothing of a study is read through a link",
            which=str(path),
            todo="put the file or folder itself in its place",
        )
    if not (stat.S_ISREG(about.st_mode) or stat.S_ISDIR(about.st_mode)):
        raise BadFile(
            "It is neither a file nor a folder",
            which=str(path),
            todo="remove it; a study holds files and folders only",
        )
