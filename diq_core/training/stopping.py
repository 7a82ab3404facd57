"""SIGTERM as a wish: a step is finished and kept before the run ends."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from diq_core.errors import Stopped


@contextmanager
def asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Take the first SIGTERM as a wish to stop after this step; a second one stops at once."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return

    def ask(_number: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            raise Stopped("Stopped on request; what was finished is kept")
        asked.set()

    before = signal.signal(signal.SIGTERM, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGTERM, before)
