"""The reviewers' desk in one language: the form's words and the desk's own, in one file.

A language is no other form: keys, levels and version are those of the English wording, which is
the one that a store remembers. So judgements are counted together, whatever language they were
made in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from diq_core.assets import ASSETS
from diq_core.errors import BadFile
from diq_core.files import read_json
from diq_core.review.form.form import FORM_FILE, Form, load_form

FOLDER = ASSETS / "desk"
_WORDS_OF_FORM = frozenset({"title", "source", "question", "label", "anchor", "help"})
_FILLED_IN = re.compile(r"\{(\w+)\}|\[(\w+)\]")


@dataclass(frozen=True, slots=True)
class Language:
    """What the desk says in one language.

    Attributes:
        code: as in BCP 47, e.g. "de".
        name: in the language itself.
        form: the form in its words.
        words: the desk's own words by name; a name may end in a plural form (".one", ".other").
    """

    code: str
    name: str
    form: Form
    words: dict[str, str]


def languages(folder: Path = FOLDER) -> tuple[str, ...]:
    """Return the codes of the languages that ship, English first."""
    codes = sorted(file.stem for file in folder.glob("*.json"))
    return tuple(sorted(codes, key=lambda code: code != FORM_FILE.stem))


@lru_cache(maxsize=32)
def load_language(code: str, folder: Path = FOLDER) -> Language:
    """Return the desk's words in the language `code`.

    Raises:
        BadFile: it is not a form, or not the same one as the English, or words are missing.
    """
    english = _read(folder / FORM_FILE.name)
    return english if code == english.code else _checked(_read(folder / f"{code}.json"), english)


def _read(path: Path) -> Language:
    form, values = load_form(path), read_json(path)
    words = values.get("words")
    if not isinstance(words, dict) or not all(isinstance(text, str) for text in words.values()):
        raise _bad(path.name, "its words are no texts by name")
    return Language(path.stem, str(values.get("name", path.stem)), form, words)


def _checked(other: Language, english: Language) -> Language:
    if _without_words(asdict(other.form)) != _without_words(asdict(english.form)):
        raise _bad(f"{other.code}.json", "its form has other keys, levels or another version")
    ours, theirs = _by_name(english.words.items()), _by_name(other.words.items())
    if ours != theirs:
        differ = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
        raise _bad(
            f"{other.code}.json", f"missing, or with other values in it: {', '.join(differ)}"
        )
    return other


def _without_words(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _without_words(inner)
            for name, inner in value.items()
            if name not in _WORDS_OF_FORM
        }
    return [_without_words(inner) for inner in value] if isinstance(value, tuple) else value


def _by_name(words: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Return what is filled into each text, whatever plural forms a language has of it."""
    found: dict[str, set[str]] = {}
    for name, text in words:
        filled = {value for value, _ in _FILLED_IN.findall(text) if value}
        found.setdefault(name.split(".")[0], set()).update(filled)
    return found


def _bad(which: str, what: str) -> BadFile:
    return BadFile(
        f"This is no translation of the review form: {what}",
        which=which, todo="correct the language's file",
    )  # fmt: skip
