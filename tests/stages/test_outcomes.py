"""What came of each question: one evaluation alone, base against tuned, by subject."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from diq_core.artefact import Artefact
from diq_core.cli import app
from diq_core.digests import file_digest
from diq_core.stages.outcomes import NO_SUBJECT, SubjectRow, by_subject, outcomes
from diq_core.study import Study, create_study
from tests.support.benchmarks import rows, write_rows
from tests.support.results import add_evaluation

SUBJECTS = ("Cardiology", "Cardiology", "Cardiology", "Neurology", "Neurology", "")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return create_study(tmp_path / "study")


@pytest.fixture
def pair(study: Study, tmp_path: Path) -> tuple[Artefact, Artefact]:
    """Tuned and base on b000 to b005: b000 both, b001 and b003 tuned alone, b004 base alone."""
    study.uploads_folder.mkdir()
    asked = [row | ({"subject": subject} if subject else {})
             for row, subject in zip(rows(6), SUBJECTS, strict=True)]  # fmt: skip
    # As the shipped files have it.
    asked[3] = {**asked[3], "subject": "", "meta": {"subject": "Neurology"}}
    file = write_rows(study.uploads_folder / "medqa.jsonl", asked)
    digests = {"medqa": file_digest(Path(file))}
    tuned = add_evaluation(study, [file], {"b000", "b001", "b003"}, name="tuned", digests=digests)
    base = add_evaluation(study, [file], {"b000", "b004"}, name="base", digests=digests)
    return tuned, base


def test_two_evaluations_are_laid_side_by_side(
    study: Study, pair: tuple[Artefact, Artefact]
) -> None:
    found = outcomes(study, *pair)
    letters = [row for row in found.rows if row.scoring == "letter"]
    assert {row.id: row.kind for row in letters} == {
        "b000": "right", "b001": "gained", "b002": "wrong", "b003": "gained", "b004": "lost",
        "b005": "wrong",
    }  # fmt: skip
    assert by_subject(letters) == [
        SubjectRow("Cardiology", 3, 2, 1, 1, 0),
        SubjectRow("Neurology", 2, 1, 1, 1, 1),
        SubjectRow(NO_SUBJECT, 1, 0, 0, 0, 0),
    ]
    assert letters[0].sample is not None
    assert letters[0].sample.question.startswith("Patient 0 has")
    assert (found.names, found.missing) == (("tuned", "base"), ())


def test_one_evaluation_has_right_and_wrong_answers(
    study: Study, pair: tuple[Artefact, Artefact]
) -> None:
    found = outcomes(study, pair[1])
    assert {row.kind for row in found.rows} == {"right", "wrong"}
    letters = [row for row in found.rows if row.scoring == "letter"]
    assert [(one.subject, one.first) for one in by_subject(letters)] == [
        ("Cardiology", 1), ("Neurology", 1), (NO_SUBJECT, 0)
    ]  # fmt: skip


def test_turning_the_two_round_turns_gained_and_lost_round(
    study: Study, pair: tuple[Artefact, Artefact]
) -> None:
    there, back = outcomes(study, *pair), outcomes(study, *reversed(pair))
    turned = {"gained": "lost", "lost": "gained"}
    assert [turned.get(row.kind, row.kind) for row in there.rows] == [row.kind for row in back.rows]


def test_questions_whose_file_is_gone_keep_their_ids(
    study: Study, pair: tuple[Artefact, Artefact]
) -> None:
    (study.uploads_folder / "medqa.jsonl").unlink()
    found = outcomes(study, *pair)
    assert found.missing == ("medqa.jsonl",)
    assert {row.subject for row in found.rows} == {NO_SUBJECT}
    assert len(found.rows) == len(outcomes(study, pair[0]).rows)


@pytest.mark.usefixtures("pair")
def test_the_command_counts_by_subject_and_lists_what_differs(study: Study) -> None:
    words = ["compare", "tuned", "base", "--study", str(study.path), "--by-subject",
             "--resamples", "100"]  # fmt: skip
    said = CliRunner().invoke(app, words).output
    assert "Cardiology: 3, 2 / 1, 1 / 0" in said
    assert "only base is right: medqa/b004 (letter)" in said
    values = json.loads(CliRunner().invoke(app, [*words, "--json"]).output)
    assert values["subjects"]["letter"][0]["subject"] == "Cardiology"
    assert {row["id"] for row in values["differing"]} == {"b001", "b003", "b004"}


def test_the_images_of_questions_are_found_again(study: Study, tmp_path: Path) -> None:
    study.uploads_folder.mkdir()
    Image.new("L", (4, 3), 90).save(study.uploads_folder / "film.png")
    asked = [row | {"images": ["film.png"]} for row in rows(2)]
    file = write_rows(study.uploads_folder / "films.jsonl", asked)
    digests = {"films": file_digest(Path(file))}
    evaluation = add_evaluation(study, [file], {"b000"}, digests=digests)
    found = outcomes(study, evaluation, images_to=tmp_path / "kept")
    (name,) = {image for row in found.rows for image in (row.sample.images if row.sample else ())}
    with Image.open(tmp_path / "kept" / name) as image:
        assert image.size == (4, 3)
