"""Ratings of the same items by several raters, with gaps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Category = str | bool | int | float


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """A matrix of ratings.

    Attributes:
        codes: shape (items, raters): place of the rating in ``categories``, −1 = missing.
        categories: all that a rater could choose, in their order, also those nobody chose.
    """

    codes: Ints
    categories: tuple[Category, ...]

    def counts(self) -> Ints:
        """Return how many raters chose each category, shape (items, categories)."""
        places = np.arange(len(self.categories))
        counts: Ints = (self.codes[:, :, None] == places).sum(axis=1)
        return counts

    def points(self) -> Floats:
        """Return where the categories lie on their scale: their numbers, else 0, 1, 2, …"""
        if any(isinstance(category, str) for category in self.categories):
            return np.arange(len(self.categories), dtype=float)
        return np.array(self.categories, dtype=float)


def ratings_of(
    rows: Iterable[tuple[str, str, Category | None]], categories: Sequence[Category]
) -> Ratings:
    """Collect (item, rater, rating) rows; a rating of None is missing.

    Items and raters are put in the order of their names, so the order of rows has no effect.

    Raises:
        ValueError: a rating is no category, or a rater rated an item twice.
    """
    given = [(item, rater, rating) for item, rater, rating in rows if rating is not None]
    items = {item: place for place, item in enumerate(sorted({row[0] for row in given}))}
    raters = {rater: place for place, rater in enumerate(sorted({row[1] for row in given}))}
    codes = np.full((len(items), len(raters)), -1, np.int64)
    place_of = _places(categories)
    for item, rater, rating in given:
        if rating not in place_of:
            raise ValueError(f"{rating!r} is none of the categories {tuple(categories)}")
        cell = items[item], raters[rater]
        if codes[cell] >= 0:
            raise ValueError(f"{rater!r} rated {item!r} twice")
        codes[cell] = place_of[rating]
    return Ratings(codes, tuple(categories))


def _places(categories: Sequence[Category]) -> dict[Category, int]:
    places = {category: place for place, category in enumerate(categories)}
    if len(places) < len(categories):
        raise ValueError(f"The categories {tuple(categories)} repeat themselves")
    return places
