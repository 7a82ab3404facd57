"""Quotas: at least and at most of a source, a subject, a quadrant; impossible ones are refused."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diq_core.errors import BadSetting
from diq_core.selection.choose import select
from diq_core.selection.contents import Contents
from diq_core.selection.quotas import parse_quota
from diq_core.selection.result import Selection
from diq_core.selection.scores import Scores

SUBJECTS = ["Heart", "Heart", "Lung", "heart", "Lung", "Skin", None, "Skin"]
SOURCES = ["x", "x", "x", "x", "y", "y", "y", None]


def choose(*quotas: str, budget: Any = 4, **more: Any) -> Selection:
    """Choose by influence among a to h, of which a has most."""
    scores = Scores.of("abcdefgh", None, range(8, 0, -1), source=SOURCES)
    columns = {"subject": pa.array(SUBJECTS), "source": pa.array(SOURCES),
               "reasoning": pa.array([True, False] * 4), "length": pa.array(range(8))}  # fmt: skip
    contents = Contents(columns)
    told = {"strategy": "influence", "budget": budget, **more}
    return select(scores, quotas=quotas, contents=contents, **told)


def kept(*quotas: str, **more: Any) -> str:
    chosen = choose(*quotas, **more)
    return "".join(sorted(chosen.ids[chosen.kept]))


@pytest.mark.parametrize(
    ("quotas", "expected"),
    [
        ((), "abcd"),
        (("subject=HEART<=2",), "abce"),
        (("subject=Skin>=1",), "abcf"),
        (("subject=Skin>=25%",), "abcf"),
        (("subject=Skin>=2", "source=y<=1"), "abfh"),
        (("subject<=1",), "acfg"),
        (("subject>=1",), "acfg"),
        (("subject=>=1",), "abcg"),
        (("source=x<=1", "subject=Lung<=1"), "aefg"),
        (("reasoning=no>=3",), "abdf"),
        # One sample can serve two quotas: f is the only way to have both in one place.
        (("source=y>=1", "subject=Skin>=1", "subject=heart>=3"), "abdf"),
    ],
)
def test_hand_worked(quotas: tuple[str, ...], expected: str) -> None:
    assert kept(*quotas) == expected


def test_quadrants_are_a_column_as_well() -> None:
    scores = Scores.of("abcdefgh", [1, 2, 3, 4, 1, 2, 3, 4], [8, 7, 6, 5, 4, 3, 2, 1])
    plain = select(scores, budget=3)
    assert plain.quadrant[plain.kept].tolist() == [2, 1, 1]
    chosen = select(scores, budget=3, quotas=["quadrant=Q4>=1", "quadrant=Q1<=1"])
    assert sorted(chosen.quadrant[chosen.kept].tolist()) == [1, 2, 4]


@pytest.mark.parametrize(
    ("quotas", "message"),
    [
        (["subject=Lung>=3"], "A quota asks for more samples.*subject=Lung has 2 of 3"),
        (["subject>=2"], r"subject=\(nothing\) has 1 of 2"),
        (["subject=Heart>=3", "subject=Lung>=2"],
         "quotas on subject ask for at least 5 samples, but the budget keeps 4"),
        (["subject=Heart>=3", "subject=heart<=2"],
         "contradict each other: at least 3 and at most 2 samples of subject=Heart"),
        (["subject=Heart>=3", "source=y>=2"],
         "cannot be met together within a budget of 4 .*subject=Heart at least 3"),
        (["subject=Brain>=1"], "No sample has subject=Brain.*There are: Heart, Lung, Skin"),
        (["length=3>=1"], "'length' is a number"),
        (["colour=red>=1"], "There is no column 'colour'"),
        (["subject=Heart"], "This is no quota.*Write it like source=medmcqa<=50%"),
        (["subject=Heart>=0"], "The quota '0' would keep nothing"),
        (["subject=Heart<=many"], "The quota 'many' is not a number"),
    ],
)  # fmt: skip
def test_an_impossible_quota_is_refused_in_words(quotas: list[str], message: str) -> None:
    with pytest.raises(BadSetting, match=message):
        choose(*quotas)


def test_what_a_hand_placed_counts() -> None:
    assert kept("subject=Skin>=2", put_in=["h"]) == "abfh"
    assert kept("subject=Skin<=1", put_in=["h"], budget=6) == "abcdeh"
    # What people put in stays, even above a quota.
    assert kept("subject=Skin<=1", put_in=["f", "h"], budget=4) == "abfh"


def test_reasons_and_counts_add_up() -> None:
    chosen = choose("subject=Heart<=1", "subject=Skin>=2", "source=y<=2", budget=4)
    assert "".join(chosen.ids[chosen.kept]) == "acfh"
    reasons = dict(zip(chosen.ids, chosen.reasons().to_pylist(), strict=True))
    assert reasons["a"] == "In: rank 1 of 4 by influence"
    assert reasons["b"] == (
        "Out: ranked 2 by influence; the quota was reached: subject=Heart at most 1"
    )
    assert reasons["e"] == ("Out: ranked 5 by influence; the budget was 4, 2 of it kept for quotas")
    assert chosen.counts["over_quota"] == 1
    assert chosen.counts["samples"] == sum(
        number for name, number in chosen.counts.items() if name != "samples"
    )
    both = choose("subject=Heart<=2", max_per_source=3, budget=5)
    assert "".join(both.ids[both.kept]) == "abcef"
    assert (both.counts["over_source_limit"], both.counts["over_quota"]) == (1, 0)
    assert "limit of 3 per source" in both.reason_of(3)


def test_fewer_than_asked_for_are_said_to_be_so() -> None:
    chosen = choose("subject<=1", budget=8)
    assert chosen.notes == (
        "The budget asks for 8 samples, but only 4 can be chosen with these quotas; "
        "all of them are kept.",
    )


@pytest.mark.parametrize(
    "text", ["subject=A=B>=3", "subject<=10%", "a b =c d<=2", "x=>=1", 'x="a; b<=3"<=5%', 'x="">=2']
)
def test_a_quota_reads_as_it_is_written(text: str) -> None:
    found = parse_quota(text)
    assert parse_quota(found.text) == found


PARTS = st.integers(1, 7).flatmap(
    lambda size: st.tuples(
        *(st.lists(st.sampled_from("pqr"), min_size=size, max_size=size) for _ in range(2)),
        st.integers(1, size),
    )
)


@settings(max_examples=150, deadline=None)
@given(
    PARTS,
    st.dictionaries(st.sampled_from("pqr"), st.tuples(st.integers(0, 3), st.integers(0, 3)),
                    max_size=2),
    st.dictionaries(st.sampled_from("pqr"), st.tuples(st.integers(0, 2), st.just(9)), max_size=2),
)  # fmt: skip
def test_quotas_are_met_exactly_where_there_is_a_way(
    made: tuple[list[str], list[str], int],
    first: dict[str, tuple[int, int]],
    second: dict[str, tuple[int, int]],
) -> None:
    one, two, budget = made
    names = [chr(97 + row) for row in range(len(one))]
    asked = [(column, values, value, low, high)
             for column, values, bounds in (("one", one, first), ("two", two, second))
             for value, (low, high) in bounds.items()
             if value in values and low <= (high or 9)]  # fmt: skip
    quotas = [f"{column}={value}{side}{number}"
              for column, _, value, low, high in asked
              for side, number in ((">=", low), ("<=", high)) if number]  # fmt: skip

    def allowed(rows: tuple[int, ...], *, least: bool) -> bool:
        counts = [(sum(values[row] == value for row in rows), low, high or 9)
                  for _, values, value, low, high in asked]  # fmt: skip
        return all((not least or number >= low) and number <= high for number, low, high in counts)

    possible = [
        rows for size in range(budget + 1) for rows in combinations(range(len(names)), size)
        if allowed(rows, least=True)
    ]  # fmt: skip
    columns = {"one": pa.array(one), "two": pa.array(two)}
    scores = Scores.of(names, None, range(len(names), 0, -1))

    def made_of() -> list[int]:
        chosen = select(scores, strategy="influence", budget=budget, quotas=quotas,
                        contents=Contents(columns))  # fmt: skip
        assert sum(chosen.counts.values()) == 2 * len(names)
        return np.flatnonzero(chosen.kept).tolist()

    if not possible:
        with pytest.raises(BadSetting, match="quota|Quota"):
            made_of()
        return
    rows = tuple(made_of())
    assert allowed(rows, least=True)
    assert len(rows) <= budget
    if len({column for column, *_ in asked}) < 2:
        # With one column it is the best choice: the longest, then the one that comes first.
        assert rows == min(possible, key=lambda each: (-len(each), each))
    else:
        # Nothing that is out could be put in besides.
        more = [row for row in range(len(names)) if row not in rows]
        assert len(rows) == budget or not any(allowed((*rows, row), least=False) for row in more)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 60))
def test_limits_on_several_columns_are_a_walk_down(data: st.DataObject, size: int) -> None:
    def values() -> list[str]:
        return data.draw(st.lists(st.sampled_from("pqrs"), min_size=size, max_size=size))

    columns = {name: values() for name in ("one", "two", "three")}
    limits = {name: data.draw(st.integers(1, 9)) for name in columns}
    budget = data.draw(st.integers(1, size))
    names = [f"{row:03}" for row in range(size)]
    expected: list[int] = []
    for row in range(size):
        full = any(sum(column[other] == column[row] for other in expected) >= limits[name]
                   for name, column in columns.items())  # fmt: skip
        if not full and len(expected) < budget:
            expected.append(row)
    chosen = select(
        Scores.of(names, None, range(size, 0, -1)), strategy="influence", budget=budget,
        quotas=[f"{name}<={limit}" for name, limit in limits.items()],
        contents=Contents({name: pa.array(column) for name, column in columns.items()}),
    )  # fmt: skip
    assert np.flatnonzero(chosen.kept).tolist() == expected
