"""Replies of endpoints, kept in the study's ``.cache``: the same request is never paid for twice.

One that came with a study is not used, since anybody may have written it; this machine's own are
signed, and only whoever runs the app can read them. They enter no artefact and no pack.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from diq_core.asking.completion import Reply
from diq_core.errors import UserError
from diq_core.files import read_json, write_json
from diq_core.jobs.signing import is_signed, sign
from diq_core.study import Study

_FOLDER, _PURPOSE = ".cache/replies", "reply"


class StudyReplies:
    """The replies that one study keeps; many threads may use it."""

    def __init__(self, study: Study) -> None:
        self._study = study

    def get(self, key: str) -> Reply | None:
        """Return what this machine keeps of a request; None = nothing that can be trusted."""
        with suppress(UserError, OSError, AttributeError, KeyError, TypeError, ValueError):
            said: dict[str, Any] = dict(read_json(self._file(key)))
            signature = str(said.pop("signature"))
            if is_signed(self._study, signature, _PURPOSE, key, _digest(said)):
                return Reply.of(said)
        return None

    def put(self, key: str, reply: Reply) -> None:
        """Keep a reply; it is on the disk when this returns."""
        path, said = self._file(key), reply.as_dict()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        signature = sign(self._study, _PURPOSE, key, _digest(json.loads(json.dumps(said))))
        write_json(path, {**said, "signature": signature})
        os.chmod(path, 0o600)

    def _file(self, key: str) -> Path:
        return self._study.inside(f"{_FOLDER}/{key[:2]}/{key}.json")


def _digest(said: dict[str, Any]) -> str:
    text = json.dumps(said, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
