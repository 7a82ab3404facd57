"""A rule is tried wherever its label begins, and a date of a study is told from one of a person."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.identifier_sentences import hard_cases
from benchmarks.identifiers import hard, is_found
from diq_core.privacy import ages, around, dates, labels, months, numbers, online, places
from diq_core.privacy.around import AroundWords, Worded
from diq_core.privacy.finder import find
from diq_core.privacy.numbers import RULES
from diq_core.privacy.rule import Rule, rules_of
from diq_core.privacy.stretch import stretch_of

LABELLED = {
    "record": labels.RECORD, "plan": labels.PLAN, "account": labels.ACCOUNT,
    "licence": labels.LICENCE, "device": labels.SERIAL, "biometric": labels.BIOMETRIC,
    "other": labels.OTHER,
}  # fmt: skip
LATIN = st.characters(max_codepoint=0x17F)
ASCII = st.characters(max_codepoint=0x7F, include_characters="岁歲")
BEGUN = [
    each
    for rules in (numbers.RULES, dates.RULES, ages.AGES, online.NUMBERS, places.RULES)
    for each in rules if not each.stems
]  # fmt: skip


def found(text: str) -> list[tuple[str, str]]:
    return [(each.kind, text[each.start : each.end]) for each in find(text)]


@given(st.data())
def test_every_label_is_met_by_the_beginning_of_its_word(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(LABELLED)))
    label = data.draw(st.from_regex(f"(?:{LABELLED[kind]})", fullmatch=True, alphabet=LATIN))
    text = f"{label} 48210977"
    stretch = stretch_of(text, 0, len(text))
    every = [each for each in RULES if each.kind == kind and each.stems]
    without = [Rule(each.kind, each.pattern, each.proves, fewest=each.fewest) for each in every]
    assert {span for _, span in rules_of(every).found(stretch)} == {
        span for _, span in rules_of(without).found(stretch)
    }


@given(st.data())
def test_what_a_rule_asks_of_a_stretch_is_in_all_that_it_finds(data: st.DataObject) -> None:
    rule = data.draw(st.sampled_from(BEGUN))
    found = data.draw(st.from_regex(rule.pattern, fullmatch=True, alphabet=ASCII))
    text = f"{found} and so on"
    match = rule.pattern.match(text)
    if match is None:  # what stands behind it is no end of it
        return
    stretch = stretch_of(text, 0, len(text))
    bare = Rule(rule.kind, rule.pattern)
    assert [*replace(rule, proves=None, fewest=1).spans(stretch)] == [*bare.spans(stretch)]
    assert replace(rule, fewest=1).may_match(stretch) or not any(map(str.isdigit, match[0]))


@given(
    st.lists(st.sampled_from(["ab", "b", "abc", " ", "xaaaaaax", "é"]), max_size=60),
    st.integers(0, 9), st.integers(1, 9),
)  # fmt: skip
def test_a_text_in_pieces_is_looked_through_around_the_same_words(
    parts: list[str], before: int, after: int
) -> None:
    text, marks = "".join(parts), ("ab", "b", "aa", "bc")
    rule = Worded("other", re.compile("."), marks, before, after)
    expected = []
    for mark in marks:
        end, at = 0, text.find(mark)
        while at >= 0:
            start, end = max(end, at - before), min(len(text), at + after)
            expected.append((start, end))
            at = text.find(mark, max(at + 1, end - before))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(around, "_AT_ONCE", 7)
        windows = AroundWords([rule]).windows(text)
        assert sorted(span for _, span in windows) == sorted(expected)


@given(st.from_regex(rf"(?:{months.MONTHS}|{months.LONG_MONTHS})", fullmatch=True, alphabet=LATIN))
def test_every_month_is_met_by_its_first_letters(month: str) -> None:
    assert month[:3].lower() in months.MONTH_STEMS.split()


@given(st.from_regex(months.EVENT, fullmatch=True, alphabet=LATIN))
def test_every_event_is_met_by_its_first_word(event: str) -> None:
    assert set(stretch_of(event, 0, len(event)).words) & months.EVENT_STEMS


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("Between January 2005 and March 2008, 139 patients underwent surgery.", []),
        ("Women enrolled from July 1, 2005, to June 30, 2006 were followed.", []),
        ("MEDLINE was searched for articles until June 2013.", []),
        ("She was on dialysis between January 2005 and March 2008.",
         ["January 2005", "March 2008"]),
        ("The patient was seen from July 1, 2005 to July 9, 2005 with other patients.",
         ["July 1, 2005", "July 9, 2005"]),
        ("Of 12 patients, patient 3 was admitted between May 2001 and June 2001.",
         ["May 2001", "June 2001"]),
        ("Patients were seen. Mr. Hill came between May 2001 and June 2001.",
         ["May 2001", "June 2001"]),
        ("Samples of the patients were taken on 04/05/2019.", ["04/05/2019"]),
        ("Dialysis since January 2005.", ["January 2005"]),
    ],
)  # fmt: skip
def test_the_period_of_a_study_is_nobodys_date(text: str, dates: list[str]) -> None:
    assert [value for kind, value in found(text) if kind == "date"] == dates


def test_hard_cases_of_the_tuned_set_are_found_and_what_is_none_is_not() -> None:
    missed = [
        text for wanted, text in hard_cases("tuning")
        if wanted is not None and not is_found(wanted, find(text))
    ]  # fmt: skip
    # A local telephone number without a label is a number like any other.
    assert missed == ["phone five five five, that is 555 0142, or his cell"]
    assert hard("tuning")["flagged"] == 0


def test_hard_cases_kept_apart_are_nearly_all_found() -> None:
    counts = hard("held out")
    assert counts["found"] >= 0.97 * counts["cases"]
    assert counts["flagged"] <= 2
