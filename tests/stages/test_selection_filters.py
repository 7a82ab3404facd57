"""A selection among what a filter leaves, with quotas, without near neighbours: page and command
make the same, and it can be made again."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from diq_core.artefact import Artefact
from diq_core.cli import app
from diq_core.config import SelectSettings
from diq_core.errors import BadSetting
from diq_core.jobs.progress import silent
from diq_core.review.form.form import load_form
from diq_core.review.store.changes import open_store
from diq_core.stages import selection as selecting
from diq_core.stages.asked import pinned
from diq_core.stages.columns import KeptColumns, columns_of, opened
from diq_core.stages.joining import load_scores, load_table
from diq_core.stages.searching import contents, found
from diq_core.study import Study, create_study
from pages.parts.explore.state import View
from tests.support.reviews import ANN, rate
from tests.support.studies import add_dataset, add_difficulty, add_influence


@pytest.fixture
def study(tmp_path: Path) -> Study:
    study = create_study(tmp_path / "study")
    dataset = add_dataset(study)
    add_difficulty(study, dataset)
    add_influence(study, dataset)
    return study


def select(study: Study, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(
        app, ["select", "--study", str(study.path), "--budget", "5", *options]
    )
    return result.exit_code, result.output or str(result.exception)


def kept(artefact: Artefact) -> list[str]:
    table = load_table(artefact, "selection.parquet").to_pylist()
    return [row["id"] for row in table if row["kept"]]


def test_the_page_and_the_command_choose_the_same_among_what_fits(study: Study) -> None:
    code, said = select(
        study, "--name", "typed", "--words", "patient", "--where", "source=medmcqa|medquad",
        "--where", "length>=20", "--where", "difficulty>=2", "--quota", "subject<=2",
        "--quota", "quadrant=Q2>=1", "--apart", "0.9",
    )  # fmt: skip
    assert code == 0, said
    view = View(
        budget="5", find="patient", where="source=medmcqa|medquad; length>=20; difficulty>=2",
        quotas="subject<=2; quadrant=Q2>=1", apart=0.9,
    )  # fmt: skip
    drawn = selecting.run(
        study, "drawn", view.settings, silent(), **selecting.inputs(study, view.settings, None,
                                                                     None, None)
    )  # fmt: skip
    typed = study.find("selection", "typed")
    assert typed.digest == drawn.digest
    dataset = study.find("dataset")
    fits = found(study, dataset, "patient", ["source=medmcqa|medquad"])
    ids = np.array(load_table(dataset, "samples.parquet", ["id"])["id"].to_pylist())
    assert set(kept(typed)) <= set(ids[fits])
    counts = typed.manifest["counts"]
    assert counts["not_asked_for"] > 10
    assert sum(v for k, v in counts.items() if k not in ("samples", "quadrants")) == 40
    reasons = load_table(typed, "selection.parquet").to_pylist()
    assert any(
        row["reason"] == "Out: it does not fit the filter (words: patient; "
        "source=medmcqa|medquad; length>=20; difficulty>=2)"
        for row in reasons
    )


def test_marked_samples_change_nothing_in_what_is_chosen() -> None:
    assert View(find="a", where="source=x", marks=True).settings == View().settings


def test_a_share_is_one_of_what_fits_and_quadrants_stay_where_they_are(study: Study) -> None:
    dataset = study.find("dataset")
    parts = selecting.inputs(study, SelectSettings(), None, None, None)
    scores = load_scores(**parts)
    told = contents(study, dataset)
    whole = selecting.choose(scores, SelectSettings(budget="50%"), told)
    few = selecting.choose(scores, SelectSettings(budget="50%", where=("source=medmcqa",)), told)
    fits = np.array([source == "medmcqa" for source in scores.source]) & (whole.quadrant >= 0)
    assert few.asked == ((fits & whole.pool.included).sum() + 1) // 2
    assert few.quadrant.tolist() == whole.quadrant.tolist()
    assert few.cuts == whole.cuts
    assert set(np.flatnonzero(few.kept)) <= set(np.flatnonzero(fits))


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--where", "colour=red", "There is no column 'colour'"),
        ("--where", "chosen=yes", "There is no column 'chosen'"),
        ("--where", "source=nobody", "No sample that could be chosen fits the filter"),
        ("--quota", "subject=Surgery>=6", "asks? .*samples"),
        ("--quota", "subject", "This is no quota"),
        ("--apart", "1.5", "apart"),
    ],
)
def test_what_cannot_be_met_is_refused_in_words(
    study: Study, option: str, value: str, message: str
) -> None:
    code, said = select(study, option, value)
    assert code in (1, 2)
    assert re.search(message, " ".join(said.split()))
    assert "Traceback" not in said
    assert not study.artefacts("selection")


def test_a_filter_on_reviews_is_pinned_to_what_they_said(study: Study) -> None:
    dataset = study.find("dataset")
    assert columns_of(study, dataset)["reviewed"].to_pylist() == [False] * 40
    code, _ = select(study, "--name", "before", "--where", "reviewed=no")
    assert code == 0
    before = study.find("selection", "before")
    taken = kept(before)
    store = open_store(study)
    for id in taken[:2]:
        rate(store, load_form(), ANN, id)
    store.close()
    code, _ = select(study, "--name", "after", "--where", "reviewed=no")
    after = study.find("selection", "after")
    assert not set(kept(after)) & set(taken[:2])
    assert before.settings["judged_at"] != after.settings["judged_at"]
    again = SelectSettings.model_validate(before.settings)
    with pytest.raises(BadSetting, match="The reviews say something else than when"):
        pinned(again, contents(study, dataset))


def test_any_column_of_the_file_can_be_asked_for(study: Study) -> None:
    dataset = study.find("dataset")
    assert list(KeptColumns(dataset)) == ["known_wrong"]
    rows = np.flatnonzero(found(study, dataset, "", ["Known_Wrong=yes"]))
    assert rows.tolist() == [0, 17, 34]
    code, said = select(study, "--name", "wrong", "--budget", "1", "--where", "known_wrong=yes")
    assert code == 0, said
    assert set(kept(study.find("selection", "wrong"))) <= {"s0000", "s0017", "s0034"}


def test_kept_columns_that_hold_texts_here_and_numbers_there_are_read_as_texts() -> None:
    meta = pa.array(['{"a": 1, "b": {"c": 2}}', '{"a": "x"}', None, '{"a": null, "d": true}'])
    assert {name: column.to_pylist() for name, column in opened(meta).items()} == {
        "a": ["1", "x", None, None], "b": [None] * 4, "d": [None, None, None, "true"],
    }  # fmt: skip
