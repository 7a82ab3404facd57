"""Connections to PostgreSQL that do not wait for ever.

The server's own time limits do not help where the server is frozen or the network swallows what is
sent: then nobody is there to keep them. So the waiting itself has an end on this side.
"""

from __future__ import annotations

import time
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen

SILENCE = 5.0
"""Seconds after which a server that says nothing at all to a request counts as gone."""
CONNECT = 3
"""Seconds to open a connection."""


class Impatient(psycopg.Connection[Any]):
    """A connection that is closed when the server says nothing for `SILENCE`."""

    def wait(self, gen: PQGen[RV], *args: Any, **how: Any) -> RV:
        """Wait for what the server says.

        Raises:
            OperationalError: it said nothing.
        """
        return super().wait(self._listening(gen), *args, **how)

    def _listening(self, gen: PQGen[RV]) -> PQGen[RV]:
        heard = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready:
                    heard = time.monotonic()
                elif time.monotonic() - heard > SILENCE:
                    self.pgconn.finish()
                    raise psycopg.OperationalError("the server does not answer")
                wanted = gen.send(ready)
        except StopIteration as end:
            answer: RV = end.value
            return answer


def connect(_dialect: Any, _record: Any, args: list[Any], options: dict[str, Any]) -> Impatient:
    """Open a connection; SQLAlchemy asks for it."""
    return Impatient.connect(*args, **{**options, "connect_timeout": CONNECT})
