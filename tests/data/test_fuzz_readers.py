"""Files of every kind with a few changes: one sentence or rows, and never a traceback."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pytest

from benchmarks.fuzz_readers import Tally, fuzz, input_of
from benchmarks.fuzz_seeds import one_of_each, seeds
from diq_core.data.readers import open_source


@pytest.mark.slow
def test_no_changed_file_gives_a_traceback(tmp_path: Path) -> None:
    files = seeds()
    inputs = {fuzz(number, 7, tmp_path, files)[0].data for number in range(1000)}
    assert len(inputs) > 900
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_what_is_asked_of_folders_is_answered_and_they_are_read(tmp_path: Path) -> None:
    files, tally = seeds(), Tally(7)
    for number in range(300):
        tally.add(number, *fuzz(number, 7, tmp_path, files, folders=True), seconds=0.0)
    assert all(kind.endswith((" in a folder", " in an archive")) for kind in tally.outcomes)
    assert tally.asked["split"] > 100
    ended = Counter[str]()
    for counts in tally.outcomes.values():
        ended.update(counts)
    assert sum(many for how, many in ended.items() if how.startswith(("read", "imported"))) > 100
    assert ended["refused (SettingNeeded)"] == 0


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
