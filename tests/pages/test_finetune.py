from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from streamlit.testing.v1 import AppTest

from diq_core.config import FinetuneSettings
from diq_core.jobs import ledger, worker_lease
from diq_core.jobs.order import Order
from diq_core.jobs.running import running
from diq_core.stages.run import samples_seen
from diq_core.stages.run_metrics import METRICS, ROLLOUTS
from diq_core.study import Study, create_study
from diq_core.training.recipe import PRESETS, settings_of
from diq_core.training.rewards import Rollout
from tests.pages.conftest import Opened, words
from tests.support.results import add_run, steps, write_steps
from tests.support.studies import (
    HOSTILE,
    add_dataset,
    add_difficulty,
    add_export,
    add_influence,
    add_job,
    add_selection,
    command_for,
    full_study,
)

PAGE = "pages/7_finetune.py"
Started = list[tuple[str, str, list[str]]]
FAILED: dict[str, Any] = {"state": "failed", "order": Order("run", "main")}


@pytest.fixture
def study(workspace: Path) -> Study:
    return full_study(workspace / "a")


def curve(app: AppTest, number: int = 0) -> dict[str, Any]:
    """Return the line of a chart: its x and y."""
    found: dict[str, Any] = json.loads(app.get("plotly_chart")[number].proto.spec)["data"][0]
    return found


def test_an_empty_study_leads_to_the_export_or_takes_a_file(
    open_page: Opened, workspace: Path, started: Started
) -> None:
    empty = create_study(workspace / "a")
    app = open_page(PAGE)
    assert "There is no export yet" in words(app)
    assert "Choose the samples first." in words(app)
    assert [button.key for button in app.button] == ["to-export"]
    app.text_input(key="finetune-data").set_value("mine.jsonl").run()
    app.button(key="start-run").click().run()
    assert started == [
        ("run", "main", command_for("run", empty.path, "main", settings_of("quick"),
                                         data="mine.jsonl"))
    ]  # fmt: skip
    app = open_page(PAGE)
    app.button(key="to-export").click().run()
    assert "There is no fixed selection yet" in words(app)


def test_an_export_without_samples_offers_no_training(open_page: Opened, workspace: Path) -> None:
    study = create_study(workspace / "a")
    dataset = add_dataset(study)
    scores = add_difficulty(study, dataset), add_influence(study, dataset)
    add_export(study, add_selection(study, dataset, *scores), exported=0)
    app = open_page(PAGE)
    assert "holds no sample to train on" in words(app)
    assert "All 10 samples of its selection could not be written" in words(app)
    assert not [button for button in app.button if button.key == "start-run"]


@pytest.mark.parametrize("preset", [each.name for each in PRESETS])
def test_a_preset_is_shown_with_origins_and_started(
    open_page: Opened, study: Study, started: Started, preset: str
) -> None:
    app = open_page(PAGE)
    app.radio(key="finetune-preset").set_value(preset).run()
    said = words(app)
    assert "10 samples." in said
    rewarded = settings_of(preset).objective == "grpo"
    whose = "InfiMed" if rewarded else "the paper"
    assert f"{whose}, not confirmed" in said
    assert "yours" not in said
    app.button(key="start-run").click().run()
    command = command_for("run", study.path, "main", settings_of(preset), export="main")
    assert started == [("run", "main", command)]
    assert not app.exception


def test_a_run_with_rewards_shows_their_curves_and_the_answers(
    open_page: Opened, study: Study
) -> None:
    run = add_run(study, study.artefacts("export")[0], objective="grpo", count=10)
    policy = {"reward": 0.1, "form": 1.0, "accuracy": 0.0, "undecided": 0.25, "spread": 0.0,
              "alike": 1.0, "kl": None, "length": 12.0, "cut": 0.0}  # fmt: skip
    lines = [json.dumps({**asdict(step), "policy": policy}) for step in steps(10)]
    (run.path / METRICS).write_text("\n".join(lines) + "\n", encoding="utf-8")
    written = [Rollout("s1", f"answer {step}", True, "wrong", "B", 0.1) for step in (9, 10)]
    (run.path / ROLLOUTS).write_text(
        "".join(json.dumps({"step": step, **asdict(each)}) + "\n"
                for step, each in zip((9, 10), written, strict=True)),
        encoding="utf-8",
    )  # fmt: skip
    app = open_page(PAGE)
    said = words(app)
    assert "Training has collapsed" in said
    assert "25% were undecided" in said
    assert "wrong (read as B), right form, reward 0.1" in said
    assert [each.value for each in app.text] == ["answer 10"]
    specs = [json.loads(each.proto.spec) for each in app.get("plotly_chart")]
    drawn = [spec["layout"]["yaxis"]["title"]["text"] for spec in specs]
    assert "right answers (share)" in drawn
    assert not any("divergence" in title for title in drawn)
    assert not app.exception


def test_changed_settings_are_the_users_and_stand_in_the_command(
    open_page: Opened, study: Study, started: Started
) -> None:
    app = open_page(PAGE)
    app.selectbox(key="method-quick").set_value("full")
    app.number_input(key="learning_rate-quick").set_value(2e-5)
    app.number_input(key="max_steps-quick").set_value(0)
    app.number_input(key="epochs-quick").set_value(1.5)
    app.number_input(key="seed-quick").set_value(7)
    app.checkbox(key="merge-quick").check()
    app.text_input(key="finetune-model").set_value("my-model")
    app.text_input(key="name-run").set_value("second").run()
    assert words(app).count("yours") == 6
    app.button(key="start-run").click().run()
    settings = settings_of("quick", method="full", learning_rate=2e-5, max_steps=None, epochs=1.5,
                           seed=7, merge=True, model="my-model")  # fmt: skip
    [(kind, name, command)] = started
    assert (kind, name) == ("run", "second")
    assert command == command_for("run", study.path, "second", settings, export="main")
    assert "--max-steps" not in command


def test_a_name_that_cannot_be_a_folder_is_refused_in_words(
    open_page: Opened, study: Study, started: Started
) -> None:
    app = open_page(PAGE)
    app.text_input(key="name-run").set_value("../b").run()
    assert "&#x27;../b&#x27; cannot be a name" in words(app)
    assert not [button for button in app.button if button.key == "start-run"]
    assert not app.exception


def test_an_estimate_that_fails_says_why(open_page: Opened, study: Study) -> None:
    app = open_page(PAGE)
    app.radio(key="finetune-source").set_value("A file or folder of my own").run()
    app.text_input(key="finetune-data").set_value(str(study.path / "nothing.jsonl")).run()
    app.button(key="run-estimate").click().run(timeout=240)
    said = words(app)
    assert "There is no estimate" in said
    assert "nothing.jsonl" in said.split("There is no estimate")[1]
    assert "Traceback" not in said
    app.number_input(key="seed-quick").set_value(3).run()
    assert "There is no estimate" not in words(app)


def test_a_finished_run_shows_its_curves_and_how_to_load_it(
    open_page: Opened, study: Study
) -> None:
    run = add_run(study, study.find("export"))
    app = open_page(PAGE)
    said = words(app)
    assert [metric.value for metric in app.metric] == ["9", "1", "12", "1,200"]
    assert curve(app)["y"] == pytest.approx([3.0 - step / 10 for step in range(1, 13)])
    assert curve(app, 1)["y"] == pytest.approx([1e-4 / step for step in range(1, 13)])
    assert "The loss went from 2.900 to 1.800" in said
    assert 'PeftModel.from_pretrained(base, "adapter")' in said
    assert "diq model-folder" in said
    assert str(run.path) in said
    assert "q_proj, k_proj, v_proj" in said
    assert app.get("download_button")
    assert app.text_input(key="name-run").value == "main-2"


def test_a_run_of_a_model_from_a_folder_names_that_folder(open_page: Opened, study: Study) -> None:
    add_run(study, model="/models/mine")
    said = words(open_page(PAGE))
    assert "from_pretrained('/models/mine')" in said
    assert "diq model-folder" not in said


def test_of_several_runs_the_one_in_the_address_is_shown(open_page: Opened, study: Study) -> None:
    add_run(study)
    add_run(study, name="other", count=3)
    assert open_page(PAGE, run="main").metric[2].value == "12"
    app = open_page(PAGE, run="other")
    assert app.metric[2].value == "3"
    assert curve(app)["x"] == [1, 2, 3]


def test_a_running_run_draws_what_it_has_learned_so_far(open_page: Opened, study: Study) -> None:
    folder = study.folder("run", "main").with_name("main.part")
    with running(study, Order("run", "main")) as progress:
        progress.expect(30, unit="steps", message="Training")
        app = open_page(PAGE)
        assert "The first step is not finished yet." in words(app)
        write_steps(folder, 4)
        with (folder / METRICS).open("a", encoding="utf-8") as metrics:
            metrics.write('{"step": 5, "lo')
        # Written at once, whereas a quick `advance` may stay unwritten for a moment.
        progress.expect(30, unit="steps", finished=4, message="Training")
        app.run()
        assert curve(app)["x"] == [1, 2, 3, 4]
        assert "4 steps, 400 response tokens" in words(app)
        assert "4 of 30 steps" in app.get("progress")[0].proto.text
        assert not [button for button in app.button if button.key == "start-run"]
    assert not app.exception


def test_a_failed_run_keeps_its_curve_and_goes_on(
    open_page: Opened, study: Study, started: Started
) -> None:
    write_steps(study.folder("run", "main").with_name("main.part"), 3)
    add_job(study, "run", **FAILED, message="The disk is full", done=3, total=12, log="step 3\n")
    app = open_page(PAGE)
    said = words(app)
    assert "The disk is full" in said
    assert "step 3" in said
    assert "What 'main' has learned so far" in said
    assert curve(app)["x"] == [1, 2, 3]
    app.button(key="again-run-main").click().run()
    assert started == [("run", "main", Order("run", "main").command(study))]


def test_a_run_that_failed_before_its_first_step_has_no_curve(
    open_page: Opened, study: Study
) -> None:
    add_job(study, "run", **FAILED, message="The run does not fit into memory")
    app = open_page(PAGE)
    assert "The run does not fit into memory" in words(app)
    assert not app.get("plotly_chart")
    assert app.button(key="start-run")


def test_a_queued_run_says_its_place_and_leaves_no_second_form(
    open_page: Opened, study: Study
) -> None:
    with ledger.changing(study) as line:
        line.add(Order("run", "main"), ())
    with FileLock(worker_lease.lock_file(study)):
        app = open_page(PAGE)
        assert "Run 'main' · Waiting: 1st in line" in words(app)
        assert not [button for button in app.button if button.key == "start-run"]
    assert not app.exception


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_from_outside_are_shown_and_not_obeyed(
    open_page: Opened, study: Study, text: str
) -> None:
    add_run(study, model=text)
    add_job(study, "run", **FAILED, name="bad", message=text, log=text)
    app = open_page(PAGE)
    app.radio(key="finetune-source").set_value("A file or folder of my own").run()
    app.text_input(key="finetune-data").set_value(text).run()
    app.text_input(key="finetune-model").set_value(text).run()
    assert not app.exception
    assert not any("<script" in str(each.proto.body) for each in app.get("html"))
    assert not any("evil.example" in each.value for each in [*app.markdown, *app.caption])
    assert "\u202e" not in words(app)
    assert "\x00" not in words(app)


def test_every_setting_of_a_run_is_shown(open_page: Opened, study: Study) -> None:
    add_run(study, weight_decay=0.125)
    said = words(open_page(PAGE))
    for name in FinetuneSettings.model_fields:
        if name not in ("model", "epochs", "max_tokens", "token_budget"):
            assert f"<td>{name.replace('_', ' ')}</td>" in said
    assert "<td>0.125</td>" in said


def test_the_same_recipe_is_written_for_a_trainer_that_reads_the_export(
    open_page: Opened, study: Study
) -> None:
    app = open_page(PAGE)
    app.number_input(key="rank-quick").set_value(32).run()
    asked = app.selectbox(key="elsewhere-trainer")
    assert asked.options == ["LLaMA-Factory", "Axolotl", "TRL's command line"]
    assert asked.value == "axolotl"
    asked.set_value("llama-factory").run()
    assert "does not train on responses only from an export in the format trl" in words(app)
    assert not app.get("download_button")
    asked = app.selectbox(key="elsewhere-trainer")
    asked.set_value("axolotl").run()
    said = words(app)
    assert "lora_r: 32" in said
    assert f"path: {study.find('export').path / 'train.jsonl'}" in said
    assert app.get("download_button")
    assert not app.exception


def test_samples_that_few_steps_did_not_reach_are_not_said_to_be_learned_from(
    open_page: Opened, study: Study
) -> None:
    run = add_run(study, count=2, passes=(2, 1, 1, 1, 1, 0, 0, 0, 0))
    assert samples_seen(run) == 5
    shown = {each.label: each for each in open_page(PAGE).metric}
    assert shown["Samples learned from"].value == "5"
    assert shown["Not learned from"].value == "5"
    assert "4 were not reached in 2 steps" in shown["Not learned from"].help


def test_other_runs_are_laid_over_a_run_in_one_chart(open_page: Opened, study: Study) -> None:
    add_run(study, name="paper", count=4)
    add_run(study, name="quick", count=3)
    app = open_page(PAGE, study="a", run="paper")
    assert curve(app)["x"] == [1, 2, 3, 4]
    app.multiselect(key="over-paper").set_value(["quick"]).run()
    assert not app.exception
    for number in (0, 1):
        drawn = json.loads(app.get("plotly_chart")[number].proto.spec)
        assert [(each["name"], len(each["x"])) for each in drawn["data"]] == [
            ("paper", 4), ("quick", 3)
        ]  # fmt: skip
        assert drawn["layout"]["showlegend"]
        assert len({each["line"]["color"] for each in drawn["data"]}) == 2


def test_the_validation_loss_is_drawn_beside_the_training_loss_on_one_scale(
    open_page: Opened, study: Study
) -> None:
    add_run(study, name="held", count=4, validation=[3.0, 2.5, 2.4, 2.6, 2.9])
    add_run(study, name="none", count=3)
    add_run(study, name="other", count=4, validation=[3.1, 2.0], seed=1)
    app = open_page(PAGE, study="a", run="held")
    training, validation = (json.loads(each.proto.spec) for each in app.get("plotly_chart")[:2])
    assert validation["data"][0]["x"] == [0, 1, 2, 3, 4]
    assert validation["data"][0]["y"] == [3.0, 2.5, 2.4, 2.6, 2.9]
    assert training["layout"]["yaxis"]["range"] == validation["layout"]["yaxis"]["range"]
    low, high = validation["layout"]["yaxis"]["range"]
    assert low < 2.4
    assert high > 3.0
    said = words(app)
    assert "The loss of 3 samples that the model never trains on went from 3.000 to 2.900" in said
    assert "it was lowest after step 2, 2.400, and has risen since" in said
    app.multiselect(key="over-held").set_value(["none", "other"]).run()
    said = words(app)
    assert "Without a validation loss: none." in said
    assert "The runs held out other samples" in said
    drawn = json.loads(app.get("plotly_chart")[1].proto.spec)["data"]
    assert [len(each["x"]) for each in drawn] == [5, 0, 2]
    assert "No sample was held out of this run" in words(open_page(PAGE, study="a", run="none"))


def test_a_share_or_a_file_for_the_validation_loss_stands_in_the_command(
    open_page: Opened, study: Study, started: Started
) -> None:
    app = open_page(PAGE)
    app.radio(key="finetune-validation").set_value("Hold out a share").run()
    app.number_input(key="finetune-holdout").set_value(20).run()
    app.button(key="start-run").click().run()
    app = open_page(PAGE)
    app.radio(key="finetune-validation").set_value("A file of my own").run()
    app.text_input(key="finetune-validation-file").set_value("dev.jsonl").run()
    app.button(key="start-run").click().run()
    quick = settings_of("quick")
    assert [command for _, _, command in started] == [
        command_for("run", study.path, "main", settings_of("quick", holdout=0.2), export="main"),
        command_for("run", study.path, "main", quick, export="main", validation="dev.jsonl"),
    ]
    app.radio(key="finetune-preset").set_value("reinforce").run()
    assert not [radio for radio in app.radio if radio.key == "finetune-validation"]
