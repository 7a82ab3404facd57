"""Options, label and answer settled from each other: by hand, and whatever the file says."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from diq_core.data.findings import RULES
from diq_core.data.formats.answers import with_text
from diq_core.data.formats.counting import Numbers, proven
from diq_core.data.formats.literals import parsed
from diq_core.data.formats.options import marked_right, read_options
from diq_core.data.formats.parts import Parts
from diq_core.data.formats.settling import settle
from diq_core.data.sample import Option

ORGANS = ("Spleen", "Thyroid", "Thymus", "Liver")
FOUR = tuple(Option(label, text) for label, text in zip("ABCD", ORGANS, strict=True))


def settled(answer: str = "", label: str = "", numbers: Numbers = "unproven", **more: Any) -> Parts:
    parts = Parts(**{"question": "Which?", "options": FOUR, **more})
    parts.answer, parts.answer_label = answer, label
    settle(parts, numbers)
    return parts


def reasons(parts: Parts) -> list[str]:
    return [note.rule for note in parts.notes if RULES[note.rule].excludes]


@pytest.mark.parametrize(
    ("answer", "label", "right"),
    [
        ("B", "", "B"),
        ("(b)", "", "B"),
        ("", "B", "B"),
        ("", "B.", "B"),
        ("Thyroid.", "", "B"),
        ("B", "B", "B"),
        ("B. Thyroid", "", "B"),
        ("The correct answer is (B).", "", "B"),
        ("option_b", "", "B"),
        ("Thyroid", "1", "B"),  # a number without a base, beside the text
        ("-1", "", ""),
    ],
)
def test_label_and_text_complete_each_other(answer: str, label: str, right: str) -> None:
    parts = settled(answer, label)
    assert (parts.answer_label, reasons(parts)) == (right, [])
    if right:
        assert parts.answer.strip(".") == "Thyroid"


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        ("A, C", "several-answers"),
        ("ACD", "several-answers"),
        ("A and C", "several-answers"),
        ("Spleen; Thymus", "several-answers"),
        ("E", "answer-no-option"),
        ("It depends.", "answer-no-option"),
        ("A patient has it", "answer-no-option"),
        ("2", "answer-number"),
    ],
)
def test_what_names_no_single_option_is_left_out(answer: str, rule: str) -> None:
    parts = settled(answer)
    assert reasons(parts) == [rule]
    assert parts.answer_label == ""


def test_several_answers_are_shown_with_their_texts() -> None:
    assert settled("C, A").answer == "A. Spleen\nC. Thymus"
    listed = settled(answers=("D", "Thyroid"))
    assert (listed.answer, listed.answers) == ("B. Thyroid\nD. Liver", ())
    assert settled(answers=("B", "Thyroid")).answer_label == "B"


@pytest.mark.parametrize(("numbers", "right"), [("0", "C"), ("1", "B")])
def test_a_number_counts_from_where_it_is_said(numbers: Numbers, right: str) -> None:
    assert settled("2", numbers=numbers).answer_label == right
    assert settled("", "2.0", numbers=numbers).answer_label == right
    assert reasons(settled("9", numbers=numbers)) == ["answer-number"]


@pytest.mark.parametrize(
    ("answers", "proof"),
    [
        (["1", "0"], "0"),
        (["1", "4"], "1"),
        (["1", "2"], "unproven"),
        (["0", "4"], "unproven"),
        ([], "unproven"),
    ],
)
def test_only_a_zero_or_the_last_number_proves_the_base(answers: list[str], proof: str) -> None:
    assert proven(Parts(options=FOUR, answer=answer) for answer in answers) == proof


def test_numbers_that_are_texts_need_an_answer_in_words_beside_them() -> None:
    lobes = tuple(Option(label, text) for label, text in zip("ABC", "321", strict=True))
    number = Parts(options=lobes, answer="2")
    assert proven([number]) == "unproven"
    assert proven([number, Parts(options=FOUR, answer="Liver")]) == "text"
    assert proven([Parts(options=lobes, answer_label="2", answer="1")]) == "0"
    assert settled("2", options=lobes, numbers="text").answer_label == "B"
    high = (Option("A", "120"), Option("B", "80"))
    assert settled("80", options=high).answer_label == "B"  # too high to count two options


def test_a_letter_without_options_is_no_answer() -> None:
    assert reasons(settled("D", options=())) == ["letter-without-options"]
    assert reasons(settled("D", options=(), question="Which?\nC. Lung\nD. Liver")) == []
    assert reasons(settled("Liver", options=())) == []
    worded = settled("Liver", "D", options=())
    assert (worded.answer, worded.answer_label, worded.meta) == ("Liver", "", {"answer_label": "D"})


def test_a_letter_finds_its_options_in_a_column_that_nothing_used() -> None:
    parts = settled("D", options=(), meta={"Choices": list(ORGANS), "x": 1})
    assert (parts.answer_label, parts.answer, parts.meta) == ("D", "Liver", {"x": 1})


@pytest.mark.parametrize("answer", ["Liver", "B. Liver", "The answer is B."])
def test_an_answer_finds_the_options_that_it_is_one_of(answer: str) -> None:
    meta = {"choices": ["Heart", "Liver", "Lung"]}
    parts = settled(answer, options=(), meta=dict(meta))
    assert (parts.answer_label, reasons(parts)) == ("B", [])
    assert [option.text for option in parts.options] == meta["choices"]
    assert "choices" not in parts.meta


def test_free_answers_and_questions_that_list_their_options_take_none() -> None:
    choices = ["Heart", "Liver", "Lung"]
    free = settled("Bile is made in the liver.", options=(), meta={"choices": choices})
    listed = settled(
        "Liver", options=(), question="Heart, Liver or Lung?", meta={"choices": choices}
    )
    assert free.options == listed.options == ()


def test_letters_are_taken_off_only_where_all_options_have_them() -> None:
    assert read_options(["A. one", "B. two"]) == (Option("A", "one"), Option("B", "two"))
    assert read_options(["1. one", "2. two"]) == (Option("1", "one"), Option("2", "two"))
    for kept in (["1.5 mg", "2.5 mg"], ["A. one", "two"], ["A", "B"], ["B. one", "A. two"]):
        assert [option.text for option in read_options(kept) or ()] == kept


@pytest.mark.parametrize(
    "value",
    [
        {"A": "one", "B": "two"},
        {"option_a": "one", "option_b": "two"},
        ["one", "two"],
        [["A", "one"], ["B", "two"]],
        [("A", "one"), ("B", "two")],
        [{"id": "A", "text": "one"}, {"id": "B", "text": "two"}],
        [{"A": "one"}, {"B": "two"}],
        [{"text": "one", "is_correct": False}, {"text": "two", "is_correct": True}],
        {"key": ["A", "B"], "value": ["one", "two"]},
        {"texts": ["one", "two"], "labels": ["A", "B"]},
        {"choices": {"A": {"text": "one"}, "B": {"text": "two"}}},
        "A. one\nB. two",
        "(A) one (B) two",
        "A: one, B: two",
        "one | two",
        "{'A': 'one', 'B': 'two'}",
        "['one' 'two']",
        "[('A', 'one'), ('B', 'two')]",
        "{'key': array(['A', 'B'], dtype=object), 'value': array(['one', 'two'], dtype=object)}",
        "[{'key': 'A', 'value': 'one'}\n {'key': 'B', 'value': 'two'}]",
    ],
)
def test_options_in_every_shape(value: Any) -> None:
    assert read_options(value) == (Option("A", "one"), Option("B", "two"))


def test_options_may_say_themselves_which_is_right() -> None:
    flagged = [{"text": "one", "correct": False}, {"text": "two", "correct": True}]
    assert marked_right(flagged) == (1,)
    assert marked_right(["one", "two"]) == ()


@pytest.mark.parametrize(
    "text",
    [
        "[Image] What is seen?",
        "{not a value}",
        "['a' + 'b']",
        "[__import__('os')]",
        "[" * 5000,
        "[" + "-" * 5000 + "1]",
        "['" + "a" * 300_000 + "']",
        "[9**9**9]",
    ],
)
def test_what_is_no_literal_stays_text(text: str) -> None:
    assert parsed(text) == text


words = st.text("abcdeXYZ éß.-", min_size=1, max_size=12).map(str.strip).filter(bool)


@st.composite
def questions(draw: st.DrawFn) -> tuple[tuple[Option, ...], int]:
    texts = draw(st.lists(words, min_size=2, max_size=6, unique_by=str.casefold))
    options = read_options(dict(zip("ABCDEF", texts, strict=False)))
    assert options is not None
    return options, draw(st.integers(0, len(options) - 1))


@given(questions(), st.randoms())
def test_order_and_labels_do_not_change_which_text_is_right(
    question: tuple[tuple[Option, ...], int], random: Any
) -> None:
    options, place = question
    right = options[place]
    assume(len(with_text(right.text, options)) == 1)
    shuffled = list(options)
    random.shuffle(shuffled)
    renamed = tuple(
        Option(label, option.text) for label, option in zip("UVWXYZ", shuffled, strict=False)
    )
    label = renamed[shuffled.index(right)].label
    for given_options, given_label in ((options, right.label), (renamed, label)):
        parts = settled("", given_label, options=given_options)
        kept = {option.label: option.text for option in parts.options}
        assert (parts.answer_label, parts.answer) == (given_label, kept[given_label])


said = st.one_of(words, st.sampled_from([*"ABCDEFab", "A, B", "AB", "1", "0", "2.0", "-1", "(A)"]))


@given(questions(), said | st.just(""), said | st.just(""), st.sampled_from(["0", "1", "unproven"]))
def test_a_settled_sample_has_a_right_option_or_a_reason(
    question: tuple[tuple[Option, ...], int], answer: str, label: str, numbers: Numbers
) -> None:
    parts = settled(answer, label, numbers, options=question[0])
    labels = [option.label for option in parts.options]
    if parts.answer_label in labels and not reasons(parts):
        if not label:
            assert parts.options[labels.index(parts.answer_label)].text == parts.answer or (
                parts.answer == answer  # "B. and why": its label is stated, the rest is kept
            )
    else:
        unknown = parts.answer_label and parts.answer_label not in labels
        assert reasons(parts) or unknown or not parts.answer
    once = deepcopy(parts)
    settle(parts, numbers)
    assert parts == once
