"""Processes of ours that outlive the one that starts them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

HOST = socket.gethostname()
"""This machine, as records name it."""
PROGRAM: tuple[str, ...] = ("-m", "diq_core")
"""What python runs; a verb and its arguments follow."""
ENTRY = "DIQ_ENTRY"
"""Environment variable that tells a process which entry of the queue it was started for."""

_ROOT = Path(__file__).resolve().parents[2]
# A process is that of a record if it was created so near to the time that the record names;
# after a restart of the machine the same number may belong to any other process.
_NEAR = 60.0


def detach(
    command: Sequence[str], log: Path, *, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start ``python -m diq_core <command>`` in a session of its own.

    Args:
        log: file that everything it prints is appended to.
        environment: variables it gets besides those of this process.
    """
    path = os.pathsep.join(part for part in (str(_ROOT), os.environ.get("PYTHONPATH", "")) if part)
    inherited = {name: value for name, value in os.environ.items() if name != ENTRY}
    own = {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **(environment or {})}
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, *PROGRAM, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**inherited, **own},
        )


def reap(process: subprocess.Popen[bytes]) -> None:
    """Let go of the child when it ends; nothing that it needs depends on this process."""
    threading.Thread(target=process.wait, daemon=True).start()


def is_alive(pid: int, created: float) -> bool:
    """Return whether the process `pid` of this machine lives and began at about `created`."""
    if pid <= 0:
        return False
    try:
        process = psutil.Process(pid)
        return bool(
            process.status() != psutil.STATUS_ZOMBIE
            and abs(process.create_time() - created) < _NEAR
        )
    except psutil.NoSuchProcess:
        return False


def peak_memory() -> int:
    """Return the most bytes that this process has held, on the graphics card if it used one.

    0 where the system does not say.
    """
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available() and torch.cuda.max_memory_allocated():
        return int(torch.cuda.max_memory_allocated())
    try:
        import resource
    except ImportError:
        return 0
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(held) * (1 if sys.platform == "darwin" else 1024)
