"""A real model behind a real server: ``transformers serve`` on a tiny Llama, on this machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.support.tiny import tiny_llama, tiny_tokenizer

_RUNNING = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")


@dataclass(frozen=True)
class Served:
    """A running server: its address, and the name its model answers to."""

    url: str
    model: str


def save_tiny(folder: Path) -> Path:
    """Save the tiny Llama and its tokenizer, and return the folder."""
    model = tiny_llama()
    # Without this the server writes the likeliest word whatever the temperature.
    model.generation_config.do_sample = True
    model.save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder


@contextmanager
def transformers_serve(folder: Path) -> Iterator[Served]:
    """Serve the model in `folder` until the ``with`` ends."""
    command = [
        str(Path(sys.executable).with_name("transformers")), "serve", folder.name,
        "--host", "127.0.0.1", "--port", "0", "--device", "cpu",
    ]  # fmt: skip
    quiet = {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, cwd=folder.parent, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, env={**os.environ, **quiet},
    )  # fmt: skip
    assert process.stderr is not None
    try:
        yield Served(_address(process.stderr), folder.name)
    finally:
        process.terminate()
        process.wait(30)
        process.stderr.close()


def _address(log: IO[str]) -> str:
    """Return where the server listens, as soon as it says so."""
    said = []
    for line in log:
        said.append(line)
        if found := _RUNNING.search(line):
            # A full pipe would stop the server.
            threading.Thread(target=_drain, args=(log,), daemon=True).start()
            return f"{found[1]}/v1"
    raise AssertionError("the server ended:\n" + "".join(said[-30:]))


def _drain(log: IO[str]) -> None:
    try:
        for _ in log:
            pass
    except ValueError:
        return
