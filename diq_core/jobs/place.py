"""Where those who share a piece of work leave what they found: a folder, or an fsspec URL.

Nothing here is ever changed: a file is written whole or not at all, and what is decided once is
pinned by whoever comes first, so no locks have to travel between machines.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from diq_core.errors import BadFile, BadSetting
from diq_core.files import atomic, read_json

Write = Callable[[Path], object]
"""Fills the file that it is given."""


class Place(Protocol):
    """A folder that all workers see."""

    def has(self, name: str) -> bool:
        """Return whether there is a file of this name, e.g. ``"shards/000000.parquet"``."""
        ...

    def names(self, folder: str) -> set[str]:
        """Return the names of the files in a folder, without its own."""
        ...

    def put(self, name: str, write: Write) -> None:
        """Write a file, whole or not at all, over one that is there."""
        ...

    def pin(self, name: str, write: Write) -> None:
        """Write a file unless there is one: the first one counts."""
        ...

    def open(self, name: str) -> Any:
        """Return a context in which the file lies at the local path that it yields."""
        ...


def place_of(where: str) -> Place:
    """Return the place at a local path or an fsspec URL.

    Raises:
        BadSetting: nothing that is installed can reach such a URL.
    """
    if "://" not in where:
        return _Folder(Path(where))
    if where.startswith("file://"):
        return _Folder(Path(where.removeprefix("file://")))
    return _Remote(where)


def check_url(url: str) -> None:
    """Refuse a URL that nothing installed can reach.

    Raises:
        BadSetting: says what is missing.
    """
    place_of(url if "://" in url else f"file://{url}")


def pin_json(place: Place, name: str, decide: Callable[[], Any]) -> Any:
    """Return what the JSON file says; decide it, if nobody has."""
    if not place.has(name):
        text = json.dumps(decide(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        place.pin(name, lambda path: path.write_text(text, encoding="utf-8"))
    return load_json(place, name)


def load_json(place: Place, name: str) -> Any:
    """Return the content of a JSON file of the place."""
    with place.open(name) as path:
        return read_json(path)


def put_table(place: Place, name: str, table: pa.Table) -> None:
    """Write a table as Parquet."""
    place.put(name, lambda path: pq.write_table(table, path))


def load_table(place: Place, name: str) -> pa.Table:
    """Return a table of the place.

    Raises:
        BadFile: it is damaged.
    """
    with place.open(name) as path:
        try:
            return pq.read_table(path)
        except (pa.ArrowInvalid, OSError) as error:
            raise BadFile(
                f"The shard is damaged: {str(error).splitlines()[0]}",
                which=name,
                todo="remove this file and run the same command again",
            ) from None


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path

    def has(self, name: str) -> bool:
        return (self._path / name).exists()

    def names(self, folder: str) -> set[str]:
        try:
            # Half-written files have hidden names.
            return {name for name in os.listdir(self._path / folder) if name[0] != "."}
        except FileNotFoundError:
            return set()

    def put(self, name: str, write: Write) -> None:
        with atomic(self._ready(name)) as partial:
            write(partial)

    def pin(self, name: str, write: Write) -> None:
        target = self._ready(name)
        half = target.with_name(f".{target.name}.{os.getpid()}.pin.half")
        try:
            with atomic(half) as partial:
                write(partial)
            try:
                os.link(half, target)
            except FileExistsError:
                pass
            except OSError:  # a disk that knows no links: the last one counts
                os.replace(half, target)
        finally:
            half.unlink(missing_ok=True)

    @contextmanager
    def open(self, name: str) -> Iterator[Path]:
        yield self._path / name

    def _ready(self, name: str) -> Path:
        target = self._path / name
        # The folder itself is made by who begins the work; once it was finished, it is gone.
        if target.parent != self._path:
            target.parent.mkdir(exist_ok=True)
        return target


class _Remote:
    def __init__(self, url: str) -> None:
        import fsspec

        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError) as error:
            raise BadSetting(
                f"Shards cannot be kept there: {' '.join(str(error).split())}",
                which=url,
                todo="name a folder or a URL that fsspec can reach, and install what it asks for",
            ) from None

    def has(self, name: str) -> bool:
        return bool(self._files.exists(self._of(name)))

    def names(self, folder: str) -> set[str]:
        self._files.invalidate_cache()
        try:
            found = self._files.ls(self._of(folder), detail=False)
        except FileNotFoundError:
            return set()
        return {path.rsplit("/", 1)[-1] for path in found}

    def put(self, name: str, write: Write) -> None:
        self._send(name, write, "overwrite")

    def pin(self, name: str, write: Write) -> None:
        try:
            self._send(name, write, "create")
        except FileExistsError:
            return

    @contextmanager
    def open(self, name: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory() as folder:
            local = Path(folder) / name.rsplit("/", 1)[-1]
            self._files.get_file(self._of(name), str(local))
            yield local

    def _send(self, name: str, write: Write, mode: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            local = Path(folder) / "file"
            write(local)
            self._files.makedirs(self._of(name).rsplit("/", 1)[0], exist_ok=True)
            self._files.pipe_file(self._of(name), local.read_bytes(), mode=mode)

    def _of(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"
