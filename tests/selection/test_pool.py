"""What selections share: ranks, draws, groups; none of it depends on the order of rows."""

from __future__ import annotations

import numpy as np

from diq_core.selection.pool import Pool
from diq_core.selection.ranks import doubled_rank
from diq_core.selection.scores import Scores


def test_ranks_of_ties_are_averaged() -> None:
    # One lower than the two equal ones: average 1-based rank 2.5, minus a half, doubled.
    assert doubled_rank(np.array([7.0, 5.0, 7.0, 9.0])).tolist() == [4, 1, 4, 7]
    assert doubled_rank(np.array([])).tolist() == []
    assert doubled_rank(np.array([2.0])).tolist() == [1]


def test_weighted_priority_by_hand() -> None:
    pool = Pool(Scores.of(["a", "b", "c", "x"], [1, 2, 2, 5], [0.3, -0.1, 0.0, None]))
    # Percentile ranks among three: difficulty 1/6, 4/6, 4/6; influence 5/6, 1/6, 3/6.
    expected = [0.25 / 6 + 0.75 * 5 / 6, 1 / 6 + 0.75 / 6, 1 / 6 + 2.25 / 6, np.nan]
    np.testing.assert_allclose(pool.weighted(0.25), expected, rtol=1e-15)


def test_equal_priorities_are_exactly_equal() -> None:
    # 0.1 + 0.5 and 0.2 + 0.4 differ in binary; both have rank sum 6.
    size = 10
    pool = Pool(Scores.of(map(str, range(size)), range(size), range(size, 0, -1)))
    for weight in (0.5, 0.1, 0.3):
        mirrored = Pool(Scores.of(map(str, range(size)), range(size, 0, -1), range(size)))
        np.testing.assert_array_equal(pool.weighted(weight), mirrored.weighted(1 - weight))
    assert len(set(pool.weighted(0.5))) == 1


def test_a_draw_belongs_to_the_id_and_the_seed() -> None:
    names = [f"s{number}" for number in range(500)]
    whole = dict(zip(names, Pool(Scores.of(names)).draw(3), strict=True))
    part = Pool(Scores.of(names[::-7])).draw(3)
    assert [whole[name] for name in names[::-7]] == part.tolist()
    assert len(set(whole.values())) == 500
    assert not set(whole.values()) & set(Pool(Scores.of(names)).draw(4))


def test_a_draw_is_the_same_on_every_machine() -> None:
    drawn = Pool(Scores.of(["a", "é"])).draw(0)
    assert drawn.tolist() == [0.8636296795881485, 0.6252916670438151]


def test_a_draw_is_even_and_seeds_are_unrelated() -> None:
    pool = Pool(Scores.of(map(str, range(20_000))))
    first, second = pool.draw(0), pool.draw(1)
    counts, _ = np.histogram(first, bins=20, range=(0, 1))
    assert counts.sum() == 20_000
    assert abs(counts - 1000).max() < 150  # five standard deviations
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.04


def test_rows_by_source_cover_the_included_rows_once() -> None:
    scores = Scores.of(
        map(str, range(6)), source=["x", None, "y", "x", "y", None], excluded=[None] * 4 + ["d"] * 2
    )
    groups = sorted(group.tolist() for group in Pool(scores).rows_by_source)
    assert groups == [[0, 3], [1], [2]]


def test_nothing_is_no_problem() -> None:
    empty = Pool(Scores.of([]))
    assert empty.rows_by_source == []
    assert len(empty.weighted(0.5)) == len(empty.draw(0)) == len(empty.sorted_across) == 0
