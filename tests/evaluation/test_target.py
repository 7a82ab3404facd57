"""What an answer to a sample is verified against, and which samples no rule can verify."""

from __future__ import annotations

import pytest

from diq_core.data.sample import Option, Sample
from diq_core.evaluation.verify.target import target_of
from diq_core.evaluation.verify.verdict import Target
from diq_core.evaluation.verify.verifying import verify

OPTIONS = (Option("A", "Fever"), Option("B", "Cough"), Option("C", "Rash"))


@pytest.mark.parametrize(
    ("label", "kind", "gold"),
    [("B", "choice", ("B",)), ("A, C", "choices", ("A", "C")), ("AC", "choices", ("A", "C")),
     ("A and C", "choices", ("A", "C"))],
)  # fmt: skip
def test_with_options_the_labels_are_known(label: str, kind: str, gold: tuple[str, ...]) -> None:
    found = target_of(Sample("s", "Which?", options=OPTIONS, answer_label=label))
    assert isinstance(found, Target)
    assert (found.type, found.gold) == (kind, gold)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("Yes.", "yes-no"),
        ("maybe", "yes-no"),
        ("5 mg", "number"),
        ("120/80 mmHg.", "number"),
        ("Left lung", "closed"),
        ("MRI", "closed"),
        ("A fracture of the femoral neck", "open"),
        ("5 mg of morphine", "open"),
    ],
)
def test_without_options_the_text_says_the_type(answer: str, kind: str) -> None:
    found = target_of(Sample("s", "What?", answer=answer))
    assert isinstance(found, Target)
    assert found.type == kind
    assert verify(f"<think>Hm.</think>The answer is {answer}", found).outcome == "right"


@pytest.mark.parametrize(
    ("sample", "why"),
    [
        (Sample("s", "Which?", options=OPTIONS), "none of its options is known to be right"),
        (Sample("s", "Which?", options=OPTIONS, answer_label="E"), "none of its options"),
        (Sample("s", "What?"), "it has no known answer"),
        (
            Sample("s", "What?", answer=" ".join(f"word{each}" for each in range(40))),
            "more than a rule",
        ),
    ],
)
def test_what_no_rule_can_verify_has_a_reason(sample: Sample, why: str) -> None:
    found = target_of(sample)
    assert isinstance(found, str)
    assert why in found
