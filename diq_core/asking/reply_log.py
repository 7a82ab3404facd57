"""Replies of a model kept one by one in a file, so that a broken run loses none."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class ReplyLog:
    """Replies by what was asked; a later one to the same replaces an earlier one.

    Args:
        path: a file of JSON lines. Its last line may be torn: a killed process wrote it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.replies: dict[str, dict[str, Any]] = {}
        if path.exists():
            self._read()

    def has(self, asked: str) -> bool:
        """Return whether there is a reply with a text; a failed request is no reply."""
        return self.replies.get(asked, {}).get("text") is not None

    def add(self, asked: str, reply: Mapping[str, Any]) -> None:
        """Keep `reply`; it is on the disk when this returns."""
        line = json.dumps({"asked": asked, **reply}, ensure_ascii=True) + "\n"
        with self._path.open("a", encoding="ascii") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        self.replies[asked] = dict(reply)

    def _read(self) -> None:
        content = self._path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        for line in whole.splitlines():
            values = json.loads(line)
            self.replies[values.pop("asked")] = values
        if len(whole) < len(content):
            # What is appended next must not continue a torn line.
            with self._path.open("r+b") as file:
                file.truncate(len(whole))
