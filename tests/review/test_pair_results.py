"""Preferences between two answers: by hand, under exchange of sides, and against chance."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as some

from diq_core.review.figures.pair_results import (
    CHOSEN,
    OUTSIDE,
    REST,
    Contest,
    contests,
    pair_queues,
    pairs_in,
    share,
    side_name,
)
from diq_core.review.form.form import Form
from diq_core.review.queue.claiming import claim, plan
from diq_core.review.queue.ordering import Item
from diq_core.review.queue.pairs import prefer
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.store.changes import Store
from diq_core.review.store.reading import Judgement, judgements
from tests.support.reviews import ANN, BEN, KIM, rate

KNOWN = {"in 1": True, "in 2": True, "out 1": False, "out 2": False, "gone": None}
name_of = partial(side_name, chosen=KNOWN)


def said(name: str, who: str, meant: str, shown: str = "ab", **more: object) -> Judgement:
    value = {"answer": {"preference": meant, "comment": ""}, "pair": ["in 1", "out 1"],
             "shown": shown, "seconds": 5.0, **more}  # fmt: skip
    return Judgement(name, who, "1", value, who, False, "2026-01-01T00:00:00+00:00", 1)


def test_what_a_reference_stands_for():
    assert [name_of(one) for one in ("in 1", "out 1", "gone")] == [CHOSEN, REST, OUTSIDE]
    assert name_of("tuned:q17") == "tuned"
    assert name_of("nowhere") == OUTSIDE


def test_a_share_has_wilsons_interval():
    # (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n) with p = 0.8, n = 10, z = 1.96.
    found = share(8, 10)
    assert (found.value, found.low, found.high) == pytest.approx((0.8, 0.4902, 0.9433), abs=1e-4)
    assert share(0, 0).value is None


def test_pairs_are_counted_once_by_what_most_people_prefer():
    judged = [
        said("p1", "Ann", "a"), said("p1", "Ben", "a"), said("p1", "Cy", "b"),
        said("p2", "Ann", "b"), said("p2", "Ben", "same"),
        said("p3", "Ann", "a"), said("p3", "Ben", "b"),
        said("p4", "Ann", "same"),
    ]  # fmt: skip
    (found,) = contests(judged, name_of)
    assert found.sides == (CHOSEN, REST)
    assert (found.pairs, found.judgements, found.people) == (4, 8, 3)
    assert (found.first, found.same, found.second) == (1, 2, 1)
    assert (found.preferred.count, found.preferred.of) == (1, 2)
    assert (found.ties.count, found.ties.of) == (2, 4)
    assert "Only 2 pairs are decided" in found.reason
    assert found.sentence() == "Too little is known to say which side is preferred"


@pytest.mark.parametrize(
    ("wins", "losses", "words"),
    [
        (18, 2, "The side 'chosen' is preferred"),
        (2, 18, "The side 'not chosen' is preferred"),
        (12, 8, "Neither side is preferred"),
        (9, 0, "Too little is known"),
        (10, 0, "The side 'chosen' is preferred"),
    ],
)
def test_a_preference_is_stated_only_where_the_interval_shows_one(
    wins: int, losses: int, words: str
):
    judged = [said(f"w{n}", "Ann", "a") for n in range(wins)]
    judged += [said(f"l{n}", "Ann", "b") for n in range(losses)]
    (found,) = contests(judged, name_of)
    assert found.sentence().startswith(words)


def test_models_do_not_count():
    judged = [said("p1", "Ann", "a"), replace(said("p2", "judge", "b"), machine=True)]
    (found,) = contests(judged, name_of)
    assert (found.pairs, found.second) == (1, 0)


def test_answers_of_models_meet_under_their_names():
    judged = [said("p1", "Ann", "a", pair=["tuned:q1", "base:q1"]),
              said("p2", "Ann", "a", pair=["in 1", "out 1"])]  # fmt: skip
    assert [one.sides for one in contests(judged, name_of)] == [(CHOSEN, REST), ("tuned", "base")]


def test_what_was_chosen_later_is_still_the_chosen_side():
    judged = [said("p1", "Ann", "b", pair=["out 1", "in 1"]),
              said("p2", "Ann", "a", pair=["in 2", "out 2"])]  # fmt: skip
    (found,) = contests(judged, name_of)
    assert (found.sides, found.first, found.second) == ((CHOSEN, REST), 2, 0)


def test_a_habit_of_looking_left_is_found_and_a_preference_is_none():
    # Ann always takes the left one, whatever stands there.
    lefty = [said(f"p{n}", "Ann", "ab"[n % 2], shown=("ab", "ba")[n % 2]) for n in range(20)]
    (found,) = contests(lefty, name_of)
    assert (found.left.count, found.left.of, found.is_biased) == (20, 20, True)
    assert [(one.reviewer, one.left.count) for one in found.places] == [("Ann", 20)]
    fair = [said(f"p{n}", "Ann", "a", shown=("ab", "ba")[n % 2]) for n in range(20)]
    (found,) = contests(fair, name_of)
    assert (found.left.count, found.is_biased) == (10, False)
    assert found.sentence() == "The side 'chosen' is preferred"


CHOICES = some.lists(
    some.tuples(some.integers(0, 6), some.sampled_from(["a", "b", "same"]),
                some.sampled_from(["ab", "ba"])),
    min_size=1, max_size=30,
)  # fmt: skip


@given(CHOICES)
def test_exchanging_the_sides_exchanges_the_counts(choices: list[tuple[int, str, str]]):
    judged = [said(f"p{pair}", f"r{n}", meant, shown)
              for n, (pair, meant, shown) in enumerate(choices)]  # fmt: skip
    other = {"a": "b", "b": "a"}
    turned = [said(f"p{pair}", f"r{n}", other.get(meant, meant), shown[::-1])
              for n, (pair, meant, shown) in enumerate(choices)]  # fmt: skip
    (one,), (two,) = contests(judged, name_of), contests(turned, name_of)
    assert one.first + one.same + one.second == one.pairs
    assert (one.first, one.same, one.second) == (two.second, two.same, two.first)
    assert one.left == two.left
    assert contests(judged[::-1], name_of) == [one]


def test_the_places_that_people_saw_are_read_from_the_store(sqlite_store: Store, form: Form):
    items = [Item(f"p{n}", pair=("in 1", "out 1")) for n in range(12)]
    settings = QueueSettings("pairs", form.version, overlap=2)
    plan(sqlite_store, KIM, "pairs", items, settings, key="plan 1")
    plan(sqlite_store, KIM, "other", [Item("in 1")], QueueSettings("other", form.version),
         key="plan 2")  # fmt: skip
    assert pair_queues(sqlite_store) == {"pairs": 12}
    assert pairs_in(sqlite_store, "pairs") == {f"p{n}" for n in range(12)}
    assert pairs_in(sqlite_store, "other") == set()
    for person in (ANN, BEN):
        for task in claim(sqlite_store, person, "pairs", ahead=12):
            prefer(sqlite_store, person, task, {"preference": "left"}, form=form, version=0,
                   key=f"{person.name} {task.sample}")  # fmt: skip
    rate(sqlite_store, form, ANN, "in 1")
    (found,) = contests(judgements(sqlite_store, KIM, "preference"), name_of)
    assert (found.pairs, found.judgements, found.left.count) == (12, 24, 24)


@pytest.mark.parametrize(("first", "states"), [(15, False), (16, True)])
def test_a_preference_needs_the_exact_test_too(first: int, states: bool) -> None:
    # 15 of 21, or a split as wide, comes up in 8 % of even pairs: Wilson's interval says too much.
    nothing = share(0, 0)
    found = Contest(("chosen", "rest"), 21, 21, 1, first, 0, 21 - first, share(first, 21),
                    nothing, nothing, (), "")  # fmt: skip
    assert found.preferred.low is not None
    assert found.preferred.low > 0.5
    assert (found.sentence() == "The side 'chosen' is preferred") is states
