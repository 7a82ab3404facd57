"""A file or a folder from elsewhere, as a local one, within the budgets of an import."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from diq_core.data.limits import limits, over_budget
from diq_core.errors import BadFile, NotFound
from diq_core.inside import is_plain
from diq_core.remote.place import Place, files_of, in_plain_words, is_url, place_of
from diq_core.scratch import Scratch
from diq_core.shortage import in_words

Tell = Callable[[str], None]

_PIECE = 1 << 20
_TOLD_EVERY = 8 * _PIECE


@contextmanager
def at_hand(sources: Iterable[str], tell: Tell | None = None) -> Iterator[list[str]]:
    """Yield for each address the path of what was fetched from it; paths and hub ids as they are.

    What was fetched is there until the ``with`` ends.

    Args:
        tell: is told how much came so far, in words.

    Raises:
        BadSetting: an address may not be reached, or is of a kind that is not read.
        NotFound: there is nothing at it.
        BadFile: it is more than the budgets of an import allow, or the connection failed.
    """
    with ExitStack() as held:
        yield [
            str(held.enter_context(_fetched(place_of(each), tell))) if is_url(each) else each
            for each in sources
        ]


@contextmanager
def _fetched(place: Place, tell: Tell | None) -> Iterator[Path]:
    with Scratch() as folder:
        with in_plain_words(place), in_words(place=str(folder)):
            path = _Fetching(place, folder, tell).run()
        yield path


class _Fetching:
    """Copies what lies at one address into a folder, and counts it."""

    def __init__(self, place: Place, folder: Path, tell: Tell | None) -> None:
        self._place, self._folder, self._tell = place, folder, tell
        self._limits = limits()
        self._files = files_of(place)
        self._until = time.monotonic() + self._limits.seconds
        self._came = self._told = 0

    def run(self) -> Path:
        """Fetch it all, and return the local file or folder of its name."""
        target = self._folder / self._place.name
        if self._files.isfile(self._place.path):
            self._fetch(self._place.path, target)
            return target
        inner = self._listed()
        for name, inside in inner.items():
            (target / inside).parent.mkdir(parents=True, exist_ok=True)
            self._fetch(name, target / inside)
        return target

    def _listed(self) -> dict[str, str]:
        """Return the files below the address → their names from there on."""
        found: dict[str, str] = {}
        for name in self._files.find(self._place.path):
            inside = name.lstrip("/").removeprefix(f"{self._place.path}/")
            if not is_plain(inside):
                raise BadFile(
                    "A file there has a name that leads out of its folder",
                    which=f"{name[:200]!a}", todo="rename it, or name the file that is meant",
                )  # fmt: skip
            found[name] = inside
            if len(found) > self._limits.members:
                what = f"There are more than {self._limits.members:,} files"
                raise over_budget(what, self._place.url, "members", "name the file that is meant")
        if not found:
            raise NotFound("There is no file there", which=self._place.url, todo="check it")
        return found

    def _fetch(self, name: str, target: Path) -> None:
        with self._files.open(name, "rb") as file, target.open("wb") as local:
            while piece := file.read(_PIECE):
                self._count(len(piece))
                local.write(piece)

    def _count(self, size: int) -> None:
        self._came += size
        if self._came > self._limits.unpacked_bytes:
            what = f"There is more than {self._limits.unpacked_bytes // _PIECE:,} MB"
            raise over_budget(what, self._place.url, "unpacked_bytes", "name a smaller file")
        if time.monotonic() > self._until:
            what = f"Fetching takes longer than {self._limits.seconds:,} seconds"
            raise over_budget(what, self._place.url, "seconds", "name a smaller file")
        if self._tell and self._came - self._told >= _TOLD_EVERY:
            self._told = self._came
            self._tell(f"Fetching: {self._came / _PIECE:,.0f} MB")
