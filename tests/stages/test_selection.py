"""Selections join their scores by id, and refuse what does not belong together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from diq_core.artefact import Artefact
from diq_core.config import ExportSettings, SelectSettings
from diq_core.errors import BadSetting, NotFound, SettingsDiffer
from diq_core.files import write_json
from diq_core.jobs.progress import silent
from diq_core.stages import export as exporting
from diq_core.stages import joining as pool
from diq_core.stages import selection as selecting
from diq_core.study import Study, create_study
from tests.support.studies import add_dataset, add_difficulty, add_influence


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return create_study(tmp_path / "study")


def test_scores_are_joined_by_id_and_a_missing_one_is_nan(study: Study) -> None:
    dataset = add_dataset(study, samples=40)
    difficulty, influence = add_difficulty(study, dataset), add_influence(study, dataset, scored=10)
    scores = pool.load_scores(dataset, difficulty, influence, "reasoning")
    table = pool.load_table(difficulty, pool.SCORES, ["id", "reasoning"])
    wanted = dict(zip(table["id"].to_pylist(), table["reasoning"].to_pylist(), strict=True))
    for id, value in zip(scores.ids, scores["difficulty"], strict=True):
        assert (wanted[id] is None) == np.isnan(value)
        assert wanted[id] is None or value == pytest.approx(wanted[id])
    assert np.isfinite(scores["influence"]).sum() == 10
    assert "no influence: not drawn" in scores.why_missing[20]
    assert scores.excluded[-1] == "duplicate of s0001"


def test_without_scores_length_and_source_are_still_known(study: Study) -> None:
    dataset = add_dataset(study, samples=8)
    scores = pool.load_scores(dataset, None, None)
    assert np.isnan(scores["difficulty"]).all()
    assert scores.why_missing[0] == "difficulty has not been computed"
    sample = next(s for s in pool.included_samples(dataset) if s.id == "s0001")
    assert scores["length"][1] == len(f"{sample.reasoning} {sample.answer}".split())
    assert scores.source[1] == sample.source


def test_lengths_are_tokens_where_influence_counted_every_sample(study: Study) -> None:
    dataset = add_dataset(study, samples=12)
    whole = add_influence(study, dataset)
    part = add_influence(study, dataset, name="part", scored=5)
    counted = pool.load_table(whole, pool.SCORES)["response_tokens"].to_pylist()
    scores = pool.load_scores(dataset, None, whole)
    assert scores["length"].tolist() == counted
    assert scores.describe("length").unit == "tokens"
    for influence in (part, None):
        words = pool.load_scores(dataset, None, influence)
        assert words["length"].tolist() != counted
        assert words.describe("length").unit == "words"
    assert np.isnan(pool.load_scores(dataset, None, part, length="tokens")["length"][5:]).all()
    with pytest.raises(BadSetting, match="No model has counted.*--length text"):
        pool.load_scores(dataset, None, None, length="tokens")


def test_a_selection_by_length_counts_tokens_and_an_old_one_is_told_apart(study: Study) -> None:
    dataset = add_dataset(study, samples=20)
    scored = add_influence(study, dataset)
    made = _select(study, strategy="longest", budget="3")
    counted = pool.load_table(scored, pool.SCORES).to_pylist()
    longest = sorted(counted[:18], key=lambda row: (-row["response_tokens"], row["id"]))[:3]
    table = pool.load_table(made, selecting.SELECTION)
    kept = table.filter(table["kept"]).sort_by("rank")["id"].to_pylist()
    assert kept == [row["id"] for row in longest]
    assert made.manifest["facts"]["length"] == "tokens"
    # As the version before wrote it: its lengths were what stands between blanks.
    write_json(made.path / "manifest.json", {**made.manifest, "schema": 2})
    old = Artefact(made.path)
    assert old.settings["length"] == "blanks"
    with pytest.raises(SettingsDiffer, match="setting length was 'blanks', now None"):
        _select(study, strategy="longest", budget="3")
    again = _select(study, name="again", **old.settings)
    assert again.manifest["facts"]["length"] == "words"


def test_rows_are_taken_by_id_in_the_order_asked_for() -> None:
    table = pa.table({"id": ["a", "b", "c"], "x": [1, 2, 3]})
    found = pool.take_by_id(table, pa.array(["c", "?", "a"]))
    assert found["x"].to_pylist() == [3, None, 1]


def _select(
    study: Study, name: str = "main", influence: str | None = None, **values: object
) -> Artefact:
    settings = SelectSettings(**values)
    inputs = selecting.inputs(study, settings, None, None, influence)
    return selecting.run(study, name, settings, silent(), **inputs)


def test_a_selection_says_of_every_sample_why(study: Study) -> None:
    dataset = add_dataset(study, samples=40)
    add_difficulty(study, dataset)
    add_influence(study, dataset, scored=20)
    made = _select(study, budget="5")
    table = pool.load_table(made, selecting.SELECTION)
    assert len(table) == 40
    assert table["kept"].to_pylist().count(True) == 5
    assert all(table["reason"].to_pylist())
    kept = table.filter(table["kept"]).sort_by("rank")
    assert kept["rank"].to_pylist() == [1, 2, 3, 4, 5]
    counts = made.manifest["counts"]
    assert counts["excluded"] == 2
    parts = ("kept", "over_budget", "over_source_limit", "unscored", "excluded")
    assert sum(counts[part] for part in parts) == counts["samples"] == 40


def test_a_fixed_selection_is_not_changed(study: Study) -> None:
    add_influence(study, add_dataset(study))
    _select(study, strategy="random", budget="5")
    assert _select(study, strategy="random", budget="5").name == "main"
    with pytest.raises(SettingsDiffer, match="setting seed was 0, now 1"):
        _select(study, strategy="random", budget="5", seed=1)


def test_what_the_strategy_needs_must_be_there(study: Study) -> None:
    dataset = add_dataset(study)
    with pytest.raises(NotFound, match="no difficulty yet.*diq difficulty"):
        _select(study)
    add_difficulty(study, dataset)
    assert _select(study, strategy="difficulty").manifest["counts"]["kept"] > 0


def test_scores_of_another_dataset_are_refused(study: Study) -> None:
    one, two = add_dataset(study, samples=20), add_dataset(study, samples=30, name="other")
    add_difficulty(study, one)
    add_influence(study, two)
    with pytest.raises(NotFound, match="were not made of the dataset"):
        _select(study)


def test_further_scores_are_joined_and_say_why_one_is_missing(study: Study) -> None:
    dataset = add_dataset(study, samples=40)
    plain = add_influence(study, dataset)
    more = add_influence(study, dataset, name="more", also=("cosine", "ifd"), scored=30)
    assert np.isnan(pool.load_scores(dataset, None, plain)["ifd"]).all()
    difficulty = add_difficulty(study, dataset)
    scores = pool.load_scores(dataset, difficulty, more)
    assert np.isfinite(scores["cosine"]).tolist() == [n < 30 and n % 7 != 3 for n in range(40)]
    made = _select(study, strategy="ifd", budget="5", influence="more")
    table = {row["id"]: row for row in pool.load_table(made, selecting.SELECTION).to_pylist()}
    assert "not scored — no IFD: its response has no loss" in table["s0003"]["reason"]
    assert "not scored — no influence: not drawn" in table["s0031"]["reason"]
    kept = [id for id, row in table.items() if row["kept"]]
    assert kept
    for id, value in zip(scores.ids, scores["ifd"], strict=True):
        assert id not in kept or value <= 1
    assert made.manifest["counts"]["ruled_out"] == np.count_nonzero(scores["ifd"][:38] > 1) > 0


@pytest.mark.parametrize("strategy", ["cosine", "ifd"])
def test_a_score_that_was_not_asked_for_says_how_to_get_it(study: Study, strategy: str) -> None:
    dataset = add_dataset(study)
    with pytest.raises(NotFound, match="no influence yet.*diq influence"):
        _select(study, strategy=strategy)
    add_influence(study, dataset)
    with pytest.raises(BadSetting, match=f"Measure influence with --also {strategy}"):
        _select(study, strategy=strategy)


def test_among_similar_lengths_there_is_no_one_cut_on_influence(study: Study) -> None:
    dataset = add_dataset(study)
    add_difficulty(study, dataset)
    add_influence(study, dataset)
    made = _select(study, strategy="diq-length", budget="8")
    cuts = made.manifest["facts"]["cuts"]
    assert 1 < cuts["difficulty"] < 5
    assert cuts["influence"] is None
    for format_ in ("trl", "csv"):
        done = exporting.run(
            study, format_, ExportSettings(format=format_), silent(), selection=made
        )
        text = (done.path / exporting.DATASHEET).read_text(encoding="utf-8")
        assert "DIQ at similar length" in text
        assert "nan" not in text.lower().split()
    one = _select(study, "q1", strategy="q1", budget="2", seed=3)
    assert one.manifest["counts"]["kept"] == 2
    done = exporting.run(study, "q1", ExportSettings(), silent(), selection=one)
    assert "Only Q1" in (done.path / exporting.DATASHEET).read_text(encoding="utf-8")


def test_a_datasheet_counts_who_misses_a_score_that_the_strategy_did_not_need(
    study: Study,
) -> None:
    dataset = add_dataset(study)
    add_difficulty(study, dataset)
    add_influence(study, dataset, scored=10)
    texts = {}
    for strategy in ("random", "diq"):
        chosen = _select(study, strategy, strategy=strategy, budget="4")
        done = exporting.run(study, strategy, ExportSettings(), silent(), selection=chosen)
        texts[strategy] = (done.path / exporting.DATASHEET).read_text(encoding="utf-8")
    # 38 of 40 are in use: 3 of them were not rated, 28 not drawn.
    assert "which the strategy did not need: difficulty: 3; influence: 28." in texts["random"]
    assert "not drawn" in texts["diq"]
    assert not any("Every sample has its scores" in text for text in texts.values())
