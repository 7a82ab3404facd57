"""Two evaluations side by side, from their folders and through the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from diq_core.artefact import Artefact
from diq_core.config import EvaluateSettings
from diq_core.errors import BadSetting
from diq_core.jobs.progress import silent
from diq_core.stages import evaluation as evaluating
from diq_core.stages.compare import compare
from diq_core.study import Study, create_study
from tests.support.benchmarks import rows, write_rows
from tests.support.tiny import tiny_llama, tiny_tokenizer


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folders = []
    for seed in (0, 1):
        folder = tmp_path_factory.mktemp("models") / f"tiny{seed}"
        tiny_llama(seed).save_pretrained(folder)
        tiny_tokenizer().save_pretrained(folder)
        folders.append(str(folder))
    return folders


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return create_study(tmp_path / "study")


def _evaluate(study: Study, name: str, model: str, lines: list[dict[str, Any]],
              **values: Any) -> Artefact:  # fmt: skip
    file = study.path.parent / "medqa.jsonl"
    write_rows(file, lines)
    settings = EvaluateSettings(model=model, max_tokens=480, max_new_tokens=8, **values)
    return evaluating.run(study, name, settings, silent(), benchmarks=[str(file)])


def test_both_are_joined_by_question(study: Study, models: list[str]) -> None:
    ways = ("letter", "option")
    first = _evaluate(study, "first", models[0], rows(12), scorings=ways)
    second = _evaluate(study, "second", models[1], rows(12)[::-1], scorings=ways)
    found = compare(first, second)
    assert [row.scoring for row in found.rows] == ["letter", "answer loss", "option"]
    one, other = (evaluating.read_results(each)["benchmarks"]["medqa"] for each in (first, second))
    for row in found.rows:
        if row.scoring == "answer loss":
            values = (one["answer_loss"]["mean"], other["answer_loss"]["mean"])
        else:
            values = tuple(each["scorings"][row.scoring]["accuracy"] for each in (one, other))
        assert (row.first, row.second) == pytest.approx(values)
        assert row.difference.value == pytest.approx(values[0] - values[1])
        assert row.adjusted >= row.difference.p
    assert (found.left_out, found.cautions) == (0, ())
    text = found.text()
    assert "p (Holm)" in text.splitlines()[0]
    assert "chance 25.0 %, 12 questions" in text
    back = compare(second, first)
    for row, mirrored in zip(found.rows, back.rows, strict=True):
        assert row.difference.low == pytest.approx(-mirrored.difference.high)


def test_other_questions_are_refused(study: Study, models: list[str]) -> None:
    first = _evaluate(study, "first", models[0], rows(8))
    second = _evaluate(study, "second", models[0], rows(9, first=3))
    with pytest.raises(
        BadSetting, match="5 are common, 3 only in 'first', 4 only in 'second'.*--common"
    ):
        compare(first, second)
    found = compare(first, second, common=True)
    assert found.rows[0].difference.questions == 5
    assert found.left_out == 7
    # Five questions are too few for any p-value: nothing is tested, so nothing is corrected.
    assert {row.adjusted for row in found.rows} == {None}
    assert found.text().count("too few to tell") == len(found.rows)
    third = _evaluate(study, "third", models[0], rows(3, first=50))
    with pytest.raises(BadSetting, match="0 are common.*valuate both on the same files"):
        compare(first, third, common=True)


def test_other_ways_and_other_answers_are_refused(study: Study, models: list[str]) -> None:
    letter = _evaluate(study, "letter", models[0], rows(6))
    option = _evaluate(study, "option", models[0], rows(6), scorings=("option",))
    with pytest.raises(BadSetting, match="letter against option .*valuate both in the same way"):
        compare(letter, option)
    both = _evaluate(study, "both", models[0], rows(6), scorings=("letter", "option"))
    with pytest.raises(BadSetting, match="letter against letter, option .*with --common"):
        compare(letter, both)
    lines = rows(6)
    lines[2] |= {"answer_idx": "D", "answer": lines[2]["options"]["D"]}
    changed = _evaluate(study, "changed", models[0], lines)
    with pytest.raises(BadSetting, match="right answer of question 'b002' is 'C' in one.*'D' in"):
        compare(letter, changed)


def test_another_template_is_told(study: Study, models: list[str]) -> None:
    plain = _evaluate(study, "plain", models[0], rows(6))
    chat = _evaluate(study, "chat", models[0], rows(6), template="chat")
    [caution] = compare(plain, chat).cautions
    assert "template was 'plain' and 'chat'" in caution


@pytest.mark.slow
def test_the_command_line(study: Study, models: list[str], tmp_path: Path) -> None:
    file = write_rows(tmp_path / "medqa.jsonl", rows(10))

    def diq(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "diq_core", *arguments, "--study", str(study.path)]
        environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=240)

    made = diq("evaluate", "--name", "one", "--model", models[0], "--benchmark", file,
               "--max-tokens", "480", "--max-new-tokens", "8",
               "--groups", "S=medqa", "--json")  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["counts"]["answers"] == 10
    assert evaluating.read_results(study.find("evaluation", "one"))["averages"]["letter"]["S"]
    _evaluate(study, "two", models[1], rows(10), groups={"S": ("medqa",)})
    said = diq("compare", "one", "two")
    assert said.returncode == 0, said.stderr
    assert "medqa" in said.stdout
    assert "10 questions" in said.stdout
    found = json.loads(diq("compare", "one", "two", "--json").stdout)
    assert {row["scoring"] for row in found["rows"]} == {"letter", "answer loss"}
    wrong = diq("evaluate", "--name", "bad", "--benchmark", file, "--groups", "S:medqa")
    assert wrong.returncode == 2
    assert "diq: The average 'S:medqa' cannot be understood" in wrong.stderr
