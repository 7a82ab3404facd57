"""Connections to SQLite or PostgreSQL, and transactions that are tried again when it is safe.

Acknowledged means committed and flushed to the disk: SQLite runs in WAL mode with
``synchronous = FULL``, PostgreSQL with ``synchronous_commit = on``, whatever the server's default.
"""

from __future__ import annotations

import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from diq_core.errors import BadFile, OutOfSpace
from diq_core.extras import need
from diq_core.review.refusals import StoreUnavailable
from diq_core.review.store.migrate import migrate

T = TypeVar("T")

PATIENCE = 5.0
"""Seconds that a transaction is tried again while the database is busy or gone.

Short, because whoever waits wants to know: the browser keeps what was not saved and sends it
again, and a command can be repeated.
"""

_WRITES = "diq_writes"
# Serialisation failure, deadlock, lock not available, shutting down, starting up, too many.
_PASSING = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300"}


class Database:
    """One review database.

    Attributes:
        url: where it is; shown to people only with `shown`.
        engine: SQLAlchemy's engine.
    """

    def __init__(
        self, url: URL, *, patience: float = PATIENCE, study_file: Path | None = None
    ) -> None:
        self.url = url
        self._study_file = study_file
        self._opened: tuple[int, int] | None = None
        self.patience = patience
        self.engine = _engine(url)
        # There is one writer at a time; threads of one process wait here in turn, which is fair
        # and cheaper than waiting in the database.
        self._turn = threading.Lock()
        try:
            self._try(lambda: self._once(migrate, writes=True))
            self._opened = self._identity()
        except BaseException:
            self.engine.dispose()
            raise

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of this study."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def shown(self) -> str:
        """The URL without its password."""
        return self.url.render_as_string(hide_password=True)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one writing transaction, commit it, and return its result.

        `work` may be run again after a lost connection, also when the lost attempt had been
        committed; it must recognise by a key what it did already.

        Raises:
            StoreUnavailable: the database stayed locked or out of reach, or its file is no longer
                the one that was opened.
            OutOfSpace: the disk is full.
        """
        return self._try(lambda: self._once(work, writes=True))

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on one consistent snapshot and return its result.

        Raises:
            StoreUnavailable: the database is out of reach.
        """
        return self._try(lambda: self._once(work, writes=False))

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _once(self, work: Callable[[Connection], T], *, writes: bool) -> T:
        self._refuse_if_gone()
        options: dict[str, Any] = {_WRITES: writes}
        if not self.is_sqlite:
            options["isolation_level"] = "READ COMMITTED" if writes else "REPEATABLE READ"
        with (
            self._in_turn() if writes else nullcontext(),
            self.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            result = work(connection)
            # A file that was moved or deleted can still be written to, by who has it open.
            self._refuse_if_gone()
        self._refuse_if_gone()
        return result

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        # Who stands before us may be waiting for a server that does not answer.
        if not self._turn.acquire(timeout=max(self.patience, 0.0)):
            raise self._unavailable()
        try:
            yield
        finally:
            self._turn.release()

    def _unavailable(self) -> StoreUnavailable:
        return StoreUnavailable(
            "The review database stayed busy or out of reach, so nothing was saved",
            which=self.shown,
            todo="try again; if it stays so, see whether the database is running, and whether "
            "another program keeps it locked",
        )

    def _identity(self) -> tuple[int, int] | None:
        """Return which file lies where the database was opened; None = none, or a server's."""
        if not self.is_sqlite:
            return None
        try:
            about = os.stat(str(self.url.database))
        except OSError:
            return None
        return about.st_dev, about.st_ino

    def _refuse_if_gone(self) -> None:
        if self._opened is None:
            return
        is_here = self._identity() == self._opened
        if is_here and (self._study_file is None or self._study_file.is_file()):
            return
        # What is open leads elsewhere; once the file is back, it is opened anew.
        self.engine.dispose()
        raise StoreUnavailable(
            "The study's folder was moved, deleted or replaced while it was open, so nothing was "
            "saved",
            which=self.shown,
            todo="put it back, or open the study where it is now; the browser keeps what was not "
            "saved",
        )

    def _try(self, attempt: Callable[[], T]) -> T:
        deadline = time.monotonic() + self.patience
        while True:
            try:
                return attempt()
            except (DBAPIError, sqlite3.Error) as error:
                cause = error.orig if isinstance(error, DBAPIError) else error
                lost = isinstance(error, DBAPIError) and error.connection_invalidated
                if not (lost or _passes(cause)):
                    _explain(cause, self.shown)
                    raise
                if time.monotonic() > deadline:
                    raise self._unavailable() from error
            time.sleep(random.uniform(0.001, 0.008))


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        # Explicit BEGIN, see _begin; a connection may serve any thread, one at a time.
        engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 1})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin)
        return engine
    need("psycopg", "server")
    from diq_core.review.store.impatient import connect

    engine = create_engine(
        url, pool_pre_ping=True, pool_size=10, max_overflow=50, pool_timeout=PATIENCE
    )
    event.listen(engine, "do_connect", connect)
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "busy_timeout = 10",
        "trusted_schema = OFF",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    # Taking the write lock at once: upgrading later could fail with half the reading done.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    was = connection.autocommit
    connection.autocommit = True
    connection.execute("SET synchronous_commit = on")
    connection.execute("SET lock_timeout = '3s'")
    connection.autocommit = was


def _passes(cause: BaseException | None) -> bool:
    name = getattr(cause, "sqlite_errorname", None)
    if name is not None:
        return bool(name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")))
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        return state in _PASSING
    # psycopg gives no code where no connection came about or it broke in between.
    return type(cause).__name__ in ("OperationalError", "ConnectionTimeout")


def _explain(cause: BaseException | None, shown: str) -> None:
    name = getattr(cause, "sqlite_errorname", "") or ""
    if name == "SQLITE_FULL" or getattr(cause, "sqlstate", None) == "53100":
        raise OutOfSpace(
            "The disk is full, so nothing was saved", which=shown, todo="free some space"
        ) from cause
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        raise BadFile(
            "The review database is damaged", which=shown, todo="restore it from a backup"
        ) from cause
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_IOERR")):
        raise StoreUnavailable(
            "The review database cannot be written",
            which=shown,
            todo="see whether the folder exists on a local disk and you may write to it",
        ) from cause
    if getattr(cause, "sqlstate", "") in ("28P01", "28000", "3D000", "42501"):
        raise StoreUnavailable(
            "The review database refuses the connection",
            which=shown,
            todo="check user, password and database name in study.toml",
        ) from cause
