"""DICOM files among the images of a dataset: pictures are made of them in a process apart.

Of the header nothing is kept but modality, body part, window, photometric interpretation, bits,
which frame it is, and whether text is said to be burned in; see `dicom_picture`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import weakref
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from diq_core.data.dicom_picture import Picture
from diq_core.data.dicom_program import SECONDS, receive, send
from diq_core.data.redrawing import Unreadable
from diq_core.errors import BadSetting
from diq_core.extras import need

_PROGRAM = "diq_core.data.dicom_program"
_ROOT = Path(__file__).resolve().parents[2]
_SUFFIXES = (".dcm", ".dicom")
_BURNED = {
    "yes": "that text is drawn into the picture",
    "no": "that no text is drawn into the picture",
    "not stated": "nothing of text drawn into the picture",
}
_MAGIC, _AT = b"DICM", 128
_PATIENCE_S = 5.0 * SECONDS
"""Longest silence by the clock; the limit of processor time is far below."""


def is_dicom(data: bytes, name: str = "") -> bool:
    """Return whether a file is DICOM: by its mark, or by its name where it lacks the mark."""
    return data[_AT : _AT + 4] == _MAGIC or PurePosixPath(name).suffix.lower() in _SUFFIXES


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept of a header, and the kinds of fields that were not; see `Picture`."""

    header: dict[str, Any]
    dropped: tuple[str, ...]

    def noted(self) -> str:
        """Return what is said of the file that a picture was made of."""
        said = "A picture was made of a DICOM file"
        if "frames" in self.header:
            said += f", of the first of its {self.header['frames']:,} frames"
        if self.dropped:
            said += f"; of its header is left out: {', '.join(self.dropped)}"
        return f"{said}. It states {_BURNED[self.header['burned_in_annotation']]}"


class DicomReader:
    """Makes pictures of DICOM files, one after another, in a process that it starts when needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: _Process | None = None

    def picture(self, data: bytes) -> Picture:
        """Return the picture of a file; see `dicom_picture.picture`.

        Raises:
            Unreadable: there is none, it cannot be decoded within the bounds, or the extra
                "dicom" is not installed.
        """
        try:
            need("pydicom", "dicom")
        except BadSetting as error:
            raise Unreadable(f"is a DICOM file, and {error.what}", error.todo) from None
        with self._lock:
            if self._process is None:
                self._process = _Process()
                weakref.finalize(self, self._process.end)
            try:
                return self._process.ask(data)
            except _Ended:
                self._process.end()
                self._process = None
                raise Unreadable(
                    "needs more memory or time than a picture may, or breaks its decoder",
                    "store it uncompressed, or leave it out",
                ) from None


class _Ended(Exception):
    """The process ended without an answer."""


@dataclass(frozen=True, slots=True)
class _Pipes:
    told: Any
    said: Any


class _Process:
    def __init__(self) -> None:
        path = os.pathsep.join((str(_ROOT), os.environ.get("PYTHONPATH", "")))
        # Threads of a library would each reserve memory for themselves.
        alone = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": path}
        self._process = subprocess.Popen(
            [sys.executable, "-m", _PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env={**os.environ, **alone},
        )  # fmt: skip
        self._pipes = _Pipes(self._process.stdin, self._process.stdout)

    def ask(self, data: bytes) -> Picture:
        watch = threading.Timer(_PATIENCE_S, self._process.kill)
        watch.start()
        try:
            send(self._pipes.told, data)
            answer = self._hear()
            told: dict[str, Any] = json.loads(answer)
            if "refused" in told:
                raise Unreadable(told["refused"], told["hint"])
            return Picture(self._hear(), told["header"], tuple(told["dropped"]))
        except OSError:
            raise _Ended from None
        finally:
            watch.cancel()

    def end(self) -> None:
        self._process.kill()
        for pipe in (self._pipes.told, self._pipes.said):
            try:
                pipe.close()
            except OSError:
                continue
        self._process.wait()

    def _hear(self) -> bytes:
        answer = receive(self._pipes.said)
        if not answer:
            raise _Ended
        return answer
