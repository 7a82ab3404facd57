from __future__ import annotations

import json

import numpy as np
import pytest

from diq_core.errors import BadFile, BadSetting
from diq_core.scoring.difficulty.label_split import near_duplicates, split_labels
from diq_core.scoring.difficulty.labels import (
    LabelledQuestion,
    read_labels,
    target_distributions,
    usable,
)

GOOD = {
    "id": "q1",
    "question": "Which vitamin prevents scurvy?",
    "options": {"A": "Vitamin C", "B": "Vitamin D"},
    "answer": "Vitamin C",
    "knowledge": [1, 2],
    "reasoning": [1, 1],
    "overall": [1, 1],
    "pass_rate": 0.75,
}


def written(tmp_path, *rows):
    path = tmp_path / "labels.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def question(number, text, flawed=None):
    ratings = {"knowledge": (3,), "reasoning": (2, 4), "overall": (5,)}
    return LabelledQuestion(f"q{number}", text, ratings, flawed)


def test_reads_text_without_the_answer(tmp_path):
    (label,) = read_labels(written(tmp_path, GOOD, ""))
    assert label.text == "Which vitamin prevents scurvy?\n\nA. Vitamin C\nB. Vitamin D"
    assert label.ratings["knowledge"] == (1, 2)
    assert (label.flawed, label.pass_rate, label.raters) == (None, 0.75, 2)


def test_a_line_separator_inside_a_question_ends_no_line(tmp_path):
    line = json.dumps(GOOD | {"question": "One\u2028two\x85three?"}, ensure_ascii=False)
    (label,) = read_labels(written(tmp_path, line + "\r"))
    assert label.text.startswith("One")
    assert "three?" in label.text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"knowledge": [6]}, r"levels 1 to 5, not \[6\] \(labels.jsonl, line 2, field 'knowledge"),
        ({"reasoning": []}, r"levels 1 to 5, not \[\].*field 'reasoning'"),
        ({"overall": [2.5]}, r"not \[2.5\].*field 'overall'"),
        ({"overall": [True]}, r"not \[True\].*field 'overall'"),
        ({"overall": 3}, r"not 3 .*field 'overall'"),
        ({"overall": [[1]]}, r"not \[\[1\]\].*field 'overall'"),
        ({"question": "  "}, "must be text and not empty.*line 2, field 'question'"),
        ({"id": 7}, "must be text and not empty.*field 'id'"),
        ({"options": ["a"]}, "object of label and text.*field 'options'"),
        ({"flawed": "no"}, "true or false, not 'no'.*field 'flawed'"),
        ({"pass_rate": 1.5}, "number from 0 to 1, not 1.5.*field 'pass_rate'"),
    ],
)
def test_bad_field_names_line_and_field(tmp_path, change, words):
    with pytest.raises(BadFile, match=words):
        read_labels(written(tmp_path, GOOD, {**GOOD, "id": "q2", **change}))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (['{"id": "q1"'], "line is not JSON.*line 1"),
        (["[1]"], "not a JSON object.*line 1"),
        ([GOOD, GOOD], "same id.*id 'q1'"),
        ([""], "empty"),
    ],
)
def test_bad_file_is_one_clear_error(tmp_path, rows, words):
    with pytest.raises(BadFile, match=words):
        read_labels(written(tmp_path, *rows))


def test_missing_file_is_named(tmp_path):
    with pytest.raises(BadFile, match=r"cannot be read.*none\.jsonl"):
        read_labels(tmp_path / "none.jsonl")


def test_each_rater_has_an_equal_share():
    shares = target_distributions([question(1, "a")])
    np.testing.assert_array_equal(shares[0, 0], [0, 0, 1, 0, 0])
    np.testing.assert_array_equal(shares[0, 1], [0, 0.5, 0, 0.5, 0])


def test_only_overall_of_a_flawed_question_is_left_out():
    mask = usable([question(1, "a"), question(2, "b", flawed=True), question(3, "c", False)])
    np.testing.assert_array_equal(mask, [[1, 1, 1], [1, 1, 0], [1, 1, 1]])


def test_near_duplicates_share_a_group():
    groups = near_duplicates(
        [
            "Which drug treats acute gout in an old man?",
            "Where is bile stored?",
            "Which drug treats acute gout in an old woman?",
        ]
    )
    assert groups[0] == groups[2] != groups[1]


def many(count):
    return [
        question(number, f"question about thing{number} and part{number}")
        for number in range(count)
    ]


def test_split_is_a_partition_by_text_whatever_the_order():
    labels = many(200)
    split = split_labels(labels, seed=0)
    assert sorted(split.train + split.inner + split.held_out) == list(range(200))
    held = {labels[row].text for row in split.held_out}
    turned = labels[::-1]
    assert {turned[row].text for row in split_labels(turned, seed=0).held_out} == held
    assert {labels[row].text for row in split_labels(labels, seed=1).held_out} != held
    assert 20 <= len(held) <= 60


def test_reworded_question_is_never_on_both_sides():
    labels = many(60)
    twins = [
        LabelledQuestion(f"t{n}", each.text.upper() + "?", each.ratings)
        for n, each in enumerate(labels)
    ]
    split = split_labels(labels + twins, seed=0)
    for rows in (split.train, split.inner, split.held_out):
        assert {row % 60 for row in rows if row < 60} == {row % 60 for row in rows if row >= 60}


def test_too_few_labels_are_refused():
    with pytest.raises(BadSetting, match="too few labelled questions to hold some out: 2"):
        split_labels(many(2), seed=0)
