"""Scores of one's own: from a file with every check, or measured; then usable like ours."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from diq_core.artefact import Artefact
from diq_core.config import ExportSettings, ScoresSettings, SelectSettings
from diq_core.errors import BadFile, BadSetting, NotFound, SettingsDiffer, UserError
from diq_core.jobs.progress import silent
from diq_core.stages import export as exporting
from diq_core.stages import joining
from diq_core.stages import scores as stage
from diq_core.stages import selection as selecting
from diq_core.study import Study, create_study
from tests.support.studies import add_dataset, add_difficulty, add_influence


@pytest.fixture
def study(tmp_path: Path) -> Study:
    made = create_study(tmp_path / "study")
    add_dataset(made, samples=40)
    return made


def rates(number: int) -> float:
    return (number * 7 % 40) / 40


def write(path: Path, rows: list[tuple[Any, ...]], head: tuple[str, ...] = ("id", "rate")) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return str(path)


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Numbers for the samples 0 to 29; sample 3 has an empty one; two ids are strangers."""
    known: list[tuple[Any, ...]] = [(f"s{n:04d}", "" if n == 3 else rates(n)) for n in range(30)]
    return write(tmp_path / "rates.csv", [*known, ("x1", 0.5), ("x2", 0.5)])


def add(study: Study, source: str | None, name: str = "pass-rate", **values: Any) -> Artefact:
    settings = ScoresSettings(**values)
    dataset = study.find("dataset")
    return stage.run(study, name, settings, silent(), dataset=dataset, source=source)


RATE = {"label": "Pass rate", "higher": "easier", "best": "low", "unit": "share",
        "least": 0.0, "most": 1.0}  # fmt: skip


def test_every_sample_has_its_number_or_a_reason_and_strangers_are_named(
    study: Study, file: str
) -> None:
    made = add(study, file, **RATE)
    assert made.manifest["counts"] == {
        "samples": 40, "scored": 29, "not_scored": 11, "unknown": 2,
    }  # fmt: skip
    note = "2 ids of rates.csv are not in the dataset 'main' and were passed over: 'x1', 'x2'"
    assert made.manifest["facts"]["notes"] == [note]
    rows = {row["id"]: row for row in joining.load_table(made, joining.SCORES).to_pylist()}
    assert rows["s0005"] == {"id": "s0005", "pass-rate": rates(5), "reason": None}
    assert rows["s0003"]["reason"] == "no number in rates.csv"
    assert rows["s0039"]["reason"] == "not in rates.csv"
    assert made.manifest["inputs"]["source"]["path"] == "rates.csv"


def test_any_kind_of_file_gives_the_same_bytes(study: Study, file: str, tmp_path: Path) -> None:
    with open(file, encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    table = {"id": [row["id"] for row in rows],
             "rate": [float(row["rate"]) if row["rate"] else None for row in rows]}  # fmt: skip
    pq.write_table(pa.table(table), tmp_path / "other.parquet")
    for row, kind in enumerate(("csv", "parquet")):
        source = file if kind == "csv" else str(tmp_path / "other.parquet")
        column = joining.load_table(add(study, source, name=f"n{row}"), joining.SCORES)[f"n{row}"]
        assert column.to_pylist()[:30] == table["rate"][:30]


def test_a_selection_uses_it_like_one_of_ours(study: Study, file: str) -> None:
    dataset = study.find("dataset")
    add_difficulty(study, dataset)
    add_influence(study, dataset)
    own = add(study, file, **RATE)
    settings = SelectSettings(strategy="by-pass-rate", budget="3")
    inputs = selecting.inputs(study, settings, None, None, None)
    made = selecting.run(study, "low", settings, silent(), **inputs)
    lowest = sorted((rates(n), f"s{n:04d}") for n in range(30) if n != 3)[:3]
    table = joining.load_table(made, selecting.SELECTION).sort_by("rank")
    assert table.filter(table["kept"])["id"].to_pylist() == [id for _, id in lowest]
    assert made.manifest["inputs"]["scores/pass-rate"] == study.reference(own)
    reasons = dict(zip(table["id"].to_pylist(), table["reason"].to_pylist(), strict=True))
    assert reasons["s0003"] == "Out: not scored — no pass-rate: no number in rates.csv"
    assert reasons["s0031"] == "Out: not scored — no pass-rate: not in rates.csv"
    assert selecting.inputs_of(study, made) == inputs


def test_it_makes_the_quadrants_and_the_export_says_so(study: Study, file: str) -> None:
    dataset = study.find("dataset")
    add_influence(study, dataset)
    add(study, file, **RATE)
    settings = SelectSettings(axes=("pass-rate", "influence"), budget="4")
    inputs = selecting.inputs(study, settings, None, None, None)
    made = selecting.run(study, "main", settings, silent(), **inputs)
    assert made.manifest["settings"]["axes"] == ["pass-rate", "influence"]
    cuts = made.manifest["facts"]["cuts"]
    known = [rates(n) for n in range(30) if n != 3]
    assert cuts["pass-rate"] == pytest.approx(float(np.median(known)))
    done = exporting.run(study, "main", ExportSettings(), silent(), selection=made)
    text = (done.path / exporting.DATASHEET).read_text(encoding="utf-8")
    assert "Pass rate cut: low pass rate from percentile 50" in text
    assert "Q1 low pass rate and influential" in text
    assert "Pass rate (own score, share, 0 to 1; higher = easier): rates.csv" in text
    assert "scores/pass-rate" in done.manifest["facts"]["recipe"]


def test_the_default_axes_are_not_in_a_manifest(study: Study) -> None:
    assert "axes" not in SelectSettings().model_dump(mode="json")
    assert SelectSettings(axes=("loss", "influence")).model_dump()["axes"] == ("loss", "influence")


def test_the_steps_of_reasoning_are_counted(study: Study) -> None:
    made = add(study, None, name="steps", measure="steps")
    table = joining.load_table(made, joining.SCORES).to_pylist()
    assert table[0] == {"id": "s0000", "steps": None, "reason": "the measure gives none"}
    assert table[1]["steps"] >= 2
    scores = joining.load_scores(study.find("dataset"), None, None, own=[made])
    assert scores.describe("steps").label == "Steps of reasoning"
    with pytest.raises(BadSetting, match="no measure 'stps'. Use one of: steps"):
        add(study, None, name="other", measure="stps")


def test_what_is_there_is_not_changed(study: Study, file: str) -> None:
    made = add(study, file, **RATE)
    assert add(study, file, **RATE).digest == made.digest
    with pytest.raises(SettingsDiffer, match="setting best was 'low', now 'high'"):
        add(study, file, **{**RATE, "best": "high"})


REFUSED: list[tuple[list[tuple[Any, ...]], str]] = [
    ([("s0001", 1), ("s0002", 2), ("s0001", 3)],
     r"The id 's0001' stands twice \(numbers.csv, lines 2 and 4\)"),
    ([("s0001", 1), ("s0002", "inf")], r"1 numbers are infinite \(first: numbers.csv, line 3, col"),
    ([("s0001", "many")], r"'many' is no number \(numbers.csv, line 2, column 'rate'\). Write a"),
    ([("s0001", 1), (" ", 2)], r"A row has no id \(numbers.csv, line 3"),
    ([("nobody", 1)], r"None of its 1 ids is in the dataset 'main' \(numbers.csv, first: 'nobody'"),
    ([("s0001", 0.5), ("s0002", 1.5)],
     r"1 numbers are out of the range 0 to 1 \(first: 1.5 in numbers.csv, line 3"),
    ([("s0001", 1, 2)], r"The row has 3 columns, the header has 2 \(numbers.csv, line 2\)"),
    ([], r"The file has no rows"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "message"), REFUSED)
def test_what_is_wrong_is_named_with_its_line_and_leaves_nothing(
    study: Study, tmp_path: Path, rows: list[tuple[Any, ...]], message: str
) -> None:
    source = write(tmp_path / "numbers.csv", rows)
    with pytest.raises(UserError, match=message):
        add(study, source, least=0.0, most=1.0) if "range" in message else add(study, source)
    assert not list((study.path / "scores").glob("*"))


def test_lines_are_counted_through_cells_with_line_breaks(study: Study, tmp_path: Path) -> None:
    head = ("id", "note", "rate")
    rows = [("s0001", "two\nlines", 1), ("s0002", "x", "?")]
    source = write(tmp_path / "numbers.csv", rows, head)
    with pytest.raises(BadFile, match=r"'\?' is no number \(numbers.csv, line 4"):
        add(study, source, column="rate")


def test_columns_are_chosen_by_name_or_asked_for(study: Study, tmp_path: Path) -> None:
    source = write(tmp_path / "n.csv", [("s0001", 1, 2)], ("key", "rate", "votes"))
    with pytest.raises(BadSetting, match=r"no column 'id' with the samples' ids.*key, rate, votes"):
        add(study, source)
    with pytest.raises(BadSetting, match=r"Several columns could hold.*--column; columns seen: ke"):
        add(study, source, id_column="key")
    with pytest.raises(BadSetting, match=r"There is no column 'vote'.*use one of: rate, votes|Use"):
        add(study, source, id_column="key", column="vote")
    assert add(study, source, name="votes", id_column="key").manifest["facts"]["column"] == "votes"


def test_names_and_sources_that_contradict_are_refused(study: Study, file: str) -> None:
    with pytest.raises(BadSetting, match="'influence' is a score that is built in"):
        add(study, file, name="influence")
    for source, measure in ((file, "steps"), (None, None)):
        with pytest.raises(BadSetting, match="from a file or from a measure, not from both"):
            add(study, source, measure=measure)


def test_a_score_that_is_not_there_says_how_to_get_it(study: Study, file: str) -> None:
    settings = SelectSettings(strategy="by-passrate")
    with pytest.raises(NotFound, match=r"no score 'passrate'.*Import it with: diq scores FILE"):
        selecting.inputs(study, settings, None, None, None)
    add(study, file)
    with pytest.raises(NotFound, match=r"no score 'passrate'.*[Uu]se one of: pass-rate; or imp"):
        selecting.inputs(study, settings, None, None, None)


def test_scores_of_another_dataset_are_refused(study: Study, file: str) -> None:
    add_dataset(study, samples=20, name="other")
    add(study, file)
    settings = SelectSettings(strategy="by-pass-rate")
    with pytest.raises(NotFound, match=r"The scores 'pass-rate' were not made of the dataset 'oth"):
        selecting.inputs(study, settings, "other", None, None)
