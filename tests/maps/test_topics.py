"""Topics: groups that lie close together, called by what only they say; the same every time."""

from __future__ import annotations

import numpy as np
import pytest

from diq_core.maps.topics import topics
from diq_core.selection.pool import Rows

KINDS = (("infarction", "heparin"), ("asthma", "inhaler"), ("eczema", "steroid"))


def made(each: int = 30) -> tuple[np.ndarray, np.ndarray, list[str]]:
    lot = np.random.default_rng(3)
    x, y, texts = [], [], []
    for number, (first, second) in enumerate(KINDS):
        x += (10.0 * number + lot.random(each)).tolist()
        y += lot.random(each).tolist()
        texts += [f"A patient with {first} has taken {second} {row} times"
                  for row in range(each)]  # fmt: skip
    return np.array(x), np.array(y), texts


def test_each_group_is_called_by_its_own_terms() -> None:
    x, y, texts = made()

    def read(rows: Rows) -> list[str]:
        return [texts[row] for row in rows]

    found = topics(x, y, read, 3)
    assert {frozenset(topic.terms[:2]) for topic in found} == {frozenset(kind) for kind in KINDS}
    assert [topic.samples for topic in found] == [30, 30, 30]
    for topic in found:
        assert (topic.x, topic.y) in set(zip(x.tolist(), y.tolist(), strict=True))
    assert topics(x, y, read, 3) == found
    # A sample without a place is in none.
    x[0] = np.nan
    assert sum(topic.samples for topic in topics(x, y, read, 3)) == 89


@pytest.mark.parametrize("text", ["", "1 2 3", "and the of"])
def test_without_words_and_with_few_samples_there_are_none(text: str) -> None:
    x, y, _ = made()
    assert topics(x, y, lambda rows: [text] * len(rows)) == []
    assert topics(x[:30], y[:30], lambda rows: ["heparin"] * len(rows)) == []
