"""A budget is a share or a count, and nonsense is refused in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.errors import BadSetting
from diq_core.selection.budget import Budget, parse_budget


@pytest.mark.parametrize(
    ("value", "budget"),
    [
        ("10%", Budget(share=0.1)),
        (" 0.5 % ", Budget(share=0.005)),
        ("100%", Budget(share=1.0)),
        (0.1, Budget(share=0.1)),
        ("0.1", Budget(share=0.1)),
        (".1", Budget(share=0.1)),
        ("250", Budget(count=250)),
        (250, Budget(count=250)),
        (1, Budget(count=1)),
        (Budget(count=7), Budget(count=7)),
    ],
)
def test_ways_to_write_it(value: str | int | float | Budget, budget: Budget) -> None:
    assert parse_budget(value) == budget


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("0 %", "'0 %' would keep nothing. Write a share such as"),
        (0, "'0' would keep nothing"),
        ("0.000%", "would keep nothing"),
        ("-5%", "'-5%' would keep nothing"),
        (-3, "'-3' would keep nothing"),
        ("101%", "'101%' is more than everything"),
        ("ten", "'ten' is not a number. Write a share such as"),
        ("", "'' is not a number"),
        ("%", "'%' is not a number"),
        ("1,000", "'1,000' is not a number"),
        ("1e3", "'1e3' is not a number"),
        ("10%%", "is not a number"),
        ("nan", "'nan' is not a number"),
        (float("inf"), "'inf' is not a number"),
        (True, "'True' is not a number"),
        (2.5, "'2.5' is not a whole number"),
        (1.0, "'1.0' could mean one sample or all of them. Write \"1\" for one sample"),
        ("x" * 99, "'x{39}…' is not a number"),
    ],
)
def test_nonsense_is_refused(value: str | int | float, words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        parse_budget(value)


def test_the_error_says_which_number_is_meant() -> None:
    with pytest.raises(BadSetting, match="The limit per source 'no' is not a number"):
        parse_budget("no", "limit per source")


@pytest.mark.parametrize(
    ("value", "pool", "expected"),
    [
        ("10%", 25, 3),  # 2.5, halves go up
        ("10%", 24, 2),
        ("29%", 50, 15),  # 14.5 exactly, 14.499999999999998 in binary
        ("1%", 3, 1),  # at least one
        ("1%", 0, 0),
        ("100%", 7, 7),
        ("99.99%", 7, 7),
        ("250", 100, 250),
    ],
)
def test_how_many_are_asked_for(value: str, pool: int, expected: int) -> None:
    assert parse_budget(value).of(pool) == expected


@given(st.integers(1, 10_000), st.integers(1, 10_000), st.integers(0, 5_000))
def test_a_larger_share_never_asks_for_fewer(first: int, second: int, pool: int) -> None:
    low, high = sorted((first, second))
    counts = [parse_budget(f"{part / 100}%").of(pool) for part in (low, high)]
    assert counts[0] <= counts[1] <= pool


@pytest.mark.parametrize("text", ["10 %", "0.5 %", "33.3333333 %", "250", "100 %"])
def test_its_text_reads_back(text: str) -> None:
    assert str(parse_budget(text)) == text
    assert parse_budget(str(parse_budget(text))) == parse_budget(text)
