"""The report of the seven benchmarks: figures worked by hand, and the mistakes of others.

Each test of a mistake names where it was reported: an accuracy that is too high or too low there
must come out right here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from diq_core.config import EvaluateSettings
from diq_core.data.sample import Option, Sample
from diq_core.evaluation import seven_markdown
from diq_core.evaluation.answers import written_answer
from diq_core.evaluation.published import PUBLISHED
from diq_core.evaluation.questions import Benchmark, Question, read_benchmark
from diq_core.evaluation.report import results_of
from diq_core.evaluation.seven import Report, known_as, report_of
from diq_core.evaluation.table import answers_table, rows_of
from diq_core.evaluation.verify.target import target_of
from diq_core.evaluation.verify.verdict import Target
from tests.support import image_sources

FOUR = (Option("A", "CT"), Option("B", "MRI"), Option("C", "PET"), Option("D", "US"))


def asked(id: str, answer: str, kind: str = "", options: tuple[Option, ...] = ()) -> Question:
    label = answer if options else ""
    text = next((each.text for each in options if each.label == label), answer)
    sample = Sample(
        id, "Is it seen here?", answer=text, answer_label=label, options=options,
        images=("x.png",), meta={"answer_type": kind} if kind else {},
    )  # fmt: skip
    target = target_of(sample)
    assert isinstance(target, Target)
    return Question(sample, target)


def results(**sets: list[tuple[Question, str]]) -> dict[str, Any]:
    """Return the results of an evaluation: set → questions, each with what was written."""
    settings = EvaluateSettings(scorings=("generated",), answer_loss=False)
    benchmarks = [
        Benchmark(name, tuple(each for each, _ in said), (), len(said) + 3, "own")
        for name, said in sets.items()
    ]
    rows = [
        rows_of(name, [written_answer(each, text) for each, text in said])
        for name, said in sets.items()
    ]
    table = answers_table(benchmarks, settings.scorings, pa.concat_tables(rows))
    return results_of(benchmarks, settings, table, "not asked here")


def three_sets() -> dict[str, Any]:
    """VQA-RAD 3 of 5 (closed 2 of 3, open 1 of 2), SLAKE 1 of 1, PMC-VQA 0 of 4, one unread."""
    rad = [
        (asked("r1", "Yes", "CLOSED"), "Yes, it is."), (asked("r2", "no", "CLOSED "), "No."),
        (asked("r3", "no", "CLOSED"), "Yes."), (asked("r4", "axial", "OPEN"), "Axial"),
        (asked("r5", "pneumonia", "OPEN"), "A fracture"),
    ]  # fmt: skip
    said = ("A", "The answer is C.", "D. US", "I cannot tell.")
    pmc = [(asked(f"p{n}", "B", options=FOUR), each) for n, each in enumerate(said)]
    return results(vqa_rad=rad, SLAKE=[(asked("s1", "Liver", "CLOSED"), "Liver")], pmc_vqa=pmc)


def test_the_figures_are_those_worked_by_hand() -> None:
    report = report_of(three_sets(), "tiny")
    counted = {
        line.key: tuple(
            (t.right, t.wrong, t.undecided) for t in (line.rule, line.closed, line.open)
        )
        for line in report.lines
    }
    assert counted == {
        "vqa-rad": ((3, 2, 0), (2, 1, 0), (1, 1, 0)),
        "slake": ((1, 0, 0), (1, 0, 0), (0, 0, 0)),
        "pmc-vqa": ((0, 3, 1), (0, 3, 1), (0, 0, 0)),
    }
    # 3 of 5, 1 of 1 and 0 of 4 questions are 4 of 10; the mean of 60, 100 and 0 % is 53.33 %.
    assert (report.weighted.right, report.weighted.asked) == (4, 10)
    assert report.weighted.share == 0.4
    assert report.plain_mean == pytest.approx((0.6 + 1 + 0) / 3)
    text = seven_markdown.markdown(report)
    assert "| VQA-RAD | 5 | 3 | 2 | 0 | 60.00 % | 66.67 % of 3 | 50.00 % of 2 | not asked |" in text
    assert "| **Weighted mean, 3 of 7** | 10 | 4 | 5 | 1 | 40.00 % |" in text
    assert "| **Plain mean of the benchmarks** | | | | | 53.33 % |" in text
    assert "Not asked: MMMU, Health & Medicine, PathVQA, OmniMedVQA, MedXpertQA-MM." in text


def test_what_others_published_is_marked_as_theirs_and_enters_no_figure() -> None:
    report = report_of(three_sets(), "tiny")
    text = seven_markdown.markdown(report)
    before, after = text.split("## Published by others")
    assert "arXiv 2505.23867" in after
    assert "cannot be compared" in after
    for model, mean in PUBLISHED.items():
        assert model not in before
        assert f"| {model} | {mean:.2f} % |" in after
    assert report.to_json()["published_by_others"]["averages"]["InfiMed-RL-3B"] == 59.18


def judged(report: dict[str, Any], **right: bool | None) -> Report:
    return report_of(report, "tiny", judged={("vqa_rad", id): said for id, said in right.items()})


def test_a_judge_zeroes_no_closed_hit_and_counts_none_twice() -> None:
    """MedEvalKit issue 30: with a judge, right closed answers were set to 0 and stayed so."""
    plain = report_of(three_sets(), "tiny").lines[0]
    line = judged(three_sets(), r4=True, r5=True, r1=False).lines[0]
    assert line.rule.to_json() == plain.rule.to_json()
    assert (line.closed.right, line.open.right) == (2, 1)
    assert (line.judge.right, line.judge.wrong, line.judge.asked) == (2, 1, 3)
    assert plain.to_json()["judge"] is None


def test_the_whole_is_the_weighted_mean_of_closed_and_open() -> None:
    """MedEvalKit issue 21: of which questions 72.5 was the mean was asked, and not answered.

    There, 79.3 % of 251 closed and 64 % of 200 open questions were right.
    """
    closed = [(asked(f"c{n}", "Yes", "CLOSED"), "Yes" if n < 199 else "No") for n in range(251)]
    open_ = [(asked(f"o{n}", "axial", "OPEN"), "axial" if n < 128 else "CT") for n in range(200)]
    (line,) = report_of(results(vqa_rad=closed + open_), "tiny").lines
    assert line.rule.asked == 451
    assert line.rule.share == (199 + 128) / 451
    whole, parts = line.rule.share, (line.closed, line.open)
    assert whole == pytest.approx(sum((each.share or 0) * each.asked for each in parts) / 451)
    assert whole == pytest.approx(0.725, abs=1e-3)
    assert whole != pytest.approx((0.793 + 0.64) / 2, abs=5e-3)


@pytest.mark.parametrize(
    ("known", "said", "outcome"),
    [
        ("No", "The heart looks normal.", None),  # "normal" begins with "no"
        ("No", "I note an opacity.", None),
        ("No", "Yes, and the other side is normal.", False),
        ("Yes", "Yes or no, I cannot tell.", None),
        ("No", "Yes or no, I cannot tell.", None),
        ("Yes", "No, it is not.", False),
    ],
)
def test_a_word_that_holds_yes_or_no_is_no_right_answer(
    known: str, said: str, outcome: bool | None
) -> None:
    """LLaVA-Med issue 12: "normal" counted as "no", and an answer with both words was right."""
    answer = written_answer(asked("q", known, "CLOSED"), said)
    assert not answer.correct
    assert (answer.chosen is None) == (outcome is None)


def test_naming_every_possible_answer_is_not_right() -> None:
    """LLaVA-Med's measure of open answers, recall, rewards a text that says everything."""
    answer = written_answer(
        asked("q", "left lower lobe", "OPEN"),
        "It may be the left upper, left lower, right upper, right middle or right lower lobe, the "
        "heart, the liver, the spleen, a rib, or nothing at all.",
    )
    assert not answer.correct


@pytest.mark.parametrize("said", ["", "I am not sure.", "It could be A or B.", "<think>So B"])
def test_what_cannot_be_read_is_undecided_and_never_a_letter_by_chance(said: str) -> None:
    """MMMU issue 72: where nothing was read, a letter was drawn at random and could be right."""
    answers = [written_answer(asked("q", label, options=FOUR), said) for label in "ABCD"]
    assert [(each.chosen, each.correct) for each in answers] == [(None, False)] * 4
    assert all(each.reason for each in answers)


def test_open_questions_are_in_the_figure_of_their_benchmark() -> None:
    """HuatuoGPT-Vision issue 14: the one figure of a benchmark was of its closed questions."""
    line = report_of(three_sets(), "tiny").lines[0]
    assert line.open.asked == 2
    assert line.rule.asked == line.closed.asked + line.open.asked == 5


def test_sets_of_one_benchmark_are_one_line_and_others_are_named() -> None:
    one = [(asked("a", "A", options=FOUR), "A")]
    found = report_of(results(MMMU_Pharmacy=one, Clinical_Medicine=one, mine=one), "tiny")
    assert [(line.key, line.rule.asked) for line in found.lines] == [("mmmu", 2)]
    assert found.others == ("mine",)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("VQA_RAD Dataset Public", "vqa-rad"), ("SLAKE", "slake"), ("path-vqa", "pathvqa"),
        ("PMC-VQA-test_2", "pmc-vqa"), ("OmniMedVQA", "omnimedvqa"),
        ("MedXpertQA", "medxpertqa-mm"),
        ("Diagnostics_and_Laboratory_Medicine", "mmmu"), ("medqa", ""), ("test", ""),
    ],
)  # fmt: skip
def test_a_benchmark_is_known_by_its_name(name: str, key: str) -> None:
    assert known_as(name, []) == key


def test_a_benchmark_is_known_by_what_its_questions_say(tmp_path: Path) -> None:
    image_sources.slake(tmp_path)
    read = read_benchmark(f"{tmp_path}/test.json", written=True)
    assert known_as("test", [each.sample.meta for each in read.questions]) == "slake"


def test_each_source_is_read_for_testing_with_all_that_can_be_counted(tmp_path: Path) -> None:
    made = {
        "rad": str(image_sources.vqa_rad_osf(tmp_path / "rad")),
        "slake": str(image_sources.slake(tmp_path / "slake").parent),
        "path": str(image_sources.hub_parquet(tmp_path / "path", "test-00000-of-00001").parent),
        "pmc": str(image_sources.pmc_vqa_2(tmp_path / "pmc")),
        "omni": f"{image_sources.omnimedvqa(tmp_path / 'omni').parents[2]}@*",
        "mmmu": str(image_sources.mmmu(tmp_path / "mmmu")),
        "medx": str(image_sources.medxpertqa_mm(tmp_path / "medx")),
    }
    found = {
        name: [(each.kind, each.right) for each in read_benchmark(source, written=True).questions]
        for name, source in made.items()
    }
    assert found["rad"] == [("open", "axial"), ("closed", "Yes")]
    assert found["slake"] == [("closed", "Liver"), ("closed", "有")]
    assert [kind for kind, _ in found["path"]] == ["closed", "open", "closed"]
    assert found["pmc"] == [("closed", "C"), ("closed", "A")]
    assert found["omni"] == [("closed", "B")] * 3
    assert found["mmmu"] == [("closed", "A"), ("closed", "B"), ("open", "12"), ("closed", "A")]
    assert found["medx"] == [("closed", "B"), ("closed", "A")]
