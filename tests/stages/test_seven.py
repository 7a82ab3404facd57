"""Questions with images from file to report, on a tiny model that reads them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from diq_core.artefact import Artefact
from diq_core.cli import app
from diq_core.config import EvaluateSettings
from diq_core.errors import BadFile, BadSetting
from diq_core.jobs.progress import silent
from diq_core.stages import evaluation as evaluating
from diq_core.stages.evaluation import ANSWERS, read_results
from diq_core.stages.joining import load_table
from diq_core.stages.seven import seven
from diq_core.study import Study, create_study
from tests.support import image_sources
from tests.support.eyes import Family, family_named
from tests.support.eyes_fixtures import seeing_folder

__all__ = ["seeing_folder"]

WRITTEN = {"scorings": ("generated",), "template": "chat", "max_new_tokens": 4}


@pytest.fixture(scope="module")
def model(seeing_folder: Callable[[Family], Path]) -> str:
    return str(seeing_folder(family_named("llava")))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return create_study(tmp_path_factory.mktemp("seven") / "study")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    root = tmp_path_factory.mktemp("sources")
    image_sources.slake(root / "SLAKE")
    rad = image_sources.vqa_rad_osf(root / "rad")
    return [
        str(rad), str(root / "SLAKE"), str(image_sources.pmc_vqa_2(root / "PMC-VQA").parent),
        str(image_sources.medxpertqa_mm(root / "MedXpertQA").parent),
        str(image_sources.mmmu(root / "MMMU").parents[1]),
        f"{image_sources.omnimedvqa(root / 'OmniMedVQA').parents[2]}@*",
        str(image_sources.hub_parquet(root / "PathVQA", "test-00000-of-00001").parents[1]),
    ]  # fmt: skip


def evaluate(study: Study, name: str, model: str, files: list[str], **how: Any) -> Artefact:
    settings = EvaluateSettings(**{"model": model, **how})
    return evaluating.run(study, name, settings, silent(), benchmarks=files)


@pytest.fixture(scope="module")
def evaluation(study: Study, model: str, sources: list[str]) -> Artefact:
    return evaluate(study, "main", model, sources, **WRITTEN)


def test_all_seven_are_asked_with_their_images(evaluation: Artefact) -> None:
    report = seven(evaluation)
    asked = {line.key: (line.closed.asked, line.open.asked) for line in report.lines}
    assert asked == {
        "mmmu": (3, 1), "vqa-rad": (1, 1), "slake": (2, 0), "pathvqa": (2, 1), "pmc-vqa": (2, 0),
        "omnimedvqa": (3, 0), "medxpertqa-mm": (2, 0),
    }  # fmt: skip
    assert (report.missing, report.others) == ([], ())
    assert report.weighted.asked == evaluation.manifest["counts"]["questions"] == 18
    assert evaluation.manifest["facts"]["images_shown"] == {"questions": 18}
    assert report.about[0] == "The model saw the images of 18 questions."
    rows = load_table(evaluation, ANSWERS).to_pylist()
    assert all(row["answer_loss"] is not None for row in rows)
    assert {row["text"] is None for row in rows} == {False}


def test_the_answers_follow_from_the_images(
    study: Study, model: str, sources: list[str], evaluation: Artefact
) -> None:
    seen = load_table(evaluation, ANSWERS).to_pylist()
    blind = evaluate(study, "blind", model, sources[:1], images="ignore", **WRITTEN)
    unseen = load_table(blind, ANSWERS).to_pylist()
    with_image = {row["id"]: row["answer_loss"] for row in seen if "RAD" in row["benchmark"]}
    assert all(row["answer_loss"] != with_image[row["id"]] for row in unseen)
    assert blind.manifest["facts"]["images_unseen"] == {"questions": 2}
    assert seven(blind).about[0] == "2 questions have images that the model did not see."


def test_questions_with_images_are_only_asked_in_writing(
    study: Study, model: str, sources: list[str]
) -> None:
    with pytest.raises(BadSetting, match="have images.*--scorings generated --template chat"):
        evaluate(study, "letters", model, sources[2:3])


def test_a_question_that_is_too_long_with_its_image_is_undecided_and_never_cut(
    study: Study, model: str, sources: list[str]
) -> None:
    found = evaluate(study, "short", model, sources[2:3], max_tokens=40, **WRITTEN)
    rows = load_table(found, ANSWERS).to_pylist()
    assert all("of them for its images" in row["reason"] for row in rows)
    (line,) = seven(found).lines
    assert (line.rule.right, line.rule.wrong, line.rule.undecided) == (0, 0, 2)
    assert read_results(found)["benchmarks"]["PMC-VQA"]["scorings"]["generated"]["wrong"] == 0


def test_the_command_writes_the_report_and_keeps_a_judge_apart(
    study: Study, evaluation: Artefact, tmp_path: Path
) -> None:
    asked = load_table(evaluation, ANSWERS).to_pylist()[:2]
    verdicts = tmp_path / "judged.jsonl"
    verdicts.write_text(
        "".join(
            json.dumps({"benchmark": row["benchmark"], "id": row["id"], "right": right}) + "\n"
            for row, right in zip(asked, (True, None), strict=True)
        )
    )
    target = tmp_path / "report.md"
    told = ["seven", "main", "--study", str(study.path), "--judged", str(verdicts)]
    done = CliRunner().invoke(app, [*told, "--markdown", str(target)])
    assert done.exit_code == 0, done.output
    assert "50.00 % of 2" in target.read_text()
    found = json.loads(CliRunner().invoke(app, [*told, "--json"]).output)
    assert found["benchmarks"]["vqa-rad"]["judge"]["undecided"] == 1
    assert found["weighted_mean"] == seven(evaluation).weighted.to_json()


def test_a_set_that_is_not_known_can_be_named(evaluation: Artefact) -> None:
    name = "VQA_RAD Dataset Public"
    lines = seven(evaluation, named={name: "slake"}).lines
    assert {line.key: line.rule.asked for line in lines}["slake"] == 4
    with pytest.raises(BadSetting, match="'slaek' is none of the seven"):
        seven(evaluation, named={name: "slaek"})
    with pytest.raises(BadSetting, match="no questions called 'other'"):
        seven(evaluation, named={"other": "slake"})


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"benchmark": "x", "id": "y", "right": true}', "did not ask this question.*line 1"),
        ('{"benchmark": "x", "id": "y", "right": 1}', "neither true, false nor null"),
        ("nonsense", "no verdict"),
    ],
)
def test_verdicts_that_cannot_be_used_are_refused(
    line: str, words: str, evaluation: Artefact, tmp_path: Path
) -> None:
    file = tmp_path / "judged.jsonl"
    file.write_text(line)
    with pytest.raises(BadFile, match=words):
        seven(evaluation, file)
