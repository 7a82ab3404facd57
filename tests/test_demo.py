"""The demo study is about reasoning: every sample has a chain, and wrong ones are marked."""

from __future__ import annotations

import json
from collections import Counter

from diq_core.demo import DEMO
from diq_core.stages.joining import PROBLEMS, SAMPLES, load_table
from diq_core.stages.selection import SELECTION
from diq_core.study import open_study

LARGEST = 5_000_000


def test_every_sample_reasons_and_every_chosen_one_too() -> None:
    study = open_study(DEMO)
    samples = load_table(study.find("dataset"), SAMPLES).to_pylist()
    assert len(samples) == 180
    assert all(len(one["reasoning"].split()) >= 40 for one in samples)
    chosen = load_table(study.find("selection"), SELECTION).to_pylist()
    # Enough for a clinician's first ten, and nothing to read without a chain.
    assert sum(one["kept"] for one in chosen) == 18


def test_what_is_known_to_be_wrong_is_marked_and_was_found() -> None:
    study = open_study(DEMO)
    samples = load_table(study.find("dataset"), SAMPLES).to_pylist()
    wrong = {one["id"] for one in samples if json.loads(one["meta"]).get("known_wrong")}
    found = load_table(study.find("dataset"), PROBLEMS).to_pylist()
    assert len(wrong) == 20
    assert wrong == {one["id"] for one in found if one["rule"] == "gold-differs"}


def test_sources_are_those_that_the_notice_names() -> None:
    study = open_study(DEMO)
    samples = load_table(study.find("dataset"), SAMPLES).to_pylist()
    assert Counter(one["source"] for one in samples) == {"medmcqa": 145, "huatuo_o1_demo": 35}
    notice = (DEMO / "NOTICE.md").read_text(encoding="utf-8")
    assert all(word in notice for word in ("180 samples", "| 145 |", "| 35 |", "20 of them"))


def test_every_file_is_small_and_none_names_a_machine() -> None:
    files = [file for file in DEMO.rglob("*") if file.is_file()]
    assert max(file.stat().st_size for file in files) < LARGEST
    for file in files:
        assert b"/root/" not in file.read_bytes(), file.name
