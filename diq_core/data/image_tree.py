"""Where in a dataset's folder an image lies that its row names from another place.

Public sets name their images from a folder that only their code knows: a bare name that lies under
``images``, a path that begins two folders above the data file. Looked for are files below the
dataset's own folder whose path ends with the whole path that the row gives; nothing outside it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path, PurePosixPath

from diq_core.data.embedded import PICTURE_FILE
from diq_core.data.findings import Finding, finding

MOST_FILES = 2_000_000
"""So many files are looked through at most."""


class ImageTree:
    """The pictures below a folder, by name; hidden ones and links are left alone.

    Args:
        root: the dataset's folder, resolved.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._used: dict[Path, str] = {}
        self.cut = False

    def find(self, relative: PurePosixPath) -> list[Path]:
        """Return the files whose path below the folder ends with `relative`, sorted."""
        wanted = relative.parts
        by_parent = self._folders.get(relative.name, {})
        folders = chain(*by_parent.values()) if len(wanted) == 1 else by_parent.get(wanted[-2], ())
        found = []
        for folder in folders:
            parts = (*folder.split("/"), relative.name) if folder else (relative.name,)
            if parts[-len(wanted) :] == wanted:
                found.append("/".join(parts))
        return [self._root / each for each in sorted(found)]

    def use(self, path: Path, relative: PurePosixPath) -> None:
        """Note that an image was taken from there."""
        above = path.relative_to(self._root).parts[: -len(relative.parts)]
        self._used[path] = "/".join(above)

    @property
    def used(self) -> dict[str, int]:
        """Folder below the root → how many images were taken from there, by name."""
        return dict(sorted(Counter(self._used.values()).items()))

    @cached_property
    def _folders(self) -> dict[str, dict[str, list[str]]]:
        """Name of a file → name of the folder around it → the folders so called."""
        found: dict[str, dict[str, list[str]]] = {}
        seen = 0
        for folder, inner, names in os.walk(self._root):
            inner[:] = sorted(each for each in inner if not each.startswith((".", "__MACOSX")))
            below = Path(folder).relative_to(self._root).as_posix()
            below = "" if below == "." else below
            for name in names:
                seen += 1
                if PICTURE_FILE.fullmatch(name) and not os.path.islink(os.path.join(folder, name)):
                    found.setdefault(name, {}).setdefault(Path(folder).name, []).append(below)
            if seen > MOST_FILES:
                self.cut = True
                break
        return found


def found_elsewhere(found: Sequence[str], below: Mapping[str, int], file: str) -> list[Finding]:
    """Return the findings about images that lie elsewhere than the rows say; often none.

    Args:
        found: references whose file was found by its name alone.
        below: folder that no row names → how many images were found in it.
    """
    said = _below(below, file)
    if not found:
        return said
    message = (
        f"{len(found):,} image{'s were' if len(found) != 1 else ' was'} found by the file's name "
        f"alone, such as '{found[0][:120]}'"
    )
    hint = "give the images in their folders, as a ZIP or as a folder, to be sure"
    return [*said, finding("image-by-name", message, hint=hint, file=file)]


def _below(found: Mapping[str, int], file: str) -> list[Finding]:
    """Return the finding about images in folders that no row names; often none."""
    if not found:
        return []
    count, named = sum(found.values()), ", ".join(f"'{name[:60]}'" for name in list(found)[:5])
    more = f" and {len(found) - 5:,} more" if len(found) > 5 else ""
    message = (
        f"{count:,} image{'s were' if count != 1 else ' was'} found in {named}{more}, which no row "
        "names"
    )
    hint = "nothing to do if the images are the right ones; no other file fits the rows"
    return [finding("image-by-name", message, hint=hint, file=file)]
