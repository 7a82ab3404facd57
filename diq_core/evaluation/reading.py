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

from collections.abc import Sequence
from dataclasses import dataclass, replace

from diq_core.data.sample import Option
from diq_core.evaluation.reading_final import LONGEST, UNCLOSED, final_part, marked_places
from diq_core.evaluation.reading_marks import Marker
from diq_core.evaluation.reading_mentions import LABEL, Marked
from diq_core.evaluation.reading_standing import GUESSED, OUT, STATED, Unit, units_of
from diq_core.evaluation.reading_tokens import Choices, choices_of, place_in, plain

READING = 2
"""Version of these rules. Evaluations that do not name one were read by the first."""

SEVERAL = "it names several options"
NOTHING = "it states no option"
TAKEN_BACK = "it takes its answer back"


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read from one written answer.

    Attributes:
        label: of the option it settles on; None = undecided.
        why: where the label was found, or why there is none.
        place: the part of the answer that decided, as (begin, end); None = no part did.
    """

    label: str | None
    why: str
    place: tuple[int, int] | None = None

    def within(self, text: str, begin: int) -> Reading:
        """Return the reading of a whole answer, of which `text` was read from `begin` on."""
        if self.place is None:
            return self
        first, last = place_in(text, *self.place)
        return replace(self, place=(begin + first, begin + last))


def read_answer(text: str, options: Sequence[Option]) -> Reading:
    """Return the option that a written answer settles on, and why.

    Time grows with the length of `text` in proportion; nothing but `options` is compared with it.
    """
    part = final_part(text)
    if part is None:
        return Reading(None, UNCLOSED)
    final, begin = part
    return _read_final(final, begin, choices_of(tuple((each.label, each.text) for each in options)))


def read_choice(text: str, options: Sequence[Option]) -> str | None:
    """Return the label of the option that a written answer settles on; None = undecided."""
    return read_answer(text, options).label


def _read_final(final: str, begin: int, choices: Choices) -> Reading:
    for place in marked_places(final):
        boxed = final[place.begin : place.end][:LONGEST]
        read = _read_plain(boxed, choices)
        if read.label or read.why == SEVERAL:
            read = replace(read, why=place.how) if read.label else read
            rest = max(place.end, len(final) - LONGEST)
            corrected = _corrected(final[rest:], choices)
            if corrected:
                return corrected.within(final[rest:], begin + rest)
            return read.within(boxed, begin + place.begin)
    rest = max(0, len(final) - LONGEST)
    return _read_plain(final[rest:], choices).within(final[rest:], begin + rest)


def _read_plain(text: str, choices: Choices) -> Reading:
    marked = Marker(plain(text), choices).marked()
    if not marked.words:
        return Reading(None, NOTHING)
    same = choices.whole(marked.words)
    if same and LABEL not in marked.roles:
        return _settled(same, "the text of an option", marked.place)
    units = units_of(marked)
    listed = _listed(units, choices)
    return _stated(units, listed, marked) or _led(units, listed) or _by_text(units)


def _corrected(text: str, choices: Choices) -> Reading | None:
    """Return what is stated expressly behind a box or tag, if anything is."""
    marked = Marker(plain(text), choices).marked()
    units = units_of(marked)
    stated = _stated(units, _listed(units, choices), marked)
    return stated if stated and stated.label else None


def _settled(
    labels: frozenset[str] | set[str], why: str, place: tuple[int, int] | None = None
) -> Reading:
    if len(labels) != 1:
        return Reading(None, SEVERAL, place)
    return Reading(next(iter(labels)), why, place)


def _settled_by(units: Sequence[Unit], why: str) -> Reading:
    place = units[0].place[0], units[-1].place[1]
    return _settled(_labels(units), why, place)


def _stated(units: Sequence[Unit], listed: frozenset[int], marked: Marked) -> Reading | None:
    """Return what the last explicit statement says; None = there is none.

    What begins a list below a heading ("Options:", A. …, B. …) is none.
    """
    said = [unit for unit in units if not (unit.headed and unit.first.start in listed)]
    last = next((at for at in reversed(range(len(said))) if said[at].standing == STATED), None)
    if last is None:
        guessed = [unit for unit in said if unit.standing == GUESSED]
        return _settled_by(guessed, "guessed") if guessed else None
    labels = said[last].labels
    refused = (unit for unit in said[last + 1 :] if unit.standing == OUT)
    if "w" in marked.roles[said[last].end :] or any(labels <= unit.labels for unit in refused):
        return Reading(None, TAKEN_BACK)
    return _settled(labels, "stated", said[last].place)


def _led(units: Sequence[Unit], listed: frozenset[int]) -> Reading | None:
    """Return what the labels say that lead their lines; a list of the options says nothing."""
    leading = [unit for unit in units if unit.first.led and not unit.asked]
    if not leading:
        return None
    left = [u for u in leading if u.first.start not in listed and u.standing != OUT]
    heads = {unit.first.label for unit in leading if unit.first.start in listed}
    if heads and all(unit.first.item and unit.first.label in heads for unit in left):
        return Reading(None, SEVERAL)  # only lists, one of them begun twice
    return _settled_by(left, "led") if left else Reading(None, SEVERAL)


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
    return _settled_by(named, "the text of one option") if named else Reading(None, NOTHING)


def _labels(units: Sequence[Unit]) -> frozenset[str]:
    return frozenset(label for unit in units for label in unit.labels)
