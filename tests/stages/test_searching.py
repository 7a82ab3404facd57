"""Samples found by words and conditions; an index that this machine did not write is not used."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from diq_core.cli import app
from diq_core.data.search import folded, parse_query, search, write_index
from diq_core.digests import file_digest
from diq_core.errors import BadFile, BadSetting
from diq_core.files import write_json
from diq_core.selection.filters import fitting, parse_filter
from diq_core.stages.joining import SAMPLES, load_table
from diq_core.stages.searching import found, index_of
from diq_core.study import Study, create_study
from tests.support.studies import add_dataset

QUESTIONS = (
    "Heparin was given. Renal failure?",
    "Failure of the RENAL graft, no heparins",
    "Ménière's disease: vertigo +",
    "患者有高血压和糖尿病。",
)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    study = create_study(tmp_path / "study")
    add_dataset(study, samples=12, questions=QUESTIONS)
    return study


def rows(study: Study, words: str, *filters: str) -> list[int]:
    return np.flatnonzero(found(study, study.find("dataset"), words, filters)).tolist()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("heparin", [0, 1]),
        ("renal HEPARIN", [0, 1]),
        ('"renal failure"', [0]),
        ('heparin "of the renal"', [1]),
        ("meniere", [2]),
        ("Ménière’s", [2]),
        ("+", [2]),
        ("高血压", [3]),
        ("血高", []),
        ("eparin", []),
        ("s0003", [3]),
        ("", list(range(12))),
        # "or" is a word like any other.
        ('" OR heparin', []),
        ("NOT NEAR(heparin) *", []),
    ],
)
def test_words_find_what_holds_all_of_them(study: Study, words: str, expected: list[int]) -> None:
    assert rows(study, words) == expected


@settings(max_examples=40)
@given(
    st.lists(st.text("abcdeé \u4e2d\u6587", max_size=12), min_size=1, max_size=6),
    st.text(max_size=6),
)
def test_the_index_finds_what_a_look_at_every_text_finds(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], words: str
) -> None:
    path = tmp_path_factory.mktemp("index") / "index.sqlite"
    table = pa.table({"question": pa.array(texts, pa.string())})
    write_index(path, [table.slice(0, 3), table.slice(3)])
    query = parse_query(words)
    expected = [
        row for row, text in enumerate(texts)
        if all(any(part.startswith(word) for part in folded(text).split())
               for word in query.words)
        and all(phrase.lower() in text.lower() for phrase in query.phrases)
    ]  # fmt: skip
    parts = [table.slice(0, 2), table.slice(2)]
    assert search(path, len(texts), query, parts).tolist() == expected


def test_conditions_on_every_kind_of_column(study: Study) -> None:
    assert rows(study, "", "source=MEDQUAD") == [2, 5, 8, 11]
    assert rows(study, "", "reasoning=no") == [0, 4, 8]
    assert rows(study, "", "subject~CARD", "length>=5") == [5, 10]
    assert rows(study, "", "excluded=yes") == [10, 11]
    assert rows(study, "", "finding~no-ans") == [6]
    assert rows(study, "heparin", "reasoning=yes") == [1]
    assert rows(study, "", "reviewed=yes") == []
    assert rows(study, "", "context=") == list(range(12))


def test_what_is_missing_fits_only_the_question_for_it() -> None:
    columns = {"score": pa.array([1.0, float("nan"), 3.0]), "word": pa.array(["a", None, ""])}

    def fits(*texts: str) -> list[bool]:
        return fitting(columns, [parse_filter(text) for text in texts], 3).tolist()  # type: ignore[no-any-return]

    assert fits("score>0") == [True, False, True]
    assert fits("score!=1") == [False, False, True]
    assert fits("score=") == [False, True, False]
    assert fits("word=") == [False, True, True]
    assert fits("WORD!=b") == [True, False, True]
    assert fits() == [True, True, True]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("length", "This is no filter.*Write it like source=medmcqa"),
        ("nothing=1", "There is no column 'nothing'.*Use one of .*question"),
        ("length>many", "'length' is a number, and 'many' is none"),
        ("source>a", "'source' is a text, and has no order.*source=a or source~a"),
        ("reasoning=perhaps", "'reasoning' is yes or no.*reasoning=yes"),
        ("length~2", "'length' is a number"),
        ("length>", "The filter has no value"),
    ],
)
def test_a_condition_that_means_nothing_is_refused(study: Study, text: str, message: str) -> None:
    with pytest.raises(BadSetting, match=message):
        rows(study, "", text)


def test_an_index_is_made_once_and_one_of_somebody_else_is_made_anew(study: Study) -> None:
    dataset = study.find("dataset")
    path = index_of(study, dataset)
    before = path.stat().st_mtime_ns
    assert index_of(study, dataset).stat().st_mtime_ns == before
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE forged (x)")
    connection.close()
    seal = path.with_suffix(".json")
    write_json(seal, {**json.loads(seal.read_text()), "sha256": file_digest(path)})
    assert rows(study, "heparin") == [0, 1]
    with sqlite3.connect(path) as connection:
        assert (
            connection.execute("SELECT name FROM sqlite_master WHERE name='forged'").fetchall()
            == []
        )
    connection.close()
    assert len(load_table(dataset, SAMPLES)) == 12


def test_the_index_is_not_written_through_a_link(study: Study, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (study.path / ".cache").symlink_to(tmp_path / "outside")
    with pytest.raises(BadFile, match="It is a link"):
        rows(study, "heparin")


def test_the_command_finds_the_same(study: Study) -> None:
    line = ["search", "heparin", "--study", str(study.path), "--where", "reasoning=yes"]
    said = CliRunner().invoke(app, [*line, "--json"], catch_exceptions=False)
    assert json.loads(said.output) == {"found": 1, "ids": ["s0001"]}
    listed = CliRunner().invoke(app, ["search", "--study", str(study.path), "--limit", "2"])
    assert listed.output.splitlines() == [
        "12 samples of 'main'", "s0000", "s0001", "and 10 more"
    ]  # fmt: skip
