"""Images that a model does not see: refused in words, or ignored on request and then said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from diq_core import kinds
from diq_core.config import (
    EvaluateSettings,
    ExportSettings,
    FinetuneSettings,
    ImportSettings,
    InfluenceSettings,
    PassrateSettings,
    SelectSettings,
)
from diq_core.draft import is_unfinished
from diq_core.errors import BadSetting
from diq_core.jobs.progress import silent
from diq_core.stages import dataset as importing
from diq_core.stages import evaluation, influence, passrate
from diq_core.stages import export as exporting
from diq_core.stages import run as finetuning
from diq_core.stages import selection as selecting
from diq_core.stages.unseen import UNSEEN, read_as_text, unseen, unseen_words
from diq_core.study import Study, create_study
from tests.support.tiny import questions
from tests.support.training import sample_file, short, tiny_folder

TEXT, EYES = SimpleNamespace(), SimpleNamespace(reads_images=True)
REFUSED = r"2 samples have images, which this model does not read \(.*q00.*--images ignore"


def test_a_model_that_sees_them_is_told_of_none() -> None:
    read = {"samples": [replace(each, images=("a.png",)) for each in questions(2)]}
    assert unseen(read, lambda: EYES, "read", which="main") == {}
    assert unseen(read, lambda: EYES, "ignore", which="main") == {UNSEEN: {"samples": 2}}


def test_samples_without_images_ask_for_no_model() -> None:
    def none() -> object:
        raise AssertionError

    assert unseen({"samples": questions(2)}, none, "read", which="main") == {}
    assert read_as_text("samples", questions(2)) == {}
    assert unseen_words({}) == ""


def test_it_is_said_of_what_and_how_many() -> None:
    one = [replace(questions(1)[0], images=("a.png",))]
    with pytest.raises(BadSetting, match=r"1 sample has images, which this model does not read"):
        unseen({"samples": one}, lambda: TEXT, "read", which="main")
    facts = unseen({"samples": one, "questions": one * 3}, lambda: TEXT, "ignore", which="main")
    said = unseen_words(facts)
    assert said == "1 sample and 3 questions have images that the model did not see"


@pytest.mark.parametrize("kind", ["influence", "run", "evaluation", "passrate"])
def test_settings_of_before_read_images_and_are_written_as_ever(kind: kinds.Kind) -> None:
    settings = kinds.row(kind).settings
    assert "images" not in settings().model_dump(mode="json")
    assert settings.model_validate({}).images == "read"  # type: ignore[attr-defined]
    assert settings(images="ignore").model_dump(mode="json")["images"] == "ignore"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("unseen")
    tiny_folder(place / "model")
    Image.new("RGB", (8, 8), "red").save(place / "a.png")
    pool = [replace(each, question=f"{each.question} ({each.id})") for each in questions(6)]
    pictured = [replace(each, images=("a.png",)) for each in pool[:2]]
    sample_file(place / "pool.jsonl", [*pictured, *pool[2:]])
    asked = [replace(each, question=f"Held out: {each.question} {each.id}",
                     options=pool[1].options, answer=pool[1].answer,
                     answer_label="A")
             for each in questions(4, first=50)]  # fmt: skip
    sample_file(place / "held_out.jsonl", asked)
    sample_file(place / "bench.jsonl", [replace(asked[0], images=("a.png",)), *asked[1:]])
    study = create_study(place / "study")
    importing.run(study, "main", ImportSettings(exclude_duplicates=False), silent(),
                  source=str(place / "pool.jsonl"), validation=[])  # fmt: skip
    return place


def _influence(place: Path, name: str, **values: Any) -> Any:
    settings = InfluenceSettings(model=str(place / "model"), max_tokens=400, **values)
    study = Study(place / "study")
    return influence.run(study, name, settings, silent(), dataset=study.find("dataset"),
                         validation=str(place / "held_out.jsonl"))  # fmt: skip


def test_influence_refuses_them_and_leaves_nothing_behind(place: Path) -> None:
    with pytest.raises(BadSetting, match=REFUSED):
        _influence(place, "refused")
    assert not is_unfinished(place / "study" / "influence" / "refused")


def test_influence_ignores_them_and_manifest_and_datasheet_say_so(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIQ_CACHE", str(place / "cache"))
    made = _influence(place, "main", images="ignore")
    assert made.manifest["facts"][UNSEEN] == {"samples": 2}
    study, settings = Study(place / "study"), SelectSettings(strategy="influence", budget="3")
    given = selecting.inputs(study, settings, "main", None, "main")
    chosen = selecting.run(study, "main", settings, silent(), **given)
    export = exporting.run(study, "main", ExportSettings(format="trl"), silent(), selection=chosen)
    said = "Influence was measured on text alone where 2 samples have images that the model did"
    assert said in (export.path / "DATASHEET.md").read_text(encoding="utf-8")
    assert said in (export.path / "croissant.json").read_text(encoding="utf-8")


@pytest.mark.slow
def test_training_refuses_them_before_a_model_is_loaded(place: Path) -> None:
    study, data = Study(place / "study"), str(place / "pool.jsonl")
    settings = short(str(place / "model"), max_steps=1)
    with pytest.raises(BadSetting, match=REFUSED):
        finetuning.check(settings, data)
    with pytest.raises(BadSetting, match=REFUSED):
        finetuning.run(study, "main", settings, silent(), data=data)
    assert not is_unfinished(study.folder("run", "main"))
    ignoring: FinetuneSettings = settings.model_copy(update={"images": "ignore"})
    made = finetuning.run(study, "main", ignoring, silent(), data=data)
    assert made.manifest["facts"][UNSEEN] == {"samples": 2}


@pytest.mark.slow
def test_evaluation_refuses_them_or_asks_the_text_alone(place: Path) -> None:
    study, files = Study(place / "study"), [str(place / "bench.jsonl")]
    settings = EvaluateSettings(model=str(place / "model"), max_tokens=400)
    with pytest.raises(BadSetting, match="1 question has images, which this model does not read"):
        evaluation.run(study, "main", settings, silent(), benchmarks=files)
    ignoring = settings.model_copy(update={"images": "ignore"})
    made = evaluation.run(study, "main", ignoring, silent(), benchmarks=files)
    assert made.manifest["facts"][UNSEEN] == {"questions": 1}
    assert made.manifest["counts"]["questions"] == 4


@pytest.mark.slow
def test_pass_rates_refuse_them_or_are_called_without_images(place: Path) -> None:
    study = Study(place / "study")
    settings = PassrateSettings(model=str(place / "model"), answers=1, max_new_tokens=1)
    with pytest.raises(BadSetting, match=REFUSED):
        passrate.run(study, "rate", settings, silent(), dataset=study.find("dataset"))
    ignoring = settings.model_copy(update={"images": "ignore"})
    passrate.run(study, "rate", ignoring, silent(), dataset=study.find("dataset"))
    score = study.find("scores", "rate").manifest["facts"]
    assert score[UNSEEN] == {"samples": 2}
    assert score["score"]["label"] == "Pass rate without images"
