"""Columns that hold pictures, by their names and what is in them, and the numbered marks of these.

It follows every format, of packages too: where nothing gave an image, the usual names are looked
for. A column of another name is still asked about (see `unused`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from diq_core.data.embedded import is_picture, reference_in
from diq_core.data.formats.literals import parsed
from diq_core.data.formats.names import plain_name
from diq_core.data.formats.parts import Parts, unread
from diq_core.data.formats.pictures import MARK
from diq_core.data.sample import Turn

_NAMED = re.compile(
    r"(?:image|img|figure|fig|图像|图片)s?"
    r"(?:_?(?:file)?(?:name|path|file|bytes|list|data))?s?"
)
_NUMBERED = re.compile(r"(?:image|img|figure|fig)(\d{1,3})")
_MARK = re.compile(r"<(?:image|img)[ _-]?(\d{1,3})>", re.IGNORECASE)


def find_images(parts: Parts, row: Mapping[str, Any]) -> None:
    """Take the images from columns that are named as images usually are, where none was given.

    Numbered columns (``image_1``, ``image_2``, …) go in the order of their numbers, and a mark
    ``<image 2>`` in question, context, earlier turns or options means the second. What the marks
    show comes in the order of the marks; an image that none shows belongs to the question.
    """
    numbers: list[int] = []
    if not parts.images:
        numbers = _take(parts, row)
    numbers = numbers or list(range(1, len(parts.images) + 1))
    if parts.images and len(numbers) == len(parts.images):
        _place_numbered(parts, dict(zip(numbers, parts.images, strict=True)))


def _take(parts: Parts, row: Mapping[str, Any]) -> list[int]:
    found: list[tuple[int, str, Any]] = []
    for name, value in unread(parts, row).items():
        plain = plain_name(name)
        numbered = _NUMBERED.fullmatch(plain)
        listed = _listed(value)
        if listed and (numbered or _NAMED.fullmatch(plain)):
            found += [(int(numbered[1]) if numbered else 0, name, each) for each in listed]
    if any(number for number, _, _ in found):
        found = sorted((each for each in found if each[0]), key=lambda each: each[0])
    elif found:
        found = [each for each in found if each[1] == found[0][1]]
    for _, name, reference in found:
        parts.images.append(reference)
        parts.meta.pop(name, None)
        if parts.used is not None:
            parts.use(name)
    return [number for number, _, _ in found if number]


def _listed(value: Any) -> list[Any]:
    """Return the pictures that a value gives, if it can be nothing else."""
    value = parsed(value)
    listed = [each for each in (value if isinstance(value, list) else [value]) if each is not None]
    return listed if listed and all(is_picture(reference_in(each)) for each in listed) else []


def _place_numbered(parts: Parts, by_number: Mapping[int, Any]) -> None:
    """Turn numbered marks into plain ones and put the images into the order of these.

    A mark inside a sentence, and one of an image that was shown before, stay in words.
    """
    texts = [
        *(turn.content for turn in parts.history), parts.context, parts.question,
        *(option.text for option in parts.options),
    ]  # fmt: skip
    shown = list(
        dict.fromkeys(
            number
            for said in texts
            for mark in _MARK.findall(said)
            if (number := int(mark)) in by_number
        )
    )
    if not shown or any(MARK in said for said in texts):
        return
    rest = [number for number in by_number if number not in shown]
    _rewrite(parts, _Marker(shown, first=len(rest)))
    # What no mark shows stands first in the question; earlier turns keep what theirs show.
    before = sum(turn.content.count(MARK) for turn in parts.history)
    order = [*shown[:before], *rest, *shown[before:]]
    parts.question = MARK * len(rest) + parts.question
    parts.images = [by_number[number] for number in order]
    parts.marks += len(order)


class _Marker:
    """Writes a plain mark where an image is shown first, and words where it is spoken of."""

    def __init__(self, shown: list[int], *, first: int) -> None:
        self._place = {number: first + place for place, number in enumerate(shown, 1)}
        self._seen: set[int] = set()

    def __call__(self, text: str, *, option: bool = False) -> str:
        alone = option or _says_nothing_else(text)
        return _MARK.sub(lambda mark: self._one(mark, alone), text)

    def in_words(self, text: str) -> str:
        """Return a text that can show no image, with each mark in words."""
        return _MARK.sub(lambda mark: self._words(int(mark[1])), text)

    def _words(self, number: int) -> str:
        return f"[image {self._place[number]}]" if number in self._place else MARK

    def _one(self, mark: re.Match[str], alone: bool) -> str:
        number = int(mark[1])
        if number not in self._place:
            return MARK  # there is no such image: the marks then do not fit
        first = number not in self._seen
        self._seen.add(number)
        if not first:
            return self._words(number)
        return MARK if alone or not _inside(mark) else MARK + self._words(number)


def _says_nothing_else(text: str) -> bool:
    return not _MARK.sub("", text).strip()


def _inside(mark: re.Match[str]) -> bool:
    """Return whether a mark is a word of a sentence, and neither its beginning nor its end."""
    before, after = mark.string[: mark.start()], mark.string[mark.end() :]
    other = _MARK.search(mark.string[: mark.start()] + mark.string[mark.end() :])
    return bool(other) or bool(before.strip() and after.strip())


def _rewrite(parts: Parts, marker: _Marker) -> None:
    right = next((each for each in parts.options if each.label == parts.answer_label), None)
    parts.history = tuple(Turn(turn.role, marker(turn.content)) for turn in parts.history)
    parts.context = marker(parts.context)
    parts.question = marker(parts.question)
    parts.options = tuple(
        replace(each, text=marker(each.text, option=True)) for each in parts.options
    )
    if right is not None and parts.answer == right.text:
        parts.answer = next(e.text for e in parts.options if e.label == right.label)
    else:
        parts.answer = marker.in_words(parts.answer)
    parts.reasoning = marker.in_words(parts.reasoning)
