"""The page of evidence says what the result files say, and nothing else."""

from __future__ import annotations

from benchmarks.paper_in_small.report import EVIDENCE, all_findings, with_tables


def test_every_table_is_the_one_that_the_result_files_give() -> None:
    text = EVIDENCE.read_text(encoding="utf-8")
    assert with_tables(text) == text


def test_every_arm_answered_the_same_questions() -> None:
    cells = [cell for cell in all_findings().cells if not cell.benchmark]
    assert len({cell.questions for cell in cells}) == 1
    assert {"diq", "random", "base", "full"} <= {cell.strategy for cell in cells}
