"""What is found in a text, what is not, what is kept of it, and how long it takes."""

from __future__ import annotations

import dataclasses
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.privacy.finder import find
from diq_core.privacy.identifier import KINDS, WORDS, digest


def found(text: str) -> list[tuple[str, str]]:
    return [(each.kind, text[each.start : each.end]) for each in find(text)]


NOTE = [
    ("Patient: John Smith, seen", [("name", "John Smith")]),
    ("Smith, Robert MRN: 8837", [("name", "Smith, Robert"), ("record", "8837")]),
    ("Seen by Dr. Emily Watson.", [("name", "Emily Watson")]),
    ("Mrs. Parkinson has gout.", [("name", "Parkinson")]),
    ("DOB 03/04/1956", [("date", "03/04/1956")]),
    ("Entlassung am 12. März 2021", [("date", "12. März 2021")]),
    ("né le 5 avril 1930", [("date", "5 avril 1930")]),
    ("ingresó el 5 de abril de 2020", [("date", "5 de abril de 2020")]),
    ("admitted in March with fever", [("date", "March")]),
    ("a 92-year-old man", [("age", "92")]),
    ("ninety-two years old", [("age", "ninety-two")]),
    ("He lives in Springfield.", [("place", "Springfield")]),
    ("at 742 Evergreen Terrace, Springfield, IL 62704",
     [("place", "742 Evergreen Terrace"), ("place", "Springfield, IL 62704")]),
    ("Anschrift: Goethering 2001", [("place", "Goethering 2001")]),
    ("Sie wohnt in der Hans-Sachs-Gasse 6095.", [("place", "Hans-Sachs-Gasse 6095")]),
    ("Faustring 33", [("place", "Faustring 33")]),
    ("Er lebt in Weiden in der Oberpfalz.", [("place", "Weiden in der Oberpfalz")]),
    ("Domicilio: C. Rosa Olivé 8 Piso 2", [("place", "C. Rosa Olivé 8 Piso 2")]),
    ("to Studio 38, Hill Villages", [("place", "Studio 38, Hill Villages")]),
    ("Call (555) 123-4567", [("phone", "(555) 123-4567")]),
    ("Fax: 030/123456", [("fax", "030/123456")]),
    ("john@example.org", [("email", "john@example.org")]),
    ("SSN 123 45 6789", [("ssn", "123 45 6789")]),
    ("Member ID: XYZ123456789", [("plan", "XYZ123456789")]),
    ("auf DE89 3704 0044 0532 0130 00", [("account", "DE89 3704 0044 0532 0130 00")]),
    ("NPI 1234567893", [("licence", "1234567893")]),
    ("in a 1M8GDM9AXKP042788", [("vehicle", "1M8GDM9AXKP042788")]),
    ("Serial number SN-44102", [("device", "SN-44102")]),
    ("see https://example.org/p/1", [("url", "https://example.org/p/1")]),
    ("from 192.168.1.17 and 2001:db8::1", [("ip", "192.168.1.17"), ("ip", "2001:db8::1")]),
    ("Fingerprint ID: FP-10442", [("biometric", "FP-10442")]),
    ("DNI 12345678Z", [("other", "12345678Z")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), NOTE)
def test_each_class_is_found_where_it_lies(text: str, wanted: list[tuple[str, str]]) -> None:
    assert found(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "Crohn disease, Bartonella henselae and Parkinson's disease.",
        "A 45-year-old man came three days ago, on day 5 of fever, in 2019.",
        "Charles Bonnet syndrome; the Sister Mary Joseph nodule; MR imaging; MS. Still, it grew.",
        "EC 3.4.21.4, HLA-B27, IL-6, BP 120/80, CD4+ 350/mm3, 1/2, pH 7.4, vitamin B12.",
        "Trisomy 14 may be caused by it. FEV-1 was 60 %. Set 1 0.1 mg/mL.",
        "Administering 10 mg, Monitoring 24 h and Measuring 12 cm. String 5, Hamstring 2.",
        "See Steinweg 1998, and Imhof 2004.",
        "The platelet count was 350,000/mm3 and IgG 1,200 mg/dL.",
    ],
)
def test_medicine_is_no_patient(text: str) -> None:
    assert found(text) == []


def test_nothing_that_is_kept_holds_the_text() -> None:
    (kept,) = find("SSN 123-45-6789", field="question", key=b"secret")
    assert dataclasses.asdict(kept) == {
        "field": "question", "start": 4, "end": 15, "kind": "ssn", "sure": True,
        "digest": digest("123456789", b"secret"),
    }  # fmt: skip
    assert "6789" not in repr(kept)


def test_a_digest_knows_an_identifier_again_and_depends_on_its_key() -> None:
    assert digest("John  SMITH", b"a") == digest("john smith", b"a") != digest("john smith", b"b")


def test_every_class_has_its_words() -> None:
    assert tuple(WORDS) == KINDS


@given(st.text(alphabet="aA1 .,:-/@()'é年\n", max_size=300))
def test_findings_lie_inside_the_text_and_apart(text: str) -> None:
    end = 0
    for each in find(text):
        assert end <= each.start < each.end <= len(text)
        end = each.end


@given(st.sampled_from([text for text, _ in NOTE]), st.integers(0, 300))
def test_what_stands_far_before_changes_nothing(text: str, words: int) -> None:
    before = "and so on. \n" * words
    moved = [(each.kind, each.start - len(before)) for each in find(before + text)]
    assert moved == [(each.kind, each.start) for each in find(text)]


def test_a_table_of_numbers_is_never_taken_for_clean() -> None:
    assert found("17 99 " * 20_000)[0][0] == "unread"
    assert found("Ab Cd. ef " * 30_000)[0][0] == "unread"


@pytest.mark.parametrize("unit", ["a", "1", "A", "A-", "a.", "1-", "(", "::", "John S ", "name: "])
def test_time_grows_with_the_length_only(unit: str) -> None:
    def took(length: int) -> float:
        text = unit * (length // len(unit))
        began = time.process_time()
        find(text)
        return time.process_time() - began

    # Quadratic would be a factor of 64; what is measured is only shielded against noise.
    assert took(1_600_000) < 30 * max(took(200_000), 0.02)
