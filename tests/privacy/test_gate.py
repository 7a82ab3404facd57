"""What passes a door: labels of columns, standings, and words without what was found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from diq_core.privacy.finder import find
from diq_core.privacy.gate import (
    Decisions,
    Finding,
    Seen,
    hidden,
    in_words,
    look_labelled,
    look_through,
    place_of,
    stops,
    without_identifiers,
)
from diq_core.privacy.identifier import Identifier

NAME = Identifier("question", 4, 16, "name", "ab", True)
URL = Identifier("question", 0, 9, "url", "cd", True)


@pytest.mark.parametrize(
    ("label", "text", "kind"),
    [("mrn", "00123456", "record"), ("patientName", "Jane Roe", "name"),
     ("patient_name", "Jane Roe", "name"), ("SSN", "219-09-9999", "ssn")],
)  # fmt: skip
def test_the_name_of_a_column_is_the_label_of_its_text(label: str, text: str, kind: str) -> None:
    (one,) = look_labelled(label, text, field="meta.0")
    assert (one.field, one.start, one.end, one.kind) == ("meta.0", 0, len(text), kind)


@pytest.mark.parametrize("label", ["dosage", "Jane Roe", "01/02/2003", ""])
def test_a_label_is_no_finding(label: str) -> None:
    assert [*look_labelled(label, "twice a day", field="meta.0")] == []


def test_a_web_address_stops_a_text_and_no_kept_column() -> None:
    assert stops(URL)
    assert not stops(Identifier("meta.2", 0, 9, "url", "cd", True))
    assert not stops(Identifier("source", 0, 9, "url", "cd", True))
    assert not stops(Identifier("question", 4, 16, "name", "ab", sure=False))


def test_the_number_of_a_sample_itself_is_no_finding() -> None:
    number = "0009b2fd-7e72-4ed0-b486-92ccb24e43f3"
    assert look_through([("s1", "id", number)], Decisions()).as_dict()["open"] == {}
    assert look_through([("s1", "question", number)], Decisions()).as_dict()["open"] == {"other": 1}
    assert look_through([("s1", "meta.0", number)], Decisions()).as_dict()["doubtful"] == {
        "other": 1
    }


def test_the_last_word_stands_by_digest_or_by_place() -> None:
    place = place_of(Finding("s1", NAME))
    assert Decisions().standing(NAME) == "open"
    assert Decisions({"ab": "none"}).standing(NAME) == "none"
    assert Decisions({place: "none"}).standing(NAME, place) == "none"
    assert Decisions({place: "none"}).standing(NAME, place_of(Finding("s2", NAME))) == "open"


def test_seen_counts_samples_once_and_names_no_text() -> None:
    texts = [("s1", "question", "Mrs. Helen Carter, MRN 4471-22819"), ("s1", "answer", "Gout"),
             ("s2", "answer", "Ask helen@example.org")]  # fmt: skip
    seen = look_through(texts, Decisions())
    assert seen.as_dict() == {
        "texts": 3, "open": {"email": 1, "name": 1, "record": 1}, "samples": 2, "doubtful": {},
        "cleared": 0,
    }  # fmt: skip
    assert in_words(seen.open).startswith("1 × e-mail address, 1 × name of a person")


def test_what_people_called_no_identifier_only_counts() -> None:
    seen = Seen()
    seen.note("s1", "name", "none")
    assert (seen.cleared, dict(seen.open), [*seen.ids]) == (1, {}, [])


def test_words_show_the_class_in_the_place_of_what_was_found() -> None:
    text = "such as Mrs. Helen Carter (MRN 4471-22819)"
    assert without_identifiers(text) == (
        "such as Mrs. [name of a person] (MRN [medical record number])"
    )
    assert without_identifiers("00123456", "mrn") == "[medical record number]"


@settings(max_examples=60, deadline=None)
@given(some.lists(some.sampled_from(
    ["gout", "Mrs. Helen Carter", "MRN 4471-22819", "helen@example.org", "5 mg", "SSN 219-09-9999"]
), max_size=6))  # fmt: skip
def test_nothing_found_is_left_in_the_words(pieces: list[str]) -> None:
    text = "; ".join(pieces)
    found = find(text)
    said = hidden(text, found)
    assert all(text[one.start : one.end] not in said for one in found)
    assert said.count("[") == len(found)
