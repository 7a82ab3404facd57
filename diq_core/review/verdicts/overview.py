"""How far the reviews of a study are, cheaply enough for the menu of every page."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from diq_core.review.store.own_schema import QUERY, require_own
from diq_core.study import Study

FILE = "review.db"


@dataclass(frozen=True, slots=True)
class Glance:
    """What a look from outside shows.

    Attributes:
        samples: samples or pairs with at least one judgement.
        people: how many people (and models) judged.
    """

    samples: int
    people: int


def glance(study: Study) -> Glance | None:
    """Return how far the reviews are; None where they lie in a shared database, which is not asked.

    Nothing is created or changed.

    Raises:
        BadFile: the database is a link, or holds a trigger or a view that is not ours.
    """
    if study.facts.get("store"):
        return None
    path = study.inside(FILE)
    if not path.is_file():
        return Glance(0, 0)
    query = (
        "SELECT count(DISTINCT sample), count(DISTINCT reviewer) FROM registers "
        "WHERE kind IN ('verdict', 'preference') AND live"
    )
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=1.0)
        try:
            require_own(connection.execute(QUERY).fetchall(), which=str(path))
            samples, people = connection.execute(query).fetchone()
        finally:
            connection.close()
    except sqlite3.Error:
        # Being made, or busy: the menu can wait for the next look.
        return Glance(0, 0)
    return Glance(samples, people)
