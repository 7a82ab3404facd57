"""The figures of docs/security.md are those that were measured, and hold in small."""

from __future__ import annotations

import json
import re

import pytest

from benchmarks.app_server import ROOT
from benchmarks.identifier_images import covers, picture
from benchmarks.identifier_sentences import lines, sentences
from benchmarks.identifiers import RESULTS, SETS, is_found, recall
from diq_core.privacy.finder import find
from diq_core.privacy.identifier import WORDS
from diq_core.privacy.pictures import find_in_image

MEASURED = json.loads(RESULTS.read_text(encoding="utf-8"))
SECURITY = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
LEAST = {"name": 0.90, "place": 0.97, "date": 0.97}


def test_the_page_states_what_was_measured() -> None:
    for kind, share in MEASURED["recall"].items():
        assert f"| {WORDS[kind]} | {100 * share:.1f} % |" in SECURITY
    for name, counts in MEASURED["sets"].items():
        row = f"| {name} | {counts['samples']:,} | {counts['flagged']} |"
        assert row in SECURITY
    images = MEASURED["images"]
    assert f"{images['boxed']} of {images['drawn']} images" in SECURITY


@pytest.mark.parametrize("which", ["tuning", "held out"])
def test_recall_in_small(which: str) -> None:
    for kind, share in recall(which, 60).items():
        assert share >= LEAST.get(kind, 0.99) - 0.02, kind


def test_the_sets_of_sentences_share_none() -> None:
    assert not set(lines("tuning")) & set(lines("held_out"))


def test_sentences_say_where_their_identifier_lies() -> None:
    for many in sentences("held out", 20).values():
        assert all(0 <= each.start < each.end <= len(each.text) for each in many)
        assert not any(is_found(each, []) for each in many)


@pytest.mark.parametrize("text", lines("no_names"))
def test_medicine_named_after_people_is_no_name(text: str) -> None:
    assert [each.kind for each in find(text)] == []


@pytest.mark.slow
@pytest.mark.parametrize("number", range(4))
def test_text_in_a_corner_is_boxed(number: int) -> None:
    image, place = picture(number)
    assert covers(find_in_image(image), place)


@pytest.mark.slow
def test_a_picture_without_text_has_no_box() -> None:
    image, _ = picture(0)
    assert find_in_image(image.crop((120, 120, 260, 260))) == []


def test_the_sets_are_named_as_measured() -> None:
    assert set(MEASURED["sets"]) == set(SETS)
    assert re.search(r"never a claim of compliance|no claim of compliance", SECURITY)
