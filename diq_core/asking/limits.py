"""How much may be asked of one endpoint: requests a minute, and how many at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What one endpoint allows.

    Attributes:
        per_minute: most requests that begin in a minute, those that are repeated counted; None =
            as many as there are.
        at_once: most requests under way, 1 or more.
    """

    per_minute: int | None = None
    at_once: int = 1


class Pace:
    """Spreads requests evenly over a minute; many threads may ask for their turn.

    Args:
        per_minute: see `Limits`.
        wait: called with seconds.
        now: seconds of a clock that never goes back.
    """

    def __init__(
        self,
        per_minute: int | None,
        wait: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gap = 60.0 / per_minute if per_minute else 0.0
        self._wait, self._now = wait, now
        self._lock, self._next = threading.Lock(), 0.0

    def take(self) -> None:
        """Wait until the next request may begin."""
        if not self._gap:
            return
        with self._lock:
            now = self._now()
            begin = max(now, self._next)
            self._next = begin + self._gap
        if begin > now:
            self._wait(begin - now)
