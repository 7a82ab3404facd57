from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from streamlit.testing.v1 import AppTest

from diq_core.artefact import MANIFEST, Artefact
from diq_core.config import EvaluateSettings, ExperimentSettings, build
from diq_core.digests import file_digest
from diq_core.files import write_json
from diq_core.jobs import ledger, worker_lease
from diq_core.jobs.argument_list import read_command
from diq_core.jobs.order import Order
from diq_core.jobs.running import running
from diq_core.stages.experiment_results import RESULTS, load_findings
from diq_core.stages.sources import SHIPPED_BENCHMARKS
from diq_core.study import Study, create_study
from tests.pages.conftest import Opened, words
from tests.support.benchmarks import write_benchmark
from tests.support.results import add_evaluation, add_experiment, add_run
from tests.support.studies import (
    HOSTILE,
    add_dataset,
    add_difficulty,
    add_influence,
    add_job,
    command_for,
)

PAGE = "pages/8_evaluate.py"
COMPARE, STRATEGIES = "Compare two models", "Compare strategies"
MEDQA, MMLU = SHIPPED_BENCHMARKS
Started = list[tuple[str, str, list[str]]]


@pytest.fixture
def study(workspace: Path) -> Study:
    return create_study(workspace / "a")


@pytest.fixture
def medqa(tmp_path: Path) -> str:
    """A file of twelve questions, b000 to b011, with four options each."""
    return write_benchmark(tmp_path / "medqa.jsonl", 12)


@pytest.fixture
def scored(study: Study) -> Artefact:
    """A dataset with scores, in the study."""
    dataset = add_dataset(study)
    add_difficulty(study, dataset)
    add_influence(study, dataset)
    return dataset


def ids(*numbers: int) -> set[str]:
    return {f"b{number:03d}" for number in numbers}


def specs(app: AppTest) -> list[dict[str, Any]]:
    """Return what the charts of the page are made of."""
    return [json.loads(each.proto.spec) for each in app.get("plotly_chart")]


def has_button(app: AppTest, key: str) -> bool:
    return any(button.key == key for button in app.button)


def cells(app: AppTest, place: int = 0) -> list[list[str]]:
    """Return the rows of one of the tables with figures, without its head."""
    html = [str(each.proto.body) for each in app.get("html")
            if 'class="diq-wide"' in str(each.proto.body)][place]  # fmt: skip
    rows = html.split("<tbody>")[1].split("</tr>")[:-1]
    return [[cell.split(">")[1] for cell in row.split("</td>")[:-1]]
            for row in (row.replace("<tr>", "") for row in rows)]  # fmt: skip


def test_an_empty_study_can_test_the_base_model(
    open_page: Opened, study: Study, started: Started
) -> None:
    app = open_page(PAGE)
    app.button(key="start-evaluation").click().run()
    command = command_for("evaluation", study.path, "base", EvaluateSettings(limit=60),
                          benchmark=[str(SHIPPED_BENCHMARKS[MEDQA])])  # fmt: skip
    assert started == [("evaluation", "base", command)]
    assert not app.exception


def test_the_command_says_what_was_chosen(
    open_page: Opened, study: Study, started: Started
) -> None:
    add_run(study, name="tuned")
    app = open_page(PAGE)
    app.selectbox(key="evaluate-model").set_value("tuned")
    app.multiselect(key="evaluate-scorings").set_value(["option", "generated"])
    app.multiselect(key="evaluate-benchmarks").set_value([MEDQA, MMLU])
    app.number_input(key="evaluate-limit").set_value(0).run()
    assert not [field for field in app.text_input if field.key == "evaluate-base"]
    app.button(key="start-evaluation").click().run()
    files = [str(SHIPPED_BENCHMARKS[name]) for name in (MEDQA, MMLU)]
    settings = EvaluateSettings(scorings=("option", "generated"))
    command = command_for("evaluation", study.path, "tuned", settings, benchmark=files, run="tuned")
    assert started == [("evaluation", "tuned", command)]


def test_another_model_and_questions_of_ones_own(
    open_page: Opened, study: Study, started: Started, medqa: str
) -> None:
    app = open_page(PAGE)
    app.multiselect(key="evaluate-benchmarks").set_value([]).run()
    assert "Choose at least one set of questions." in words(app)
    assert not has_button(app, "start-evaluation")
    app.get("file_uploader")[0].set_value(("mine.jsonl", Path(medqa).read_bytes(), ""))
    app.text_input(key="evaluate-base").set_value("my-model").run()
    app.button(key="start-evaluation").click().run()
    [(_, name, command)] = started
    file = study.uploads_folder / "mine.jsonl"
    assert file.read_bytes() == Path(medqa).read_bytes()
    settings = EvaluateSettings(model="my-model", limit=60)
    expected = command_for("evaluation", study.path, name, settings, benchmark=[str(file)])
    assert command == expected


def test_a_name_that_is_taken_is_not_offered(open_page: Opened, study: Study, medqa: str) -> None:
    add_evaluation(study, [medqa], ids(1))
    assert open_page(PAGE).text_input(key="name-evaluation-base").value == "main"


def test_nothing_to_measure_still_measures_the_loss(
    open_page: Opened, study: Study, started: Started
) -> None:
    app = open_page(PAGE)
    app.multiselect(key="evaluate-scorings").set_value([]).run()
    app.button(key="start-evaluation").click().run()
    command = started[0][2]
    assert command[command.index("--scorings") + 1] == ""


def test_an_evaluation_shows_accuracy_interval_chance_and_contamination(
    open_page: Opened, study: Study, medqa: str, tmp_path: Path
) -> None:
    other = write_benchmark(tmp_path / "mmlu.jsonl", 4, options=2)
    run = add_run(study)
    add_evaluation(study, [medqa, other], ids(0, 1, 2), name="main", run=run, known=ids(1, 5),
                   model="my-model")  # fmt: skip
    app = open_page(PAGE)
    assert [metric.value for metric in app.metric] == ["16", "0", "0"]
    assert "Tested: my-model, cpu." in words(app)
    rows = cells(app)
    assert rows[0][:5] == ["medqa", "letter", "12", "3 (25.0 %)", "9"]
    assert rows[0][5:8] == ["0 (0.0 %)", "8.9 to 53.2", "25.0 %"]
    assert rows[0][9] == "2"
    assert rows[1][:6] == ["mmlu", "letter", "4", "3 (75.0 %)", "1", "0 (0.0 %)"]
    assert (rows[1][7], rows[1][9]) == ("50.0 %", "1")
    assert rows[1][8].startswith("2.")
    assert "nats per token (" in rows[1][8]
    [chart] = specs(app)
    assert chart["data"][0]["x"] == pytest.approx([25.0, 75.0])
    assert chart["data"][1]["x"] == [25.0, 50.0]
    assert "<b>A</b>, letter: 50.0 %" in words(app)
    assert "guessing 37.5 %, 2 benchmarks" in words(app)


def test_what_is_not_known_is_said(open_page: Opened, study: Study, medqa: str) -> None:
    add_evaluation(study, [medqa], (), answer_loss=False)
    app = open_page(PAGE)
    [row] = cells(app)
    assert row[:6] == ["medqa", "letter", "12", "0 (0.0 %)", "12", "0 (0.0 %)"]
    assert row[6:8] == ["0.0 to 24.2", "25.0 %"]
    assert row[8:] == ["not measured", "the model was not fine-tuned here"]
    assert "<b>A</b>" not in words(app)


def test_an_evaluation_of_losses_only_has_no_accuracy(
    open_page: Opened, study: Study, medqa: str
) -> None:
    add_evaluation(study, [medqa], (), scorings=())
    app = open_page(PAGE)
    assert not app.exception
    assert not app.get("plotly_chart")
    [row] = cells(app)
    assert row[:8] == ["medqa", "none", "", "", "", "", "", ""]
    assert "nats per token" in row[8]


def test_comparing_needs_two_evaluations(open_page: Opened, study: Study, medqa: str) -> None:
    assert "There are not two evaluations yet" in words(open_page(PAGE, view=COMPARE))
    add_evaluation(study, [medqa], ids(1))
    assert "There are not two evaluations yet" in words(open_page(PAGE, view=COMPARE))


def test_two_are_compared_with_difference_interval_and_chance(
    open_page: Opened, study: Study, medqa: str
) -> None:
    add_evaluation(study, [medqa], ids(0, 1))
    add_evaluation(study, [medqa], ids(*range(1, 11)), name="tuned", run=add_run(study), better=0.5)
    app = open_page(PAGE, view=COMPARE)
    assert (app.selectbox(key="compare-second").value, app.selectbox(key="compare-first").value) \
        == ("base", "tuned")  # fmt: skip
    said = words(app)
    assert (
        "medqa, letter: tuned is better than base: difference +66.7 points, 95 % interval" in said
    )
    assert "medqa, answer loss: tuned is better than base: difference −0." in said
    assert "medqa, letter: base cannot be told apart from guessing: 16.7 % right" in said
    assert "medqa, letter: tuned is better than guessing: 83.3 % right" in said
    assert "tuned minus base." in said
    accuracy, loss = cells(app)
    assert accuracy[:5] == ["medqa", "letter", "83.3 %", "16.7 %", "+66.7 points"]
    # McNemar: of ten questions that one alone got right, nine or more for one side: 22 of 1024.
    assert accuracy[6:] == ["12", "0.021", "0.021"]
    assert loss[1] == "answer loss"
    charts = specs(app)
    assert len(charts) == 2
    assert charts[0]["data"][0]["x"] == pytest.approx([100 * 8 / 12])
    assert charts[1]["data"][0]["x"][0] == pytest.approx(-0.5, abs=0.1)


def test_what_was_asked_differently_or_of_one_only_is_said(
    open_page: Opened, study: Study, medqa: str, tmp_path: Path
) -> None:
    add_evaluation(study, [medqa], ids(0, 1))
    (tmp_path / "part").mkdir()
    part = write_benchmark(tmp_path / "part" / "medqa.jsonl", 8)
    add_evaluation(study, [part], ids(0), name="chat", template="chat", model=HOSTILE[1])
    said = words(open_page(PAGE, view=COMPARE))
    assert "4 answers that only one of them gave are left out." in said
    assert "They were asked differently: template was" in said


def test_other_questions_are_refused_in_words(
    open_page: Opened, study: Study, medqa: str, tmp_path: Path
) -> None:
    add_evaluation(study, [medqa], ids(1))
    add_evaluation(study, [write_benchmark(tmp_path / "mmlu.jsonl", 4)], ids(1), name="other")
    app = open_page(PAGE, view=COMPARE)
    assert "The evaluations asked different questions: 0 are common" in words(app)
    assert not app.exception


def test_one_question_in_common_is_no_comparison(
    open_page: Opened, study: Study, tmp_path: Path
) -> None:
    for name, first in (("base", 0), ("other", 3)):
        (tmp_path / name).mkdir()
        file = write_benchmark(tmp_path / name / "medqa.jsonl", 4, first=first)
        add_evaluation(study, [file], ids(3), name=name)
    app = open_page(PAGE, view=COMPARE)
    assert "fewer than two measured questions in common" in words(app)
    assert not app.get("plotly_chart")


def test_an_experiment_needs_samples_and_scores(
    open_page: Opened, study: Study, started: Started
) -> None:
    app = open_page(PAGE, view=STRATEGIES)
    assert "There are no samples yet" in words(app)
    add_dataset(study)
    app = open_page(PAGE, view=STRATEGIES)
    assert "This study has no difficulty yet" in words(app)
    assert not has_button(app, "start-experiment")
    app.multiselect(key="experiment-strategies").set_value(["random", "longest"]).run()
    app.button(key="start-experiment").click().run()
    assert len(started) == 1


def test_an_experiment_is_started_with_what_was_chosen(
    open_page: Opened, study: Study, scored: Artefact, started: Started
) -> None:
    app = open_page(PAGE, view=STRATEGIES)
    # The base model; then diq, random and everything with three seeds each.
    assert "10 arms" in words(app)
    app.multiselect(key="experiment-strategies").set_value(["diq", "random", "longest"])
    app.multiselect(key="experiment-budgets").set_value(["10%", "20%"])
    app.slider(key="experiment-seeds").set_value(2)
    app.checkbox(key="experiment-full").uncheck()
    app.radio(key="experiment-equal").set_value("tokens").run()
    app.number_input(key="experiment-tokens").set_value(5000)
    app.number_input(key="experiment-limit").set_value(6)
    app.text_input(key="name-experiment").set_value("small").run()
    assert "13 arms" in words(app)
    app.button(key="start-experiment").click().run()
    [(kind, name, command)] = started
    assert (kind, name) == ("experiment", "small")
    order = read_command("experiment", "small", command)
    assert order.inputs == {
        "dataset": scored.name, "benchmark": [str(SHIPPED_BENCHMARKS[MEDQA])]
    }  # fmt: skip
    found = build(ExperimentSettings, order.settings)
    assert (found.strategies, found.budgets) == (("diq", "random", "longest"), ("10%", "20%"))
    assert (found.seeds, found.with_full, found.equal) == ((0, 1), False, "tokens")
    assert (found.recipe.token_budget, found.recipe.max_steps) == (5000, None)
    assert found.evaluate.limit == 6


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("name-experiment", "x" * 30, "is too long for an experiment"),
        ("name-experiment", "../b", "cannot be a name"),
        ("experiment-budgets", ["lots"], "lots"),
    ],
)
def test_what_cannot_be_is_refused_before_it_waits_in_line(
    open_page: Opened, study: Study, scored: Artefact, field: str, value: Any, expected: str
) -> None:
    app = open_page(PAGE, view=STRATEGIES)
    place = app.text_input if field.startswith("name") else app.multiselect
    place(key=field).set_value(value).run()
    assert not app.exception
    [box] = [each for each in app.get("html") if "diq-box diq-problem" in str(each.proto.body)]
    assert expected in str(box.proto.body)
    assert not has_button(app, "start-experiment")


def test_nothing_chosen_starts_nothing(open_page: Opened, scored: Artefact) -> None:
    app = open_page(PAGE, view=STRATEGIES)
    app.multiselect(key="experiment-strategies").set_value([]).run()
    assert "Choose at least one strategy, one budget and one set of questions." in words(app)
    assert not has_button(app, "start-experiment")


def test_a_finished_experiment_concludes_draws_and_reports(
    open_page: Opened, study: Study, scored: Artefact, medqa: str
) -> None:
    right = {"base": ids(0), "diq": ids(*range(12)), "random": ids(0, 1), "full": ids(0)}
    experiment = add_experiment(study, scored, [medqa], right, budgets=("20%",), seeds=(0, 1, 2))
    app = open_page(PAGE, view=STRATEGIES)
    said = words(app)
    assert "By accuracy, diq at 20 % is better than random at 20 %: +83.3 points" in said
    # Ten questions differ, so exactly 2 of 1,024 ways of signs are as extreme; 6 comparisons, of
    # Ten questions differ: 2 of 1,024 ways of signs, corrected (Holm) for all comparisons.
    assert "corrected p = 0.006)" in said
    assert "these 12 questions" in said
    accuracy, loss = specs(app)
    assert accuracy["data"][0]["y"] == ["diq at 20 %", "random at 20 %", "the base model",
                                        "the full set"]  # fmt: skip
    assert accuracy["layout"]["shapes"][0]["x0"] == 25.0
    assert loss["data"][0]["y"][-1] == "the base model"
    assert "# Experiment main" in said
    assert app.get("download_button")
    assert (experiment.path / "report.html").stat().st_size > 1_000_000


def test_an_experiment_of_an_earlier_version_is_concluded_anew_from_its_answers(
    study: Study, scored: Artefact, medqa: str
) -> None:
    right = {"base": ids(0), "diq": ids(*range(12)), "random": ids(0, 1), "full": ids(0)}
    made = add_experiment(study, scored, [medqa], right, budgets=("20%",), seeds=(0, 1, 2))
    expected = load_findings(made)
    values = json.loads((made.path / RESULTS).read_text(encoding="utf-8"))
    for cell in values["cells"]:
        del cell["mean"]["quantity"]
        cell["mean"] |= {"low": -0.44, "high": 1.44}
    for each in values["contrasts"]:
        del each["too_few"], each["difference"]["quantity"]
        each["difference"] |= {"test": "bootstrap", "p": 0.001}
        each["adjusted"] = 0.003
    (made.path / RESULTS).write_text(json.dumps(values), encoding="utf-8")
    # As that version would have written it: its manifest vouches for these bytes.
    files = {**made.manifest["files"], RESULTS: file_digest(made.path / RESULTS)}
    write_json(made.path / MANIFEST, {**made.manifest, "files": files})
    assert load_findings(Artefact(made.path)) == expected


def test_an_experiment_with_two_seeds_concludes_nothing(
    open_page: Opened, study: Study, scored: Artefact, medqa: str
) -> None:
    right = {"base": ids(0), "diq": ids(*range(12)), "random": ids(0, 1), "full": ids(0)}
    add_experiment(study, scored, [medqa], right, budgets=("20%",), seeds=(0, 1))
    said = words(open_page(PAGE, view=STRATEGIES))
    assert "there is too little to tell diq at 20 % and random at 20 % apart: 2 seeds" in said
    assert "is better than" not in said
    assert "trained with 2 seeds only" in said


@pytest.mark.parametrize(("kind", "view"), [("evaluation", "Test a model"),
                                            ("experiment", STRATEGIES)])  # fmt: skip
def test_a_job_that_runs_waits_or_failed_is_shown(
    open_page: Opened, study: Study, scored: Artefact, started: Started, kind: Any, view: str
) -> None:
    with running(study, Order(kind, "main")) as progress:
        progress.expect(60, unit="questions", finished=15, message="Asking")
        app = open_page(PAGE, view=view)
        assert "15 of 60 questions" in app.get("progress")[0].proto.text
        assert not has_button(app, f"start-{kind}")
    add_job(study, kind, state="failed", message=HOSTILE[0], log=HOSTILE[1])
    app = open_page(PAGE, view=view)
    assert "&lt;script&gt;" in words(app)
    assert has_button(app, f"start-{kind}")
    app.button(key=f"anew-{kind}-main").click().run()
    assert started == [(kind, "main", [*Order(kind, "main").command(study), "--restart"])]
    with ledger.changing(study) as line:
        line.add(Order(kind, "next"), ())
    with FileLock(worker_lease.lock_file(study)):
        app = open_page(PAGE, view=view)
        assert f"{kind.capitalize()} 'next' · Waiting: 1st in line" in words(app)
    assert not app.exception


BAD_FILE = "![x](evil.example) <img src=x onerror=alert(1)> [a](b) `c` $d$ \u202e.jsonl"


@pytest.mark.parametrize("view", ["Test a model", COMPARE, STRATEGIES])
@pytest.mark.parametrize("text", HOSTILE)
def test_names_and_models_from_outside_are_inert(
    open_page: Opened, study: Study, scored: Artefact, tmp_path: Path, view: str, text: str
) -> None:
    file = write_benchmark(tmp_path / BAD_FILE, 6)
    add_evaluation(study, [file], ids(0), model=text)
    add_evaluation(study, [file], ids(1, 2), name="two", model=text)
    right = {"base": ids(0), "random": ids(0, 1)}
    add_experiment(study, scored, [file], right, strategies=("random",), seeds=(0,),
                   with_full=False)  # fmt: skip
    app = open_page(PAGE, view=view)
    assert not app.exception
    for each in app.get("html"):
        assert "<img" not in str(each.proto.body)
        assert "<script" not in str(each.proto.body)
    for each in [*app.markdown, *app.caption]:
        # In Markdown every sign that could begin something is escaped.
        assert "![x](" not in each.value
        assert not re.search(r"(?<!\\)<img", each.value)
    for spec in specs(app):
        assert "<img" not in json.dumps(spec)
    assert "\u202e" not in words(app)
    assert "\x00" not in words(app)


def test_arms_stand_under_their_experiment_and_are_not_what_a_page_opens_with(
    open_page: Opened, study: Study, medqa: str
) -> None:
    right = {"base": ids(0), "diq": ids(0, 1), "random": ids(2), "full": ids(3)}
    add_evaluation(study, [medqa], ids(0), name="zero")
    add_experiment(study, add_dataset(study), [medqa], right, name="race", seeds=(0,),
                   strategies=("diq",), budgets=("5%",), recipe={"max_steps": 5})  # fmt: skip
    app = open_page(PAGE, study="a")
    assert not app.exception
    box = app.selectbox(key="evaluation")
    assert box.value == "zero"
    assert box.options == ["zero", "race › race-base", "race › race-diq-5pct-s0",
                           "race › race-full-100pct-s0"]  # fmt: skip
    assert app.selectbox(key="evaluate-model").options[1:] == [
        "race › race-diq-5pct-s0", "race › race-full-100pct-s0"
    ]  # fmt: skip


def test_right_and_wrong_answers_are_listed_by_subject(
    open_page: Opened, study: Study, medqa: str
) -> None:
    study.uploads_folder.mkdir()
    here = study.uploads_folder / "medqa.jsonl"
    asked = [json.loads(line) | {"subject": "Cardiology" if number < 4 else "Neurology"}
             for number, line in enumerate(Path(medqa).read_text().splitlines())]  # fmt: skip
    here.write_text("".join(json.dumps(row) + "\n" for row in asked))
    digests = {"medqa": file_digest(here)}
    add_evaluation(study, [str(here)], ids(0, 1), digests=digests)
    add_evaluation(study, [str(here)], ids(1, 2, 5), name="tuned", digests=digests)
    app = open_page(PAGE, study="a", view=COMPARE, evaluation="tuned", against="base")
    assert not app.exception
    assert cells(app, -1) == [["Neurology", "8", "1", "0", "1", "0"],
                          ["Cardiology", "4", "2", "2", "1", "1"]]  # fmt: skip
    kinds = app.get("segmented_control")[-1]
    kinds.set_value("lost").run()
    listed = app.dataframe[0].value
    assert list(listed["Question"]) == ["Patient 0 has fever. What now?"]
    app.selectbox(key="answers-subject").set_value("Neurology").run()
    assert "There is no such answer." in words(app)
    app = open_page(PAGE, study="a", evaluation="base")
    assert not app.exception
    assert cells(app, -1) == [["Neurology", "8", "0", "8"], ["Cardiology", "4", "2", "2"]]
