"""Written answers: the corpora as a whole, and what holds of every answer."""

from __future__ import annotations

import subprocess
import sys
import time
import timeit
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.reading import NAMES, rows_of, tally
from diq_core.data.sample import Option
from diq_core.evaluation.reading import (
    NOTHING,
    SEVERAL,
    TAKEN_BACK,
    read_answer,
    read_choice,
)
from diq_core.evaluation.reading_final import UNCLOSED
from diq_core.evaluation.reading_tokens import fold, place_in, plain
from diq_core.evaluation.reading_words import LANGUAGES, ROLES

DOCS = Path(__file__).resolve().parents[2] / "docs" / "evaluate.md"
DRUGS = tuple(
    Option(label, text)
    for label, text in zip("ABCD", ("Heparin", "Warfarin", "Aspirin", "Alteplase"), strict=True)
)
NUMBERED = tuple(
    Option(label, text)
    for label, text in zip("1234", ("Croup", "Asthma", "Mumps", "Gout"), strict=True)
)
PIECES = st.sampled_from(
    ["The answer is ", "A", "B", "C", "not ", "I ", "option ", "\n", ". ", ", ", "? ", "Heparin",
     "aspirin", " or ", "because ", "wait", "Answer: ", "\\boxed{B}", "<answer>C</answer>", "**",
     "is wrong", "is correct", "(", ")", "正确答案是", "정답은 ", "الإجابة هي ", "no ", "vitamin "]
)  # fmt: skip
ANSWERS = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=12).map("".join))


@pytest.mark.parametrize("corpus", NAMES)
def test_a_corpus_is_read_as_it_was_rated(corpus: str) -> None:
    found = tally(corpus)
    assert found.wrong == 0, found.misread
    assert found.right >= 0.95 * found.answers, found.misread


@pytest.mark.parametrize("corpus", NAMES)
def test_the_docs_state_the_figures(corpus: str) -> None:
    assert tally(corpus).row(NAMES[corpus]) in DOCS.read_text(encoding="utf-8")


def test_two_hundred_answers_of_the_embedded_model_were_rated() -> None:
    rows = rows_of("model")
    assert len(rows) >= 200
    assert all(row["benchmark"] in ("mmlu_medical", "medqa_test") and row["id"] for row in rows)


@pytest.mark.parametrize(
    ("text", "label", "why", "decided"),
    [
        ("\\boxed{C}", "C", "boxed", "C"),
        ("<think>B?</think>\n**So** <answer>C</answer>", "C", "tagged", "C"),
        ("**Ferritin** is low – the answer is `C`.", "C", "stated", "C"),
        ("\\boxed{B} was my first idea. The answer is C.", "C", "stated", "C"),
        ("It might be C.", "C", "guessed", "C"),
        ("C. Aspirin", "C", "led", "C. Aspirin"),
        ("Aspirin", "C", "the text of an option", "Aspirin"),
        ("Give aspirin now", "C", "the text of one option", "aspirin"),
        ("答案：Ｃ。", "C", "stated", "Ｃ"),
        ("Both B and C are correct.", None, SEVERAL, "B and C"),
        ("The answer is C. C is wrong.", None, TAKEN_BACK, None),
        ("The answer is C. Wait,", None, TAKEN_BACK, None),
        ("<think>C", None, UNCLOSED, None),
        ("Not aspirin", None, NOTHING, None),
    ],
)
def test_a_reading_says_why_and_where(
    text: str, label: str | None, why: str, decided: str | None
) -> None:
    read = read_answer(text, DRUGS)
    assert (read.label, read.why) == (label, why)
    assert (text[slice(*read.place)] if read.place else None) == decided


@given(st.text(max_size=60) | ANSWERS, st.data())
def test_a_place_of_the_plain_text_is_found_in_the_text(text: str, data: st.DataObject) -> None:
    shown = plain(text)
    if not shown:
        return
    begin = data.draw(st.integers(0, len(shown) - 1))
    end = data.draw(st.integers(begin + 1, len(shown)))
    first, last = place_in(text, begin, end)
    assert 0 <= first < last <= len(text)
    assert place_in(text, 0, len(shown))[0] == 0 or not fold(text[0])
    assert shown[begin:end].strip() in plain(text[first:last]) or not text.isascii()


@given(ANSWERS)
def test_no_text_gives_a_label_that_is_no_option(text: str) -> None:
    assert read_choice(text, DRUGS) in {None, "A", "B", "C", "D"}
    assert read_choice(text, NUMBERED) in {None, "1", "2", "3", "4"}
    assert read_choice(text, ()) is None


@given(st.permutations(DRUGS), ANSWERS.filter(lambda text: not set("ABCD") & set(text.upper())))
def test_a_text_without_labels_means_the_same_option_under_any_label(
    options: list[Option], text: str
) -> None:
    labelled = [Option(label, each.text) for label, each in zip("ABCD", options, strict=True)]
    texts = {each.label: each.text for each in labelled}
    first = {each.label: each.text for each in DRUGS}
    assert texts.get(read_choice(text, labelled) or "") == first.get(read_choice(text, DRUGS) or "")


@given(st.permutations(DRUGS), ANSWERS)
def test_the_order_of_the_options_does_not_matter_for_what_is_stated(
    options: list[Option], text: str
) -> None:
    stated = f"{text}\nThe answer is B."
    assert read_choice(stated, options) == read_choice(stated, DRUGS) == "B"


@given(ANSWERS, st.sampled_from("ABCD"), st.sampled_from("1234"))
def test_what_is_stated_last_is_read(text: str, letter: str, number: str) -> None:
    assert read_choice(f"{text}\nThe answer is {letter}.", DRUGS) == letter
    assert read_choice(f"{text}\nThe answer is {number}.", NUMBERED) == number


@given(ANSWERS, ANSWERS.filter(lambda text: "</" not in text))
def test_thinking_changes_nothing(text: str, thinking: str) -> None:
    thought = f"<think>{thinking}</think>\n\n{text}"
    read, alone = read_answer(thought, DRUGS), read_answer(text, DRUGS)
    assert (read.label, read.why) == (alone.label, alone.why)
    if read.place and alone.place:
        assert thought[slice(*read.place)] == text[slice(*alone.place)]


@pytest.mark.parametrize(
    "piece",
    ["A ", "\\boxed{", "<answer>", "<answer>A</answer>", "The answer is ", "not A, ", "N:", "\n\n",
     "Answer:\n", "heparin ", "A. Heparin\n", "(", "</think>", "<think>", "正确", "```", ":", "a'"],
)  # fmt: skip
def test_the_time_grows_with_the_text_and_no_faster(piece: str) -> None:
    def spent(size: int) -> float:
        text = piece * (size // len(piece))
        return min(timeit.repeat(lambda: read_answer(text, DRUGS), number=1, repeat=3,
                                 timer=time.process_time))  # fmt: skip

    read_answer(piece * 100, DRUGS)
    small = spent(20_000)
    # Fifty times the text: a quadratic rule would take 2,500 times as long.
    assert spent(1_000_000) < 250 * small + 0.5


def test_the_words_play_known_roles_and_one_each_in_a_language() -> None:
    for language, roles in LANGUAGES.items():
        phrases = [phrase for each in roles.values() for phrase in each.split(" | ")]
        assert len(phrases) == len(set(phrases)), language
        assert {role for each in roles for role in each} <= set(ROLES), language


@pytest.mark.slow
def test_reading_needs_no_model_library() -> None:
    code = (
        "import sys, diq_core.evaluation.reading; "
        "assert not {'torch', 'transformers', 'lm_eval'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
