"""More than one process: the same command several times here; `jobs.ray_job` is the other way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from diq_core.errors import BadSetting
from diq_core.extras import need

Launcher = Literal["here", "accelerate", "ray"]
LAUNCHERS: tuple[Launcher, ...] = ("here", "accelerate", "ray")
TRACKERS = ("mlflow", "trackio")
_OURS = ("--launch", "--processes", "--ray-gpus")


def without_launch(arguments: Sequence[str]) -> list[str]:
    """Return the command's arguments without those that say how to launch it."""
    kept: list[str] = []
    rest = iter(arguments)
    for each in rest:
        if each in _OURS:
            next(rest, None)
        elif not each.startswith(tuple(f"{option}=" for option in _OURS)):
            kept.append(each)
    return kept


def accelerate_command(arguments: Sequence[str], processes: int, *, gpus: int) -> list[str]:
    """Return the line that runs `arguments` in several processes on this machine.

    On graphics cards that is ``accelerate launch``. It starts no second process on a CPU, so there
    it is PyTorch's launcher, which accelerate itself uses for several cards.

    Args:
        arguments: after ``python -m diq_core``.
        gpus: CUDA devices here; 0 = the processes share the CPU.
    """
    module = ["-m", "diq_core", *without_launch(arguments)]
    if not gpus:
        launcher = ["torch.distributed.run", "--standalone", f"--nproc_per_node={processes}"]
        return [sys.executable, "-m", *launcher, *module]
    return [
        sys.executable, "-m", "accelerate.commands.launch",
        *(["--multi_gpu"] if processes > 1 else []),
        "--num_processes", str(processes), "--num_machines", "1", "--mixed_precision", "no",
        "--dynamo_backend", "no", "--main_process_port", "0", *module,
    ]  # fmt: skip


def check_launcher(launcher: str, processes: int) -> None:
    """Refuse a launcher that is not there.

    Raises:
        BadSetting: it is unknown, not installed, or asked for more cards than there are.
    """
    if launcher not in LAUNCHERS:
        raise BadSetting(
            f"There is no launcher '{launcher}'",
            which="launch",
            todo=f"use one of: {', '.join(LAUNCHERS)}",
        )
    if launcher == "ray":
        need("ray", "ray")
    if launcher == "accelerate":
        import torch

        cards = torch.cuda.device_count()
        if cards and processes > cards:
            raise BadSetting(
                f"There are {cards} CUDA devices here, not {processes}",
                which="processes",
                todo=f"use at most {cards}",
            )


def check_tracker(tracker: str) -> None:
    """Refuse a tracker that is unknown or not installed.

    Raises:
        BadSetting: says how to install it.
    """
    if tracker not in TRACKERS:
        raise BadSetting(
            f"There is no tracker '{tracker}'",
            which="track",
            todo=f"use one of: {', '.join(TRACKERS)}; our own files are always written",
        )
    need(tracker, "tracking")


def run_accelerate(arguments: Sequence[str], processes: int, *, threads: int) -> int:
    """Run `arguments` in several processes, pass SIGTERM on, and return the exit code."""
    import torch

    command = accelerate_command(arguments, processes, gpus=torch.cuda.device_count())
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": str(threads)}
    if not torch.cuda.device_count():
        environment["ACCELERATE_USE_CPU"] = "true"
    child = subprocess.Popen(command, env=environment)
    before = signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    try:
        return child.wait()
    finally:
        signal.signal(signal.SIGTERM, before)
