"""Duplicates and overlap: what counts as the same question and what does not."""

from __future__ import annotations

import random

import pytest

from diq_core.data.comparing import compare, match_findings, match_reason
from diq_core.data.overlap import Match, bands, duplicates, overlaps
from diq_core.data.sample import Option, Sample, Turn
from diq_core.data.similar import jaccard, prepare

CASE = (
    "A 45-year-old man comes to the emergency department with crushing chest pain that began two "
    "hours ago and spreads to his left arm. His blood pressure is 90/60 mm Hg and his neck veins "
    "are distended. What is the most likely diagnosis?"
)
WORDS = tuple(f"word{n}" for n in range(3000))


def options(*texts: str) -> tuple[Option, ...]:
    return tuple(Option(label, text) for label, text in zip("ABCDE", texts, strict=False))


def pairs(*samples: Sample) -> list[tuple[str, str, str]]:
    return [(match.id, match.other, match.kind) for match in duplicates(samples)]


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
