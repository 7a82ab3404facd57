"""Files of every kind with a few changes: one sentence or rows, and never a traceback."""

from __future__ import annotations

from pathlib import Path

from benchmarks.fuzz_readers import fuzz, input_of, one_of_each, seeds
from diq_core.data.readers import open_source


def test_no_changed_file_gives_a_traceback(tmp_path: Path) -> None:
    files = seeds()
    inputs = {fuzz(number, 7, tmp_path, files)[0].data for number in range(1000)}
    assert len(inputs) > 900


def test_what_is_changed_was_valid_and_the_same_number_is_the_same_input(tmp_path: Path) -> None:
    for name, data in one_of_each().items():
        (tmp_path / name).write_bytes(data)
        encoding = "cp1252" if name == "j.csv" else None
        assert list(open_source(tmp_path / name, encoding=encoding).rows()), name
    assert input_of(3, 7, seeds()) == input_of(3, 7, seeds())
