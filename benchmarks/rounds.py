"""Rounds of one measurement in a browser: seconds, bytes, what the server computed and held."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psutil
from playwright.sync_api import Page, WebSocket


@dataclass
class Traffic:
    """Bytes that went over the page's websocket since the last `reset`."""

    sent: int = 0
    received: int = 0

    def watch(self, socket: WebSocket) -> None:
        """Count the frames of a websocket."""
        socket.on("framesent", lambda frame: self._add(frame, sent=True))
        socket.on("framereceived", lambda frame: self._add(frame, sent=False))

    def reset(self) -> None:
        """Begin at zero."""
        self.sent = self.received = 0

    def _add(self, frame: str | bytes, *, sent: bool) -> None:
        if sent:
            self.sent += len(frame)
        else:
            self.received += len(frame)


@dataclass
class Figure:
    """The rounds of one measurement."""

    seconds: list[float] = field(default_factory=list)
    computed: list[float] = field(default_factory=list)
    sent: int = 0
    received: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return medians in seconds, bytes of the last round, and all rounds."""
        return {
            "seconds": statistics.median(self.seconds), "rounds": self.seconds,
            "computed": statistics.median(self.computed), "sent": self.sent,
            "received": self.received,
        }  # fmt: skip


@dataclass
class Bench:
    """Where rounds are measured.

    Attributes:
        server: the process that serves the page.
        most: bytes of memory that it held at most after a round.
    """

    page: Page
    server: psutil.Process
    traffic: Traffic = field(default_factory=Traffic)
    most: int = 0

    @contextmanager
    def round(self, figure: Figure) -> Iterator[Callable[[], None]]:
        """Measure what is done inside; the function that is given starts the clock anew."""
        begun, computed = [time.perf_counter()], self._computed()
        self.traffic.reset()
        yield lambda: begun.append(time.perf_counter())
        figure.seconds.append(time.perf_counter() - begun[-1])
        figure.sent, figure.received = self.traffic.sent, self.traffic.received
        settle(self.page)
        figure.computed.append(self._computed() - computed)
        self.most = max(self.most, self.server.memory_info().rss)

    def heap(self) -> int:
        """Return the bytes that the page's scripts hold once what is not used is thrown away."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("HeapProfiler.collectGarbage")
        return int(session.send("Runtime.getHeapUsage")["usedSize"])

    def _computed(self) -> float:
        times = self.server.cpu_times()
        return float(times.user + times.system)


def settle(page: Page) -> None:
    """Wait until the page has finished its work, so that rounds do not disturb each other."""
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")
    page.wait_for_timeout(700)
