"""Excel: the sheet that is meant, its header, and each cell as people see it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from diq_core import extras
from diq_core.data.findings import Finding
from diq_core.data.importing import import_samples
from diq_core.data.readers import Row, open_source
from diq_core.errors import BadFile, BadSetting, SettingNeeded

ASKED = "What is the first step in septic shock?"


def written(path: Path, *rows: list[Any], more: Callable[[Any], None] = lambda _: None) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    more(book)
    book.save(path)
    return path


def split(path: Path, **asked: str) -> tuple[list[Row], list[Finding]]:
    items = list(open_source(path, **asked).rows())
    return (
        [each for each in items if isinstance(each, Row)],
        [each for each in items if isinstance(each, Finding)],
    )


def rules(findings: list[Finding]) -> list[tuple[str, int]]:
    return [(each.rule, each.line) for each in findings]


def test_cells_are_what_people_see(tmp_path: Path) -> None:
    def formatted(book: Any) -> None:
        book.active["E2"].number_format = "0.0%"

    path = written(
        tmp_path / "a.xlsx",
        ["question", "whole", "part", "day", "share", "yes", "none", "wrong"],
        [" Text ", 1.0, 0.1 + 0.2, datetime.datetime(2026, 3, 5), 0.125, True, None, "#N/A"],
        [None] * 8,
        ["later", 2, -3.5, datetime.time(14, 30), 3, False, "x", 1],
        more=formatted,
    )
    rows, findings = split(path)
    assert rows[0].values == {
        "question": " Text ", "whole": 1, "part": 0.3, "day": "2026-03-05", "share": "12.5%",
        "yes": True, "none": None, "wrong": None,
    }  # fmt: skip
    assert [row.line for row in rows] == [2, 4]
    assert rows[1].values["day"] == "14:30:00"
    assert isinstance(rows[0].values["whole"], int)
    told = [(rule, line) for row in rows for rule, line in rules(list(row.findings))]
    assert sorted(told) == [("date-cell", 2), ("date-cell", 4), ("value-unreadable", 2)]
    assert findings == []


def test_a_number_as_label_names_its_option(tmp_path: Path) -> None:
    options = ["fluids", "a biopsy", "surgery", "nothing"]
    path = written(
        tmp_path / "a.xlsx",
        ["question", "A", "B", "C", "D", "answer"],
        [ASKED, *options, "A"],
        ["What is the last step in septic shock?", *options, "D"],
    )
    found = import_samples(path, compare=False)
    assert [(s.answer_label, s.answer) for s in found.samples] == [
        ("A", "fluids"),
        ("D", "nothing"),
    ]
    assert found.kind == "Excel: it is a workbook of Excel"


def test_a_formula_counts_with_its_value_and_is_missing_without(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", ["question", "answer"], [ASKED, "=1+1"])
    (row,) = split(path)[0]
    assert row.values["answer"] is None
    assert [each.message for each in row.findings] == [
        "The cell holds a formula whose value was not saved"
    ]
    # Excel itself writes the value beside the formula.
    import zipfile

    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert b"<f>1+1</f><v />" in parts[sheet] or b"<f>1+1</f><v></v>" in parts[sheet]
    parts[sheet] = parts[sheet].replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>").replace(
        b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>"
    )  # fmt: skip
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    (row,) = split(path)[0]
    assert (row.values["answer"], row.findings) == (2, ())


def several(book: Any) -> None:
    for name, cell in (("Lung", "q2"), ("Empty", None), ("Hidden", "q3")):
        sheet = book.create_sheet(name)
        sheet.append(["question", "answer"] if cell else [])
        sheet.append([cell, "a"] if cell else [])
    book.active.title = "Heart"


def test_several_sheets_are_asked_about_and_empty_ones_are_not(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", ["question", "answer"], ["q1", "a"], more=several)
    with pytest.raises(SettingNeeded, match="several sheets.*@Heart, @Hidden, @Lung") as caught:
        split(path)
    assert list(caught.value.choices) == ["Heart", "Hidden", "Lung"]
    rows, findings = split(path, split="Lung")
    assert [row.values["question"] for row in rows] == ["q2"]
    assert [each.message for each in findings] == [
        "Only the sheet 'Lung' is read; there are also: Heart, Hidden"
    ]
    with pytest.raises(BadSetting, match="no sheet 'Liver'"):
        split(path, split="Liver")
    one = written(
        tmp_path / "b.xlsx", ["question"], ["q1"], more=lambda b: b.create_sheet("Sheet2")
    )
    assert [row.values["question"] for row in split(one)[0]] == ["q1"]


def test_titles_above_the_header_and_columns_without_a_name(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.xlsx",
        ["Questions of the ward, 2026"], [], ["question", None, "answer", None],
        ["q1", "beside", "a1", None], ["q2", None, "a2", "beyond"],
    )  # fmt: skip
    rows, findings = split(path)
    assert [row.values for row in rows] == [
        {"question": "q1", "column 2": "beside", "answer": "a1"},
        {"question": "q2", "answer": "a2", "column 4": "beyond"},
    ]
    assert rules(findings) == [("sheet-heading", 1)]
    assert "'Questions of the ward, 2026'" in findings[0].message


def test_a_header_of_two_rows_whose_cells_are_merged(tmp_path: Path) -> None:
    def merged(book: Any) -> None:
        for span in ("A1:A2", "B1:D1", "E1:E2"):
            book.active.merge_cells(span)

    path = written(
        tmp_path / "a.xlsx",
        ["question", "option", None, None, "answer"], [None, "A", "B", "C", None],
        [ASKED, "fluids", "a biopsy", "surgery", "A"],
        more=merged,
    )  # fmt: skip
    (row,) = split(path)[0]
    assert list(row.values) == ["question", "option A", "option B", "option C", "answer"]
    found = import_samples(path, compare=False)
    assert [(each.rule, each.line) for each in found.findings] == [("sheet-heading", 2)]
    sample = found.samples[0]
    assert [each.text for each in sample.options] == ["fluids", "a biopsy", "surgery"]
    # A first row with gaps is no second row of the header.
    path = written(tmp_path / "b.xlsx", ["question", None, "answer"], [ASKED, "x", None])
    assert [row.line for row in split(path)[0]] == [2]


def test_one_column_and_two_columns_of_one_name(tmp_path: Path) -> None:
    rows, _ = split(written(tmp_path / "a.xlsx", ["question"], ["q1"], ["q2"]))
    assert [row.values for row in rows] == [{"question": "q1"}, {"question": "q2"}]
    rows, findings = split(written(tmp_path / "b.xlsx", ["question", "question"], ["q1", "q2"]))
    assert rows[0].values == {"question": "q1", "question 2": "q2"}
    assert rules(findings) == [("duplicate-column", 1)]


def test_other_documents_say_what_to_do(tmp_path: Path) -> None:
    import zipfile

    for part in ("word/document.xml", "mimetype", "xl/workbook.bin"):
        path = tmp_path / "a.xlsx"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(part, "x")
        with pytest.raises(BadFile, match=r"document of another kind.*\.xlsx or CSV"):
            split(path)
    with pytest.raises(BadFile, match="workbook is empty"):
        split(written(tmp_path / "b.xlsx"))
    path = written(tmp_path / "c.csv", ["question"], ["q1"])
    path = path.rename(tmp_path / "c.csv")
    rows, findings = split(path)
    assert rules(findings) == [("other-kind", 0)]
    assert len(rows) == 1


def test_what_is_missing_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.xlsx", ["question"], ["q1"])
    monkeypatch.setattr(extras.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(BadSetting, match=r"openpyxl is not installed.*diq-studio\[excel\]"):
        split(path)


def test_a_workbook_inside_an_archive_is_chosen_with_its_sheet(tmp_path: Path) -> None:
    import zipfile

    book = written(tmp_path / "a.xlsx", ["question", "answer"], ["q1", "a"], more=several)
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(book, "a.xlsx")
    with pytest.raises(SettingNeeded, match="several sheets"):
        split(path)
    assert [row.values["question"] for row in split(path, split="Lung")[0]] == ["q2"]
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("b.csv", "question\nq\n")
    assert [row.values["question"] for row in split(path, split="a.xlsx@Lung")[0]] == ["q2"]
