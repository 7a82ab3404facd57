"""Bring the tables up to date: once, by whoever comes first, while the others wait."""

from __future__ import annotations

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from diq_core.errors import BadFile
from diq_core.review.store.own_schema import QUERY, require_own

FOLDER = Path(__file__).with_name("migrations")
# Any fixed number: everybody who migrates this kind of store asks for the same lock.
_LOCK = 0x44495153
# Alembic keeps what it is doing in the process's globals; two studies may be opened at once.
_ONE_AT_A_TIME = threading.Lock()


def migrate(connection: Connection) -> None:
    """Run the migrations that are missing, within the caller's writing transaction.

    On SQLite that transaction already excludes other writers; on PostgreSQL an advisory lock
    does, until the transaction ends.

    Raises:
        BadFile: the tables were made by a newer version of this package, or an SQLite database
            holds a trigger or a view that is not ours.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    else:
        rows = [(row[0], row[1]) for row in connection.execute(text(QUERY))]
        require_own(rows, which=str(connection.engine.url.database))
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    if current == scripts.get_current_head():
        return
    if current is not None and current not in {step.revision for step in scripts.walk_revisions()}:
        raise BadFile(
            f"The review store was made by a newer version (its tables are at {current})",
            which="review store",
            todo="update this installation",
        )
    config.attributes["connection"] = connection
    with _ONE_AT_A_TIME:
        command.upgrade(config, "head")
