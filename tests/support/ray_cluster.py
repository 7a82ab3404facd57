"""A real Ray cluster of two nodes on this machine: a raylet each, with one core each."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

_ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def two_nodes() -> Iterator[str]:
    """Yield the address of a cluster of two nodes; its processes end with the block."""
    # Sockets of Ray have long names, and the limit of a path to one is 107 characters.
    place = tempfile.mkdtemp(prefix="r", dir="/tmp")
    port = _free_port()
    address = f"127.0.0.1:{port}"
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    head = ["--head", f"--port={port}", "--include-dashboard=false", f"--temp-dir={place}",
            "--node-ip-address=127.0.0.1"]  # fmt: skip
    started: list[subprocess.Popen[bytes]] = []
    try:
        started.append(_raylet(head, address))
        started.append(_raylet([f"--address={address}", "--node-ip-address=127.0.0.1"], address))
        yield address
    finally:
        for process in started:
            _end(process)
        del before
        shutil.rmtree(place, ignore_errors=True)


def workers_of(address: str) -> list[psutil.Process]:
    """Return the processes of this machine in which actors of ours compute."""
    del address
    found = []
    for process in psutil.process_iter(["name", "cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if line.startswith("ray::Actor"):
            found.append(process)
    return found


def _raylet(options: list[str], address: str) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(_ROOT),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_DISABLE_IMPORT_WARNING": "1",
    }
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--num-cpus=1",
               "--num-gpus=0", "--object-store-memory=100000000", *options]  # fmt: skip
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    said = b""
    # Ray says so when the node is up.
    while b"--block" not in said:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"No Ray node at {address}: {said.decode()}")
        said += line
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    below = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for child in below:
        if child.is_running():
            child.kill()
    if process.stdout is not None:
        process.stdout.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
