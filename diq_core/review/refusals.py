"""What the review store refuses on top of the common errors."""

from __future__ import annotations

from typing import Any

from diq_core.errors import UserError


class NotAllowed(UserError):
    """The actor's role does not permit this action."""


class Conflict(UserError):
    """Somebody (or another window) changed the same thing first; nothing was overwritten.

    Attributes:
        mine: what was to be saved.
        theirs: what is stored now; None where it was withdrawn.
        version: the version that is stored now, to be sent with the next attempt.
    """

    def __init__(self, what: str, *, which: str, mine: Any, theirs: Any, version: int) -> None:
        self.mine = mine
        self.theirs = theirs
        self.version = version
        super().__init__(
            f"{what}; yours: {brief(mine)}; stored: {brief(theirs)}",
            which=which,
            todo="look at both and save again",
        )


class StoreUnavailable(UserError):
    """The database cannot be reached, or stayed locked for too long; nothing was saved."""


def brief(value: Any, limit: int = 300) -> str:
    """Return `value` as one short line of printable ASCII, for a message."""
    text = ascii(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
