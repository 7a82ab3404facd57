"""Files of every kind with a few changes: one sentence or rows, and never a traceback."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from benchmarks.fuzz_readers import Tally, fuzz, input_of, one_of_each, seeds
from diq_core.data.readers import open_source


@pytest.mark.slow
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


def test_a_run_goes_on_after_the_last_line_of_its_log(tmp_path: Path) -> None:
    log, files = tmp_path / "fuzz.log", seeds()
    tally = Tally(7)
    for number in range(3):
        tally.add(number, *fuzz(number, 7, tmp_path, files), seconds=0.5)
    log.write_text(json.dumps(asdict(tally)) + "\n", "utf-8")
    assert Tally.of(log, 7) == tally
    assert sum(sum(ends.values()) for ends in tally.outcomes.values()) == tally.inputs == 3
