"""Every pair of near questions is found, and no other."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from diq_core.data.nearness import near_pairs
from diq_core.data.sample import Sample
from diq_core.data.similar import jaccard, prepare


def test_hand_worked() -> None:
    texts = ["a b c d", "A b c e!", "a b c d", "x", "", "", "y z", "Y, z"]
    # The first two share "a b c", of three pieces that either has.
    assert list(zip(*near_pairs(texts, 1 / 3), strict=True)) == [(0, 1), (0, 2), (1, 2), (6, 7)]
    assert list(zip(*near_pairs(texts, 0.34), strict=True)) == [(0, 2), (6, 7)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=9), min_size=1, max_size=8),
    st.sampled_from([0.1, 0.3, 0.5, 0.7, 1.0]),
)
def test_it_is_what_comparing_each_with_each_finds(texts: list[list[str]], share: float) -> None:
    lines = [" ".join(words) for words in texts]
    asked = [prepare(Sample(id=str(n), question=line, answer="x")) for n, line in enumerate(lines)]
    expected = [
        (one, other) for one, other in combinations(range(len(lines)), 2)
        if jaccard(asked[one], asked[other]) >= share - 1e-9
    ]  # fmt: skip
    assert sorted(zip(*near_pairs(lines, share), strict=True)) == expected
