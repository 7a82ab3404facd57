"""The line of jobs that wait for their turn: one file, changed by one process at a time.

It only remembers. What stands in it is an `entry`, who adds to it is `queue`, who works through it
is `worker`, and how a job stands that has begun is its own record (see `standing`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from diq_core.errors import BadFile, Busy
from diq_core.files import read_json, write_json
from diq_core.inside import within
from diq_core.jobs.entry import Entry, Unread, find_open, read_entry
from diq_core.jobs.order import Order
from diq_core.jobs.processes import ENTRY
from diq_core.jobs.signing import FOREIGN, is_signed, sign
from diq_core.kinds import row
from diq_core.records import checked
from diq_core.study import Study

_FILE, _CHANGE = "entries.json", "change.lock"
_KEPT = 1000
_PATIENCE = 30.0


class Line:
    """The entries, while this process alone may change them; every change is written at once."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._path = queue_folder(study) / _FILE
        found, self._unread = _read(queue_folder(study))
        self._entries = {entry.number: entry for entry in _waiting_for_a_person(study, found)}

    def open(self) -> list[Entry]:
        """Return the entries that wait or run, in order."""
        return [entry for entry in self._entries.values() if entry.is_open]

    def startable(self) -> list[Entry]:
        """Return the entries among them that may be run without being asked for, in order."""
        return startable(self._study, list(self._entries.values()))

    def get(self, number: int) -> Entry | None:
        """Return the entry of that number, or None."""
        return self._entries.get(number)

    def put(self, entry: Entry) -> None:
        """Write the entry in place of the one of its number."""
        self._entries[entry.number] = entry
        needed = {number for one in self.open() for number in one.after}
        ended = [one for one in self._entries.values() if not one.is_open]
        for old in ended[: max(0, len(ended) - _KEPT)]:
            if old.number not in needed:
                del self._entries[old.number]
        self._write()

    def drop_unread(self, number: int) -> bool:
        """Take out what could not be read and has this number; return whether there was any."""
        kept = [one for one in self._unread if one.number != number]
        dropped, self._unread = len(kept) < len(self._unread), kept
        if dropped:
            self._write()
        return dropped

    def _write(self) -> None:
        values = [asdict(one) for one in self._entries.values()]
        write_json(self._path, [*values, *(one.value for one in self._unread)])

    def add(self, order: Order, after: Sequence[int] = ()) -> Entry:
        """Put a new entry at the end and return it."""
        numbers = {*self._entries, *(one.number for one in self._unread)}
        entry = Entry(
            max(numbers, default=0) + 1,
            order,
            tuple(after),
            parent=int(os.environ.get(ENTRY) or 0),
            added=time.time(),
        )
        return self.sign(entry)

    def sign(self, entry: Entry) -> Entry:
        """Write the entry as this machine's own and return it.

        Raises:
            BadFile: it asks an endpoint, which only a person's own process may.
        """
        if row(entry.kind).asks:
            raise BadFile(
                "What sends text to an endpoint does not wait in the queue",
                which=entry.title,
                todo="start it from its page, or in a terminal",
            )
        signed = replace(entry, signature=sign(self._study, *entry.facts))
        self.put(signed)
        return signed


def queue_folder(study: Study) -> Path:
    """Return where the line, its worker's lock and its log lie."""
    return study.inside("jobs/queue")


@contextmanager
def changing(study: Study) -> Iterator[Line]:
    """Give the line to change; others wait meanwhile.

    Raises:
        Busy: another process does not let go of it.
    """
    folder = queue_folder(study)
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(within(folder, _CHANGE))
    try:
        lock.acquire(timeout=_PATIENCE, poll_interval=0.01)
    except Timeout:
        raise Busy(
            "The queue is being changed by another process",
            which=str(folder),
            todo="try again in a minute",
        ) from None
    try:
        # A process that was killed while it wrote leaves its half-written file behind.
        for half in folder.glob(f".{_FILE}.*"):
            half.unlink()
        yield Line(study)
    finally:
        lock.release()


def entries(study: Study) -> list[Entry]:
    """Return every entry that is remembered, in order.

    One that was not written here waits, whatever it says, until a person starts it.

    Raises:
        BadFile: the file is damaged.
    """
    return _waiting_for_a_person(study, _read(queue_folder(study))[0])


def unread(study: Study) -> list[Unread]:
    """Return what stands in the line and cannot be understood; it is never run.

    Raises:
        BadFile: the file is damaged.
    """
    return _read(queue_folder(study))[1]


def is_own(study: Study, entry: Entry) -> bool:
    """Return whether this machine wrote the entry, or one that shares its secret."""
    return is_signed(study, entry.signature, *entry.facts)


def startable(study: Study, found: Sequence[Entry]) -> list[Entry]:
    """Return the open entries that are our own and wait for nothing that is not."""
    own: dict[int, Entry] = {}
    closed = {entry.number for entry in found if not entry.is_open}
    known = {entry.number for entry in found}
    for entry in sorted(found, key=lambda one: one.number):
        needed = set(entry.after) & known - closed
        if entry.is_open and needed <= own.keys() and is_own(study, entry):
            own[entry.number] = entry
    return list(own.values())


def ask_to_stop(study: Study, kind: str, name: str) -> Entry | None:
    """Take the artefact's entry out of the line, or note that it is to stop; None if it has none.

    An entry that was asked to stop is never begun again. What it had added to the line and still
    waits there leaves with it.
    """
    if find_open(entries(study), kind, name) is None:
        return None
    with changing(study) as line:
        entry = find_open(line.open(), kind, name)
        if entry is None or entry.state == "stopping":
            return entry
        for own in line.open():
            if own.parent == entry.number and own.state == "waiting":
                line.put(replace(own, state="stopped", message="Taken out of the queue"))
        waits = entry.state == "waiting"
        asked = replace(
            entry,
            state="stopped" if waits else "stopping",
            message="Taken out of the queue" if waits else "Asked to stop",
        )
        line.put(asked)
        return asked


def _waiting_for_a_person(study: Study, found: Sequence[Entry]) -> list[Entry]:
    return [
        one
        if not one.is_open or is_own(study, one)
        else replace(one, state="waiting", slot=-1, message=FOREIGN)
        for one in found
    ]


def _read(folder: Path) -> tuple[list[Entry], list[Unread]]:
    path = within(folder, _FILE)
    try:
        values = read_json(path)
    except FileNotFoundError:
        return [], []
    todo = "remove it; what waited in the queue has to be started again"
    found, failed = list[Entry](), list[Unread]()
    for value in checked(list[dict[str, Any]], values, which=str(path), todo=todo):
        try:
            found.append(read_entry(value, f"{path}, entry {value.get('number')}"))
        except BadFile as error:
            failed.append(Unread(value, str(error)))
    return found, failed
