"""Columns known by their usual names, near names, cases with several questions, and paths."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.data.formats import Match, Parts, choose_format
from diq_core.data.formats.names import NAMES, find_columns
from diq_core.data.formats.paths import ABSENT, columns_at, value_at
from diq_core.data.sample import Turn
from diq_core.errors import BadSetting, UnknownFormat

ASKED, SAID = "Which nerve is hurt when the foot drops?", "The common peroneal nerve."
TURNS = [{"role": "user", "content": ASKED}, {"role": "assistant", "content": SAID}]


def read(row: dict[str, Any], **choice: Any) -> tuple[Match, Parts]:
    match = choose_format([row], **choice)
    return match, match.format.convert(row)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("instruction", "response"),
        ("query", "response"),
        ("prompt", "response"),
        ("Question", "Answer"),
        ("QUESTION", "Final Answer"),
        ("input", "output"),
        ("problem", "solution"),
        ("instruction", "generation"),
        ("user_prompt", "model-answer"),
        ("Open Question", "Reference Answer"),
        ("问题", "回答"),
        ("Frage", "Antwort"),
        ("question", "response (content)"),
    ],
)
def test_usual_names_are_known_in_any_case(question: str, answer: str) -> None:
    match, parts = read({question: ASKED, answer: SAID, "note_id": 3})
    assert match.format.name == "columns"
    assert question in match.reason
    assert answer in match.reason
    assert (parts.question, parts.answer) == (ASKED, SAID)
    assert parts.meta == {"note_id": 3}
    assert parts.used is not None
    assert {question, answer} <= parts.used


def test_a_solution_beside_an_answer_is_its_reasoning() -> None:
    _, parts = read({"problem": ASKED, "solution": "It winds round the fibula.", "answer": SAID})
    assert (parts.reasoning, parts.answer) == ("It winds round the fibula.", SAID)


def test_an_answer_in_a_list_of_one_is_read_and_one_of_several_is_asked_for() -> None:
    _, parts = read({"instruction": ASKED, "outputs": [SAID]})
    assert parts.answer == SAID
    with pytest.raises(UnknownFormat, match="'outputs' is a list of 2") as no:
        read({"instruction": ASKED, "outputs": [SAID, "The tibial nerve."]})
    assert "--map 'answer=outputs[0]'" in no.value.todo


def test_an_input_belongs_to_its_instruction() -> None:
    _, parts = read({"instruction": "Answer briefly.", "input": ASKED, "response": SAID})
    assert parts.question == f"Answer briefly.\n\n{ASKED}"


def test_history_is_read_as_pairs() -> None:
    _, parts = read({"query": ASKED, "response": SAID, "history": [["Hello", "Good day"]]})
    assert parts.history == (Turn("user", "Hello"), Turn("assistant", "Good day"))


def test_our_own_names_stay_our_own_format() -> None:
    match, _ = read({"question": ASKED, "answer": SAID, "reasoning": "…", "answer_idx": "A"})
    assert match.format.name == "own"


def test_options_in_columns_of_their_own_are_found() -> None:
    _, parts = read(
        {"Question": ASKED, "A": "Tibial", "B": "Peroneal", "C": "Sural", "Answer": "B"}
    )
    assert [(option.label, option.text) for option in parts.options][1] == ("B", "Peroneal")
    assert parts.answer == "B"


def test_answers_beside_correct_answers_are_options() -> None:
    _, parts = read({"question": ASKED, "answers": {"a": "Tibial", "b": "Peroneal"},
                     "correct_answers": ["a", "b"]})  # fmt: skip
    assert [option.label for option in parts.options] == ["a", "b"]
    assert parts.answers == ("a", "b")


def test_a_rejected_answer_is_never_found_by_its_name() -> None:
    assert find_columns([{"question": ASKED, "rejected answer": SAID}]) == {"question": "question"}


def test_a_near_name_is_named_with_the_line_to_type() -> None:
    row = {"converstions": [{"from": "human", "value": ASKED}, {"from": "gpt", "value": SAID}]}
    with pytest.raises(UnknownFormat, match="Did you mean 'conversations' by 'converstions'") as no:
        read(row)
    assert "--map conversation=converstions" in no.value.todo
    _, parts = read(row, mapping={"conversation": "converstions"})
    assert (parts.question, parts.answer) == (ASKED, SAID)


def test_an_object_that_holds_the_question_is_named_with_the_line_to_type() -> None:
    row = {"data": {"question": ASKED, "answer": SAID}}
    with pytest.raises(UnknownFormat, match="'data' is an object of question, answer") as no:
        read(row)
    assert "--map question=data.question --map answer=data.answer" in no.value.todo


def test_splits_in_one_file_are_named() -> None:
    with pytest.raises(UnknownFormat, match="holds the splits train, test"):
        read({"train": [{"question": ASKED}], "test": [{"question": ASKED}]})


def test_a_case_gives_one_sample_for_each_of_its_questions() -> None:
    row = {"id": 4, "title": "t", "description": "A fall.", "QA_pairs": [
        {"question": ASKED, "solution": SAID}, {"question": "Which bone?", "solution": "Fibula."},
    ]}  # fmt: skip
    match = choose_format([row])
    assert match.format.cut is not None
    found = [match.format.convert(each) for each in match.format.cut(row)]
    assert [(one.id, one.context, one.question, one.answer) for one in found] == [
        ("4-1", "A fall.", ASKED, SAID),
        ("4-2", "A fall.", "Which bone?", "Fibula."),
    ]


def test_texts_that_begin_with_their_speaker_are_turns() -> None:
    match, parts = read({"data": ["Q: Hello", "A: Good day", f"Q: {ASKED}", f"A：{SAID}"]})
    assert match.format.name == "marked-texts"
    assert (parts.question, parts.answer) == (ASKED, SAID)
    assert parts.history == (Turn("user", "Hello"), Turn("assistant", "Good day"))


@pytest.mark.parametrize(
    ("row", "mapping"),
    [
        ({"a": {"b": [{"c": ASKED}]}, "x": SAID}, {"question": "a.b[0].c", "answer": "x"}),
        ({"a": {"b": [{"c": ASKED}]}, "x": [{"y": SAID}]}, {"question": "a.b.c", "answer": "x.y"}),
        ({"chat": TURNS}, {"question": "chat[0].content", "answer": "chat[-1].content"}),
        ({"chat": TURNS}, {"conversation": "chat"}),
        ({"chosen": TURNS}, {"question": "chosen", "answer": "chosen"}),
        ({"q": ASKED, "chosen": TURNS[1]}, {"question": "q", "answer": "chosen"}),
        ({"p": TURNS[:1], "chosen": TURNS}, {"question": "p", "answer": "chosen"}),
        ({"j": f'{{"q": "{ASKED}"}}', "x": SAID}, {"question": "j.q", "answer": "x"}),
        ({"a.b": ASKED, "a": {"b": "no"}, "x,y": SAID}, {"question": "a.b", "answer": "x,y"}),
    ],
)
def test_a_mapping_reaches_into_what_a_column_holds(
    row: dict[str, Any], mapping: dict[str, str]
) -> None:
    _, parts = read(row, mapping=mapping)
    assert (parts.question, parts.answer) == (ASKED, SAID)


def test_a_mapping_takes_several_columns() -> None:
    row = {
        "q": ASKED, "image_10": "c.png", "image_2": "b.png", "image_1": "a.png", "o1": "Tibial",
        "o2": None, "o3": "Sural", "part": "First.", "rest": "Then.",
    }  # fmt: skip
    mapping = {
        "question": "q",
        "images": "image_*",
        "options": "o1,o2,o3",
        "reasoning": "part,rest",
    }
    _, parts = read(row, mapping=mapping)
    assert parts.images == ["a.png", "b.png", "c.png"]
    assert [(option.label, option.text) for option in parts.options] == [
        ("A", "Tibial"), ("C", "Sural"),
    ]  # fmt: skip
    assert parts.reasoning == "First.\n\nThen."


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"question": "Qestion"}, "did you mean 'Question'"),
        ({"qestion": "Question"}, "did you mean 'question'"),
        ({"question": "data.text"}, "'data' has no 'text'.*holds an object of asked"),
        ({"question": "Question", "images": "image_*"}, r"No row has the column 'image_\*'"),
    ],
)
def test_a_mapping_to_nothing_is_refused_with_what_there_is(
    mapping: dict[str, str], words: str
) -> None:
    with pytest.raises(BadSetting, match=words):
        choose_format([{"Question": ASKED, "data": {"asked": ASKED}}], mapping=mapping)


@given(st.dictionaries(st.text(max_size=12), st.integers(), max_size=6), st.text(max_size=12))
def test_a_column_s_own_name_always_leads_to_it(row: dict[str, int], path: str) -> None:
    for name, value in row.items():
        assert columns_at(row, name) == [name]
        assert value_at(row, name) == value
    if path not in row:
        assert value_at(row, path) is ABSENT


def test_no_name_is_listed_twice_for_one_field() -> None:
    for names in NAMES.values():
        assert len(set(names)) == len(names)
