"""Questions that are answered in words: closed ones by a term, open ones by a few words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from diq_core.data.meaning import turning_points
from diq_core.evaluation.reading_final import UNCLOSED
from diq_core.evaluation.verify.said import Said, said
from diq_core.evaluation.verify.terms import UNKNOWN, terms
from diq_core.evaluation.verify.verdict import Outcome, Target, Verdict

SAME = 0.6
"""Token F1 from which on two texts whose meaning is not turned say the same."""

OTHER = 0.2
"""Token F1 up to which a short answer says something else."""

SHORT = 12
"""Words: a longer answer that says something else may say the right thing in other words."""

_PREFERRED: tuple[Outcome, ...] = ("right", "undecided", "wrong")
"""Of the verdicts by several right answers the first counts."""

_OR = re.compile(r"\b(?:or|oder|ou|versus|vs)\b|或", re.IGNORECASE)
_BUT = re.compile(r"\b(?:but|sondern|mais|sino)\b(?: rather)?", re.IGNORECASE)
_NEGATIONS = "no not never none nor neither without nicht kein pas sans sin 不 没 無 无"
_NEGATED = frozenset(_NEGATIONS.split())


def closed(text: str, target: Target) -> Verdict:
    """Return the verdict on an answer that is one term: equal, a synonym, or wrong.

    A sentence is right that holds the term, neither negated nor beside another side or number.
    """
    return _worded(text, target, _closed)


def open_ended(text: str, target: Target) -> Verdict:
    """Return the verdict on an answer in a few words, by token F1.

    Right from `SAME` on if nothing turns the meaning (numbers, negations, sides, opposites);
    wrong up to `OTHER`, or where the meaning is turned. So a right answer in wholly other words
    that are not listed counts as wrong: that is for a judge to say, and is kept apart.
    """
    return _worded(text, target, _open)


def _worded(text: str, target: Target, compare: Callable[[str, str], Outcome]) -> Verdict:
    found = said(text)
    if found is None:
        return Verdict("undecided", UNCLOSED)
    shown, place = _shown(found)
    words = terms(shown)
    if not words or (UNKNOWN.search(shown) and not _names(words, target)):
        return Verdict("undecided", "it gives no answer", shown, place)
    golds = (target.gold[0], *target.synonyms)
    outcomes = [compare(shown, gold) for gold in golds]
    outcome = min(outcomes, key=_PREFERRED.index)
    why = found.how if outcome != "undecided" else "whether it means the same cannot be told"
    return Verdict(outcome, why, shown, place)


def _shown(found: Said) -> tuple[str, tuple[int, int]]:
    """Return what is stated, without what "not X but" rules out, and where it stands."""
    text = found.text
    but = next((match for match in _BUT.finditer(text) if _negates(text[: match.start()])), None)
    begin = but.end() if but else 0
    begin += len(text[begin:]) - len(text[begin:].lstrip())
    shown = text[begin:].rstrip()
    return " ".join(shown.split()), (found.begin + begin, found.begin + begin + len(shown))


def _negates(text: str) -> bool:
    return bool(_NEGATED & set(terms(text)))


def _names(words: Sequence[str], target: Target) -> bool:
    return _inside(terms(target.gold[0]), words)


def _inside(part: Sequence[str], words: Sequence[str]) -> bool:
    """Return whether the words of `part` stand in `words`, one behind the other."""
    size = len(part)
    return any(tuple(words[at : at + size]) == tuple(part) for at in range(len(words) - size + 1))


def _closed(shown: str, gold: str) -> Outcome:
    words, wanted = terms(shown), terms(gold)
    if words == wanted:
        return "right"
    if not _inside(wanted, words):
        return "wrong" if len(words) <= SHORT // 2 and not _OR.search(shown) else "undecided"
    if _OR.search(shown):
        return "undecided"
    if _turned(shown, gold):
        return "wrong" if _negation_differs(shown, gold) else "undecided"
    return "right" if len(words) - len(wanted) <= SHORT // 2 else "undecided"


def _open(shown: str, gold: str) -> Outcome:
    words, wanted = terms(shown), terms(gold)
    score = token_f1(words, wanted)
    if _OR.search(shown) and not _OR.search(gold):
        return "undecided" if score > OTHER else "wrong"
    if score > OTHER and _turned(shown, gold):
        return "wrong" if _opposed(shown, gold) else "undecided"
    if score >= SAME:
        return "right"
    return "wrong" if score <= OTHER and len(words) <= SHORT else "undecided"


def token_f1(words: Sequence[str], wanted: Sequence[str]) -> float:
    """Return the harmonic mean of precision and recall of the words, 0 to 1."""
    shared = sum((Counter(words) & Counter(wanted)).values())
    return 2 * shared / (len(words) + len(wanted)) if shared else 0.0


def _turns(text: str) -> Counter[str]:
    return Counter(set(turning_points(text)))


def _turned(shown: str, gold: str) -> bool:
    return _turns(shown) != _turns(gold)


def _negation_differs(shown: str, gold: str) -> bool:
    return _negates(shown) != _negates(gold)


def _opposed(shown: str, gold: str) -> bool:
    """Return whether one negates what the other says, or each has a turn that the other lacks."""
    mine, others = _turns(shown), _turns(gold)
    return _negation_differs(shown, gold) or bool(mine - others and others - mine)
