"""The verifier: tables of answers that were written before its rules, and what holds of all."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.data.sample import Option
from diq_core.evaluation.reading_final import UNCLOSED
from diq_core.evaluation.verify.verdict import Target
from diq_core.evaluation.verify.verifying import verify

TABLES = Path(__file__).parent / "verdicts"
CHOICE = ("Anaemia of chronic disease", "Iron deficiency", "Vitamin B12 deficiency", "Thalassaemia")
CHOICES = ("Fever", "Headache", "Cough", "Rash")


def options(texts: tuple[str, ...]) -> tuple[Option, ...]:
    return tuple(Option(label, text) for label, text in zip("ABCD", texts, strict=True))


def target(kind: str, gold: str) -> Target:
    if kind == "choice":
        return Target("choice", (gold,), options(CHOICE))
    if kind == "choices":
        return Target("choices", tuple(gold.split(",")), options(CHOICES))
    return Target(kind.replace("_", "-"), (gold,))  # type: ignore[arg-type]


def rows(kind: str) -> list[tuple[str, str, str]]:
    lines = (TABLES / f"{kind}.tsv").read_text(encoding="utf-8").splitlines()
    return [(want, gold, text.replace("\\n", "\n")) for want, gold, text in
            (line.split("\t") for line in lines)]  # fmt: skip


@pytest.mark.parametrize("kind", ["choice", "choices", "yes_no", "closed", "number", "open"])
def test_a_table_is_judged_as_it_was_rated(kind: str) -> None:
    table = rows(kind)
    found = [(want, verify(text, target(kind, gold)), gold, text) for want, gold, text in table]
    for outcome in ("right", "wrong"):
        assert sum(want == outcome for want, *_ in table) >= 40
    assert not [each for each in found if each[1].outcome not in (each[0], "undecided")]
    left_open = [each for each in found if each[0] != "undecided" == each[1].outcome]
    assert len(left_open) <= 0.1 * len(table), left_open


KINDS = ("choice", "choices", "yes_no", "closed", "number", "open")
GOLDS = {"choice": "B", "choices": "A,C", "yes_no": "no", "closed": "left lung", "number": "5 mg",
         "open": "no pleural effusion"}  # fmt: skip
PIECES = st.sampled_from(
    ["The answer is ", "A", "B and C", "not ", "no ", "yes", "maybe", " or ", "5 mg", "5 mcg",
     "120/80", "10^9/L", "3 to 5 ", "left lung", "pleural effusion", "\n", ". ", "\\boxed{", "}",
     "<answer>", "</answer>", "**", "{\"answer\": ", "]", "答案是", "，", "½", "é", "²", "μg",
     "I do not know"]
)  # fmt: skip
ANSWERS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=10).map("".join))


@pytest.mark.parametrize("kind", KINDS)
@given(text=ANSWERS)
def test_every_text_gets_a_verdict_that_names_a_part_of_it(kind: str, text: str) -> None:
    found = verify(text, target(kind, GOLDS[kind]))
    assert found.outcome in ("right", "wrong", "undecided")
    assert found.why
    if found.place:
        assert 0 <= found.place[0] <= found.place[1] <= len(text)
    assert found.place or found.outcome == "undecided"


@pytest.mark.parametrize("kind", KINDS)
@given(text=ANSWERS.filter(lambda text: "<" not in text), thinking=ANSWERS)
def test_what_was_thought_decides_nothing(kind: str, text: str, thinking: str) -> None:
    known = target(kind, GOLDS[kind])
    thinking = thinking.replace("<", "")
    alone = verify(text, known)
    assert verify(f"<think>{thinking}</think>\n\n{text}", known).outcome == alone.outcome
    assert verify(f"<think>{thinking}", known).why == UNCLOSED


@given(
    st.integers(1, 99_999),
    st.sampled_from([("mg", "g", 1000), ("mL", "L", 1000), ("min", "h", 60)]),
)
def test_a_number_is_the_same_in_another_unit_and_no_other_is(
    amount: int, units: tuple[str, str, int]
) -> None:
    small, large, factor = units
    known = target("number", f"{amount} {small}")
    assert verify(f"{amount / factor!r} {large}", known).outcome == "right"
    assert verify(f"{amount} {large}", known).outcome == "wrong"
    assert verify(f"{amount * 1.03!r} {small}", known).outcome == "wrong"
    assert verify(f"{amount}", known).outcome == "undecided"


@pytest.mark.parametrize(
    ("kind", "gold", "text", "decided"),
    [
        ("choice", "B", "<think>A</think> The **answer** is `B`.", "B"),
        ("choices", "A,C", "So: A and C are correct.", "A and C"),
        ("yes_no", "no", "**No**, the lungs are clear.", "No"),
        ("number", "5 mg", "2 × 2.5 mg = 5 mg in all", "5 mg"),
        ("closed", "left lung", "The answer is the left lung.", "the left lung"),
        ("open", "pneumothorax", "\\boxed{\\text{pneumothorax}}", "pneumothorax"),
    ],
)
def test_the_part_that_decided_is_named(kind: str, gold: str, text: str, decided: str) -> None:
    found = verify(text, target(kind, gold))
    assert found.outcome == "right"
    assert found.place
    assert text[slice(*found.place)] == decided


def test_a_no_in_front_of_its_noun_answers_a_question_that_asks_for_it() -> None:
    text = "No evidence of pneumothorax."
    asked = "Is there a pneumothorax?"
    assert verify(text, Target("yes-no", ("no",), question=asked)).outcome == "right"
    assert verify(text, Target("yes-no", ("no",), question="Is it normal?")).outcome == "undecided"


def test_a_listed_synonym_is_as_right() -> None:
    known = Target("open", ("abdominal aortic aneurysm",), synonyms=("AAA",))
    assert verify("AAA", known).outcome == "right"
