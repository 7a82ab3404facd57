"""A PostgreSQL server for one test run, in a temporary folder, gone afterwards."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomli_w
from sqlalchemy import URL, create_engine, text

from diq_core.review.store.place import DATABASES


class NoPostgres(Exception):
    """PostgreSQL is not installed; the message says what to install."""


@contextmanager
def server(*, durable: bool) -> Iterator[URL]:
    """Run a server and yield the URL of its database "postgres".

    It listens on 127.0.0.1 only and trusts everybody there.

    Args:
        durable: whether it flushes to the disk as in earnest, or is fast.

    Raises:
        NoPostgres: it is not installed.
    """
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="diq-postgres-"))
    # PostgreSQL refuses to run as root; Debian's package brings a user for it.
    as_user: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL}
    if os.geteuid() == 0:
        as_user |= {"user": "postgres", "group": "postgres", "extra_groups": []}
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    port = _free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    options += f" -c max_connections=120 -c fsync={'on' if durable else 'off'}"
    try:
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"],
            check=True,
            **as_user,
        )
        subprocess.run(
            [binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"],
            check=True,
            **as_user,
        )
        try:
            yield URL.create(
                "postgresql+psycopg", "postgres", host="127.0.0.1", port=port, database="postgres"
            )
        finally:
            subprocess.run(
                [binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=True, **as_user
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep_reviews_in(url: URL, study: Path, setenv: Callable[[str, str], None]) -> None:
    """Let the study keep its reviews in that database, and this machine list it."""
    address = url.render_as_string(hide_password=False)
    facts = {"title": "t", "store": address}
    (study / "study.toml").write_text(tomli_w.dumps(facts), encoding="utf-8")
    setenv(DATABASES, address)


def new_place(server_url: URL, name: str) -> URL:
    """Make an empty schema called `name` and return the URL that leads into it.

    A schema of its own separates tests as well as a database, and takes milliseconds.
    """
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE SCHEMA "{name}"'))
    engine.dispose()
    return server_url.update_query_dict({"options": f"-csearch_path={name}"})


def _binaries() -> Path:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not installed:
        raise NoPostgres("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    return installed[-1].parent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
