from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.export.tables import FORMULA_STARTS, safe_cell, write_csv

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_a_formula_gets_an_apostrophe(start: str) -> None:
    assert safe_cell(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("text", ["", " =1", "'=1", "a=b", "次", "\n=1", '"=1"'])
def test_anything_else_is_left_alone(text: str) -> None:
    assert safe_cell(text) == text


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
def test_csv_neutralises_formulas_and_keeps_every_other_cell(rows: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.csv"
        write_csv(({"id": first, "prompt": second} for first, second in rows), path)
        with path.open(encoding="utf-8", newline="") as file:
            head, *cells = list(csv.reader(file))
    assert head == ["id", "prompt"]
    for row, read in zip(rows, cells, strict=True):
        for text, cell in zip(row, read, strict=True):
            assert not cell.startswith(FORMULA_STARTS)
            assert cell == (f"'{text}" if text.startswith(FORMULA_STARTS) else text)
