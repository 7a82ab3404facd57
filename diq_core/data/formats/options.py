"""The options of a question, in whatever shape a file gives them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from diq_core.data.embedded import PICTURE_FILE
from diq_core.data.formats.literals import parsed
from diq_core.data.sample import Option

MOST = 26
"""So many options have a letter; a longer list is no list of options."""

_LONGEST_LINE = 300

_LABEL_KEYS = (
    "key", "label", "letter", "id", "option", "name", "index", "idx", "option_id", "choice_id",
    "opt",
)  # fmt: skip
_TEXT_KEYS = (
    "value", "text", "content", "option_text", "choice_text", "answer", "description", "body",
    "choice", "option", "title",
)  # fmt: skip
_RIGHT_KEYS = ("is_correct", "iscorrect", "correct", "is_right", "right", "is_answer")
_LIST_KEYS = ("options", "choices", "option", "choice", "answers")
NAMED = re.compile(r"(?:op|opt|option|choice|answer|ending)[\s_-]*([A-Za-z]|\d{1,2})", re.I)
"""How a column or a key names an option: ``option_a``, ``opb``, ``ending0``."""
_HEADING = re.compile(r"\s*(answer\s+)?(choices|options)\s*:?\s*", re.IGNORECASE)
_MARK = r"(?:\*\*)?[(\[（]?(?P<label>[A-Za-z]|\d{1,2})(?:[)\].:、．）：]|\s+[-–—](?=\s))(?:\*\*)?"
# A point after a digit may be a decimal point, so white space must follow it.
_LETTERED = re.compile(rf"\s*{_MARK}(?:\s+|(?<=[A-Za-z][)\].:、．）：]))(?P<text>\S.*)", re.DOTALL)
_SPACED = re.compile(r"\s*(?P<label>[A-Z])\s+(?P<text>\S.*)", re.DOTALL)
_INLINE = re.compile(r"(?:(?<=^)|(?<=[\s,;|/]))[(\[]?([A-Z])[)\].:、．）：][)\]]?\s*")


def read_options(value: Any) -> tuple[Option, ...] | None:
    """Return the options in a dict, list or text; () when there are none, None when unclear.

    Understood: ``{"A": "…"}``, ``{"option_a": "…"}``, ``["…", "…"]``, ``[["A", "…"], …]``, lists of
    objects (``[{"key": "A", "value": "…"}]`` and other usual names), objects of parallel lists
    (``{"label": […], "text": […]}``), the same as JSON or Python text, and lines or one line of
    ``A. …``, ``(A) …`` or ``A …``. Letters that are written inside the texts are taken off.
    """
    value = parsed(value)
    if value is None or value in ("", [], {}):
        return ()
    found: Sequence[Option] | None = None
    if isinstance(value, str):
        found = _from_text(value)
    elif isinstance(value, Mapping):
        found = _from_mapping(value)
    elif isinstance(value, (list, tuple)):
        found = _from_list(value)
    if found is None or len(found) > MOST:
        return None
    return without_letters(found)


def marked_right(value: Any) -> tuple[int, ...]:
    """Return the positions of the options that a list of objects itself marks as right."""
    value = parsed(value)
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        return ()
    flags = [_get(item, _RIGHT_KEYS) for item in value]
    return tuple(place for place, flag in enumerate(flags) if flag is True or flag == 1)


def without_letters(options: Sequence[Option]) -> tuple[Option, ...]:
    """Return the options without the letters that all their texts begin with, in order.

    ``A. Lorazepam`` under the label A becomes ``Lorazepam``; a text of one letter stays, and so do
    names of pictures (``a.png``). Where the texts carry numbers in order (``1. …``), those are the
    labels.
    """
    if are_pictures(options):
        return tuple(options)
    while (bare := _stripped(options)) is not None:
        options = bare
    return tuple(options)


def are_pictures(options: Sequence[Option]) -> bool:
    """Return whether the texts of several options are all names of picture files."""
    texts = [option.text.strip() for option in options]
    return len(texts) > 1 and all(
        PICTURE_FILE.fullmatch(text) and len(text.split()) == 1 for text in texts
    )


def _stripped(options: Sequence[Option]) -> tuple[Option, ...] | None:
    if len(options) < 2:
        return None
    patterns = (_LETTERED, _SPACED) if len(options) > 2 else (_LETTERED,)
    for pattern in patterns:
        found = [pattern.fullmatch(option.text) for option in options]
        matches = [match for match in found if match]
        if len(matches) < len(options):
            continue
        carried = [match["label"] for match in matches]
        texts = [match["text"].strip() for match in matches]
        if [label.casefold() for label in carried] == [
            option.label.casefold() for option in options
        ]:
            return tuple(Option(o.label, t) for o, t in zip(options, texts, strict=True))
        if _in_order(carried) and _by_position(options):
            return tuple(Option(label, t) for label, t in zip(carried, texts, strict=True))
    return None


def _by_position(options: Sequence[Option]) -> bool:
    return [option.label for option in options] == _letters(len(options))


def _letters(count: int) -> list[str]:
    return [chr(ord("A") + place) for place in range(count)]


def _in_order(labels: Sequence[str]) -> bool:
    """Return whether labels are A, B, C … (in one case) or 1, 2, 3 …"""
    plain = [label.upper() for label in labels] if labels and labels[0].islower() else list(labels)
    return plain in (_letters(len(plain)), [str(place + 1) for place in range(len(plain))])


def _from_mapping(value: Mapping[Any, Any]) -> Sequence[Option] | None:
    for key in _LIST_KEYS:
        if list(value) == [key]:
            return read_options(value[key])
    inner = [each for each in value.values() if each is not None]
    if inner and all(isinstance(each, (list, tuple)) for each in inner):
        return _from_lists({str(key): list(each) for key, each in value.items() if each})
    if inner and all(isinstance(each, Mapping) for each in inner):
        texts = {key: _get(each, _TEXT_KEYS) for key, each in value.items() if each is not None}
        return None if None in texts.values() else _from_mapping(texts)
    if any(isinstance(each, (list, tuple, Mapping)) for each in inner):
        return None
    pairs = [(str(key), _text(each)) for key, each in value.items() if each is not None]
    named = [NAMED.fullmatch(key.strip()) for key, _ in pairs]
    if all(named):
        labels = [match[1].upper() for match in named if match]
        return [Option(label, text) for label, (_, text) in zip(labels, pairs, strict=True)]
    return [Option(label.strip(), text) for label, text in pairs]


def _from_lists(lists: Mapping[str, list[Any]]) -> Sequence[Option] | None:
    """Return options from parallel lists of labels and texts, by the lists' names."""
    names = {name: name.casefold().removesuffix("s") for name in lists}
    texts = next((name for name in names if names[name] in _TEXT_KEYS), None)
    labels = next((name for name in names if names[name] in _LABEL_KEYS and name != texts), None)
    if texts is None or labels is None or len(lists[labels]) != len(lists[texts]):
        return None
    pairs = list(zip(lists[labels], lists[texts], strict=True))
    if any(isinstance(each, (list, tuple, Mapping)) for pair in pairs for each in pair):
        return None
    return [Option(_text(label), _text(content)) for label, content in pairs]


def _are_labels(items: Sequence[Any]) -> bool:
    return all(len(_text(item)) <= 3 for item in items) and len(set(map(_text, items))) == len(
        items
    )


def _from_list(value: Sequence[Any]) -> Sequence[Option] | None:
    if all(isinstance(item, Mapping) for item in value):
        return _from_objects(value)
    if all(isinstance(item, (list, tuple)) and len(item) == 2 for item in value):
        if not _are_labels([item[0] for item in value]):
            return None
        return _from_lists({"label": [a for a, _ in value], "text": [b for _, b in value]})
    if len(value) > MOST or any(isinstance(i, (list, tuple, Mapping)) or i is None for i in value):
        return None
    labels = _letters(len(value))
    return [Option(label, _text(item)) for label, item in zip(labels, value, strict=True)]


def _from_objects(value: Sequence[Mapping[str, Any]]) -> Sequence[Option] | None:
    if len(value) > MOST:
        return None
    names = {name for item in value for name in item}
    if all(len(item) == 1 for item in value) and len(names) == len(value):
        return _from_mapping({name: each for item in value for name, each in item.items()})
    options = []
    for letter, item in zip(_letters(len(value)), value, strict=True):
        content = _get(item, _TEXT_KEYS)
        if isinstance(content, (list, Mapping)) or content is None:
            return None
        label = _get({k: v for k, v in item.items() if v is not content}, _LABEL_KEYS)
        options.append(Option(letter if label is None else _text(label), _text(content)))
    return options


def _get(item: Mapping[str, Any], names: Sequence[str]) -> Any:
    by_name = {str(name).casefold(): each for name, each in item.items()}
    return next((by_name[name] for name in names if by_name.get(name) is not None), None)


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _from_text(value: str) -> Sequence[Option] | None:
    heading = _HEADING.match(value)
    value = value[heading.end() :] if heading else value
    for read in (_from_lines, _from_one_line, _from_parted):
        options = read(value)
        if options and len(options) > 1:
            return options
    return None


def _from_lines(value: str) -> list[Option] | None:
    lines = [line for line in value.splitlines() if line.strip()]
    for pattern in (_LETTERED, _SPACED):
        options: list[Option] = []
        for line in lines:
            match = pattern.fullmatch(line)
            if match:
                options.append(Option(match["label"], match["text"].strip()))
            elif options:
                last = options[-1]
                options[-1] = Option(last.label, f"{last.text}\n{line.strip()}")
            else:
                break
        if len(options) > 1 and (pattern is _LETTERED or _in_order([o.label for o in options])):
            return options
    return None


def _from_one_line(value: str) -> list[Option] | None:
    """Return the options in ``A. x B. y`` or ``(A) x; (B) y``: letters in order from the start."""
    marks: list[re.Match[str]] = []
    for match in _INLINE.finditer(value):
        if match[1] == chr(ord("A") + len(marks)) and (marks or not value[: match.start()].strip()):
            marks.append(match)
    ends = [*(match.start() for match in marks[1:]), len(value)]
    return (
        [
            Option(match[1], value[match.end() : end].strip().rstrip(",;|/").strip())
            for match, end in zip(marks, ends, strict=True)
        ]
        if marks
        else None
    )


def _from_parted(value: str) -> list[Option] | None:
    """Return the options in texts without letters, a line each or with ``|`` between them."""
    texts = [text.strip() for text in re.split(r"[|\n]", value) if text.strip()]
    if len(texts) > MOST or any(len(text) > _LONGEST_LINE for text in texts):
        return None
    return [Option(label, text) for label, text in zip(_letters(len(texts)), texts, strict=True)]
