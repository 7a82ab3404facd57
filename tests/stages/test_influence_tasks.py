"""Influence on single tasks: its mean is the influence on all of them, and pages find it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from diq_core.artefact import Artefact
from diq_core.config import ImportSettings, InfluenceSettings, SelectSettings, build
from diq_core.errors import BadSetting
from diq_core.jobs.progress import silent
from diq_core.stages import dataset as importing
from diq_core.stages import influence, influence_worker
from diq_core.stages import selection as selecting
from diq_core.stages.beside import task_influence
from diq_core.stages.joining import SCORES, load_scores, load_table
from diq_core.study import Study, create_study
from tests.support.tiny import questions
from tests.support.training import sample_file, tiny_folder

# Every test scores with a model.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIQ_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny_folder(tmp_path_factory.mktemp("tiny") / "base")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("tasks")
    study = create_study(folder / "study")
    source = sample_file(folder / "pool.jsonl", questions(12))
    importing.run(study, "main", ImportSettings(exclude_duplicates=False), silent(),
                  source=source, validation=[])  # fmt: skip
    return study


@pytest.fixture(scope="module")
def held_out(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Four questions of one task, two of another, one of a third."""
    tasks = ["heart"] * 4 + ["children, small"] * 2 + ["skin"]
    rows = [
        {
            "id": each.id,
            "question": f"{each.question} ({each.id})",
            "answer": each.answer,
            "meta": {"task": task},
        }
        for each, task in zip(questions(7, first=50), tasks, strict=True)
    ]
    file = tmp_path_factory.mktemp("held") / "held.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(file)


TASKS = ("heart", "children, small", "skin")


def _run(study: Study, held_out: str, model: str, name: str, **values: Any) -> Artefact:
    settings = build(
        InfluenceSettings, {"model": model, "max_tokens": 400, "batch_tokens": 600, **values}
    )
    return influence.run(study, name, settings, silent(), dataset=study.find("dataset"),
                         validation=held_out)  # fmt: skip


@pytest.fixture(scope="module")
def made(study: Study, held_out: str, model: str) -> Artefact:
    return _run(study, held_out, model, "main", by_task=TASKS)


def test_influence_is_the_mean_of_the_tasks_weighed_by_their_questions(made: Artefact) -> None:
    table = load_table(made, SCORES)
    columns = [np.array(table[f"influence:{task}"]) for task in TASKS]
    mean = sum(count / 7 * each for count, each in zip((4, 2, 1), columns, strict=True))
    whole = np.array(table["influence"])
    assert np.abs(mean - whole).max() < 0.01 * np.abs(whole).mean()
    assert np.abs(columns[0] - columns[1]).max() > 0.1 * np.abs(whole).mean()
    facts = made.manifest["facts"]["by_task"]
    assert [facts[task]["questions"] for task in TASKS] == [4, 2, 1]
    assert not list(made.path.glob("direction*"))


def test_a_task_alone_is_what_influence_on_its_questions_only_is(
    study: Study, held_out: str, model: str, made: Artefact
) -> None:
    alone = _run(study, held_out, model, "heart", tasks=("heart",))
    found = np.array(load_table(made, SCORES)["influence:heart"])
    wanted = np.array(load_table(alone, SCORES)["influence"])
    # Only the length of the step may differ, which each model's check chooses.
    assert_allclose(found, wanted, rtol=0.02, atol=0.01 * np.abs(wanted).mean())
    # Without tasks nothing is added: the scores of before.
    plain = _run(study, held_out, model, "plain")
    assert not [n for n in load_table(plain, SCORES).column_names if ":" in n]
    assert "by_task" not in plain.settings
    whole = load_table(made, SCORES)["influence"]
    assert load_table(plain, SCORES)["influence"].equals(whole)


def test_stopped_between_shards_it_goes_on_to_the_same_bytes(
    study: Study, held_out: str, model: str, made: Artefact, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = influence_worker.plan_batches, []

    def many(*tokens: Any, **options: Any) -> Any:
        return real(*tokens, **{**options, "shard_tokens": 600})

    monkeypatch.setattr(influence_worker, "plan_batches", many)
    whole = _run(study, held_out, model, "whole", by_task=TASKS)
    score = influence_worker._score

    def stops(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return score(*arguments)

    monkeypatch.setattr(influence_worker, "_score", stops)
    with pytest.raises(KeyboardInterrupt):
        _run(study, held_out, model, "stopped", by_task=TASKS)
    monkeypatch.setattr(influence_worker, "_score", score)
    again = _run(study, held_out, model, "stopped", by_task=TASKS)
    assert (again.path / SCORES).read_bytes() == (whole.path / SCORES).read_bytes()


def test_pages_and_selections_find_the_scores_of_tasks(study: Study, made: Artefact) -> None:
    dataset = study.find("dataset")
    scores = load_scores(dataset, None, made)
    name = "influence:children, small"
    assert scores.describe(name).label == "Influence on children, small"
    assert scores.has(name)
    by_task = task_influence(made, str(scores.ids[0]))
    assert by_task.keys() == set(TASKS)
    assert by_task["children, small"] == scores[name][0]
    settings = SelectSettings(strategy="by-influence:skin", budget="3")
    chosen = selecting.run(
        study, "skin", settings, silent(),
        **selecting.inputs(study, settings, None, None, made.name),
    )  # fmt: skip
    kept = load_table(chosen, "selection.parquet", ["id", "kept"]).to_pylist()
    best = np.argsort(-scores["influence:skin"])[:3]
    assert {row["id"] for row in kept if row["kept"]} == {str(scores.ids[row]) for row in best}


def test_a_task_that_is_not_drawn_and_more_than_eight_are_refused(
    study: Study, held_out: str, model: str
) -> None:
    with pytest.raises(BadSetting, match="No question of the task 'liver' is drawn"):
        _run(study, held_out, model, "none", by_task=("liver",))
    with pytest.raises(BadSetting, match="No question of the task 'skin' is drawn"):
        _run(study, held_out, model, "none", by_task=("skin",), tasks=("heart",))
    with pytest.raises(BadSetting, match="on at most 8 tasks alone, not on 9"):
        _run(study, held_out, model, "none", by_task=tuple("abcdefghi"))
    twice = build(InfluenceSettings, {"by_task": ("skin", "heart", "skin")})
    assert twice.by_task == ("skin", "heart")
