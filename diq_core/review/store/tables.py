"""The tables of the review store, as the newest migration leaves them.

`events` and `head` are the log; nothing but appending ever happens to them, and triggers refuse
anything else. `registers`, `tasks` and `assignments` follow from the log and can be rebuilt from
it. `drafts` and the leases in `assignments` are working notes outside the log.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

from diq_core.review.log.canonical import plain, verbatim


class Verbatim(TypeDecorator[str]):
    """Any text, kept byte-true in printable ASCII whatever the database thinks of it."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else verbatim(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else plain(value)


metadata = MetaData()

events = Table(
    "events",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, nullable=False, unique=True),
    Column("payload", LargeBinary, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

head = Table(
    "head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

registers = Table(
    "registers",
    metadata,
    # The primary key is what makes (reviewer, sample, form version) unique.
    Column("kind", String(20), primary_key=True),
    Column("reviewer", Verbatim, primary_key=True),
    Column("sample", Verbatim, primary_key=True),
    Column("scope", Verbatim, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index("registers_by_sample", "kind", "sample"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("reviewer", Verbatim, primary_key=True),
    Column("sample", Verbatim, primary_key=True),
    Column("scope", Verbatim, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("content", LargeBinary, nullable=True),
)

tasks = Table(
    "tasks",
    metadata,
    Column("queue", Verbatim, primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("sample", Verbatim, nullable=False),
    Column("first", Verbatim, nullable=True),
    Column("second", Verbatim, nullable=True),
    Column("wanted", Integer, nullable=False),
    Column("taken", Integer, nullable=False),
    UniqueConstraint("queue", "sample"),
)

assignments = Table(
    "assignments",
    metadata,
    Column("queue", Verbatim, primary_key=True),
    Column("sample", Verbatim, primary_key=True),
    Column("reviewer", Verbatim, primary_key=True),
    Column("form", Verbatim, nullable=False),
    Column("state", String(10), nullable=False),
    Column("until", Float, nullable=False),
    Column("looks", Integer, nullable=False),
    Index("assignments_by_state", "queue", "state"),
    Index("assignments_by_reviewer", "reviewer", "sample"),
)
