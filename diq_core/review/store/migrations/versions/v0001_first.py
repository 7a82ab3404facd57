"""The first tables, and the triggers that keep the log append-only.

What a migration did is history: it names its columns itself and never imports `tables`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_SQLITE = "CREATE TRIGGER {name} BEFORE {change} ON {table} BEGIN SELECT RAISE(ABORT, '{why}'); END"
_POSTGRESQL = (
    "CREATE TRIGGER {name} BEFORE {change} ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION diq_append_only()"
)
_FUNCTION = (
    "CREATE OR REPLACE FUNCTION diq_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the review log is append-only'; END $$"
)


def upgrade() -> None:
    """Make the tables, the empty head and the triggers."""
    _log()
    _state()
    _queue()
    op.execute(
        sa.table("head", sa.column("id"), sa.column("seq"), sa.column("hash", sa.LargeBinary))
        .insert()
        .values(id=1, seq=0, hash=bytes(32))
    )
    _triggers(op.get_bind().dialect.name)


def _log() -> None:
    op.create_table(
        "events",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("key", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("previous", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )


def _state() -> None:
    op.create_table(
        "registers",
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("reviewer", sa.String, primary_key=True),
        sa.Column("sample", sa.String, primary_key=True),
        sa.Column("scope", sa.String, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("live", sa.Boolean, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_index("registers_by_sample", "registers", ["kind", "sample"])
    op.create_table(
        "drafts",
        sa.Column("reviewer", sa.String, primary_key=True),
        sa.Column("sample", sa.String, primary_key=True),
        sa.Column("scope", sa.String, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=True),
    )


def _queue() -> None:
    op.create_table(
        "tasks",
        sa.Column("queue", sa.String, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sample", sa.String, nullable=False),
        sa.Column("first", sa.String, nullable=True),
        sa.Column("second", sa.String, nullable=True),
        sa.Column("wanted", sa.Integer, nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.UniqueConstraint("queue", "sample"),
    )
    op.create_table(
        "assignments",
        sa.Column("queue", sa.String, primary_key=True),
        sa.Column("sample", sa.String, primary_key=True),
        sa.Column("reviewer", sa.String, primary_key=True),
        sa.Column("form", sa.String, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("until", sa.Float, nullable=False),
        sa.Column("looks", sa.Integer, nullable=False),
    )
    op.create_index("assignments_by_state", "assignments", ["queue", "state"])
    op.create_index("assignments_by_reviewer", "assignments", ["reviewer", "sample"])


def _triggers(dialect: str) -> None:
    if dialect == "postgresql":
        op.execute(_FUNCTION)
    template = _POSTGRESQL if dialect == "postgresql" else _SQLITE
    changes = [("events", "UPDATE"), ("events", "DELETE"), ("head", "DELETE")]
    if dialect == "postgresql":
        changes.append(("events", "TRUNCATE"))
    for table, change in changes:
        op.execute(
            template.format(
                name=f"{table}_no_{change.lower()}",
                change=change,
                table=table,
                why="the review log is append-only",
            )
        )
