"""Influence and pass rates of questions with images, from the files to the artefact."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from diq_core.artefact import Artefact
from diq_core.config import (
    DifficultySettings,
    ImportSettings,
    InfluenceSettings,
    PassrateSettings,
    TokensSettings,
)
from diq_core.jobs.progress import silent
from diq_core.stages import dataset as importing
from diq_core.stages import difficulty, influence, passrate, tokens
from diq_core.stages.joining import IMAGES, SCORES, load_table
from diq_core.stages.showing import SHOWN, shown_words
from diq_core.stages.unseen import UNSEEN
from diq_core.study import Study, create_study
from tests.support.eyes import Family, family_named, write_image
from tests.support.tiny import questions
from tests.support.training import sample_file


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory, seeing_folder: Callable[[Family], Path]
) -> Path:
    """A study of six questions, four with images, and validation questions with images."""
    place = tmp_path_factory.mktemp("seen")
    for number in range(4):
        write_image(place / f"p{number}.png", 40 + 20 * number, 60, number)
    pool = [replace(each, question=f"{each.question} ({each.id})") for each in questions(6)]
    shown = [replace(each, images=(f"p{n % 2}.png",)) for n, each in enumerate(pool[:4])]
    sample_file(place / "pool.jsonl", [*shown, *pool[4:]])
    held = [replace(each, id=f"v{n}", question=f"Held out {n}?", images=(f"p{2 + n % 2}.png",))
            for n, each in enumerate(questions(3, first=30))]  # fmt: skip
    sample_file(place / "held.jsonl", held)
    study = create_study(place / "study")
    importing.run(study, "main", ImportSettings(), silent(), source=str(place / "pool.jsonl"))
    return place


@pytest.fixture(scope="module")
def settings(seeing_folder: Callable[[Family], Path]) -> InfluenceSettings:
    return InfluenceSettings(
        model=str(seeing_folder(family_named("llava"))), also=("cosine", "ifd")
    )


def measured(place: Path, settings: InfluenceSettings, name: str = "main") -> Artefact:
    study = Study(place / "study")
    return influence.run(study, name, settings, silent(), dataset=study.find("dataset"),
                         validation=str(place / "held.jsonl"))  # fmt: skip


@pytest.fixture(scope="module")
def made(place: Path, settings: InfluenceSettings) -> Artefact:
    patch = pytest.MonkeyPatch()
    patch.setenv("DIQ_CACHE", str(place / "cache"))
    made = measured(place, settings)
    patch.undo()
    return made


def test_every_sample_is_measured_with_its_image_and_the_artefact_says_so(made: Artefact) -> None:
    scores = load_table(made, SCORES)
    assert scores["reason"].null_count == len(scores) == 6
    for name in ("influence", "cosine", "ifd"):
        assert np.isfinite(scores[name].to_numpy()).all()
    facts = made.manifest["facts"]
    assert facts[SHOWN] == {"samples": 4, "validation questions": 3, "image_tokens": 28}
    assert facts["engine"]["relative_error"] <= 1e-3
    assert UNSEEN not in facts
    assert shown_words(facts) == (
        "The model saw the images of 4 samples and of 3 validation questions, as 28 tokens"
    )
    kept = {name for name in made.manifest["files"] if name.startswith(f"{IMAGES}/")}
    assert len(kept) == 2  # of three questions, and of no sample


def test_the_same_images_give_the_same_bytes_and_an_ignored_one_another_score(
    place: Path, made: Artefact, settings: InfluenceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIQ_CACHE", str(place / "another_cache"))
    again = measured(place, settings, "again")
    assert again.manifest["files"] == made.manifest["files"]
    blind = measured(place, settings.model_copy(update={"images": "ignore"}), "blind")
    assert blind.manifest["facts"][UNSEEN] == {"samples": 4, "validation questions": 3}
    assert SHOWN not in blind.manifest["facts"]
    assert not any(name.startswith(IMAGES) for name in blind.manifest["files"])
    scores = [load_table(each, SCORES)["loss"].to_numpy() for each in (made, blind)]
    assert (scores[0][:4] != scores[1][:4]).all()


def test_tokens_of_a_response_to_an_image_add_up_to_its_influence(
    place: Path, made: Artefact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIQ_CACHE", str(place / "third_cache"))
    asked = TokensSettings(samples=("q00", "q01"))
    found = tokens.run(Study(place / "study"), made, asked, silent())
    stored = dict(zip(*load_table(made, SCORES, ["id", "influence"]).to_pydict().values(),
                      strict=True))  # fmt: skip
    for each in found:
        assert each.influence == pytest.approx(stored[each.id], rel=1e-6)


def test_an_image_that_is_gone_leaves_its_samples_unscored_with_the_reason(
    place: Path, settings: InfluenceSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIQ_CACHE", str(tmp_path / "cache"))
    shutil.copytree(place / "study" / "dataset", tmp_path / "study" / "dataset")
    for name in ("pool.jsonl", "held.jsonl", "p2.png", "p3.png"):
        shutil.copy(place / name, tmp_path / name)
    shutil.copy(place / "study" / "study.toml", tmp_path / "study")
    images = tmp_path / "study" / "dataset" / "main" / IMAGES
    sorted(images.iterdir())[0].unlink()
    gone = measured(tmp_path, settings)
    reasons = [reason for reason in load_table(gone, SCORES)["reason"].to_pylist() if reason]
    assert len(reasons) == 2
    assert all("an image of it cannot be shown: " in reason for reason in reasons)
    assert gone.manifest["counts"]["not_scored"] == 2


def test_a_model_that_sees_answers_questions_about_images(
    place: Path, settings: InfluenceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIQ_CACHE", str(place / "cache"))
    study = Study(place / "study")
    asked = PassrateSettings(model=settings.model, answers=1, max_new_tokens=2, limit=2)
    made = passrate.run(study, "pass", asked, silent(), dataset=study.find("dataset"))
    assert made.manifest["counts"]["scored"] == 2
    assert UNSEEN not in made.manifest["facts"]
    assert made.manifest["facts"][SHOWN]["samples"] == 2


def test_difficulty_says_that_it_reads_text_only(place: Path) -> None:
    study = Study(place / "study")
    made = difficulty.run(
        study, "main", DifficultySettings(), silent(), dataset=study.find("dataset")
    )
    assert made.manifest["facts"][UNSEEN] == {"questions": 4}
