"""The processes of trials: where they come from, what is told to one, and how it ended.

To load the libraries takes seconds and 300 MB, to try a folder a tenth of that. So on Linux one
process loads them, opens nothing itself, and divides for every trial (``trial_program --serve``);
elsewhere every trial is a process that loads them for itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

_PROGRAM = "diq_core.models.trial_program"
_ROOT = Path(__file__).resolve().parents[2]


class TrialProcess:
    """A process in which a folder is tried; it ends when its input does.

    Attributes:
        began: set when it is known who it is, so that it can be ended by force.
        ended: set when `answers` has yielded the last one.
        code: then its exit status, below 0 the signal that ended it.
        peak: then KB of memory that it took at most; 0 where that is not known.
    """

    def __init__(self, told: IO[str], said: IO[str], alone: subprocess.Popen[str] | None) -> None:
        self.code, self.peak = -int(signal.SIGTERM), 0
        self._told, self._said, self._alone = told, said, alone
        self._handle = -1
        self._handling = threading.Lock()
        self.began, self.ended = threading.Event(), threading.Event()

    def write(self, text: str) -> None:
        """Tell it something; where it has ended, what it said last says more."""
        with contextlib.suppress(OSError, ValueError):
            self._told.write(text)
            self._told.flush()

    def answers(self) -> Iterator[dict[str, Any]]:
        """Yield what it says, until it has ended."""
        with self._said:
            for line in self._said:
                with contextlib.suppress(json.JSONDecodeError):  # it was ended within a line
                    answer = json.loads(line)
                    if "began" in answer:
                        self._handle = os.pidfd_open(answer["began"])
                        self.began.set()
                    elif "ended" in answer:
                        self.code, self.peak = answer["ended"], answer["peak"]
                    else:
                        yield answer
        if self._alone is not None:
            self.code = self._alone.wait()
        with self._handling:
            if self._handle >= 0:
                os.close(self._handle)
                self._handle = -1
        self.ended.set()

    def end(self) -> None:
        """End it, whatever it does."""
        if self._alone is not None:
            self._alone.kill()
        with self._handling, contextlib.suppress(ProcessLookupError):
            if self._handle >= 0:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        with contextlib.suppress(OSError):
            self._told.close()


def start() -> TrialProcess:
    """Return a process that waits to be told which folder to try."""
    if sys.platform != "linux":
        alone = _run([], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert alone.stdin is not None
        assert alone.stdout is not None
        return TrialProcess(alone.stdin, alone.stdout, alone)
    its_input, told = os.pipe()
    said, its_output = os.pipe()
    _divide(its_input, its_output)
    os.close(its_input)
    os.close(its_output)
    return TrialProcess(
        open(told, "w", encoding="ascii"),
        open(said, encoding="ascii"),
        None,
    )


def _divide(its_input: int, its_output: int) -> None:
    try:
        socket.send_fds(_server(os.getpid())[0], [b"+"], [its_input, its_output])
    except OSError:  # it was killed: another one takes its place
        _server.cache_clear()
        socket.send_fds(_server(os.getpid())[0], [b"+"], [its_input, its_output])


@lru_cache(maxsize=1)
def _server(owner: int) -> tuple[socket.socket, subprocess.Popen[str]]:
    """Return the process that divides and the line to it; a fork of this one gets its own."""
    del owner
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:
        return ours, _run(["--serve"], stdin=its.fileno(), stdout=subprocess.DEVNULL)


def _run(arguments: list[str], *, stdin: int, stdout: int) -> subprocess.Popen[str]:
    path = os.pathsep.join(part for part in (str(_ROOT), os.environ.get("PYTHONPATH", "")) if part)
    calm = {"TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    # -P: the folder that this was started in may be a stranger's, and hold modules.
    return subprocess.Popen(
        [sys.executable, "-P", "-m", _PROGRAM, *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="ascii",
        env={**os.environ, **calm, "PYTHONPATH": path},
    )
