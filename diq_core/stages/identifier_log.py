"""The study's log of the gate: what people decided about findings, and what they let pass.

``identifiers.jsonl`` only grows. Each line names the digest of the line before it, so that a
changed or removed line is noticed. No line holds a found text. What was decided about is named by
a digest under this machine's secret (see `jobs.signing`), which lies outside all studies: whoever
has only the study cannot try out names or numbers against it. Machines that share a study share
the secret; elsewhere the decisions cannot be applied, which is said.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NotRequired

from filelock import FileLock
from typing_extensions import TypedDict

from diq_core.errors import BadFile, BadSetting
from diq_core.files import open_regular
from diq_core.jobs.signing import key_for
from diq_core.privacy.finder import find
from diq_core.privacy.gate import Decisions, Door, Ruling, Seen, in_words, stops
from diq_core.privacy.identifier import Kind
from diq_core.records import AS_WRITTEN, checked
from diq_core.study import Study

LOG = "identifiers.jsonl"
LONGEST = 500
"""Characters of a role or a reason."""
_FIRST = "0" * 64


class Entry(TypedDict):
    """One line of the log."""

    __pydantic_config__ = AS_WRITTEN  # type: ignore[misc]
    number: int
    at: str
    by: str
    role: str
    reason: str
    entry: Literal["decision", "release"]
    before: str
    key: NotRequired[str]
    ruling: NotRequired[Ruling]
    kind: NotRequired[str]
    digests: NotRequired[list[str]]
    door: NotRequired[Door]
    what: NotRequired[str]
    open: NotRequired[dict[str, int]]
    samples: NotRequired[int]


@dataclass(frozen=True, slots=True)
class Answerable:
    """Who decides or lets something pass, and why.

    Attributes:
        role: in what role, e.g. "data protection officer".
        reason: why, in a sentence that names nobody.
        by: their name in the study; empty = the login name.

    Raises:
        BadSetting: role or reason is missing or too long, or holds an identifier itself.
    """

    role: str
    reason: str
    by: str = ""

    def __post_init__(self) -> None:
        for what, text in (("role", self.role), ("reason", self.reason)):
            if not text.strip() or len(text) > LONGEST:
                raise BadSetting(
                    f"A {what} of 1 to {LONGEST} characters is needed",
                    which=what,
                    todo="say in which role you decide, and why",
                )
            if any(map(stops, find(text))):
                raise BadSetting(
                    f"The {what} itself holds what may tell who somebody is, and it is kept",
                    which=what,
                    todo="say it without names, dates and numbers",
                )


def answerable(role: str, reason: str, by: str = "") -> Answerable | None:
    """Return who lets open findings pass; None where neither role nor reason is given.

    Raises:
        BadSetting: only one of the two is given, or one of them cannot be kept.
    """
    if not role and not reason:
        return None
    if not role or not reason:
        raise BadSetting(
            "Role and reason belong together",
            which="--release-role, --release-reason",
            todo="give both, or none of them",
        )
    return Answerable(role, reason, by)


def digest_key() -> bytes:
    """Return the secret key of the digests in the log, this machine's own.

    Raises:
        BadSetting: the machine's secret can be neither read nor made.
    """
    return key_for("identifiers")


def entries(study: Study) -> list[Entry]:
    """Return the lines of the log, the oldest first.

    Raises:
        BadFile: a line was changed, removed or damaged.
    """
    path = study.inside(LOG)
    before, found = _FIRST, []
    for number, line in enumerate(_lines(path), 1):
        which = f"{path}, line {number}"
        entry = _read(line, which)
        if entry["before"] != before or entry["number"] != number:
            raise BadFile(
                "The log of decisions about identifiers was changed", which=which, todo=_PUT_BACK
            )
        before = hashlib.sha256(line).hexdigest()
        found.append(entry)
    return found


def _lines(path: Path) -> list[bytes]:
    """Return the whole lines; a last one that was not written to its end does not count."""
    try:
        with open_regular(path) as file:
            return file.read().split(b"\n")[:-1]
    except FileNotFoundError:
        return []


_PUT_BACK = "put the original file back; nothing passes the gate before"


def _read(line: bytes, which: str) -> Entry:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        raise BadFile("The line is damaged", which=which, todo=_PUT_BACK) from None
    return checked(Entry, values, which=which, todo=_PUT_BACK)


def stamp(study: Study) -> str:
    """Return what changes whenever the log does."""
    lines = _lines(study.inside(LOG))
    return hashlib.sha256(lines[-1]).hexdigest() if lines else ""


def decisions(study: Study) -> Decisions:
    """Return what stands by the log, of the decisions made under this machine's secret.

    Raises:
        BadFile: the log was changed.
        BadSetting: there are decisions, and the machine's secret cannot be read.
    """
    made = [each for each in entries(study) if each["entry"] == "decision"]
    if not made:
        return Decisions()
    said: dict[str, Ruling] = {}
    ours = _fingerprint()
    for each in made:
        if each.get("key") == ours:
            said |= dict.fromkeys(each.get("digests", ()), each.get("ruling", "identifier"))
    return Decisions(said, digest_key())


def foreign(study: Study) -> int:
    """Return how many decisions were made under another machine's secret and cannot be applied."""
    made = [each for each in entries(study) if each["entry"] == "decision"]
    ours = _fingerprint() if made else ""
    return sum(each.get("key") != ours for each in made)


def decide(
    study: Study, who: Answerable, ruling: Ruling, kind: Kind, digests: Sequence[str]
) -> Entry:
    """Put down what a person says of findings of one class.

    Args:
        digests: under `digest_key`.
    """
    return _append(study, who, {
        "entry": "decision", "key": _fingerprint(), "ruling": ruling, "kind": kind,
        "digests": sorted(set(digests)),
    })  # fmt: skip


def release(study: Study, who: Answerable, door: Door, what: str, seen: Seen) -> Entry:
    """Put down that something passes a door with open findings.

    Args:
        what: the export's name, or where the text is sent.
    """
    return _append(study, who, {
        "entry": "release", "door": door, "what": what,
        "open": dict(sorted(seen.open.items())), "samples": len(seen.ids),
    })  # fmt: skip


def require_passed(
    study: Study, seen: Seen, door: Door, what: str, who: Answerable | None
) -> dict[str, Any]:
    """Refuse what holds open findings, unless somebody answers for it; return the facts of it.

    The one rule of the doors export, push and endpoint. With `who`, an entry is added to the log
    before anything leaves; call it once for all that leaves in one go.

    Args:
        seen: what `gate.look_through(texts, decisions(study))` saw of all that leaves.
        what: the export's name, or where the text is sent.
        who: who lets it pass all the same; None = nobody.

    Returns:
        `Seen.as_dict`, and "release" with role and reason where it was let pass; for the manifest
        and the datasheet.

    Raises:
        IdentifiersFound: there are open findings and nobody answers for them.
    """
    if not seen.open:
        return seen.as_dict()
    if who is None:
        raise IdentifiersFound.of(seen, what)
    release(study, who, door, what, seen)
    return {**seen.as_dict(), "release": {"role": who.role, "reason": who.reason}}


class IdentifiersFound(BadSetting):
    """What is to leave may tell who a patient is, and nobody decided about it."""

    @classmethod
    def of(cls, seen: Seen, what: str) -> IdentifiersFound:
        """Return the refusal: classes and counts, never a text."""
        held = f"{len(seen.ids):,} sample{'s' * (len(seen.ids) != 1)}"
        return cls(
            f"{held} may tell who a patient is: {in_words(seen.open)}",
            which=what,
            todo="decide about them ('diq identifiers', or the page Dataset), leave these samples "
            "out (--leave-out-identifiers), or answer for it with --release-role and "
            "--release-reason",
        )


def _fingerprint() -> str:
    """Return what tells one secret from another, and nothing about it."""
    return hashlib.sha256(b"fingerprint" + digest_key()).hexdigest()[:16]


def _append(study: Study, who: Answerable, said: Mapping[str, Any]) -> Entry:
    path = study.inside(LOG)
    with FileLock(study.inside(f".{LOG}.lock")):
        entries(study)
        lines = _lines(path)
        before = hashlib.sha256(lines[-1]).hexdigest() if lines else _FIRST
        entry = {
            "number": len(lines) + 1,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "by": who.by or getpass.getuser(),
            "role": who.role,
            "reason": who.reason,
            **said,
            "before": before,
        }
        line = json.dumps(entry, sort_keys=True, ensure_ascii=True) + "\n"
        with path.open("ab") as file:
            file.truncate(sum(len(each) + 1 for each in lines))
            file.write(line.encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
    return checked(Entry, entry, which=str(path), todo=_PUT_BACK)
