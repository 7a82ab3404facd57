"""How numbers as answers count the options: as the rows of a file prove it, else asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from diq_core.data.formats.answers import number_in, with_label, with_text
from diq_core.data.formats.options import without_letters
from diq_core.data.formats.parts import Parts
from diq_core.data.sample import Option
from diq_core.errors import SettingNeeded

Numbers = Literal["0", "1", "text", "unproven"]
"""How numbers as answers are meant: counted from 0, from 1, as the text itself, or not known."""


def proven(conversions: Iterable[Parts]) -> Numbers:
    """Return how a file's numbers are meant, as far as its rows prove it.

    A 0 proves counting from 0, the number of options counting from 1, and so does a number
    beside the text of the same option. Numbers that all are texts of options prove to be texts
    where another answer of the file is a text, or where none of them could count.
    """
    seen: Counter[str] = Counter()
    hints = set()
    for parts in conversions:
        seen.update(_evidence(parts))
        hints.add(parts.counts_from)
    if seen["text"] and not seen["no text"] and (seen["words"] or not seen["could count"]):
        return "text"
    if seen["from 0"] and seen["from 1"]:
        return "unproven"
    if seen["from 0"] or seen["from 1"]:
        return "0" if seen["from 0"] else "1"
    hint = hints.pop() if len(hints) == 1 else None
    return {0: "0", 1: "1"}.get(hint, "unproven")  # type: ignore[arg-type, return-value]


def needs_numbers(parts: Parts) -> bool:
    """Return whether the answer is a number that says nothing until its counting is known."""
    worded = parts.answer_label and with_text(parts.answer, parts.options)
    return number_of(parts) is not None and not worded


def numbers_needed(asked: Sequence[Parts]) -> SettingNeeded:
    """Return the question how the numbers in some conversions are meant, told by one of them.

    Args:
        asked: at least one, and only those of which `needs_numbers` is true.
    """
    # A number in the middle is an option in either way of counting.
    middle = (each for each in asked if 0 < (number_of(each) or 0) < len(each.options))
    parts = next(middle, asked[0])
    said, options = parts.answer_label or parts.answer, without_letters(parts.options)
    number = number_of(parts)
    from_0, from_1 = place(number, parts, "0"), place(number, parts, "1")
    return SettingNeeded(
        "The right answers are numbers, and the file does not prove whether these count the "
        "options from 0 or from 1, or are answers themselves",
        which=f"answer {said} of {len(options)} options",
        todo="say it with --answer-numbers 0, --answer-numbers 1 or --answer-numbers text, or "
        "write labels such as B",
        setting="answer_numbers",
        choices={
            "0": f"it counts the options from 0: {said} is {_shown(from_0)}",
            "1": f"it counts the options from 1: {said} is {_shown(from_1)}",
            "text": f"it is the answer itself: {said}",
        },
    )


def _shown(option: Option | None) -> str:
    return f"'{option.text:.60}'" if option else "none of them"


def number_of(parts: Parts) -> int | None:
    """Return the number that stands in the place of the label or of the answer."""
    options = without_letters(parts.options)
    said = parts.answer_label or parts.answer
    if not options or with_label(said, options):
        return None
    number = number_in(said)
    return None if number is None or number < 0 else number


def _evidence(parts: Parts) -> list[str]:
    options = without_letters(parts.options)
    number = number_of(parts)
    if number is None:
        worded = not parts.answer_label and len(with_text(parts.answer, options)) == 1
        return ["words"] if worded and not with_label(parts.answer, options) else []
    found = []
    if not parts.answer_label:
        found.append("text" if with_text(parts.answer, options) else "no text")
        if number <= len(options):
            found.append("could count")
    if "text" not in found:
        found += ["from 0"] * (number == 0) + ["from 1"] * (number == len(options))
    if parts.answer_label and len(right := with_text(parts.answer, options)) == 1:
        at = options.index(right[0])
        found += {0: ["from 0"], 1: ["from 1"]}.get(number - at, [])
    return found


def place(number: int | None, parts: Parts, numbers: Numbers) -> Option | None:
    """Return the option that a number counts to; None where that is not known, or is no option."""
    if number is None or numbers not in ("0", "1"):
        return None
    at = number - int(numbers)
    return parts.options[at] if 0 <= at < len(parts.options) else None
