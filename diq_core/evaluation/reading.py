"""The choice that a written answer settles on, or that it settles on none.

Read in this order; the first that says something decides:

1. the final part, behind the thinking;
2. a boxed or tagged answer (``\\boxed{C}``, ``<answer>C</answer>``), the last one;
3. the last explicit statement ("the answer is C", "so C", "C is correct");
4. a label that leads its line ("C. …", "(C)");
5. the text of exactly one option that is not ruled out.

Whatever names two options, or rules one out, settles on none: a wrong choice is worse than no
choice. An explicit statement *behind* a box corrects it. The words are in `reading_words`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from diq_core.data.formats.thinking import split_thinking
from diq_core.data.sample import Option
from diq_core.evaluation.reading_marks import LABEL, Marked, Marker
from diq_core.evaluation.reading_standing import GUESSED, OUT, STATED, Unit, units_of
from diq_core.evaluation.reading_tokens import Choices, choices_of, plain

READING = 2
"""Version of these rules. Evaluations that do not name one were read by the first."""

LONGEST = 20_000
"""Characters at the end of an answer that are read."""

UNCLOSED = "its thinking never ends, so there is no answer"
SEVERAL = "it names several options"
NOTHING = "it states no option"
TAKEN_BACK = "it takes its answer back"


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read from one written answer.

    Attributes:
        label: of the option it settles on; None = undecided.
        why: where the label was found, or why there is none.
    """

    label: str | None
    why: str


def read_answer(text: str, options: Sequence[Option]) -> Reading:
    """Return the option that a written answer settles on, and why.

    Time grows with the length of `text` in proportion; nothing but `options` is compared with it.
    """
    final = _final_part(text)
    if final is None:
        return Reading(None, UNCLOSED)
    return _read_final(final, choices_of(tuple((each.label, each.text) for each in options)))


def read_choice(text: str, options: Sequence[Option]) -> str | None:
    """Return the label of the option that a written answer settles on; None = undecided."""
    return read_answer(text, options).label


_THINK_END = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_THINK_BEGIN = re.compile(r"\s*<(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_BOX = re.compile(r"\\f?box(?:ed)?\s*\{")
_TAG = re.compile(r"<((?:final[_ ]?)?(?:answer|choice|solution|response))>", re.IGNORECASE)
_BOX_LONGEST = 400


def _final_part(text: str) -> str | None:
    _, final, closed = split_thinking(text)
    if not closed:
        return None
    ends = list(_THINK_END.finditer(final))
    final = final[ends[-1].end() :] if ends else final
    return None if _THINK_BEGIN.match(final) else final


def _read_final(final: str, choices: Choices) -> Reading:
    marked = next(_marked_answers(final, choices), None)
    if marked is None:
        return _read_plain(final[-LONGEST:], choices)
    reading, rest = marked
    return _corrected(rest[-LONGEST:], choices) or reading


def _marked_answers(final: str, choices: Choices) -> Iterator[tuple[Reading, str]]:
    """Yield what boxed and tagged answers say, the last first, and the text behind each."""
    places = [(match.end(), match) for pattern in (_BOX, _TAG) for match in pattern.finditer(final)]
    for begin, match in sorted(places, key=lambda place: place[0], reverse=True)[:20]:
        end = _brace(final, begin) if match.re is _BOX else _tag_end(final, match)
        reading = _read_plain(final[begin:end][:LONGEST], choices)
        if reading.label or reading.why == SEVERAL:
            kind = "boxed" if match.re is _BOX else "tagged"
            yield (Reading(reading.label, kind) if reading.label else reading), final[end:]


def _brace(text: str, begin: int) -> int:
    """Return the place of the brace that closes the one before `begin`."""
    depth = 1
    stop = min(len(text), begin + _BOX_LONGEST)
    for place in range(begin, stop):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if not depth:
            return place
    return stop


def _tag_end(text: str, opened: re.Match[str]) -> int:
    end = text.find(f"</{opened[1]}", opened.end())
    return len(text) if end < 0 else end


def _read_plain(text: str, choices: Choices) -> Reading:
    marked = Marker(plain(text), choices).marked()
    if not marked.words:
        return Reading(None, NOTHING)
    same = choices.whole(marked.words)
    if same and LABEL not in marked.roles:
        return _settled(same, "the text of an option")
    units = units_of(marked)
    listed = _listed(units, choices)
    return _stated(units, listed, marked) or _led(units, listed) or _by_text(units)


def _corrected(text: str, choices: Choices) -> Reading | None:
    """Return what is stated expressly behind a box or tag, if anything is."""
    marked = Marker(plain(text), choices).marked()
    units = units_of(marked)
    stated = _stated(units, _listed(units, choices), marked)
    return stated if stated and stated.label else None


def _settled(labels: frozenset[str] | set[str], why: str) -> Reading:
    return Reading(next(iter(labels)), why) if len(labels) == 1 else Reading(None, SEVERAL)


def _stated(units: Sequence[Unit], listed: frozenset[int], marked: Marked) -> Reading | None:
    """Return what the last explicit statement says; None = there is none.

    What begins a list below a heading ("Options:", A. …, B. …) is none.
    """
    said = [unit for unit in units if not (unit.headed and unit.first.start in listed)]
    last = next((at for at in reversed(range(len(said))) if said[at].standing == STATED), None)
    if last is None:
        guessed = [unit for unit in said if unit.standing == GUESSED]
        return _settled(_labels(guessed), "guessed") if guessed else None
    labels = said[last].labels
    refused = (unit for unit in said[last + 1 :] if unit.standing == OUT)
    if "w" in marked.roles[said[last].end :] or any(labels <= unit.labels for unit in refused):
        return Reading(None, TAKEN_BACK)
    return _settled(labels, "stated")


def _led(units: Sequence[Unit], listed: frozenset[int]) -> Reading | None:
    """Return what the labels say that lead their lines; a list of the options says nothing."""
    leading = [unit for unit in units if unit.first.led and not unit.asked]
    if not leading:
        return None
    left = [u for u in leading if u.first.start not in listed and u.standing != OUT]
    heads = {unit.first.label for unit in leading if unit.first.start in listed}
    if heads and all(unit.first.item and unit.first.label in heads for unit in left):
        return Reading(None, SEVERAL)  # only lists, one of them begun twice
    return _settled(_labels(left), "led") if left else Reading(None, SEVERAL)


def _listed(units: Sequence[Unit], choices: Choices) -> frozenset[int]:
    """Return where options are only listed: "A. …", "B. …", "C. …", climbing from the first."""
    items = [unit for unit in units if unit.first.led or unit.first.item]
    places = [choices.order.index(unit.first.label) for unit in items]
    found: list[Unit] = []
    begin = 0
    for end in range(1, len(items) + 1):
        climbs = end < len(items) and not items[end].headed and places[end] > places[end - 1]
        if not (climbs and places[begin] == 0):
            found += items[begin:end] if end > begin + 1 else []
            begin = end
    return frozenset(unit.first.start for unit in found)


def _by_text(units: Sequence[Unit]) -> Reading:
    named = [unit for unit in units if unit.has_text and unit.standing != OUT and not unit.asked]
    return _settled(_labels(named), "the text of one option") if named else Reading(None, NOTHING)


def _labels(units: Sequence[Unit]) -> frozenset[str]:
    return frozenset(label for unit in units for label in unit.labels)
