"""How much the server holds for its visitors: files that were uploaded, and open windows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from streamlit import config
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from pages.gate.limits import Limits

_MB = 2**20
# What a browser wraps around a file, in MB.
_FRAME = 1
# One path for each file: of the session that holds it and of the file.
Place = tuple[str, str]


class TooMuch(Exception):
    """A quota is reached; the text says which, and what to do.

    Args:
        words: the text.
        status: of the answer, as HTTP counts.
    """

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


class Quotas:
    """What each person holds now. Called by the server's one loop only.

    Streamlit's store of uploads says what is held: what a page or a closed window gave back
    counts no more. A request that is still being read counts with the length it announced.
    """

    def __init__(self) -> None:
        self._owners: dict[Place, str] = {}
        self._coming: dict[object, tuple[str, int]] = {}
        self._windows: Counter[str] = Counter()

    @contextmanager
    def upload(self, person: str, place: Place, size: int, limits: Limits) -> Iterator[None]:
        """Hold room for a file of `size` bytes while it is being read.

        Args:
            person: who sends it; "" = anybody, without a login.

        Raises:
            TooMuch: there is no room.
        """
        most = int(config.get_option("server.maxUploadSize"))
        if size > (most + _FRAME) * _MB:
            raise TooMuch(f"A file may have {most:,} MB. Send a smaller one, or a part.", 413)
        held = self._held()
        mine = sum(number for place, number in held.items() if self._owners.get(place) == person)
        mine += sum(number for owner, number in self._coming.values() if owner == person)
        if person and mine + size > limits.person_upload_mb * _MB:
            raise TooMuch(
                f"Your pages may hold {limits.person_upload_mb:,} MB of files at a time. Close "
                "the windows that you no longer use, or take a file out of its field.",
                413,
            )
        everything = sum(held.values()) + sum(number for _, number in self._coming.values())
        if everything + size > limits.all_upload_mb * _MB:
            raise TooMuch(
                f"All pages together may hold {limits.all_upload_mb:,} MB of files at a time. "
                "Close the windows that nobody uses, or try again in a few minutes.",
                413,
            )
        ticket = object()
        self._coming[ticket] = (person, size)
        self._owners[place] = person
        try:
            yield
        finally:
            del self._coming[ticket]

    @contextmanager
    def window(self, person: str, limits: Limits) -> Iterator[None]:
        """Count one more open window while it is open.

        Raises:
            TooMuch: there are too many.
        """
        self.check_window(person, limits)
        self._windows[person] += 1
        try:
            yield
        finally:
            self._windows[person] -= 1

    def check_window(self, person: str, limits: Limits) -> None:
        """Pass if one more window may be opened.

        Raises:
            TooMuch: there are too many.
        """
        if person and self._windows[person] >= limits.person_sessions:
            raise TooMuch(
                f"You have {limits.person_sessions} windows of this app open, which is the most. "
                "Close one and try again.",
                429,
            )
        if self._windows.total() >= limits.all_sessions:
            raise TooMuch(
                f"{limits.all_sessions} windows of this app are open, which is the most. Close "
                "one that nobody uses, or try again in a few minutes.",
                429,
            )

    def _held(self) -> dict[Place, int]:
        """Return the bytes of each file that Streamlit keeps, and forget who sent the others."""
        store = Runtime.instance().uploaded_file_mgr
        assert isinstance(store, MemoryUploadedFileManager)
        held = {
            (session, file.file_id): len(file.data)
            for session, files in list(store.file_storage.items())
            for file in list(files.values())
        }
        if not self._coming:
            self._owners = {place: who for place, who in self._owners.items() if place in held}
        return held
