"""A server that can be killed and a wire that can be cut: what reviewing has to survive."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from benchmarks.app_server import ROOT, free_port, wait_until_healthy


class Server:
    """The app on one port, which may be killed without warning and started again."""

    def __init__(self, workspace: Path, *options: str, port: int = 0) -> None:
        self.workspace = workspace
        self.options = options
        self.port = port or free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.launch()
        assert self._process is not None
        address = f"http://127.0.0.1:{self.port}"
        wait_until_healthy(self._process, address, 90.0, self._log)

    def launch(self) -> None:
        """Start it, and do not wait."""
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                self.command(), cwd=ROOT, stdout=output, stderr=subprocess.STDOUT,
                env={**os.environ, "DIQ_WORKSPACE": str(self.workspace)},
            )  # fmt: skip

    def command(self) -> list[str]:
        """Return what is run."""
        return [sys.executable, "-m", "streamlit", "run", "app.py",
                "--server.port", str(self.port), "--server.headless", "true",
                *self.options]  # fmt: skip

    @property
    def _log(self) -> Path:
        return self.workspace / "server.log"

    @property
    def pid(self) -> int | None:
        """The number of its process; None = it does not run."""
        return self._process.pid if self._process else None

    def kill(self) -> None:
        """Kill it as a power cut would: no clean-up, no goodbye."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None


class Wire:
    """A line to a port, on a port of its own; while it is cut nothing passes in either way."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._whole = threading.Event()
        self._whole.set()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self) -> None:
        """Break all connections and let no new one through."""
        self._whole.clear()
        with self._lock:
            for end in self._open:
                _shut(end)

    def mend(self) -> None:
        """Let connections through again."""
        self._whole.set()

    def close(self) -> None:
        """Take the wire away."""
        self.cut()
        self._door.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._door.accept()
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        far = None
        if self._whole.is_set():
            with suppress(OSError):
                far = socket.create_connection(("127.0.0.1", self._target), timeout=5)
        if far is None:
            _shut(near)
            near.close()
            return
        far.settimeout(None)
        with self._lock:
            self._open |= {near, far}
        with suppress(OSError):
            _pump(near, far)
        with self._lock:
            self._open -= {near, far}
        near.close()
        far.close()


def _pump(near: socket.socket, far: socket.socket) -> None:
    with selectors.DefaultSelector() as waiting:
        waiting.register(near, selectors.EVENT_READ, far)
        waiting.register(far, selectors.EVENT_READ, near)
        while True:
            for ready, _ in waiting.select():
                source = ready.fileobj
                assert isinstance(source, socket.socket)
                data = source.recv(65536)
                if not data:
                    return
                ready.data.sendall(data)


def _shut(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
