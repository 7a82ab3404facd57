"""Questions with options: which of them an answer settles on, one or several."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from diq_core.evaluation.reading import read_answer
from diq_core.evaluation.reading_final import UNCLOSED
from diq_core.evaluation.reading_marks import Marker
from diq_core.evaluation.reading_standing import OUT, STATED, Unit, units_of
from diq_core.evaluation.reading_tokens import Choices, choices_of, place_in, plain
from diq_core.evaluation.verify.said import said
from diq_core.evaluation.verify.verdict import Outcome, Target, Verdict

Found: TypeAlias = tuple[frozenset[str], tuple[int, int]]
"""The labels that are named, and where."""

_COMPACT = re.compile(r"\W*(?:选择?|选)?([A-Z]{2,10})\W*(?:(?:because|since|as)\b.*)?", re.DOTALL)
_OR = re.compile(r"\b(?:or|oder|ou|o|u|vs|versus)\b|或|또는|أو", re.IGNORECASE)


def one_label(text: str, target: Target) -> Verdict:
    """Return the verdict on an answer to a question of which one option is right."""
    read = read_answer(text, target.options)
    if read.label is None:
        return Verdict("undecided", read.why, place=read.place)
    outcome: Outcome = "right" if read.label == target.gold[0] else "wrong"
    return Verdict(outcome, read.why, read.label, read.place)


def several_labels(text: str, target: Target) -> Verdict:
    """Return the verdict on an answer to a question of which several options are right.

    All right ones and no other have to be named, in any order.
    """
    found = said(text)
    if found is None:
        return Verdict("undecided", UNCLOSED)
    choices = choices_of(tuple((each.label, each.text) for each in target.options))
    labels, place = _compact(found.text, choices) or _named(found.text, choices)
    if not labels:
        return Verdict("undecided", "it states no option")
    where = (found.begin + place[0], found.begin + place[1])
    shown = ", ".join(label for label in choices.order if label in labels)
    if len(labels) > 1 and _OR.search(found.text[slice(*place)]):
        return Verdict("undecided", "it leaves open which of several options", shown, where)
    outcome: Outcome = "right" if labels == set(target.gold) else "wrong"
    return Verdict(outcome, found.how, shown, where)


def _compact(text: str, choices: Choices) -> Found | None:
    """Return the labels of an answer that writes them as one word: "AC"."""
    match = _COMPACT.fullmatch(text)
    letters = set(match[1]) if match else set()
    if match is None or len(letters) != len(match[1]) or not letters <= choices.exact:
        return None
    return frozenset(letters), match.span(1)


def _named(text: str, choices: Choices) -> Found:
    """Return the options of the last statement, else all that are named and not ruled out."""
    units = units_of(Marker(plain(text), choices).marked())
    named = [unit for unit in units if unit.standing != OUT and not unit.asked]
    stated = [unit for unit in named if unit.standing == STATED]
    chosen = _one_statement(stated, plain(text)) or named
    if not chosen:
        return frozenset(), (0, 0)
    place = place_in(text, chosen[0].place[0], chosen[-1].place[1])
    return frozenset(label for unit in chosen for label in unit.labels), place


def _one_statement(stated: Sequence[Unit], text: str) -> list[Unit]:
    """Return the last stated options and those that are stated in the sentences next to them."""
    found: list[Unit] = []
    for unit in reversed(stated):
        between = text[unit.place[1] : found[0].place[0]] if found else ""
        if re.search(r"[^\W\d_]{2,}[^.\n]*[.\n]", between):
            break
        found.insert(0, unit)
    return found
