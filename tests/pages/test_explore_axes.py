"""Any known score can be on an axis of the map, and one's own is added from the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from diq_core.config import ScoresSettings
from diq_core.jobs.progress import silent
from diq_core.stages import scores as scoring
from diq_core.study import Study, create_study
from tests.pages.conftest import words
from tests.support.studies import add_dataset, add_difficulty, add_influence

PAGE = "pages/4_explore.py"


def with_rates(workspace: Path) -> Study:
    study = create_study(workspace / "demo")
    dataset = add_dataset(study)
    add_difficulty(study, dataset)
    add_influence(study, dataset)
    file = workspace / "rates.csv"
    lines = [f"s{n:04d},{n / 40}\n" for n in range(40)]
    file.write_text("id,rate\n" + "".join(lines), encoding="utf-8")
    settings = ScoresSettings(label="Pass rate", higher="easier", best="low", least=0, most=1)
    scoring.run(study, "pass-rate", settings, silent(), dataset=dataset, source=str(file))
    return study


def test_a_score_of_ones_own_orders_and_lies_on_an_axis(workspace: Path, open_page: Any) -> None:
    with_rates(workspace)
    app = open_page(PAGE)
    assert "hard and influential" in words(app)
    assert "By pass rate" in app.selectbox(key="explore:strategy").options
    across = app.selectbox(key="explore:across")
    assert "Pass rate" in across.options
    assert "Influence" not in across.options
    across.set_value("pass-rate").run()
    assert not app.exception
    assert app.query_params["across"] == "pass-rate"
    assert "low pass rate and influential" in words(app)
    assert "--axes pass-rate,influence" in words(app)
    again = open_page(PAGE, across="pass-rate", strategy="by-pass-rate")
    assert "low pass rate and influential" in words(again)
    assert "--strategy by-pass-rate" in words(again)


def test_an_axis_that_this_study_does_not_know_is_the_usual_one(
    workspace: Path, open_page: Any
) -> None:
    with_rates(workspace)
    app = open_page(PAGE, across="nonsense", up="pass-rate")
    assert not app.exception
    assert "hard and influential" in words(app)


def test_a_measure_is_started_from_the_page(workspace: Path, open_page: Any, started: Any) -> None:
    with_rates(workspace)
    app = open_page(PAGE)
    app.toggle(key="own-open").set_value(True).run()
    app.selectbox(key="own-origin").set_value("steps").run()
    app.button(key="start-scores").click().run()
    assert not app.exception
    assert started[0][:2] == ("scores", "steps")
    assert started[0][2][-2:] == ["--measure", "steps"]
