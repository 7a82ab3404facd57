"""Words, numbers and signs of answers and options, as they are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from diq_core.data.sample import Option
from diq_core.evaluation.reading_words import ARTICLES, LANGUAGES, UNITS

_BY_CHARACTER = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_TOKEN = re.compile(
    rf"(?:['’]s\b)|[^\W\d_{_BY_CHARACTER}]+(?:['’-](?!s\b)[^\W\d_{_BY_CHARACTER}]+)*"
    rf"|\d+(?:[.,]\d+)*|[{_BY_CHARACTER}]|\n|[^\s_]"
)
_SIGN = frozenset("+<>≤≥±%")
STOP = {".": ".", "!": ".", ";": ".", "。": ".", "…": ".", "؛": ".", "?": "?", "؟": "?",
         "\n": "\n", ",": ",", "،": ","}  # fmt: skip
DASH = frozenset("-–—−")
OPEN, CLOSE = frozenset("([{<【「"), frozenset(")]}>】」")
_DECORATION = re.compile(
    r"\\[a-zA-Z]+|\\[()\[\]]|[*`#$_~\\{}]|</?[a-zA-Z]{1,10}/?>|\u0640|^[ \t]*>+", re.MULTILINE
)


def fold(text: str) -> str:
    """Return `text` with compatible characters made one (NFKC) and accents taken off."""
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text))
    bare = "".join(char for char in parts if unicodedata.category(char) not in ("Mn", "Cf"))
    return unicodedata.normalize("NFC", bare)


def plain(text: str) -> str:
    """Return `text` folded, without Markdown, LaTeX commands and tags."""
    return _DECORATION.sub(" ", fold(text))


_UNFOLDED = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+|[\x00-\x7f]+?(?=[\x00-\x7f]?[^\x00-\x7f]|\Z)")


def place_in(text: str, begin: int, end: int) -> tuple[int, int]:
    """Return which part of `text` became characters `begin` to `end` of `plain(text)`.

    Where several signs became one, or one became several, all of them are part of it.
    """
    folded = fold(text)
    starts, ends = _unfolded(text)
    places: list[tuple[int, int]] = []
    reached = 0
    for match in _DECORATION.finditer(folded):
        places += zip(starts[reached : match.start()], ends[reached : match.start()], strict=True)
        places.append((starts[match.start()], ends[match.end() - 1]))
        reached = match.end()
    places += zip(starts[reached:], ends[reached:], strict=True)
    return places[begin][0], places[end - 1][1]


def _unfolded(text: str) -> tuple[list[int], list[int]]:
    """Return where each sign of the folded text begins and ends in `text`."""
    starts: list[int] = []
    ends: list[int] = []
    for match in _UNFOLDED.finditer(text):
        width, first = len(fold(match[0])), match.start()
        same = width == len(match[0])
        starts += range(first, first + width) if same else [first] * width
        ends += range(first + 1, first + width + 1) if same else [match.end()] * width
    return starts, ends


class Token(NamedTuple):
    """One word, number or sign: as written, as compared, and where it lies."""

    text: str
    word: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """Return the words, numbers and signs of a plain text."""
    return [
        Token(match[0], _compared(match[0]), match.start(), match.end())
        for match in _TOKEN.finditer(text)
    ]


@lru_cache(maxsize=1 << 14)
def _compared(text: str) -> str:
    if text[0].isdigit():
        return text.replace(",", ".")
    word = text.casefold()
    return UNITS.get(word, word).replace("’", "'")


def _phrases() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """Return first word → (phrase, roles), the longest phrase first."""
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for language in LANGUAGES.values():
        for role, phrases in language.items():
            for phrase in phrases.split(" | "):
                words = tuple(each.word for each in tokens(fold(phrase)))
                found.setdefault(words[0], []).append((words, role))
    for each in found.values():
        each.sort(key=lambda entry: -len(entry[0]))
    return found


PHRASES = _phrases()


def is_word(text: str) -> bool:
    """Return whether a token is compared: a word, a number or a sign that means something."""
    return text[0].isalnum() or text in _SIGN or len(text) > 1


def text_words(found: Sequence[Token]) -> tuple[str, ...]:
    """Return the words of a text, as texts are compared with each other."""
    return tuple(piece for each in found for piece in pieces_of(each.text))


@lru_cache(maxsize=1 << 14)
def pieces_of(text: str) -> tuple[str, ...]:
    """Return the words that a token is compared by: none of a sign or an article."""
    if not is_word(text) or text in ARTICLES:
        return ()
    word = _compared(text)
    return tuple(word.split("-")) if "-" in word else (word,)


class Choices:
    """The options of one question, made ready to be looked for."""

    def __init__(self, options: Sequence[Option]) -> None:
        self.order = [each.label for each in options]
        self.labels = {fold(each.label).casefold(): each.label for each in options}
        self.exact = {fold(each.label) for each in options}
        self.texts: dict[str, tuple[str, ...]] = {}
        self.first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for each in options:
            words = text_words(tokens(plain(each.text)))
            self.texts[each.label] = words
            if words:
                self.first.setdefault(words[0], []).append((words, each.label))
        for texts in self.first.values():
            texts.sort(key=lambda entry: -len(entry[0]))

    def clash(self, label: str) -> set[str]:
        """Return the labels of other options whose text is this label."""
        said = (fold(label).casefold(),)
        return {other for other, words in self.texts.items() if words == said and other != label}

    def whole(self, words: tuple[str, ...]) -> set[str]:
        """Return the labels of the options that consist of these words."""
        return {label for words_, label in self.first.get(words[0], ()) if words_ == words}


@lru_cache(maxsize=256)
def choices_of(options: tuple[tuple[str, str], ...]) -> Choices:
    """Return what is looked for in answers to these options, given as (label, text)."""
    return Choices([Option(*each) for each in options])


def is_short(words: tuple[str, ...]) -> bool:
    """Return whether an option's text is too common a word to count anywhere: no, yes, 2, in."""
    words = tuple(word for word in words if word not in _SIGN) or words
    if len(words) > 1 and not all(len(word) == 1 and not word.isascii() for word in words):
        return False
    joined = "".join(words)
    known = any(phrase == words for phrase, _ in PHRASES.get(words[0], ()))
    return known or joined[0].isdigit() or (joined.isascii() and len(joined) < 3)
