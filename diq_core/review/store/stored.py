"""Read stored values as they are, whatever type they have.

SQLite keeps a value of any type in any column, and a check must see which one it is: neither
converted to the type that the column should have, nor as an error of the driver.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Connection, LargeBinary, Table, cast, func, select, type_coerce
from sqlalchemy.types import NullType

from diq_core.errors import BadFile
from diq_core.review.log.audit import Head
from diq_core.review.store.tables import head


def stored_values(
    connection: Connection, table: Table, *order: Column[Any]
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of `table`, each value as the type that the database keeps.

    Text that is not UTF-8 comes with lone surrogates in place of its wrong bytes.

    Args:
        connection: a reading transaction.
        table: which table.
        order: sort by these columns.
    """
    if connection.dialect.name != "sqlite":
        # Columns of other databases have one type; only ours must not be put in between.
        plain = [type_coerce(column, NullType()) for column in table.c]
        yield from map(tuple, connection.execute(select(*plain).order_by(*order)))
        return
    parts = [
        part for column in table.c for part in (func.typeof(column), cast(column, LargeBinary))
    ]
    for row in connection.execute(select(*parts).order_by(*order)):
        yield tuple(map(_value, row[::2], row[1::2]))


def stored_head(connection: Connection) -> Head:
    """Return the stored end of the log.

    Raises:
        BadFile: there is not exactly one, or it is not a number and a hash.
    """
    ends = list(stored_values(connection, head))
    if len(ends) != 1 or [type(value) for value in ends[0]] != [int, int, bytes]:
        raise BadFile(
            "The record of the log's end is damaged",
            which="review store",
            todo="run 'diq audit verify', and restore the last good backup into a new study",
        )
    return Head(*ends[0][1:])


def _value(kind: str, content: bytes | None) -> Any:
    if content is None or kind == "blob":
        return content
    text = content.decode("utf-8", "surrogateescape")
    return {"integer": int, "real": float}.get(kind, str)(text)
