"""Benchmarks as their authors publish them, and what in a file cannot be counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from diq_core.assets import ASSETS
from diq_core.errors import BadFile, BadSetting
from diq_core.evaluation.questions import (
    benchmark_name,
    benchmark_names,
    chance_level,
    read_benchmark,
)
from tests.support.benchmarks import rows, write_benchmark, write_rows

STEM = "A 23-year-old woman has burning upon urination. Which is the best treatment?"
FOUR = {"A": "Ampicillin", "B": "Ceftriaxone", "C": "Doxycycline", "D": "Nitrofurantoin"}
TEN = {label: f"Drug {label}" for label in "ABCDEFGHIJ"}
_COLUMNS = {f"op{label.lower()}": text for label, text in FOUR.items()}

LAYOUTS: dict[str, tuple[dict[str, Any], str, int, str]] = {
    "medqa": (
        {"question": STEM, "options": FOUR, "answer_idx": "D", "answer": FOUR["D"],
         "meta_info": "step1"}, "D", 4, "medqa",
    ),
    "medqa-hub": (
        {"id": "1", "sent1": STEM, "sent2": "", "label": 3,
         **{f"ending{place}": text for place, text in enumerate(FOUR.values())}}, "D", 4, "endings",
    ),
    "mmlu": (
        {"question": STEM, "choices": list(FOUR.values()), "answer": 3, "subject": "anatomy"},
        "D", 4, "mmlu",
    ),
    "medmcqa": (
        {"question": STEM, **_COLUMNS, "cop": 0, "choice_type": "single", "exp": "Because."},
        "A", 4, "medmcqa-0",
    ),
    "pubmedqa": (
        {"QUESTION": STEM, "CONTEXTS": ["We looked."], "LABELS": ["METHODS"],
         "LONG_ANSWER": "It is so.", "final_decision": "maybe"}, "C", 3, "pubmedqa",
    ),
    "medxpertqa-hub": (
        {"id": "Text-0", "question": f"{STEM}\nAnswer Choices: (A) Drug A (B) Drug B",
         "options": TEN, "label": "J", "medical_task": "Treatment", "body_system": "Urinary",
         "question_type": "Reasoning"}, "J", 10, "medxpertqa",
    ),
    "medxpertqa-repository": (
        {"id": "Text-0", "question": STEM, "label": ["E"],
         "options": [{"letter": label, "content": text} for label, text in TEN.items()]},
        "E", 10, "medxpertqa",
    ),
    "medbullets-4": (
        {"link": "-", "question": STEM, **_COLUMNS, "answer_idx": "B", "answer": FOUR["B"],
         "explanation": "It is so."}, "B", 4, "medbullets",
    ),
    "medbullets-5": (
        {"link": "-", "question": STEM, **_COLUMNS, "ope": "Verapamil", "answer_idx": "E",
         "answer": "Verapamil", "explanation": "It is so."}, "E", 5, "medbullets",
    ),
    "medbullets-hub": (
        {"idx": "0", "question": STEM, "options": {**FOUR, "E": "Verapamil"}, "answer": "E",
         "explanation": "It is so."}, "E", 5, "columns",
    ),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout: str, tmp_path: Path) -> None:
    row, gold, options, name = LAYOUTS[layout]
    benchmark = read_benchmark(write_rows(tmp_path / f"{layout}.jsonl", [row]))
    [question] = benchmark.questions
    assert (benchmark.name, benchmark.format, benchmark.findings) == (layout, name, ())
    assert question.options[question.gold].label == gold
    assert len(question.options) == options
    assert question.sample.question == STEM
    assert chance_level(benchmark.questions) == 1 / options


def test_medbullets_as_csv(tmp_path: Path) -> None:
    import csv

    path = tmp_path / "medbullets_op5.csv"
    row = LAYOUTS["medbullets-5"][0]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerow(row)
    [question] = read_benchmark(str(path)).questions
    assert (question.gold, len(question.options)) == (4, 5)


def test_the_shipped_questions_all_count() -> None:
    benchmark = read_benchmark(str(ASSETS / "validation" / "medqa_dev.jsonl"))
    assert benchmark.name == "medqa_dev"
    assert len(benchmark.questions) == benchmark.available > 100
    assert chance_level(benchmark.questions) == 0.25


def test_what_cannot_be_counted_is_a_finding(tmp_path: Path) -> None:
    lines = rows(8)
    del lines[1]["answer"], lines[1]["answer_idx"]
    lines[2] |= {"answer_idx": "Z", "answer": "Something else"}
    lines[3]["options"] = {"A": "only one"}
    lines[4]["options"] = [{"key": "A", "value": "x"}, {"key": "A", "value": "y"}]
    lines[5]["answer"] = lines[5]["options"]["A" if lines[5]["answer_idx"] != "A" else "B"]
    lines[6]["images"] = ["nowhere.png"]
    path = Path(write_rows(tmp_path / "q.jsonl", lines))
    path.write_text(path.read_text() + "{broken\n")
    benchmark = read_benchmark(str(path))
    assert [each.id for each in benchmark.questions] == ["b000", "b007"]
    found = {each.line: each.rule for each in benchmark.findings}
    assert found.pop(9) in ("bad-json", "truncated")
    assert found == {
        2: "no-answer", 3: "label-unknown", 4: "no-options", 5: "options-duplicate",
        6: "label-differs", 7: "image-missing",
    }  # fmt: skip
    assert all(each.message and each.hint for each in benchmark.findings)
    assert sum(benchmark.left_out.values()) == 7


def test_a_benchmark_without_a_right_answer_is_refused(tmp_path: Path) -> None:
    lines = [{"question": STEM, "options": FOUR} for _ in range(3)]
    with pytest.raises(BadFile, match=r"None of the 3.*right answer is not given.*line 1.*label"):
        read_benchmark(write_rows(tmp_path / "q.jsonl", lines))


def test_names() -> None:
    assert benchmark_name("data/medqa_test.jsonl.gz") == "medqa_test"
    assert benchmark_name("TsinghuaC3I/MedXpertQA:Text@test") == "MedXpertQA"
    assert benchmark_name("folder/mmlu/") == "mmlu"
    assert benchmark_name("v1.2.jsonl") == "v1.2"
    with pytest.raises(BadSetting, match="Two benchmarks are called 'a'.*a.csv.*name of its own"):
        benchmark_names(["x/a.jsonl", "b.json", "a.csv"])


def test_chance_is_the_mean_over_questions(tmp_path: Path) -> None:
    lines = [*rows(3, options=4), *rows(1, first=9, options=2)]
    asked = read_benchmark(write_rows(tmp_path / "q.jsonl", lines)).questions
    assert chance_level(asked) == pytest.approx((3 / 4 + 1 / 2) / 4)


def test_a_draw_keeps_the_order_of_the_file(tmp_path: Path) -> None:
    file = write_benchmark(tmp_path / "q.jsonl", 20)
    drawn = read_benchmark(file, limit=6, seed=1)
    ids = [each.id for each in drawn.questions]
    assert ids == sorted(ids)
    assert (len(ids), drawn.available) == (6, 20)
    assert ids == [each.id for each in read_benchmark(file, limit=6, seed=1).questions]
    assert ids != [each.id for each in read_benchmark(file, limit=6, seed=2).questions]
