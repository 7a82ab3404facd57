"""Who types: the name under which a command acts in the reviews."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from diq_core.review.store.roles import Actor

AsOption = Annotated[
    str | None, typer.Option("--as", help="Your name in the study; default: your login name.")
]


def actor(name: str | None) -> Actor:
    """Return who acts; the claimed role counts only while nobody was given one in the store."""
    return Actor(name or getpass.getuser(), "admin")
