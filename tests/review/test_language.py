"""The desk's languages are one form in other words: what differs in more is refused by name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from diq_core.errors import BadFile
from diq_core.review.form.form import load_form
from diq_core.review.form.language import FOLDER, languages, load_language

Change = Callable[[dict[str, Any]], None]


def test_every_language_that_ships_is_the_same_form() -> None:
    assert languages() == ("en", "de", "zh")
    english = load_form()
    for code in languages():
        language = load_language(code)
        assert language.form.version == english.version
        assert [one.key for one in language.form.flags] == [one.key for one in english.flags]
    assert load_language("en").form == english
    assert load_language("de").form.scales[1].title == "Sicherheitsprüfung"


def test_no_sentence_was_left_untranslated() -> None:
    english = load_language("en").words
    same_everywhere = {"mark_of_step"}
    for code in languages()[1:]:
        words = load_language(code).words
        assert {name for name in words if words[name] == english.get(name)} <= same_everywhere


def _rename(values: dict[str, Any]) -> None:
    values["form"]["flags"][0]["key"] = "wrong"


def _shorten(values: dict[str, Any]) -> None:
    values["form"]["scales"][0]["levels"].pop()


def _of_another_version(values: dict[str, Any]) -> None:
    values["form"]["version"] = "2"


def _forget(values: dict[str, Any]) -> None:
    del values["words"]["saving"]


def _fill_in_other(values: dict[str, Any]) -> None:
    values["words"]["step"] = "Schritt {number}"


def _say_numbers(values: dict[str, Any]) -> None:
    values["words"]["step"] = 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_rename, "other keys, levels or another version"),
        (_shorten, "other keys, levels or another version"),
        (_of_another_version, "other keys, levels or another version"),
        (_forget, "missing, or with other values in it: saving"),
        (_fill_in_other, "missing, or with other values in it: step"),
        (_say_numbers, "its words are no texts by name"),
    ],
)
def test_another_form_is_no_translation(tmp_path: Path, change: Change, words: str) -> None:
    shutil.copytree(FOLDER, tmp_path / "desk")
    file = tmp_path / "desk" / "de.json"
    values = json.loads(file.read_text(encoding="utf-8"))
    change(values)
    file.write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(BadFile, match=words) as caught:
        load_language("de", tmp_path / "desk")
    assert "de.json" in str(caught.value)
