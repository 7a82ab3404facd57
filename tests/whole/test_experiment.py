"""An experiment through the real command: three strategies, two seeds, a tiny model."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from diq_core.study import Study, create_study, open_study
from tests.support.studies import add_dataset, add_difficulty, add_influence
from tests.support.tiny import tiny_llama, tiny_tokenizer

# Its studies are expensive and shared: one worker makes them.
pytestmark = pytest.mark.xdist_group("experiment")
SETTINGS = """
strategies = ["diq", "random", "longest"]
budgets = ["20%"]
seeds = [0, 1]
resamples = 200

[recipe]
model = "{model}"
max_steps = 2
batch_size = 2
max_tokens = 128
learning_rate = 1e-3

[evaluate]
max_tokens = 400
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a scored study, a tiny model, questions and settings."""
    folder = tmp_path_factory.mktemp("experiment")
    tiny_llama().save_pretrained(folder / "tiny")
    tiny_tokenizer().save_pretrained(folder / "tiny")
    study = create_study(folder / "study")
    dataset = add_dataset(study, samples=20)
    add_difficulty(study, dataset)
    add_influence(study, dataset)
    questions = [
        {"id": f"b{number}", "question": f"Which sign is number {number}?",
         "options": {"A": "one", "B": "two"}, "answer_idx": label, "answer": word}
        for number, (label, word) in enumerate([("A", "one"), ("B", "two")] * 3)
    ]  # fmt: skip
    lines = "".join(json.dumps(row) + "\n" for row in questions)
    (folder / "signs.jsonl").write_text(lines, encoding="utf-8")
    (folder / "settings.toml").write_text(SETTINGS.format(model=folder / "tiny"), encoding="utf-8")
    return folder


def diq(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "diq_core", "experiment", "--study", str(place / "study"),
         "--settings", str(place / "settings.toml"), "--name", "small", *arguments],
        capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def made(place: Path) -> Study:
    found = diq(place, "--benchmark", str(place / "signs.jsonl"), "--json")
    assert found.returncode == 0, found.stderr
    counts = json.loads(found.stdout)["counts"]
    # The base model, then three strategies and the full set with two seeds each.
    assert (counts["arms"], counts["questions"]) == (9, 6)
    return open_study(place / "study")


def test_every_arm_is_made_of_artefacts_that_anybody_can_look_at(made: Study) -> None:
    runs = {run.name for run in made.artefacts("run")}
    arms = ("diq-20pct", "random-20pct", "longest-20pct", "full-100pct")
    assert runs == {f"small-{arm}-s{seed}" for seed in (0, 1) for arm in arms}
    assert {each.name for each in made.artefacts("evaluation")} == {*runs, "small-base"}
    assert {run.manifest["counts"]["steps"] for run in made.artefacts("run")} == {2}


def test_random_draws_anew_for_each_seed_and_the_others_do_not(made: Study) -> None:
    selections = {each.name for each in made.artefacts("selection")}
    assert {"small-random-20pct-s0", "small-random-20pct-s1", "small-diq-20pct"} <= selections


def test_the_findings_rest_on_every_answer(made: Study) -> None:
    experiment = made.find("experiment", "small")
    arms = pq.read_table(experiment.path / "arms.parquet")
    assert arms.num_rows == 9 * 6
    results = json.loads((experiment.path / "results.json").read_text())
    cell = next(
        cell for cell in results["cells"]
        if (cell["strategy"], cell["measure"], cell["benchmark"]) == ("diq", "accuracy", "")
    )  # fmt: skip
    rows = [row["correct"] for row in arms.to_pylist() if row["strategy"] == "diq"]
    assert (cell["seeds"], cell["questions"], len(rows)) == (2, 6, 12)
    assert cell["mean"]["value"] == pytest.approx(sum(rows) / 12)
    against = {(each["first"][0], each["second"][0]) for each in results["contrasts"]}
    assert {("diq", "random"), ("diq", "full"), ("diq", "base"), ("random", "base")} <= against


def test_the_report_says_what_was_compared_and_what_cannot_be_concluded(made: Study) -> None:
    report = (made.find("experiment", "small").path / "report.md").read_text()
    assert "3 strategies chose at 1 budgets, with 2 seeds each" in report
    assert "trained with 2 seeds only" in report
    assert "| signs | 6 | 50.0 % | 0 |" in report
    page = (made.find("experiment", "small").path / "report.html").read_text()
    assert "http://" not in page.split("<main>")[1]
    assert "chart-0" in page


def test_asked_again_it_trains_nothing_and_says_the_same(made: Study, place: Path) -> None:
    before = made.find("experiment", "small").digest
    stamps = {path: path.stat().st_mtime_ns for path in (made.path / "run").rglob("*")}
    found = diq(place, "--benchmark", str(place / "signs.jsonl"))
    assert found.returncode == 0, found.stderr
    assert open_study(made.path).find("experiment", "small").digest == before
    assert {path: path.stat().st_mtime_ns for path in (made.path / "run").rglob("*")} == stamps


def test_without_questions_it_says_what_is_missing(place: Path) -> None:
    found = diq(place)
    assert found.returncode == 2
    assert "An experiment needs questions to test its models on" in found.stderr
    assert "--benchmark" in found.stderr
