"""Where a study's reviews are kept: in its folder, or in a database that this machine was told of.

A study may come from somebody else, and its ``study.toml`` with it. A database that only the study
names would be sent the reviews, and a password of this machine's environment or ``~/.pgpass``. So
whoever runs the app names it, too, in the environment, which every job inherits.
"""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from diq_core.errors import BadSetting
from diq_core.inside import within

DATABASES = "DIQ_DATABASES"
"""Environment variable that lists the databases in which studies may keep their reviews."""

_DRIVER = "postgresql+psycopg"


def database_url(folder: Path, store: str | None) -> URL:
    """Return where the reviews of the study in `folder` are kept.

    Args:
        folder: the study's folder.
        store: the key ``store`` of study.toml; None = SQLite in the study.

    Raises:
        BadSetting: `store` is not the URL of a PostgreSQL database, or of none that this machine
            lists.
        BadFile: the database is a link.
    """
    if not store:
        files = [within(folder, f"review.db{ending}") for ending in ("", "-wal", "-shm")]
        return URL.create("sqlite", database=str(files[0]))
    url = _read(store)
    if url is None:
        raise BadSetting(
            "The study's store is not a PostgreSQL URL",
            which="study.toml, key 'store'",
            todo="write store = 'postgresql+psycopg://user@host/name', or remove the line to "
            "keep reviews in the study's folder",
        )
    if _bare(url) not in _listed():
        shown = _bare(url).render_as_string(hide_password=True)
        raise BadSetting(
            "The study names a database for its reviews that this machine does not list, so it is "
            "not asked",
            which=f"study.toml, key 'store': {shown[:300]!a}",
            todo=f'if you trust it, set {DATABASES}="{shown[:300]}" where the app is started; '
            "several stand with a space between them",
        )
    return url


def _listed() -> list[URL]:
    """Return the databases that this machine lists, each without its password.

    Raises:
        BadSetting: one of them is not the URL of a PostgreSQL database.
    """
    found: list[URL] = []
    for text in os.environ.get(DATABASES, "").split():
        url = _read(text)
        if url is None:
            raise BadSetting(
                f"The list of databases cannot be read ({DATABASES})",
                which=f"entry {len(found) + 1}",
                todo="write postgresql+psycopg://user@host/name, with spaces between them",
            )
        found.append(_bare(url))
    return found


def _read(text: str) -> URL | None:
    # A study must not name files outside its folder, so no other kind of database is taken.
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        return None
    return url if url.drivername == _DRIVER else None


def _bare(url: URL) -> URL:
    """Return the address as it is compared: all of it but the password.

    The options after a ``?`` belong to it: they can name another host, or a file with passwords.
    """
    return URL.create(
        url.drivername, url.username, None, (url.host or "").lower() or None, url.port or 5432,
        url.database, url.query,
    )  # fmt: skip
