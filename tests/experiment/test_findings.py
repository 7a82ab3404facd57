"""What an experiment found: by hand, with missing answers, in words, drawn and written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from diq_core.config import ExperimentSettings
from diq_core.errors import BadSetting
from diq_core.experiment.arms import Arm
from diq_core.experiment.figures import score_figure
from diq_core.experiment.findings import (
    ArmScores,
    Cell,
    Contrast,
    Findings,
    Measure,
    findings,
    references,
)
from diq_core.experiment.report import About, BenchmarkFacts, html_report, markdown_report
from diq_core.experiment.words import amount, conclusions, span, width
from diq_core.statistics.paired import Difference, Mean, paired_many
from diq_core.statistics.resampling import Bootstrap

HOW = Bootstrap(resamples=400)
BENCHMARKS = ("medqa", "medqa", "medqa", "mmlu", "mmlu", "mmlu")
NAN = float("nan")
BASE, DIQ, RANDOM, FULL = ("base", ""), ("diq", "5%"), ("random", "5%"), ("full", "100%")


def scores(arm: Arm, correct: list[float], loss: list[float] | None = None,
           **facts: int) -> ArmScores:  # fmt: skip
    given = {"samples": 5, "steps": 30, "tokens": 900, **facts}
    measured = [2.0] * len(correct) if loss is None else loss
    return ArmScores(arm, correct=np.array(correct), loss=np.array(measured), **given)


def arms() -> list[ArmScores]:
    """Return six questions answered by base, and by diq and random with two seeds each."""
    return [
        scores(Arm("base", "", 0), [0, 0, 0, 1, 0, 0], samples=0, steps=0, tokens=0),
        scores(Arm("diq", "5%", 0), [1, 1, 1, 1, 0, 0], [1, 1, 1, 2, 2, 2]),
        scores(Arm("random", "5%", 0), [0, 1, 0, 1, 0, 0], tokens=700),
        scores(Arm("diq", "5%", 1), [1, 1, 0, 1, 1, 0], [1, 1, 1, 2, 2, 2], tokens=1100),
        scores(Arm("random", "5%", 1), [0, 1, 0, 0, 0, 0], tokens=701),
    ]


def cell(found: Findings, strategy: str, measure: Measure, benchmark: str = "") -> Cell:
    wanted = (strategy, measure, benchmark)
    [one] = [each for each in found.cells
             if (each.strategy, each.measure, each.benchmark) == wanted]  # fmt: skip
    return one


def contrasts(found: Findings, measure: Measure, benchmark: str = "") -> dict[Any, Contrast]:
    return {(each.first, each.second): each for each in found.contrasts
            if (each.measure, each.benchmark) == (measure, benchmark)}  # fmt: skip


def test_means_are_over_seeds_and_questions() -> None:
    found = findings(arms(), BENCHMARKS, HOW)
    diq = cell(found, "diq", "accuracy")
    assert diq.mean.value == pytest.approx(8 / 12)
    assert (diq.seeds, diq.questions, diq.budget) == (2, 6, "5%")
    assert (diq.samples, diq.steps, diq.tokens) == (5, 30, 1000)
    assert cell(found, "random", "accuracy").tokens == pytest.approx(700.5)
    assert cell(found, "diq", "accuracy", "medqa").mean.value == pytest.approx(5 / 6)
    assert cell(found, "diq", "accuracy", "mmlu").mean.value == pytest.approx(3 / 6)
    assert cell(found, "diq", "answer loss").mean.value == pytest.approx(1.5)
    base = cell(found, "base", "accuracy")
    assert base.mean.value == pytest.approx(1 / 6)
    assert (base.seeds, base.samples) == (1, 0)
    # Three groups, two measures, all questions and two benchmarks.
    assert len(found.cells) == 3 * 2 * 3


def test_differences_are_paired_and_only_those_on_all_questions_are_tested() -> None:
    given = arms()
    found = findings(given, BENCHMARKS, HOW)
    whole = contrasts(found, "accuracy")
    assert list(whole) == [(DIQ, RANDOM), (DIQ, BASE), (RANDOM, BASE)]
    one = whole[DIQ, RANDOM].difference
    assert one.value == pytest.approx(8 / 12 - 3 / 12)
    assert (one.questions, one.seeds) == (6, (2, 2))
    rows = {name: np.stack([each.correct for each in given if each.arm.strategy == name])
            for name in ("diq", "random")}  # fmt: skip
    assert one == paired_many(rows["diq"], rows["random"], HOW, "share")
    for measure in ("accuracy", "answer loss"):
        some = list(contrasts(found, measure).values())
        # Six questions and two seeds are too few: nothing is tested.
        assert {each.adjusted for each in some} == {None}
        assert {each.too_few for each in some} == {"2 seeds, at least 3 are needed"}
        for benchmark in ("medqa", "mmlu"):
            parts = contrasts(found, measure, benchmark)
            assert len(parts) == 3
            assert {each.adjusted for each in parts.values()} == {None}
    assert contrasts(found, "accuracy", "medqa")[DIQ, RANDOM].difference.value == pytest.approx(0.5)
    assert contrasts(found, "answer loss")[DIQ, BASE].difference.value == pytest.approx(-0.5)


def test_a_question_counts_only_where_every_seed_has_a_score() -> None:
    given = arms()
    given[1] = replace(given[1], loss=np.array([NAN, 1, 1, 2, 2, 2]))
    given[4] = replace(given[4], loss=np.array([2, 2, 2, 2, 2, NAN]))
    given[0] = replace(given[0], loss=np.full(6, NAN))
    found = findings(given, BENCHMARKS, HOW)
    diq = cell(found, "diq", "answer loss")
    assert diq.questions == 5
    assert diq.mean.value == pytest.approx((1 + 1 + 2 + 2 + 2) / 5)
    whole = contrasts(found, "answer loss")
    # The base model's loss was never measured: no mean and no comparison, and not a zero.
    assert list(whole) == [(DIQ, RANDOM)]
    assert whole[DIQ, RANDOM].difference.questions == 4
    assert whole[DIQ, RANDOM].difference.value == pytest.approx((1 + 1 + 2 + 2) / 4 - 2)
    assert not [each for each in found.cells if (each.strategy, each.measure)
                == ("base", "answer loss")]  # fmt: skip
    assert cell(found, "diq", "accuracy").questions == 6


def test_an_order_of_arms_changes_no_figure() -> None:
    one, other = findings(arms(), BENCHMARKS, HOW), findings(arms()[::-1], BENCHMARKS, HOW)
    for measure in ("accuracy", "answer loss"):
        mirrored = contrasts(other, measure)
        for key, each in contrasts(one, measure).items():
            assert mirrored[key].difference == each.difference


def test_a_benchmark_with_one_question_counts_with_the_others_and_not_by_itself() -> None:
    found = findings(arms(), ["alone", *BENCHMARKS[1:]], HOW)
    assert {each.benchmark for each in found.cells} == {"", "medqa", "mmlu"}
    assert {each.benchmark for each in found.contrasts} == {"", "medqa", "mmlu"}
    assert cell(found, "diq", "accuracy").questions == 6
    few = [replace(each, correct=each.correct[:1], loss=each.loss[:1]) for each in arms()]
    with pytest.raises(BadSetting, match="at least 2 questions, there are 1.*more questions"):
        findings(few, BENCHMARKS[:1], HOW)


def test_other_questions_are_a_fault() -> None:
    with pytest.raises(ValueError, match="answered other questions"):
        findings(arms(), BENCHMARKS[:5], HOW)


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (DIQ, [RANDOM, FULL, BASE]),
        (("diq", "10%"), [FULL, BASE]),
        (RANDOM, [FULL, BASE]),
        (FULL, [BASE]),
        (BASE, []),
    ],
)
def test_a_group_is_compared_with_random_at_its_budget_full_and_base(
    group: tuple[str, str], expected: list[tuple[str, str]]
) -> None:
    known = [BASE, DIQ, RANDOM, FULL, ("diq", "10%")]
    assert references(group, known) == expected
    assert references(group, [group]) == []


def contrast(first: tuple[str, str], second: tuple[str, str], value: float, half: float,
             adjusted: float | None, measure: Measure = "accuracy") -> Contrast:  # fmt: skip
    difference = Difference(value, value - half, value + half, 0.01, "bootstrap", 200, (3, 3))
    return Contrast(first, second, "", measure, difference, adjusted)


def told(*some: Contrast, seeds: int = 3) -> list[str]:
    cells = tuple(
        Cell(*group, "", "accuracy", Mean(0.4, 0.3, 0.5, 200, seeds), seeds, 200, 5, 30, 900)
        for group in {BASE, *(each.first for each in some)}
    )
    return conclusions(Findings(cells, some))


def test_what_is_told_apart_says_which_is_better_by_how_much() -> None:
    said = told(
        contrast(DIQ, RANDOM, 0.062, 0.03, 0.012),
        contrast(DIQ, FULL, -0.05, 0.04, 0.03),
        contrast(DIQ, BASE, -0.25, 0.1, 0.001, "answer loss"),
        contrast(RANDOM, BASE, 0.25, 0.1, 0.001, "answer loss"),
    )
    assert said[:4] == [
        "By accuracy, diq at 5 % is better than random at 5 %: +6.2 points (95 % interval +3.2 to "
        "+9.2, corrected p = 0.012).",
        "By accuracy, diq at 5 % is worse than the full set: −5.0 points (95 % interval −9.0 to "
        "−1.0, corrected p = 0.030).",
        "By answer loss, diq at 5 % is better than the base model: −0.250 nats (95 % interval "
        "−0.350 to −0.150, corrected p = 0.001).",
        "By answer loss, random at 5 % is worse than the base model: +0.250 nats (95 % interval "
        "+0.150 to +0.350, corrected p = 0.001).",
    ]


def test_only_the_corrected_p_value_tells_apart() -> None:
    # The interval leaves out zero, but not after the correction for many comparisons.
    said = told(contrast(DIQ, RANDOM, 0.062, 0.03, 0.05))
    assert said[0].startswith("By accuracy, diq at 5 % cannot be told apart from random at 5 %: +6")
    assert "told apart" in told(contrast(DIQ, RANDOM, 0.062, 0.03, None))[0]
    assert "is better" in told(contrast(DIQ, RANDOM, 0.062, 0.03, 0.0499))[0]


def test_several_that_are_not_told_apart_are_one_sentence_with_the_widest_interval() -> None:
    said = told(
        contrast(DIQ, BASE, 0.01, 0.02, 0.4),
        contrast(RANDOM, BASE, 0.01, 0.036, 0.9),
        contrast(DIQ, FULL, 0.0, 1e-16, 1.0),
        contrast(RANDOM, FULL, 0.0, 0.0, 1.0),
        contrast(DIQ, BASE, 0.01, 0.02, 0.4, "answer loss"),
        contrast(RANDOM, BASE, 0.01, 0.05, 0.9, "answer loss"),
    )
    assert said[:3] == [
        "By accuracy, diq at 5 %, random at 5 % cannot be told apart from the full set: there is "
        "no difference at all.",
        "By accuracy, diq at 5 %, random at 5 % cannot be told apart from the base model: the "
        "intervals of the differences are up to 7.2 points wide and hold what chance alone would "
        "give.",
        "By answer loss, diq at 5 %, random at 5 % cannot be told apart from the base model: the "
        "intervals of the differences are up to 0.100 nats wide and hold what chance alone would "
        "give.",
    ]


def test_differences_on_single_benchmarks_conclude_nothing() -> None:
    one = contrast(DIQ, RANDOM, 0.3, 0.01, 0.001)
    assert len(told(replace(one, benchmark="medqa"))) == 1


@pytest.mark.parametrize(
    ("seeds", "expected"),
    [(1, "with 1 seed only"), (2, "with 2 seeds only"), (3, None)],
)
def test_few_seeds_and_the_limits_of_the_questions_are_said(
    seeds: int, expected: str | None
) -> None:
    said = told(contrast(DIQ, RANDOM, 0.1, 0.01, 0.001), seeds=seeds)
    assert "these 200 questions" in said[-1]
    assert len(said) == (3 if expected else 2)
    assert expected is None or expected in said[-2]


def test_amounts_have_their_unit() -> None:
    assert amount(0.417, "accuracy") == "41.7 %"
    assert amount(-0.021, "accuracy", signed=True) == "−2.1 points"
    assert width(0.021, "accuracy") == "2.1 points"
    assert width(0.0214, "answer loss") == "0.021 nats"
    assert span(-0.01, 0.02, "accuracy", signed=True) == "−1.0 to +2.0"


def test_with_one_budget_every_arm_is_one_mark_with_its_interval() -> None:
    found = findings(arms(), BENCHMARKS, HOW)
    figure = score_figure(found, "accuracy", chance=0.25)
    [dots] = figure.data
    assert list(dots.y) == ["diq at 5 %", "random at 5 %", "the base model"]
    assert list(dots.x) == pytest.approx([100 * 8 / 12, 25.0, 100 / 6])
    diq = cell(found, "diq", "accuracy").mean
    assert dots.error_x.array[0] == pytest.approx(100 * (diq.high - diq.value))
    assert dots.error_x.arrayminus[0] == pytest.approx(100 * (diq.value - diq.low))
    assert [shape.x0 for shape in figure.layout.shapes] == [25.0]
    losses = score_figure(found, "answer loss", chance=0.25)
    assert losses.data[0].y[0] == "diq at 5 %"
    assert not losses.layout.shapes


def test_with_several_budgets_every_strategy_is_one_line_with_a_mark_for_each_arm() -> None:
    given = [*arms(), scores(Arm("diq", "10%", 0), [1, 1, 1, 1, 1, 0], samples=10)]
    found = findings(given, BENCHMARKS, HOW)
    figure = score_figure(found, "accuracy", chance=0.25)
    marks = {line.name: list(line.x) for line in figure.data if line.mode == "lines+markers"}
    assert marks == {"diq": [5, 10], "random": [5]}
    # The base model and chance are lines across.
    assert sorted(shape.y0 for shape in figure.layout.shapes) == pytest.approx([100 / 6, 25.0])


def about(name: str) -> About:
    settings = ExperimentSettings(strategies=("diq", "random"), budgets=("5%",), seeds=(0, 1))
    facts = {name: BenchmarkFacts(3, 0.25, 1), "mmlu": BenchmarkFacts(1, 0.5, 0)}
    return About(name, name, name, 100, name, settings, facts)


def test_chance_is_weighed_by_questions() -> None:
    assert about("x").chance == pytest.approx((3 * 0.25 + 0.5) / 4)


@pytest.mark.parametrize(
    "name",
    ["![x](http://evil.example/x.png)", "<script>alert(1)</script>", "a|b", "[l](javascript:x)"],
)
def test_reports_show_names_from_outside_and_obey_none(name: str) -> None:
    from markdown_it import MarkdownIt

    found = findings(arms(), [name, name, *BENCHMARKS[2:]], HOW)
    report = markdown_report(found, about(name))
    # Rendered by anybody's Markdown, with HTML allowed, it holds no element of the name's making.
    shown = MarkdownIt("commonmark", {"html": True}).enable("table").render(report)
    page = html_report(found, about(name)).split("<main>")[1]
    for text in (shown, page.split("<div")[0]):
        assert "<img" not in text
        assert "<script>alert" not in text
        assert "<a " not in text
    rows = [line for line in shown.splitlines() if line == "<tr>"]
    plain = markdown_report(findings(arms(), ["x", "x", *BENCHMARKS[2:]], HOW), about("x"))
    usual = MarkdownIt("commonmark").enable("table").render(plain)
    assert len(rows) == usual.count("<tr>")
    assert shown.count("<td") == usual.count("<td")


def test_the_report_gives_every_arm_and_every_comparison() -> None:
    found = findings(arms(), BENCHMARKS, HOW)
    report = markdown_report(found, about("x"))
    assert "| diq at 5 % | 5 | 1,000 | 2 | 66.7 % |" in report
    assert "| diq at 5 % | random at 5 % | +41.7 points |" in report
    assert "corrected (Holm) for 0 comparisons" in report
    assert report.count("| too few to tell |") == 6
    assert "| x | 3 | 25.0 % | 1 |" in report
    assert "Seeds: 0, 1." in report
