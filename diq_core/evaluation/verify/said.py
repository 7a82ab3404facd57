"""The part of a written answer that states the answer, where no options are given."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from diq_core.evaluation.reading_final import LONGEST, final_part, marked_places

_NAMES = ("answer", "final_answer", "final answer", "answers", "choice")
_HEADS = (
    r"(?:final|correct|right|best|short)?\s*(?:answers?|diagnosis|conclusion)\s*"
    r"(?:is|are|would be|was|:|=)+\s*(?:that\s+)?:?"
    r"|(?:richtige\s+)?(?:antwort|diagnose)\s*(?:ist|lautet|:)+"
    r"|(?:réponse|diagnostic)\s*(?:est|:)+|(?:respuesta|diagnóstico)\s*(?:es|:)+"
    r"|(?:最终)?(?:答案|诊断)\s*(?:是|为|：|:)+|정답\s*(?:은|는|:)+"
)
_HEAD = re.compile(rf"(?:{_HEADS})", re.IGNORECASE)
_SENTENCE_END = re.compile(r"\n|[.!?](?=\s|$)|[。！？;；]")
_BLANKED = re.compile(r"\\[a-zA-Z]+|\\[()\[\],;:! ]|[*`$~{}]|</?[a-zA-Z]{1,10}/?>|\\")
_CODE = re.compile(r"^\s*```(?:json)?\s*|\s*```\s*$")


class Said(NamedTuple):
    """A part of an answer: its text without marks, where it begins, and how it was found.

    `text` is as long as the part, so that a place in it is a place in the answer.
    """

    text: str
    begin: int
    how: str


def blanked(text: str) -> str:
    """Return `text` with Markdown, LaTeX and tags turned into as many blanks."""
    return _BLANKED.sub(lambda match: " " * len(match[0]), text)


def said(text: str) -> Said | None:
    """Return the part that states the answer; None = the thinking never ends.

    In this order: a box or tag, JSON, the last "the answer is …" up to the end of its sentence,
    all of the final part.
    """
    part = final_part(text)
    if part is None:
        return None
    final, begin = part
    skipped = max(0, len(final) - LONGEST)
    final, begin = final[skipped:], begin + skipped
    return _marked(final, begin) or _json(final, begin) or _stated(final, begin)


def _marked(final: str, begin: int) -> Said | None:
    for place in marked_places(final):
        inside = blanked(final[place.begin : place.end])
        head = _last_head(blanked(final[place.end :]))
        if head is not None:
            return None
        if inside.strip():
            return Said(inside, begin + place.begin, place.how)
    return None


def _json(final: str, begin: int) -> Said | None:
    body = _CODE.sub("", final)
    if not body.lstrip().startswith(("{", "[")):
        return None
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    value = value if isinstance(value, dict) else {"answer": value}
    found = next((each for name, each in value.items() if str(name).casefold() in _NAMES), None)
    parts = found if isinstance(found, list) else [found]
    texts = [str(each) for each in parts if isinstance(each, str | int | float)]
    if not texts or len(texts) != len(parts):
        return None
    written = ", ".join(texts)
    place = final.find(written)
    return Said(written, begin + max(place, 0), "JSON")


def _stated(final: str, begin: int) -> Said:
    shown = blanked(final)
    head = _last_head(shown)
    if head is None:
        return Said(shown, begin, "the whole answer")
    end = _SENTENCE_END.search(shown, head)
    return Said(shown[head : end.start() if end else None], begin + head, "stated")


def _last_head(shown: str) -> int | None:
    """Return the place behind the last words that announce an answer, if something follows."""
    ends = [match.end() for match in _HEAD.finditer(shown)]
    return next((end for end in reversed(ends) if re.match(r"\s*\S", shown[end:])), None)
