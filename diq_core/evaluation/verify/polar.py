"""Questions that are answered by yes, no or maybe."""

from __future__ import annotations

import re
import unicodedata

from diq_core.evaluation.reading_final import UNCLOSED
from diq_core.evaluation.verify.said import Said, said
from diq_core.evaluation.verify.verdict import Outcome, Target, Verdict

_WORDS = {
    "yes": "yes yeah yep true correct ja richtig korrekt oui vrai si verdadero 是 是的 有 对 예 네 "
    "نعم",
    "no": "no nope false incorrect not nein falsch non faux falso 否 不 不是 没有 没 无 "
    "아니요 아니오 لا",
    "maybe": "maybe uncertain unclear indeterminate undetermined inconclusive vielleicht unklar "
    "peut-être possiblement quizás 也许 可能 不确定 아마 ربما",
}
MEANINGS = {word: meaning for meaning, words in _WORDS.items() for word in words.split()}
"""Each word that answers such a question → what it means."""

_EASTERN = sorted((word for word in MEANINGS if not word.isascii()), key=len, reverse=True)
_TOKEN = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|[.,;:!?\n–—-]|[^\s\w]")
_STOPS = frozenset(".,;:!?\n–—-。，；：！")
_DETERMINES = re.compile(r"\s*no\s+(?:(?:evidence|signs?|findings?)\s+(?:of|for)\s+)?(.+)", re.I)
_DOUBT = re.compile(r"no (?:doubt|question)|without (?:a )?doubt", re.IGNORECASE)


def polar(text: str, target: Target) -> Verdict:
    """Return the verdict on an answer to a question of yes, no or maybe.

    The first word decides, else the only word of the kind. "No evidence of X" is a "no" only
    where the question asks for X: to "is it normal?" it would be a "yes".
    """
    found = said(text)
    if found is None:
        return Verdict("undecided", UNCLOSED)
    meaning, place = _meaning(found, target.question)
    where = (found.begin + place[0], found.begin + place[1]) if place else None
    if meaning is None:
        return Verdict("undecided", "it says neither yes nor no nor maybe", place=where)
    gold = MEANINGS.get(target.gold[0].strip().casefold(), target.gold[0])
    outcome: Outcome = "right" if meaning == gold else "wrong"
    return Verdict(outcome, found.how, meaning, where)


def _meaning(found: Said, question: str) -> tuple[str | None, tuple[int, int] | None]:
    text = _DOUBT.sub(lambda match: " " * len(match[0]), found.text)
    words = [match for match in _TOKEN.finditer(text) if match[0] not in " \"'“”‘’„«»()[]"]
    if not words:
        return None, None
    said_words = [(match, _answers(match[0])) for match in words]
    first, meaning = said_words[0]
    if meaning and _stands_alone(text, first, question):
        others = {each for _, each in said_words if each} - {meaning}
        if others and _either(text):
            return None, first.span()
        if text[first.end() : first.end() + 1] == "?":
            return _meaning(Said(text[first.end() + 1 :], 0, found.how), question)[0], first.span()
        return meaning, first.span()
    alone = [(m, each) for m, each in said_words if each and _set_off(text, m)]
    meanings = {each for _, each in alone}
    if len(meanings) == 1:
        return alone[-1][1], alone[-1][0].span()
    return None, None


def _answers(word: str) -> str | None:
    bare = unicodedata.normalize("NFKC", word).casefold()
    bare = bare.replace("í", "i")
    if bare in MEANINGS:
        return MEANINGS[bare]
    if bare.isascii():
        return None
    return next((MEANINGS[each] for each in _EASTERN if bare.startswith(each)), None)


def _stands_alone(text: str, word: re.Match[str], question: str) -> bool:
    """Return whether a first word answers by itself, and is no "no" in front of its noun."""
    behind = text[word.end() :].lstrip(" \"'”’)")
    if word[0].casefold() not in ("no", "not", "non"):
        return True
    if not behind or behind[0] in _STOPS:
        return True
    named = _DETERMINES.match(text[word.start() :])
    subject = _content(named[1]) if named else set()
    return bool(subject) and bool(subject & _content(question)) and word[0].casefold() == "no"


def _content(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{4,}", text.casefold()))


def _either(text: str) -> bool:
    return re.search(r"\b(?:and|or|und|oder|et|ou|y|o)\b|/", text.casefold()) is not None


def _set_off(text: str, word: re.Match[str]) -> bool:
    """Return whether a word stands between signs: "Therefore, no." """
    before = text[: word.start()].rstrip(" \"'“‘(")
    behind = text[word.end() :].lstrip(" \"'”’)")
    return (not before or before[-1] in _STOPS or before.endswith(("is", "so"))) and (
        not behind or behind[0] in _STOPS
    )
