"""How a mixture is divided: by hand, and for whatever is asked."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.errors import BadSetting
from diq_core.selection.mixing import (
    INFIMED_SHARES,
    Part,
    in_turns,
    largest_remainder,
    read_amount,
    scaled,
    targets,
)

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)
KINDS = {kind: read_amount(share)[0] or Fraction(0) for kind, share in INFIMED_SHARES.items()}


def text(name: str, available: int = 1000, **amount: Fraction | int) -> Part:
    return Part(name, "medical-text", available, **amount)  # type: ignore[arg-type]


def test_what_is_left_after_rounding_down_goes_to_the_largest_rests() -> None:
    # 10 of 3 : 3 : 1 = 4.29, 4.29, 1.43: the ninth and tenth go to the third and to the first.
    assert largest_remainder([Fraction(3), Fraction(3), Fraction(1)], 10) == [4, 4, 2]
    assert largest_remainder([HALF, HALF], 5) == [3, 2]
    assert largest_remainder([Fraction(0)], 5) == [0]


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=8), st.integers(0, 10_000))
def test_every_count_is_within_one_of_its_share_and_together_they_are_the_total(
    weights: list[int], total: int
) -> None:
    counts = largest_remainder([*map(Fraction, weights)], total)
    if sum(weights):
        assert sum(counts) == total
        for weight, count in zip(weights, counts, strict=True):
            assert abs(count - Fraction(weight * total, sum(weights))) < 1


def test_a_source_without_an_amount_gives_what_is_left_by_its_size() -> None:
    parts = [text("a", share=HALF), text("b", 300), text("c", 100), text("d", count=20)]
    found = targets(parts, total=100)
    # 100 − 50 − 20 = 30, divided 3 : 1 = 22.5 and 7.5.
    assert found.counts == (50, 23, 7, 20)
    assert targets([text("a", 5), text("b", 7)]).counts == (5, 7)
    assert targets([text("a", count=5), text("b", count=9)]).total == 14


def test_the_preset_divides_among_the_kinds_that_are_there_and_says_so() -> None:
    parts = [text("a", share=THIRD), text("b"), Part("c", "reflective", 10)]
    found = targets(parts, total=90, kinds=KINDS)
    # Of 30 and 15 %: 60 and 30; a third of the sixty is 20.
    assert found.counts == (20, 40, 30)
    assert [note.split(":")[0] for note in found.notes] == [
        "no source is general-multimodal", "no source is medical-multimodal"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "how", "said"),
    [
        ([text("a", share=HALF)], {}, "A share needs a total.*--total"),
        ([text("a", share=HALF)], {"total": 10}, "5 samples together, and it is to have 10"),
        ([text("a", count=8), text("b", count=4)], {"total": 10}, "12 samples together"),
        ([text("a")], {"total": 9, "kinds": {"medical-text": HALF}}, "kinds are 50 % together"),
        ([text("a")], {"kinds": KINDS}, "Shares of kinds need a total"),
        ([text("a", count=3)], {"total": 9, "kinds": KINDS}, "a share of its kind, or none"),
        ([text("a")], {"total": 9, "kinds": {"reflective": Fraction(1)}},
         "The kind medical-text has no share"),
        ([text("a", share=HALF)], {"total": 9, "kinds": KINDS}, "amounts of the kind medical-text"),
    ],
)  # fmt: skip
def test_amounts_that_do_not_fit_are_refused(parts: list[Part], how: dict, said: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(BadSetting, match=said):
        targets(parts, **how)


def test_scaled_is_the_largest_mixture_with_these_shares() -> None:
    parts = [text("a", share=HALF), text("b", 30, share=HALF)]
    found = scaled(parts, total=100, kinds=None)
    # 61 is divided 31 : 30, the odd one to the source that is named first.
    assert (found.total, found.counts) == (61, (31, 30))
    assert found.notes == ("made smaller, 100 → 61, so that the shares hold",)
    by_kind = [*parts[:1], text("b"), Part("r", "reflective", 3)]
    assert scaled(by_kind, total=90, kinds=KINDS).counts == (4, 3, 3)


def test_a_source_without_any_sample_cannot_be_scaled_to() -> None:
    with pytest.raises(BadSetting, match="has a share has no sample"):
        scaled([text("a", share=HALF), text("b", 0, share=HALF)], total=4, kinds=None)


@given(st.lists(st.sampled_from("abc"), max_size=60))
def test_categories_take_turns(categories: list[str]) -> None:
    places = in_turns(categories)
    assert sorted(places) == list(range(len(categories)))
    sizes = Counter(categories)
    for n in range(len(places)):
        taken = Counter(categories[place] for place in places[:n])
        open_ = [taken[each] for each in sizes if taken[each] < sizes[each]]
        # Whoever has more than another has it because the other has nothing left.
        assert max(taken.values(), default=0) - min(open_, default=n) <= 1
    for each in sizes:
        own = [place for place in places if categories[place] == each]
        assert own == sorted(own)
