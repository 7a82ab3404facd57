"""People and judges side by side: kept apart, and used only past the gate."""

from __future__ import annotations

import re
from typing import Any

import pytest

from diq_core.errors import BadSetting
from diq_core.review.figures.results import agreement_rows
from diq_core.review.form.form import load_form
from diq_core.review.form.gate import Gate
from diq_core.review.machine.panel import current, mixed_rows, panel_report
from diq_core.review.store.reading import Judgement
from diq_core.statistics.resampling import Bootstrap
from tests.support.reviews import answer

FORM = load_form()
QUICK = Bootstrap(resamples=200)
JUDGE = "machine:m"
GATE = Gate(threshold=0.6)


def _verdict(sample: int, reviewer: str, level: int, *, prompt: str = "1-a", at: int = 1,
             **more: Any) -> Judgement:  # fmt: skip
    machine = reviewer.startswith("machine:")
    value: dict[str, Any] = {"answer": {"flags": [], **answer("reject", level, **more)}}
    if machine:
        value["judge"] = {"model": "m", "prompt": prompt}
    return Judgement(f"s{sample:03d}", reviewer, FORM.version, value, reviewer, machine,
                     f"2026-01-01T00:00:{at:02d}", 1)  # fmt: skip


def _level(sample: int) -> int:
    return sample % 5 + 1


PEOPLE = [_verdict(n, who, _level(n)) for n in range(40) for who in ("Ann", "Ben")]
ALIKE = [_verdict(n, JUDGE, _level(n)) for n in range(40)]
CONTRARY = [_verdict(n, JUDGE, 6 - _level(n)) for n in range(40)]
CHOSEN = {f"s{n:03d}": n % 2 == 0 for n in range(40)}


def _noisy(shift: int) -> list[Judgement]:
    """Return a judge that is one level off on every `shift`-th sample."""
    return [
        _verdict(n, JUDGE, min(5, _level(n) + 1) if n % shift == 0 else _level(n))
        for n in range(40)
    ]


def test_machines_do_not_touch_the_agreement_among_people() -> None:
    alone = agreement_rows(FORM, PEOPLE, QUICK)
    assert agreement_rows(FORM, PEOPLE + CONTRARY, QUICK) == alone
    mixed = mixed_rows(FORM, PEOPLE + CONTRARY, QUICK)
    assert mixed[0].gwet.raters == 3
    assert (mixed[0].gwet.value or 0) < (alone[0].gwet.value or 0)


def test_a_judge_that_agrees_may_be_used_and_its_effect_stands_beside_peoples() -> None:
    judge = _noisy(7)
    report = panel_report(FORM, PEOPLE + judge, CHOSEN, GATE, QUICK)
    (found,) = report["judges"]
    assert (found["name"], found["may_use"], found["why_not"]) == (JUDGE, True, [])
    row = found["agreement"][0]
    assert row["is_scale"]
    assert row["gwet"]["pairs"] == row["kappa"]["pairs"] == 40
    assert 0.6 <= row["gwet"]["low"] <= row["gwet"]["value"] <= row["gwet"]["high"]
    assert set(found["effects"]) == set(report["people"]["effects"])
    assert report["people"]["effects"]["Safety check"]["reviewers"] == 2
    assert found["effects"]["Safety check"]["reviewers"] == 1


@pytest.mark.parametrize(
    ("verdicts", "gate", "words"),
    [
        (PEOPLE + _noisy(7), Gate(), "Nobody has set how far"),
        (PEOPLE + CONTRARY, GATE, r"AC2 \(quadratic\) is -\d.*, perhaps only .*0\.60 is asked"),
        (PEOPLE + _noisy(7), Gate(0.999), "1.00 is asked for"),
        (PEOPLE[:40] + _noisy(7), GATE, "on 20 samples, 30 are needed"),
        (_noisy(7), GATE, "on 0 samples, 30 are needed"),
        ([_verdict(n, who, 4) for n in range(40) for who in ("Ann", JUDGE)], GATE,
         "its interval is missing"),
    ],
)  # fmt: skip
def test_what_keeps_a_judge_out_is_said(verdicts: list[Judgement], gate: Gate, words: str) -> None:
    (judge,) = panel_report(FORM, verdicts, CHOSEN, gate, QUICK)["judges"]
    assert not judge["may_use"]
    assert judge["effects"] is None
    assert any(re.search(words, reason) for reason in judge["why_not"])


def test_one_bad_scale_is_enough_to_keep_a_judge_out() -> None:
    judge = _noisy(7)
    for n, one in enumerate(judge):
        one.value["answer"]["scales"]["safety_check"] = 6 - _level(n)
    (found,) = panel_report(FORM, PEOPLE + judge, {}, GATE, QUICK)["judges"]
    assert not found["may_use"]
    (reason,) = found["why_not"]
    assert re.search(r"^Safety check: .*0\.60 is asked for$", reason)


def test_verdicts_by_an_older_prompt_do_not_count() -> None:
    old = [_verdict(n, JUDGE, 1, prompt="1-a") for n in range(20)]
    new = [_verdict(n, JUDGE, _level(n), prompt="1-b", at=2) for n in range(20, 40)]
    other = [_verdict(n, "machine:other", 3, prompt="1-a") for n in range(3)]
    assert current(PEOPLE + old + new + other) == PEOPLE + new + other
    report = panel_report(FORM, PEOPLE + old + new, {}, GATE, QUICK)
    (found,) = report["judges"]
    assert (found["verdicts"], found["outdated"]) == (20, 20)
    assert found["asked_by"]["prompt"] == "1-b"
    assert report["people"]["effects"] == {}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"threshold": 0.0}, "threshold"),
        ({"threshold": 1.1}, "threshold"),
        ({"coefficient": "alpha"}, "gwet or kappa"),
        ({"fewest": 9}, "too few"),
    ],
)
def test_impossible_gates_are_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        Gate(**values)
