"""Python loads this in every process that an attack starts; it notes what the process does."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

_RECORD = os.environ.get("DIQ_TEST_RECORD", "")


def _note(what: str) -> None:
    # One write to a file opened for appending: lines of several processes do not mix.
    file = os.open(_RECORD, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"a process {what}\n".encode())
    os.close(file)


if _RECORD:
    _spec = importlib.util.spec_from_file_location(
        "diq_test_watched", Path(__file__).parents[1] / "watched.py"
    )
    assert _spec is not None
    assert _spec.loader is not None
    _watched = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(_watched)
    _folders = tuple(filter(None, os.environ.get("DIQ_TEST_FORBIDDEN", "").split(os.pathsep)))
    _watched.listen(_note, lambda: _folders)
