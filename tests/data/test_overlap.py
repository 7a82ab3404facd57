"""Duplicates and overlap: what counts as the same question and what does not."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product

import pytest

from diq_core.data.candidates import bands
from diq_core.data.comparing import compare, match_findings, match_reason
from diq_core.data.meaning import contradict
from diq_core.data.overlap import Match, duplicates, overlaps
from diq_core.data.sample import Option, Sample, Turn
from diq_core.data.similar import jaccard, may_be_same, prepare

CASE = (
    "A 45-year-old man comes to the emergency department with crushing chest pain that began two "
    "hours ago and spreads to his left arm. His blood pressure is 90/60 mm Hg and his neck veins "
    "are distended. What is the most likely diagnosis?"
)
WORDS = tuple(
    "".join(letters) for letters in product("bdklmrst", "aeiou", "bdfgklmnprstvz", "aeiou")
)
"""2,800 words that are no numbers: a changed number makes another question."""


def options(*texts: str) -> tuple[Option, ...]:
    return tuple(Option(label, text) for label, text in zip("ABCDE", texts, strict=False))


def pairs(*samples: Sample) -> list[tuple[str, str, str]]:
    return [(match.id, match.other, match.kind) for match in duplicates(samples)]


def everyone_asked(samples: list[Sample]) -> list[tuple[str, str, str, bool]]:
    """The rule as it is written, with every pair looked at."""
    kept: list[Sample] = []
    found = []
    for sample in samples:
        one = prepare(sample)
        scored = []
        for place, other in enumerate(map(prepare, kept)):
            alike = jaccard(one, other)
            near = one.content == other.content or min(len(one.words), len(other.words)) >= 25
            if one.key == other.key:
                scored.append((contradict(sample, kept[place]), 0, 0.0, place, "exact"))
            elif near and alike >= 0.8 and one.turns == other.turns and may_be_same(one, other):
                scored.append((contradict(sample, kept[place]), 1, -alike, place, "near"))
        if scored:
            contradicts, _, _, place, kind = min(scored)
            found.append((sample.id, kept[place].id, kind, contradicts))
        if not scored or contradicts:
            kept.append(sample)
    return found


def test_nobody_is_missed_among_those_that_are_clearly_alike() -> None:
    draw = random.Random(5)
    samples: list[Sample] = []
    for number in range(120):
        words = draw.choices(WORDS, k=draw.choice((4, 12, 60)))
        one = Sample(id=str(number), question=" ".join(words), answer=draw.choice(("yes", "no")))
        if number >= 40:
            one = replace(samples[draw.randrange(40)], id=one.id, answer=one.answer)
        if number >= 40 and number % 3 == 0:
            one = replace(one, question=f"{one.question} {draw.choice(WORDS)}")
        if number >= 40 and number % 5 == 0:
            one = replace(one, images=("x.png",))
        samples.append(one)
    expected = everyone_asked(samples)
    assert {kind for _, _, kind, _ in expected} == {"exact", "near"}
    assert [(m.id, m.other, m.kind, m.contradicts) for m in duplicates(samples)] == expected


def ask(*questions: str) -> list[Sample]:
    return [Sample(id=str(number), question=question) for number, question in enumerate(questions)]


def test_case_punctuation_and_option_order_do_not_count() -> None:
    one = Sample(id="a", question="What is it?", options=options("Lupus", "Gout"))
    two = Sample(id="b", question="what  is IT", options=options("gout.", "lupus"))
    assert pairs(one, two) == [("b", "a", "exact")]


@pytest.mark.parametrize(
    "other",
    [
        Sample(id="b", question="What is it?", options=options("Lupus", "Gout")),
        Sample(id="b", question="What is it?", images=("x.png",)),
        Sample(id="b", question="What is it?", context="A man coughs."),
        Sample(id="b", question="What is it?", history=(Turn("user", "I cough."),)),
    ],
)
def test_options_images_context_and_history_count(other: Sample) -> None:
    assert pairs(Sample(id="a", question="What is it?"), other) == []


def test_near_duplicates_of_a_case() -> None:
    changed = CASE.replace("crushing", "severe")
    found = duplicates(ask(CASE, "Something else entirely?", changed))
    assert [(match.id, match.other, match.kind) for match in found] == [("2", "0", "near")]
    expected = jaccard(*map(prepare, ask(CASE, changed)))
    assert found[0].similarity == expected
    assert 0.8 <= expected < 1
    assert duplicates(ask(CASE, changed), threshold=0.99) == []


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("What are the symptoms of Chorea ?", "What are the symptoms of Chorea-acanthocytosis ?"),
        (
            "What are the symptoms of Charcot-Marie-Tooth disease type 1B ?",
            "What are the symptoms of Charcot-Marie-Tooth disease type 1C ?",
        ),
        (
            "What research (or clinical trials) is being done for Shingles ?",
            "What research (or clinical trials) is being done for Coma ?",
        ),
        (
            "Which of the following statements about the treatment of this condition is true?",
            "Which of the following statements about the treatment of this condition is not true?",
        ),
    ],
)
def test_template_questions_are_not_duplicates(one: str, two: str) -> None:
    assert duplicates(ask(one, two), threshold=0.5) == []


LONG = (
    "A {age}-year-old {who} with type 2 diabetes is brought in because of weakness since last "
    "night and a worried family. The pain is on the {side} side and she does {neg} smoke. Serum "
    "sodium is 139 and potassium is {level} {unit}. Which of the treatments should be given?"
)
SAME = {"age": "58", "who": "woman", "side": "left", "neg": "not", "level": "7.4", "unit": "mmol/l"}


@pytest.mark.parametrize(
    "changed",
    [
        {"age": "85"},
        {"who": "man"},
        {"side": "right"},
        {"neg": "often"},
        {"level": "2.4"},
        {"level": "74"},
        {"unit": "mg/dl"},
        {"side": "rechts"},
        {"level": "< 7.4"},
    ],
    ids=str,
)
def test_what_turns_the_meaning_keeps_two_cases_apart(changed: dict[str, str]) -> None:
    assert duplicates(ask(LONG.format(**SAME), LONG.format(**SAME | changed))) == []


@pytest.mark.parametrize("changed", [{"level": "7.40"}, {"level": "7,4"}, {"unit": "millimole/l"}])
def test_one_number_written_two_ways_is_one_number(changed: dict[str, str]) -> None:
    (found,) = duplicates(ask(LONG.format(**SAME), LONG.format(**SAME | changed)))
    assert found.kind in ("exact", "near")


def answered(*answers: str, question: str = CASE) -> list[Sample]:
    return [Sample(id=str(n), question=question, answer=text) for n, text in enumerate(answers)]


def test_contradicting_answers_are_both_kept_and_both_shown() -> None:
    samples = answered("Tamponade", "Pneumothorax", "Tamponade", "pneumothorax.")
    found = compare(samples, (), {}, threshold=0.8, seed=0)
    assert [(match.id, match.other, match.contradicts) for match in found] == [
        ("1", "0", True), ("2", "0", False), ("3", "1", False),
    ]  # fmt: skip
    first, second, *_ = match_findings(samples, found)
    assert (first.id, second.id) == ("1", "0")
    assert first.message == (
        "The same question has another answer in 0: 'Pneumothorax' here, 'Tamponade' there"
    )
    assert {first.rule, second.rule} == {"answers-contradict"}


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("10 mg", "10 g", True),
        ("10 mg", "10 milligrams", True),  # Words differ: not known to be the same.
        ("Yes", "No", True),
        ("Give calcium", "Do not give calcium", True),
        ("Calcium gluconate", "Calcium gluconate IV", False),
        ("", "Heparin", False),
        ("Heparin", " ".join(["long"] * 40), False),
    ],
)
def test_two_short_answers_differ_unless_one_says_the_other(
    one: str, other: str, differ: bool
) -> None:
    first, second = answered(one, other)
    assert contradict(first, second) is contradict(second, first) is differ


def test_the_text_of_the_right_option_is_compared_not_its_letter() -> None:
    one = Sample(id="a", question=CASE, options=options("Lupus", "Gout"), answer_label="A")
    turned = Sample(id="b", question=CASE, options=options("Gout", "Lupus"), answer_label="B")
    wrong = Sample(id="c", question=CASE, options=options("Gout", "Lupus"), answer_label="A")
    assert not contradict(one, turned)
    assert contradict(one, wrong)


def test_many_answers_to_one_question_are_compared_with_the_first_of_them() -> None:
    found = duplicates(answered(*WORDS[:200]))
    assert len(found) == 199
    assert all(match.contradicts for match in found)
    assert {match.other for match in found} == {"0"}


def test_small_words_may_differ() -> None:
    one = "Injection glucagon is effective for the management of persistent hypoglycemia in all"
    two = "Injection of glucagon is effective for the management of persistent hypoglycemia in all"
    assert len(duplicates(ask(one, two), threshold=0.7)) == 1


def test_one_case_with_other_options_is_another_question() -> None:
    one = Sample(id="a", question=CASE, options=options("Tamponade", "Embolism", "Sepsis"))
    two = Sample(id="b", question=CASE, options=options("CT", "Echo", "Sepsis"))
    bare = Sample(id="c", question=CASE)
    assert pairs(one, two) == []
    assert pairs(one, bare) == [("c", "a", "near")]


def test_the_first_stays_and_chains_do_not_spread() -> None:
    step1 = CASE.replace("crushing", "severe")
    step2 = step1.replace("two hours", "three days").replace("left arm", "jaw")
    assert pairs(*ask(CASE, step1, step1, step2)) == [("1", "0", "near"), ("2", "0", "near")]


def test_an_instruction_before_every_question_does_not_make_them_alike() -> None:
    preamble = " ".join(WORDS[:80])
    rng = random.Random(1)
    samples = ask(*(f"{preamble} {' '.join(rng.choices(WORDS, k=12))}" for _ in range(30)))
    assert duplicates(samples) == []


def test_nothing_is_missed_among_real_like_texts_and_order_of_calls_is_irrelevant() -> None:
    rng = random.Random(3)
    base = [rng.choices(WORDS, k=60) for _ in range(300)]
    for words in base[:150]:
        copy = list(words)
        copy[rng.randrange(60)] = "changed"
        base.append(copy)
    samples = ask(*(" ".join(words) for words in base))
    found = duplicates(samples)
    assert [match.id for match in found] == [str(number) for number in range(300, 450)]
    assert found == duplicates(samples)
    assert all(match.similarity >= 0.8 for match in found)


def test_overlap_finds_a_test_question_inside_a_prompt() -> None:
    bench = [Sample(id="t1", question=CASE, options=options("Tamponade", "Embolism"))]
    inline = Sample(id="a", question=f"Answer step by step. {CASE}\nA. Tamponade\nB. Embolism")
    same = Sample(id="b", question=CASE, options=options("Embolism", "Tamponade"))
    other = Sample(id="c", question="What causes gout in young women with kidney stones?")
    found = overlaps([inline, same, other], {"medqa": bench})
    assert found == [
        Match("a", "t1", "near", 1.0, "medqa"),
        Match("b", "t1", "exact", 1.0, "medqa"),
    ]
    assert match_reason(found[1]) == "occurs in medqa: t1"
    assert overlaps([inline], {}) == []


def test_a_sample_left_out_anyway_does_not_displace_a_good_one() -> None:
    samples = ask(CASE, CASE, CASE)
    found = compare(samples, {"0"}, {}, threshold=0.8, seed=0)
    assert [(match.id, match.other) for match in found] == [("2", "1")]
    assert match_findings(samples, found)[0].message == "The question is an exact duplicate of 1"


def test_samples_without_words_are_never_alike() -> None:
    assert duplicates(ask("???", "!!!", "")) == []


def test_a_tick_can_stop_it() -> None:
    def stop() -> None:
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        duplicates(ask("a"), tick=stop)


@pytest.mark.parametrize("threshold", [0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
def test_the_index_is_asked_for_pairs_at_the_threshold(threshold: float) -> None:
    count, rows = bands(threshold)
    assert count * rows <= 128
    assert 1 - (1 - threshold**rows) ** count >= 0.999
