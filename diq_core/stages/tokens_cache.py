"""What is known of the influence of single tokens, kept in the study's ``.cache``.

One that came with a study is not used, since what it says cannot be checked cheaply; this machine's
own are signed. The latest few hundred samples are kept.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from diq_core.artefact import Artefact
from diq_core.errors import UserError
from diq_core.files import read_json, write_json
from diq_core.jobs.signing import is_signed, sign
from diq_core.study import Study

LATEST = 400
"""Samples kept in a study; each takes some kilobytes."""
_CACHE, _TOKENS = ".cache", "tokens"


@dataclass(frozen=True, slots=True)
class Weighed:
    """The response tokens of a sample.

    Attributes:
        pieces: the text of each; joined they are the response as its model reads it.
        terms: influence of each; their sum is the sample's.
        losses: of each, in nats; their mean is the sample's.
    """

    id: str
    pieces: tuple[str, ...]
    terms: tuple[float, ...]
    losses: tuple[float, ...]

    @property
    def influence(self) -> float:
        """The sum of the terms."""
        return float(sum(self.terms))

    @property
    def loss(self) -> float:
        """The mean loss, in nats."""
        return float(sum(self.losses) / len(self.losses))


def kept(study: Study, influence: Artefact, id: str) -> Weighed | None:
    """Return what this machine has kept of a sample; None = nothing that can be trusted."""
    with suppress(UserError, OSError, AttributeError, KeyError, TypeError, ValueError):
        said: dict[str, Any] = dict(read_json(_file(study, influence, id)))
        signature = str(said.pop("signature"))
        if said["id"] == id and is_signed(study, signature, *_facts(influence, said)):
            return Weighed(id, *(tuple(said[name]) for name in ("pieces", "terms", "losses")))
    return None


def keep(study: Study, influence: Artefact, weighed: Weighed) -> None:
    """Keep a sample, and only the latest few hundred others."""
    path = _file(study, influence, weighed.id)
    path.parent.mkdir(exist_ok=True)
    said = asdict(weighed)
    write_json(path, {**said, "signature": sign(study, *_facts(influence, said))})
    mine = sorted(path.parent.glob(f"{_TOKENS}-*.json"), key=lambda file: -file.stat().st_mtime)
    for old in mine[LATEST:]:
        old.unlink(missing_ok=True)


def _facts(influence: Artefact, said: dict[str, Any]) -> tuple[str, str, str]:
    text = json.dumps(said, sort_keys=True, ensure_ascii=True)
    return _TOKENS, influence.digest, hashlib.sha256(text.encode("ascii")).hexdigest()


def _file(study: Study, influence: Artefact, id: str) -> Path:
    name = hashlib.sha256(f"{influence.digest}\0{id}".encode()).hexdigest()[:40]
    return study.inside(f"{_CACHE}/{_TOKENS}-{name}.json")
