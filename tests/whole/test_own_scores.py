"""A score of one's own through the real command line: added, chosen by, exported, repeated."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from diq_core.study import create_study
from tests.whole.test_command_line import diq, made


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    words = ("heart", "lung", "liver", "kidney", "skin", "bone", "eye", "ear", "nerve", "blood")
    rows = [
        {"id": f"q{n}", "question": f"What does the {word} need when sign {n} is seen there?",
         "answer": f"Rest and dose {n}.", "reasoning": f"Sign {n} speaks for it.\n\nSo we rest."}
        for n, word in enumerate(words)
    ]  # fmt: skip
    path = tmp_path / "pool.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_from_a_file_to_the_same_bytes_again(pool: Path, tmp_path: Path) -> None:
    study = create_study(tmp_path / "study").path
    at = ("--study", study)
    made("dataset", pool, *at)
    rates = tmp_path / "rates.csv"
    lines = [f"q{n},{n / 10}\n" for n in range(9)]
    rates.write_text("id,rate\n" + "".join(lines) + "stranger,0.5\n", encoding="utf-8")
    words = diq(
        "scores", rates, *at, "--name", "pass-rate", "--label", "Pass rate", "--higher", "easier",
        "--best", "low", "--least", "0", "--most", "1",
    )  # fmt: skip
    assert "not_scored 1, samples 10, scored 9, unknown 1" in words
    assert "1 ids of rates.csv are not in the dataset 'main'" in words
    assert "'stranger'" in words
    assert made("scores", *at, "--measure", "steps")["path"].endswith("scores/steps")
    found = made("select", *at, "--strategy", "by-pass-rate", "--budget", "3")
    assert found["counts"]["kept"] == 3
    made("select", *at, "--name", "four", "--axes", "pass-rate,steps", "--budget", "2")
    made("export", *at, "--selection", "four")
    with (study / "export/main/train.jsonl").open(encoding="utf-8") as file:
        assert [json.loads(line)["id"] for line in file] == ["q0", "q1"]
    again = made(
        "reproduce", study / "export/main/manifest.json", "--source", pool, "--scores", rates,
        "--study", tmp_path / "again",
    )  # fmt: skip
    assert again["identical"]
    assert [step["kind"] for step in again["steps"]] == [
        "dataset", "scores", "scores", "selection", "export",
    ]  # fmt: skip
    assert not any(step["different"] for step in again["steps"])
