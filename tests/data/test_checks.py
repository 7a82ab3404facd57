"""Findings about samples, and making hidden characters visible."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.data.checks import check
from diq_core.data.findings import RULES, finding
from diq_core.data.sample import Option, Sample, Turn
from diq_core.data.text import mend, normal_words, visible

FINE = Sample(
    id="s1",
    question="Which drug is safe in pregnancy?",
    answer="Nitrofurantoin",
    reasoning="Not doxycycline.",
    options=(Option("A", "Doxycycline"), Option("B", "Nitrofurantoin")),
    answer_label="B",
    file="a.jsonl",
    line=3,
)


def rules(sample: Sample) -> list[str]:
    return [found.rule for found in check(sample)]


def test_a_sound_sample_has_no_findings() -> None:
    assert check(FINE) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"answer": "", "answer_label": ""}, ["no-answer"]),
        ({"answer": ""}, []),
        ({"question": "Steroids:"}, ["short-question"]),
        ({"answer_label": "E"}, ["label-unknown"]),
        ({"answer": "Doxycycline"}, ["label-differs"]),
        ({"answer": "A. Doxycycline."}, ["label-differs"]),
        ({"answer": "B. nitrofurantoin"}, []),
        ({"answer": "It is the second one"}, ["answer-no-option"]),
        ({"answer": "A free text that names no option at all"}, ["answer-no-option"]),
        ({"answer": "Nitrofurantoin, since it is safe"}, ["answer-not-option"]),
        ({"answer": "The answer is (B): it is safe"}, ["answer-not-option"]),
        ({"answer": "Doxycycline, as it is cheap"}, ["label-differs"]),
        ({"answer": "A. It is cheap"}, ["label-differs"]),
        (
            {"options": (Option("B", "x"), Option("B", "y"))},
            ["options-duplicate", "answer-unclear"],
        ),
        (
            {"options": (Option("A", "x"), Option("B", " "))},
            ["option-empty", "letter-without-options"],
        ),
        ({"options": (Option("A", "x"), Option("B", "X."))}, ["options-duplicate"]),
        ({"options": (Option("A", ""), Option("B", "Nitrofurantoin"))}, ["option-empty"]),
        ({"reasoning": "a\0b"}, ["control-character"]),
        ({"reasoning": "a\u202eb"}, ["bidi-control"]),
        ({"history": (Turn("user", "\u2066"),)}, ["bidi-control"]),
        ({"reasoning": "word " * 7000}, ["very-long"]),
        ({"question": "Is <b>this</b> so bad?"}, ["markup"]),
        ({"reasoning": "![x](http://example.org/x.png)"}, ["markup", "link"]),
        ({"reasoning": "see https://example.org"}, ["link"]),
        ({"reasoning": "K &lt; 2.4&#8239;mmol/l for now"}, ["html-entity"]),
        ({"reasoning": "R&D; AT&T; a &b; c &nosuch; d &amp e"}, []),
        ({"reasoning": "p<0.05 and a > b, <5 or >9"}, []),
        ({"reasoning": "<think>again</think>"}, ["thinking-left", "markup"]),
    ],
)
def test_rules(change: dict[str, object], expected: list[str]) -> None:
    sample = replace(FINE, **change)
    if "options" in change:
        sample = replace(sample, answer="")
    assert rules(sample) == expected


def test_a_finding_says_where_and_what_to_do() -> None:
    found = check(replace(FINE, answer="Doxycycline"))[0]
    assert (found.file, found.line, found.id, found.field) == ("a.jsonl", 3, "s1", "answer")
    assert found.message == "The label says B, but the answer is the text of A"
    assert found.hint == "find out which of the two is right"
    assert found.severity == "warning"


def test_every_rule_has_a_sentence_and_unknown_rules_are_refused() -> None:
    assert all(rule.sentence.endswith(".") for rule in RULES.values())
    with pytest.raises(KeyError):
        finding("no-such-rule", "x")


def test_hidden_characters_are_made_visible() -> None:
    assert visible("a\u202eb\0\tc\n") == "a⟦U+202E⟧b⟦U+0000⟧\tc\n"
    assert visible("👩\u200d⚕️ naïve") == "👩\u200d⚕️ naïve"


@given(st.text(st.characters(exclude_categories=())))
def test_mended_text_can_be_written(text: str) -> None:
    mended, broken = mend(text)
    mended.encode()
    visible(text).encode()
    assert broken == (mended != text)


def test_words_keep_the_signs_that_carry_meaning() -> None:
    assert " ".join(normal_words("CD4+ T-cells, 45-year-old.")) == "cd4 + t cells 45 year old"
    assert normal_words("HBsAg- at -5 °C") == ["hbsag", "-", "at", "-", "5", "c"]
    assert normal_words("HBsAg+") != normal_words("HBsAg-") != normal_words("HBsAg")
    assert normal_words("发热 3 天") == ["发", "热", "3", "天"]
    assert normal_words("ﬁbrosis STRASSE") == normal_words("fibrosis straße")
