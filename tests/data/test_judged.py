"""What a file says of its own answers: columns, words and numbers, gold answers and pairs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.data.formats import choose_format
from diq_core.data.formats.gold import note_gold
from diq_core.data.formats.judged import judges, note_judgement, read_verdict
from diq_core.data.formats.parts import Parts, common
from diq_core.data.sample import Option


@pytest.mark.parametrize(
    ("column", "value", "verdict"),
    [
        ("label", False, "bad"),
        ("label", "True", "good"),
        ("label", "no", "nothing"),
        ("label", 0, "nothing"),
        ("label", "cardiology", "nothing"),
        ("kto_tag", False, "bad"),
        ("isCorrect", 0, "bad"),
        ("is_correct_answer", "no", "bad"),
        ("correct_answer", "no", "nothing"),
        ("wrong_answer", "yes", "nothing"),
        ("human verdict", "Not safe", "bad"),
        ("verdict", "Correct!", "good"),
        ("verdict", "so so", "unclear"),
        ("verdict", "not rated", "nothing"),
        ("quality", ["good", "unsafe"], "bad"),
        ("annotations", [{"id": 3, "result": [{"value": {"choices": ["wrong"]}}]}], "bad"),
        ("hallucination", "yes", "bad"),
        ("hallucination", "no", "good"),
        ("weight", 0, "bad"),
        ("weight", 0.5, "nothing"),
        ("train", False, "bad"),
        ("status", "done", "nothing"),
        ("status", "rejected", "bad"),
        ("result", "negative", "nothing"),
        ("rating", 2, "nothing"),
        ("multiple", False, "nothing"),
        ("image_quality", "bad", "nothing"),
    ],
)
def test_what_a_value_says_of_the_answer(column: str, value: Any, verdict: str) -> None:
    assert read_verdict(column, value) == verdict


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("rating", [1, 5, 3], "rates the answers with numbers from 1 to 5"),
        ("model_score", ["0.2", "0.9"], "rates the answers with numbers from 0.2 to 0.9"),
        ("label", [0, 1], "may judge the answers with 0 and 1"),
        ("quality", ["good", "meh"], "judges the answers in other words: meh"),
    ],
)
def test_a_judgement_that_is_not_understood_is_put_in_words(
    column: str, values: list[Any], words: str
) -> None:
    assert judges(column, values) == words


def test_what_is_understood_or_says_nothing_is_no_question() -> None:
    for column, values in (
        ("label", [True, False]),
        ("label", [0, 1, 2, 3]),
        ("rating", [5, 5]),
        ("quality", ["good", "unsafe"]),
        ("difficulty", [1, 5]),
        ("pass_rate", [0.1, 0.7]),
    ):
        assert judges(column, values) is None


def judged(row: dict[str, Any], *used: str) -> Parts:
    parts = common(row, ("question", "answer", *used))
    note_judgement(parts, row)
    return parts


def test_a_column_that_a_format_used_or_the_user_set_aside_does_not_judge() -> None:
    row = {"question": "Q", "answer": "A", "label": False}
    assert [note.message for note in judged(row).notes] == ["'label' says of the answer: False"]
    assert "label" in (judged(row).used or ())
    assert judged(row, "label").notes == []
    parts = common(row, ("question", "answer"))
    parts.ignored = frozenset({"label"})
    note_judgement(parts, row)
    assert parts.notes == []


def test_the_last_message_judges_itself_and_no_earlier_one() -> None:
    ask, bad = {"role": "user", "content": "?"}, {"role": "assistant", "content": "x", "weight": 0}
    good = {**bad, "weight": 1}
    for turns, rules in (([ask, bad], ["judged-bad"]), ([ask, bad, ask, good], [])):
        assert [note.rule for note in judged({"messages": turns}, "messages").notes] == rules


@pytest.mark.parametrize(
    ("answer", "gold", "differs"),
    [
        ("It is lactulose which helps.", "Lactulose", False),
        ("Take metformin.", "Lactulose", True),
        ("Yes, always.", "no", True),
        ("No, never.", "no", False),
        ("The left recurrent nerve.", "Left recurrent laryngeal nerve", False),
        ("x", "word " * 30, False),
    ],
)
def test_gold_texts(answer: str, gold: str, differs: bool) -> None:
    row = {"question": "Q", "answer": answer, "ground_truth": gold}
    parts = common(row, ("question", "answer"))
    parts.answer = answer
    note_gold(parts, row)
    assert [note.rule for note in parts.notes] == ["gold-differs"] * differs
    assert all(answer[-20:] in note.message and gold in note.message for note in parts.notes)


def test_a_gold_label_is_compared_as_an_option() -> None:
    row = {"gold_idx": "A"}
    for label, count in (("A", 0), ("B", 1)):
        parts = common(row, ())
        parts.options = (Option("A", "Liver"), Option("B", "Lung"))
        parts.answer_label, parts.answer = label, "Liver" if label == "A" else "Lung"
        note_gold(parts, row)
        assert len(parts.notes) == count


def test_pairs_keep_the_rejected_answer_apart() -> None:
    ask, no, yes = (
        {"role": role, "content": content}
        for role, content in (("user", "Honey?"), ("assistant", "No."), ("assistant", "Yes."))
    )
    plain = {"prompt": "Honey?", "chosen": "No.", "rejected": "Yes."}
    for row in (
        plain,
        {"Prompt": "Honey?", "chosen_response": "No.", "rejected_response": "Yes."},
        {"instruction": "Honey?", "input": "", "chosen": "No.", "rejected": "Yes."},
        {"chosen": [ask, no], "rejected": [ask, yes]},
        {"prompt": "Honey?", "chosen": [ask, no], "rejected": [ask, yes]},
        {"prompt": [ask], "chosen": [no], "rejected": [yes]},
        {"conversations": [ask], "chosen": no, "rejected": yes},
        {"chosen": "\n\nHuman: Honey?\n\nAssistant: No.", "rejected": "\n\nAssistant: Yes."},
    ):
        match = choose_format([row])
        parts = match.format.convert(row)
        assert match.format.name == "preference"
        assert (parts.question, parts.answer, parts.meta["rejected"]) == ("Honey?", "No.", "Yes.")
        note_judgement(parts, row)
        assert parts.notes == []


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)


@given(st.sampled_from(["label", "rating", "weight", "verdict", "x"]), st.lists(anything))
def test_any_value_can_be_asked(column: str, values: list[Any]) -> None:
    assert judges(column, values) is None or column != "x"
