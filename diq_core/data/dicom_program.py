"""The process in which DICOM files are decoded: bytes in, a picture or a refusal out.

What decodes them is written in C, and a file of a few kilobytes may unpack to terabytes. So it
happens here, within bounds of memory and processor time; what goes beyond them ends this process
and nothing else. Nothing is opened, nothing is fetched.
"""

from __future__ import annotations

import json
import math
import os
import struct
import sys
import time
from typing import IO

from diq_core.data.dicom_picture import Picture, picture
from diq_core.data.redrawing import Unreadable

MEMORY = 3 * 1024**3
"""Bytes beyond what the libraries take."""
SECONDS = 60
"""Processor time for one file."""
LENGTH = struct.Struct(">Q")


def main() -> None:
    told, said = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # A library that prints would be taken for an answer.
    os.dup2(2, 1)
    _load_libraries()
    _limit_memory()
    while data := receive(told):
        _limit_time()
        try:
            answer: Picture | Unreadable = picture(data)
        except Unreadable as error:
            answer = error
        _say(said, answer)


def receive(stream: IO[bytes]) -> bytes:
    """Return the next message; b"" = there is none."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return b""
    (length,) = LENGTH.unpack(head)
    body = stream.read(length)
    return body if len(body) == length else b""


def send(stream: IO[bytes], message: bytes) -> None:
    stream.write(LENGTH.pack(len(message)))
    stream.write(message)
    stream.flush()


def _say(said: IO[bytes], answer: Picture | Unreadable) -> None:
    if isinstance(answer, Unreadable):
        send(said, json.dumps({"refused": str(answer), "hint": answer.hint}).encode())
        return
    told = {"header": answer.header, "dropped": answer.dropped}
    send(said, json.dumps(told).encode())
    send(said, answer.png)


def _load_libraries() -> None:
    import numpy as np  # noqa: F401
    import pydicom.pixels  # noqa: F401
    from PIL import Image

    Image.init()


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:
        return  # Windows: there the size that a header states is the only bound
    import psutil

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    most = psutil.Process().memory_info().vms + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _limit_time() -> None:
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time()) + SECONDS, hard))


if __name__ == "__main__":
    main()
