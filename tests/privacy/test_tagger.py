"""A name finder of the user's: a folder of spaCy's or transformers', or a refusal in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from diq_core.errors import BadFile, NotFound
from diq_core.privacy.finder import find
from diq_core.privacy.tagger import load_tagger

pytestmark = pytest.mark.slow
TEXT = "The slides of Ayo Adeyemi show Bartonella and Crohn disease."


def spacy_folder(path: Path) -> Path:
    """Save a pipeline that takes what begins with a capital letter for a person."""
    import spacy

    pipeline = spacy.blank("en")
    words = pipeline.add_pipe("entity_ruler")
    names = ("Ayo Adeyemi", "Bartonella", "Crohn")
    words.add_patterns([{"label": "PERSON", "pattern": each} for each in names])
    pipeline.to_disk(path)
    return path


def test_it_finds_what_no_list_has_and_medicine_stays_medicine(tmp_path: Path) -> None:
    tagger = load_tagger(spacy_folder(tmp_path / "finder"))
    assert find(TEXT) == []
    (name,) = find(TEXT, tagger=tagger)
    assert (name.kind, TEXT[name.start : name.end], name.sure) == ("name", "Ayo Adeyemi", False)


def test_a_folder_that_is_no_name_finder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"no name finder.*meta\.json"):
        load_tagger(tmp_path)
    with pytest.raises(NotFound, match="no such folder"):
        load_tagger(tmp_path / "nowhere")
