"""Drafts: what a reviewer has filled in so far. Working notes outside the log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from diq_core.review.log.canonical import canonical
from diq_core.review.log.events import Slot
from diq_core.review.refusals import Conflict
from diq_core.review.store.ledger import Ledger, check_slot
from diq_core.review.store.tables import assignments, drafts
from diq_core.review.store.tasking import LEASE


@dataclass(frozen=True, slots=True)
class Draft:
    """A kept draft.

    Attributes:
        version: to be sent with the next draft; 0 = there never was one.
        content: what was filled in; None = nothing, or it was submitted since.
    """

    version: int = 0
    content: dict[str, Any] | None = None


def read_draft(connection: Connection, reviewer: str, sample: str, form: str) -> Draft:
    """Return the reviewer's draft for `sample`."""
    row = connection.execute(select(drafts).where(*_at(reviewer, sample, form))).one_or_none()
    return _draft(row)


def keep_draft(
    ledger: Ledger, sample: str, content: dict[str, Any], *, form: str, version: int
) -> Draft:
    """Store a draft and renew the actor's lease on the sample.

    Raises:
        Conflict: the stored draft has another version.
    """
    name = ledger.actor.name
    check_slot(Slot("verdict", name, sample, form))
    stored = read_draft(ledger.connection, name, sample, form)
    if stored.version != version:
        raise Conflict(
            f"This draft was changed meanwhile (version {stored.version}, you saw {version})",
            which=f"draft, sample {sample!a}",
            mine=content,
            theirs=stored.content,
            version=stored.version,
        )
    _write(ledger.connection, name, sample, form, version + 1, canonical(content))
    _renew(ledger, sample, form)
    return Draft(version + 1, content)


def spend_draft(ledger: Ledger, sample: str, form: str) -> None:
    """Empty the draft after its verdict was submitted; a late save of it is then a conflict."""
    ledger.connection.execute(
        update(drafts)
        .where(*_at(ledger.actor.name, sample, form))
        .values(version=drafts.c.version + 1, content=None)
    )


def _renew(ledger: Ledger, sample: str, form: str) -> None:
    ledger.connection.execute(
        update(assignments)
        .where(
            assignments.c.reviewer == ledger.actor.name,
            assignments.c.sample == sample,
            assignments.c.form == form,
            assignments.c.state == "held",
        )
        .values(until=ledger.now.timestamp() + LEASE)
    )


def _write(
    connection: Connection,
    reviewer: str,
    sample: str,
    form: str,
    version: int,
    content: bytes,
) -> None:
    if version > 1:
        connection.execute(
            update(drafts)
            .where(*_at(reviewer, sample, form))
            .values(version=version, content=content)
        )
        return
    connection.execute(
        insert(drafts).values(
            reviewer=reviewer, sample=sample, scope=form, version=version, content=content
        )
    )


def _at(reviewer: str, sample: str, form: str) -> list[Any]:
    return [
        drafts.c.reviewer == reviewer,
        drafts.c.sample == sample,
        drafts.c.scope == form,
    ]


def _draft(row: Row[Any] | None) -> Draft:
    if row is None:
        return Draft()
    return Draft(row.version, None if row.content is None else json.loads(row.content))
