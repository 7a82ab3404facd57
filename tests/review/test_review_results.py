from __future__ import annotations

from typing import Any

import pytest

from diq_core.errors import BadSetting
from diq_core.review.figures.results import (
    MACHINE,
    PEOPLE,
    agreement_rows,
    effect_rows,
    judge_rows,
    reviewer_rows,
)
from diq_core.review.form.form import load_form
from diq_core.review.queue.material import Member, Scope, items_of
from diq_core.review.store.reading import Judgement
from diq_core.review.verdicts.outcomes import disputes, outcomes
from diq_core.statistics.resampling import Bootstrap
from tests.support.reviews import answer

FORM = load_form()
QUICK = Bootstrap(resamples=50)


def said(
    sample: str, name: str, verdict: str = "accept", level: int = 4, machine: bool = False,
    seconds: float | None = 10.0, **more: Any,
) -> Judgement:  # fmt: skip
    value = {"answer": answer(verdict, level, **{"flags": [], **more}), "seconds": seconds}
    at = f"2026-01-01T00:00:{len(sample):02d}+00:00"
    return Judgement(sample, name, "1", value, name, machine, at, 1)


def edited(sample: str, name: str, text: str) -> Judgement:
    value = {"original": "old", "text": text}
    return Judgement(sample, name, "answer", value, name, False, "2026-01-01T00:00:00+00:00", 1)


def pool(kept: int = 6, others: int = 6) -> list[Member]:
    return [
        Member(f"m{number:02d}", "ab"[number % 2], f"Q{number % 3 + 1}", number < kept)
        for number in range(kept + others)
    ]


class TestItems:
    def test_the_chosen_are_the_chosen(self):
        found = {item.sample for item in items_of(pool(), "kept")}
        assert found == {f"m{number:02d}" for number in range(6)}

    def test_others_are_mixed_in_by_the_seed(self):
        first = items_of(pool(), "both", rest=2, seed=1)
        assert first == items_of(pool(), "both", rest=2, seed=1)
        assert len(first) == 8
        assert any(items_of(pool(), "both", rest=2, seed=seed) != first for seed in range(2, 8))

    def test_pairs_use_nobody_twice_and_keep_to_the_source(self):
        items = items_of(pool(), "pairs", seed=3)
        pairs = [item.pair or ("", "") for item in items]
        assert len({id for pair in pairs for id in pair}) == 12
        for chosen, other in pairs:
            assert int(chosen[1:]) < 6 <= int(other[1:])
            assert int(chosen[1:]) % 2 == int(other[1:]) % 2

    def test_a_pairs_name_tells_nothing(self):
        names = [item.sample for item in items_of(pool(), "pairs")]
        assert not any(id.id in name for name in names for id in pool())

    def test_pairs_end_where_others_end(self):
        assert len(items_of(pool(6, 2), "pairs")) == 2

    @pytest.mark.parametrize("scope", ["kept", "pairs"])
    def test_nothing_chosen_is_said(self, scope: Scope):
        with pytest.raises(BadSetting, match="nothing to review"):
            items_of(pool(0, 4), scope)


class TestOutcomes:
    @pytest.mark.parametrize(
        ("verdict", "level", "flags", "why"),
        [
            ("accept", 4, [], ""),
            ("accept", 2, [], "harm likely"),
            ("reject", 4, [], "rejected"),
            ("unsure", 4, [], "unsure"),
            ("accept_with_edit", 4, ["unsafe"], "unsafe"),
            ("accept_with_edit", 3, [], ""),
            ("accept", 4, ["flawed_question"], ""),
        ],
    )
    def test_what_counts_as_unsafe_or_wrong(
        self, verdict: str, level: int, flags: list[str], why: str
    ):
        found = outcomes([said("s", "Ann", verdict, level, flags=flags)])["s"]
        assert (found.why, found.bad) == (why, bool(why))

    def test_one_bad_rating_is_enough_until_it_is_settled(self):
        raters = [said("s", "Ann"), said("s", "Ben"), said("s", "Cleo", "reject")]
        assert outcomes(raters)["s"].bad
        assert not outcomes(raters)["s"].rejected
        settled = outcomes(raters, [said("s", "")])["s"]
        assert (settled.bad, settled.settled, settled.verdicts) == (False, True, 3)

    def test_a_machine_decides_nothing(self):
        assert outcomes([said("s", "model", "reject", machine=True)]) == {}


class TestDisputes:
    def test_the_widest_difference_comes_first(self):
        verdicts = [
            said("near", "Ann", level=4), said("near", "Ben", level=3),
            said("far", "Ann", "accept", 5), said("far", "Ben", "reject", 1),
            said("same", "Ann"), said("same", "Ben"), said("alone", "Ann"),
        ]  # fmt: skip
        found = disputes(FORM, verdicts)
        assert [one.sample for one in found] == ["far", "near"]
        assert found[0].size == 1.0
        assert "Verdict: Accept, Reject" in found[0].points
        assert found[1].size == pytest.approx(0.25 * 3 / 4)

    def test_settled_ones_and_machines_do_not_count(self):
        verdicts = [said("s", "Ann"), said("s", "Ben", "reject"), said("t", "Ann"),
                    said("t", "model", "reject", machine=True)]  # fmt: skip
        assert [one.sample for one in disputes(FORM, verdicts)] == ["s"]
        assert disputes(FORM, verdicts, ["s"]) == []

    def test_two_corrections_of_one_sample_are_a_dispute_where_they_differ(self):
        verdicts = [said(sample, name, "accept_with_edit") for sample in ("s", "t")
                    for name in ("Ann", "Ben")]  # fmt: skip
        verdicts.append(said("s", "Eve"))
        edits = [edited("s", "Ann", "one"), edited("s", "Ben", "another"),
                 edited("t", "Ann", "one"), edited("t", "Ben", "one")]  # fmt: skip
        found = disputes(FORM, verdicts, (), edits)
        assert [one.sample for one in found] == ["s"]
        assert "The corrected texts differ" in found[0].points
        assert disputes(FORM, verdicts[:4], (), edits)[0].points == ("The corrected texts differ",)
        # Who only accepts has not asked for a change, whatever they typed before.
        only = [said("s", "Ann", "accept_with_edit"), said("s", "Ben", "accept_with_edit")]
        assert disputes(FORM, only, (), [edits[0], edited("s", "Eve", "x")]) == []


class TestAgreement:
    def test_machines_are_kept_apart(self):
        verdicts = [said(f"s{n}", who, level=n % 5 + 1) for n in range(12) for who in ("A", "B")]
        judge = [said(f"s{n}", "model", level=5, machine=True) for n in range(12)]
        rows = agreement_rows(FORM, [*verdicts, *judge], QUICK)
        assert rows == agreement_rows(FORM, verdicts, QUICK)
        assert [row.title for row in rows[:4]] == [*(one.title for one in FORM.scales), "Verdict"]
        assert rows[0].exact.value == 1.0
        assert rows[0].exact.pairs == 12
        assert rows[0].alpha.value == pytest.approx(1.0)

    def test_a_judge_meets_people_once_a_sample(self):
        verdicts = [said(f"s{n}", who, level=3) for n in range(12) for who in ("A", "B", "C")]
        judge = [said(f"s{n}", "model", level=3 if n < 9 else 1, machine=True) for n in range(12)]
        rows = judge_rows(FORM, [*verdicts, *judge], QUICK)["model"]
        assert rows[0].exact.pairs == 12
        assert rows[0].exact.value == pytest.approx(0.75)

    def test_an_excused_scale_is_missing(self):
        verdicts = [said("s1", "A"), said("s1", "B", "unsure")]
        verdicts[1].value["answer"]["scales"]["safety_check"] = None
        rows = agreement_rows(FORM, verdicts, QUICK)
        assert [row.exact.pairs for row in rows[:3]] == [1, 0, 1]


def test_effects_are_given_for_people_and_machine_apart():
    chosen = {f"s{n}": n < 12 for n in range(24)}
    verdicts = [said(id, "Ann", level=5 if kept else 2) for id, kept in chosen.items()]
    verdicts += [said(id, "model", level=3, machine=True) for id in chosen]
    verdicts.append(said("elsewhere", "Ann"))
    found = effect_rows(FORM, verdicts, chosen, QUICK)["Safety check"]
    assert found[PEOPLE].difference.value == 3.0
    assert found[PEOPLE].delta.value == 1.0
    assert found[MACHINE].difference.value == 0.0


def test_reviewers_have_their_time_and_lean():
    verdicts = [said("s", "Ann", level=5, seconds=8.0), said("s", "Ben", level=3, seconds=None)]
    ann, ben = reviewer_rows(verdicts, QUICK)
    assert (ann.time.median, ben.time.unknown) == (8.0, 1)
    assert ann.drift.lean.mean == 2.0
