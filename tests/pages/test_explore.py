"""The Explore page in every state of a study, its knobs, its address, and hostile samples."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.generate_study import generate_study
from diq_core.demo import prepare
from diq_core.maps.region import Box, region_to_text
from diq_core.study import Study, create_study
from tests.pages.conftest import Opened, maps_of, words
from tests.support.studies import HOSTILE, add_dataset, add_difficulty, add_influence

PAGE = "pages/4_explore.py"
ALL = region_to_text(Box(1.0, 5.0, -1.0, 1.0))


@pytest.fixture
def study(workspace: Path) -> Study:
    """A study of 200 made-up samples with both scores and a map of meaning."""
    return generate_study(workspace / "a", 200)


@pytest.fixture
def hostile(workspace: Path) -> Study:
    """A study whose first questions try to be more than text."""
    study = create_study(workspace / "a")
    dataset = add_dataset(study, questions=HOSTILE)
    add_difficulty(study, dataset)
    add_influence(study, dataset)
    return study


def chosen(app: AppTest) -> int:
    found = re.search(r"<b>([\d,]+)</b> of [\d,]+ samples", words(app))
    assert found
    return int(found[1].replace(",", ""))


def test_the_demo_is_drawn_although_nothing_of_it_is_left_out(
    open_page: Opened, workspace: Path
) -> None:
    prepare(workspace)
    app = open_page(PAGE)
    assert chosen(app) == 18
    assert "it is our fault" not in words(app)
    assert not app.exception


def figure(app: AppTest, number: int = 0) -> Any:
    return json.loads(app.get("plotly_chart")[number].proto.spec)


def address(app: AppTest, name: str) -> str | None:
    """What the page wrote into its address: AppTest gives what it was told as lists."""
    found = app.query_params.get(name)
    return found[0] if isinstance(found, list) else found


def test_without_samples_it_sends_to_the_import(open_page: Opened, workspace: Path) -> None:
    create_study(workspace / "a")
    app = open_page(PAGE)
    assert "There are no samples yet" in words(app)
    assert app.button(key="explore-to-dataset")


def test_without_scores_it_sends_to_scoring(open_page: Opened, workspace: Path) -> None:
    add_dataset(create_study(workspace / "a"))
    app = open_page(PAGE)
    assert "no scores yet" in words(app)
    assert app.button(key="explore-to-difficulty")
    assert app.button(key="explore-to-influence")


def test_with_difficulty_alone_one_can_already_choose(open_page: Opened, workspace: Path) -> None:
    study = create_study(workspace / "a")
    add_difficulty(study, add_dataset(study))
    app = open_page(PAGE)
    assert not app.exception
    assert "There are no influence scores" in words(app)
    strategies = app.selectbox(key="explore:strategy")
    assert strategies.value == "difficulty"
    assert not {"diq", "influence"} & set(strategies.options)
    assert chosen(app) == 4


def test_strategies_come_with_their_scores(open_page: Opened, workspace: Path) -> None:
    study = create_study(workspace / "a")
    dataset = add_dataset(study)
    add_difficulty(study, dataset)
    add_influence(study, dataset)
    app = open_page(PAGE, strategy="ifd")
    box = app.selectbox(key="explore:strategy")
    assert box.value == "diq"
    assert "IFD" not in box.options
    assert "Not measured: Cosine of influence and IFD." in box.help


def test_ifd_says_what_it_rules_out(open_page: Opened, workspace: Path) -> None:
    study = create_study(workspace / "a")
    add_influence(study, add_dataset(study), also=("ifd",))
    app = open_page(PAGE, strategy="ifd", budget="5")
    box = app.selectbox(key="explore:strategy")
    assert box.value == "ifd"
    assert "Not measured: Cosine of influence." in box.help
    assert chosen(app) == 5
    assert "ruled out by this strategy" in words(app)


def test_among_similar_lengths_no_line_cuts_influence(open_page: Opened, study: Study) -> None:
    drawn = [
        json.dumps(maps_of(open_page(PAGE, strategy=name))[0][0]) for name in ("diq", "diq-length")
    ]
    assert ["influential from here" in each for each in drawn] == [True, False]
    assert all("hard from here" in each for each in drawn)
    app = open_page(PAGE, strategy="diq-length", rule="weight", w="1")
    assert not app.exception
    assert not app.slider(key="explore:weight").disabled


def test_one_quadrant_is_drawn_by_seed(open_page: Opened, study: Study) -> None:
    app = open_page(PAGE, strategy="q2", budget="6", seed="3")
    assert not app.exception
    assert chosen(app) == 6
    assert not app.number_input(key="explore:seed").disabled
    assert app.slider(key="explore:weight").disabled


def test_the_whole_page_comes_cold(open_page: Opened, study: Study) -> None:
    app = open_page(PAGE)
    assert not app.exception
    assert "Explore and select" in words(app)
    included = study.find("dataset").manifest["counts"]["included"]
    assert chosen(app) == round(included / 10)
    assert "hard and influential" in words(app)
    assert "medmcqa" in words(app)
    assert "left out at import" in words(app)


def test_budget_as_count_and_as_share(open_page: Opened, study: Study) -> None:
    app = open_page(PAGE)
    app.number_input(key="explore:amount").set_value(20.0).run()
    assert chosen(app) == 40
    app.get("segmented_control")
    [unit] = [c for c in app.get("segmented_control") if c.key == "explore:unit"]
    unit.set_value("count").run()
    app.number_input(key="explore:amount").set_value(7.0).run()
    assert chosen(app) == 7
    assert address(app, "budget") == "7"


def test_the_weight_moves_the_choice(open_page: Opened, study: Study) -> None:
    app = open_page(PAGE, rule="weight", w="0")
    [(before, dots)], chart = maps_of(app), figure(app)
    app.slider(key="explore:weight").set_value(1.0).run()
    assert address(app, "w") == "1"
    [(after, others)] = maps_of(app)
    assert after["token"] != before["token"]
    assert after["labels"] != before["labels"] or any(others["marks"] != dots["marks"])
    # The chart stays as it is on screen: only what lies over it is sent.
    assert figure(app) == chart


def test_the_address_brings_everything_back(open_page: Opened, study: Study) -> None:
    app = open_page(
        PAGE, strategy="random", seed="5", budget="12", hard="70", aspect="knowledge",
        scale="ranks", panel="sample", sample="made-0000003", region=ALL,
    )  # fmt: skip
    assert not app.exception
    assert app.selectbox(key="explore:strategy").value == "random"
    assert app.slider(key="explore:difficulty_cut").value == 70
    assert app.selectbox(key="explore:aspect").value == "knowledge"
    assert app.number_input(key="explore:amount").value == 12
    assert "made-0000003" in words(app)
    assert "in the region" in words(app)
    assert address(app, "seed") == "5"


@pytest.mark.parametrize(
    ("name", "value"),
    [("w", "7"), ("w", "nan"), ("strategy", "<b>"), ("budget", "-3"), ("region", "[[1"),
     ("region", '{"box":[1,2,3]}'), ("seed", "x"), ("scale", "log"), ("panel", ""),
     ("limit", "0"), ("hard", "1e999")],
)  # fmt: skip
def test_a_wrong_address_falls_back(open_page: Opened, study: Study, name: str, value: str) -> None:
    app = open_page(PAGE, **{name: value})
    assert not app.exception
    assert "went wrong" not in words(app)
    assert chosen(app) == 20


def test_an_unknown_sample_is_said_and_forgotten(open_page: Opened, study: Study) -> None:
    app = open_page(PAGE, sample="nobody", panel="sample")
    assert "There is no sample &#x27;nobody&#x27;" in words(app)
    assert "sample" not in app.query_params


def test_a_region_is_listed_and_removed(open_page: Opened, study: Study) -> None:
    app = open_page(PAGE, region=ALL, panel="list", listed="region")
    scored = study.find("influence").manifest["counts"]["scored"]
    [line] = [text.value for text in app.markdown if "in the region" in text.value]
    assert 0 < int(re.findall(r"\*\*(\d+) samples", line)[0]) <= scored
    assert figure(app)["layout"].get("selections")
    app.button(key="explore-clear").click().run()
    assert "region" not in app.query_params
    assert not figure(app)["layout"].get("selections")


def test_a_quadrant_button_sets_the_region(open_page: Opened, study: Study) -> None:
    app = open_page(PAGE)
    app.button(key="explore-q1").click().run()
    pool = re.search(r"<b>Q1</b> hard and influential</td><td>([\d,]+)</td>",
                     words(open_page(PAGE)))  # fmt: skip
    assert pool
    assert f"**{pool[1]} samples** in the region" in words(app)


def test_numbers_set_the_region(open_page: Opened, study: Study) -> None:
    app = open_page(PAGE)
    low, high = [box for box in app.number_input if box.label.startswith("Difficulty ")]
    low.set_value(2.0)
    high.set_value(3.0)
    [submit] = [button for button in app.button if button.label == "Set the region"]
    submit.click().run()
    assert "in the region" in words(app)
    assert (address(app, "region") or "").startswith('{"box":[2.0,3.0,')


def test_next_and_previous_walk_through_the_list(open_page: Opened, study: Study) -> None:
    app = open_page(PAGE, panel="sample", sample="made-0000001", listed="all")
    first = address(app, "sample")
    app.button(key="explore-next").click().run()
    assert address(app, "sample") != first
    app.button(key="explore-previous").click().run()
    assert address(app, "sample") == first
    assert re.search(r"harder than \d+ % of this set", words(app))
    assert re.search(r"<bdi>(In|Out): ", words(app))


def test_a_region_on_the_map_of_meaning_marks_the_other_map(
    open_page: Opened, study: Study
) -> None:
    places = pq.read_table(study.find("embedding").path / "coordinates.parquet")
    ends = [float(end(places[name].to_pylist())) for name in "xy" for end in (min, max)]
    box = Box(*ends)
    app = open_page(PAGE, maps="both", space="meaning", region=region_to_text(box))
    scores, meaning = figure(app, 0), figure(app, 1)
    assert not scores["layout"].get("selections")
    assert meaning["layout"].get("selections")
    assert [bool((arrays["marks"] & 2).any()) for _, arrays in maps_of(app)] == [True, False]
    app = open_page(PAGE, maps="both")
    assert not any((arrays["marks"] & 2).any() for _, arrays in maps_of(app))


def test_without_a_map_of_meaning_it_offers_to_make_one(
    open_page: Opened, workspace: Path, started: list[tuple[str, str, list[str]]]
) -> None:
    generate_study(workspace / "a", 60, embedding=False)
    app = open_page(PAGE, maps="meaning")
    assert "There is no map of meaning yet" in words(app)
    app.button(key="start-embedding").click().run()
    assert started[0][0] == "embedding"
    assert started[0][2][0] == "embed"


def test_fixing_starts_the_command_that_makes_the_same_choice(
    open_page: Opened, study: Study, started: list[tuple[str, str, list[str]]]
) -> None:
    app = open_page(PAGE, rule="weight", w="0.3", budget="15")
    app.button(key="explore-fix").click().run()
    [(kind, name, command)] = started
    assert (kind, name) == ("selection", "diq-w0.3-15")
    assert command[command.index("--weight") + 1] == "0.3"
    assert command[command.index("--budget") + 1] == "15"


def test_a_bad_name_is_refused_in_words(
    open_page: Opened, study: Study, started: list[tuple[str, str, list[str]]]
) -> None:
    app = open_page(PAGE)
    app.text_input(key="explore-name-diq-10pct").set_value("../up").run()
    app.button(key="explore-fix").click().run()
    assert "cannot be a name" in words(app)
    assert not started


def test_not_scored_samples_are_listed_and_never_chosen(open_page: Opened, hostile: Study) -> None:
    app = open_page(PAGE, panel="list", listed="unscored")
    ids = app.dataframe[0].value["id"].tolist()
    assert "s0005" in ids
    assert not any("✓" in name for name in app.dataframe[0].value["Q"])
    app = open_page(PAGE, panel="sample", sample="s0005")
    assert "No difficulty score" in words(app)
    assert "Out: not scored" in words(app)


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_a_hostile_sample_is_text(open_page: Opened, hostile: Study, number: int) -> None:
    app = open_page(PAGE, panel="sample", sample=f"s000{number}")
    drawn = "\n".join(element.proto.body for element in app.get("html"))
    assert not re.search(r"<(script|img|iframe|svg|a)\b", drawn, re.IGNORECASE)
    assert "\u202e" not in drawn
    interpreted = "\n".join(
        str(element.value) for kind in ("markdown", "caption") for element in app.get(kind)
    )
    assert "evil.example" not in interpreted
    # Over the map they are put as text, never as markup; see browser/words.js.
    names = json.loads(app.session_state["explore-scores-dots"].names)
    assert len(names) > 20
    assert "\u202e" not in "".join(itertools.chain(*names))


def test_two_sets_of_scores_can_be_chosen_from(open_page: Opened, workspace: Path) -> None:
    study = create_study(workspace / "a")
    dataset = add_dataset(study)
    add_difficulty(study, dataset)
    add_influence(study, dataset)
    add_influence(study, dataset, name="part", scored=20)
    app = open_page(PAGE)
    assert app.selectbox(key="influence").value == "part"
    app.selectbox(key="influence").select("main").run()
    assert not re.search(r"<b>(18|19|2\d)</b> not scored as", words(app))
    app.selectbox(key="influence").select("part").run()
    assert not app.exception
    assert re.search(r"<b>(18|19|2\d)</b> not scored as", words(app))


def test_scores_of_another_dataset_are_not_mixed_in(open_page: Opened, workspace: Path) -> None:
    study = create_study(workspace / "a")
    add_difficulty(study, add_dataset(study))
    add_dataset(study, name="other", samples=20)
    app = open_page(PAGE, dataset="other")
    assert "no scores yet" in words(app)
