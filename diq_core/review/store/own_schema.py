"""What of a database's structure is ours: tables, and the triggers that keep the log.

A review database may come with somebody else's study. A trigger of theirs would change what is
saved here after it was acknowledged, and a view in the place of a table can be made to never end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from diq_core.errors import BadFile

QUERY = "SELECT name, coalesce(sql, '') FROM sqlite_master WHERE type IN ('trigger', 'view')"
"""What `require_own` is to be given of an SQLite database."""

_OURS = {
    f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
    "BEGIN SELECT RAISE(ABORT, 'the review log is append-only'); END"
    for table, change in (("events", "UPDATE"), ("events", "DELETE"), ("head", "DELETE"))
}


def require_own(found: Iterable[Sequence[str]], *, which: str) -> None:
    """Pass if every trigger is ours and there is no view.

    Args:
        found: the rows of `QUERY`.
        which: the database, for an error.

    Raises:
        BadFile: one is not.
    """
    foreign = sorted(name for name, sql in found if sql not in _OURS)
    if foreign:
        raise BadFile(
            f"The review database holds a trigger or a view that is not ours ({foreign[0][:80]!a})",
            which=which,
            todo="take the reviews from somebody you trust, or restore them from a backup",
        )
