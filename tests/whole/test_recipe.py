"""InfiMed's order of work, end to end on a tiny model, each step by the command that is queued."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from diq_core.cli import app
from diq_core.config import ImportSettings, RecipeSettings
from diq_core.errors import BadFile, BadSetting, NotFound
from diq_core.jobs import ledger, queue
from diq_core.jobs.progress import silent
from diq_core.stages import dataset as importing
from diq_core.stages import recipe_progress as recipe
from diq_core.stages.joining import load_table
from diq_core.stages.recipe import steps_of
from diq_core.study import Study, create_study
from tests.support.training import tiny_folder

EACH = {
    "sft": ("max_steps=40", "learning_rate=0.01", "method=full", "max_tokens=200"),
    "passrate": ("max_new_tokens=4", "answers=4"),
    "prompts": ("budget=100%",),
    "rl": ("max_steps=2", "rollouts=2", "max_new_tokens=4", "reward=accuracy", "max_tokens=200"),
}
OPTIONS = ["--total", "16", *(f"--{step}={said}" for step, told in EACH.items() for said in told)]
SOURCES = ("fever,kind=medical-text", "asthma,kind=reflective")
KINDS = ["mix", "selection", "export", "evaluation", "run", "evaluation", "passrate", "selection",
         "export", "run", "evaluation"]  # fmt: skip


def rows(topic: str, count: int) -> list[dict[str, Any]]:
    return [
        {"id": f"{topic}{each}", "question": f"Which sign of {topic} {each * 7919}?",
         "options": {"A": f"Fever {each * 31}", "B": f"Cough {each * 17}"},
         "answer_label": "AB"[each % 2]}
        for each in range(count)
    ]  # fmt: skip


def write(path: Path, found: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(each) + "\n" for each in found))
    return str(path)


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    """Return a study with two datasets, whose queue nobody works at; the tests do."""
    monkeypatch.setattr(queue, "wake", lambda _study: False)
    study = create_study(tmp_path / "study")
    for topic in ("fever", "asthma"):
        importing.run(study, topic, ImportSettings(exclude_duplicates=False), silent(),
                      source=write(tmp_path / f"{topic}.jsonl", rows(topic, 12)),
                      validation=())  # fmt: skip
    return study


def diq(*typed: str) -> str:
    done = CliRunner().invoke(app, list(typed))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def ordered(study: Study, home: Path, *more: str) -> str:
    typed = [part for each in SOURCES for part in ("--source", each)]
    return diq("recipe", "infimed", "--study", str(study.path), "--model", str(home / "model"),
               "--benchmark", str(home / "gout.jsonl"), *typed, *OPTIONS, *more)  # fmt: skip


def finish(study: Study, number: int) -> None:
    """Run one entry of the queue as its worker would, and note that it is done."""
    entry = next(one for one in queue.entries(study) if one.number == number)
    diq(*entry.order.command(study))
    with ledger.changing(study) as line:
        line.put(importing.replace(entry, state="done"))


def test_it_goes_from_sources_to_a_tested_model_and_on_where_it_was_stopped(
    study: Study, tmp_path: Path
) -> None:
    tiny_folder(tmp_path / "model")
    write(tmp_path / "gout.jsonl", rows("gout", 6))
    printed = ordered(study, tmp_path, "--dry-run").splitlines()
    assert "ours: the shares of the kinds" in printed[1]
    assert printed[2].split()[:2] == ["diq", "mix"]
    assert not queue.entries(study)
    assert ordered(study, tmp_path).startswith("11 of 11 steps are in the queue")
    entries = queue.entries(study)
    assert [one.kind for one in entries] == KINDS
    needs = {one.title: [entries[number - 1].title for number in one.after] for one in entries}
    assert needs["run 'infimed-sft'"] == ["export 'infimed'"]
    assert needs["run 'infimed-rl'"] == ["export 'infimed-prompts'"]
    assert needs["evaluation 'infimed-before'"] == []
    for entry in entries[:5]:
        finish(study, entry.number)
    # Stopped in the middle: what is done stays, and the same command goes on from there.
    assert diq("recipe", "stop", "infimed", "--study", str(study.path)).startswith("6 steps")
    states = [each.state for each in recipe.progress(study, "infimed")]
    assert states == ["done"] * 5 + ["not begun"] * 6
    assert ordered(study, tmp_path).startswith("6 of 11 steps")
    for entry in queue.entries(study)[11:]:
        finish(study, entry.number)
    assert {each.state for each in recipe.progress(study, "infimed")} == {"done"}
    assert ordered(study, tmp_path).startswith("0 of 11 steps")
    tuned, better = study.find("run", "infimed-sft"), study.find("run", "infimed-rl")
    assert better.settings["model"] == str(tuned.path / "model")
    assert better.settings["objective"] == "grpo"
    assert better.holds("model")
    # What is reinforced is what the tuned model answers now and then.
    rates = {
        row["id"]: row["pass-rate"]
        for row in load_table(study.find("passrate", "pass-rate"), "scores.parquet").to_pylist()
    }
    asked = load_table(study.find("selection", "infimed-prompts"), "selection.parquet").to_pylist()
    assert all(0 < rates[row["id"]] < 1 for row in asked if row["kept"])
    for name in ("before", "tuned", "after"):
        assert study.find("evaluation", f"infimed-{name}").manifest["counts"]["questions"] == 6


def test_what_it_lacks_is_said_before_anything_is_queued(study: Study, tmp_path: Path) -> None:
    tiny_folder(tmp_path / "model")
    model = str(tmp_path / "model")
    for settings, error, said in (
        (RecipeSettings(model=model), BadSetting, "sources or with a dataset.*--source"),
        (RecipeSettings(model=model, source=SOURCES, dataset="fever"), BadSetting, "sources or"),
        (RecipeSettings(model=model, source=("none,kind=reflective",)), NotFound, "'none'"),
        (RecipeSettings(model=model, dataset="none"), NotFound, "'none'"),
        (RecipeSettings(model=str(tmp_path / "gone"), dataset="fever"), NotFound, "gone"),
    ):
        with pytest.raises(error, match=said):
            recipe.start(study, "infimed", settings)
    with pytest.raises(BadSetting, match="too long"):
        steps_of("n" * 60, RecipeSettings(dataset="fever"))
    assert not queue.entries(study)
    with pytest.raises(NotFound, match="none was begun"):
        recipe.progress(study, "infimed")


def test_a_dataset_that_is_there_is_not_mixed_and_what_holds_for_all_steps_does(
    study: Study,
) -> None:
    settings = RecipeSettings(dataset="fever", seed=3, images="ignore", threads=2)
    steps = steps_of("own", settings.model_copy(
        update={"rl": settings.rl.model_copy(update={"seed": 5})}
    ))  # fmt: skip
    assert [each.order.kind for each in steps] == KINDS[1:]
    by_name = {each.order.title: each.order.settings for each in steps}
    assert by_name["run 'own-sft'"]["seed"] == 3
    assert by_name["run 'own-rl'"]["seed"] == 5
    assert by_name["passrate 'pass-rate'"] | {"model": ""} == {
        "model": "", "seed": 3, "threads": 2, "images": "ignore"
    }  # fmt: skip
    assert by_name["run 'own-rl'"]["model"] == "study:run/own-sft/model"
    assert all(each.order.command(study) for each in steps)


def test_pass_rates_of_something_else_are_not_taken_for_the_recipe_s(
    study: Study, tmp_path: Path
) -> None:
    from diq_core.config import ScoresSettings
    from diq_core.stages import scores

    tiny_folder(tmp_path / "model")
    file = write(tmp_path / "r.jsonl", [{"id": f"fever{n}", "rate": 0.5} for n in range(12)])
    scores.run(study, "pass-rate", ScoresSettings(column="rate"), silent(),
               dataset=study.find("dataset", "fever"), source=file)  # fmt: skip
    with pytest.raises(BadSetting, match=r"pass rates of another model.*diq rename scores"):
        recipe.start(study, "r", RecipeSettings(model=str(tmp_path / "model"), dataset="fever"))


def test_a_damaged_record_of_a_recipe_is_named(study: Study) -> None:
    place = study.path / "jobs" / "recipes"
    place.mkdir(parents=True)
    (place / "mine.json").write_text('{"total": "much"}')
    assert recipe.recipes(study) == ["mine"]
    with pytest.raises(BadFile, match=r"total.*mine\.json"):
        recipe.progress(study, "mine")
