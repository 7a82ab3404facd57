"""What a file itself says of its answers: right or wrong, to be learned or not.

Only columns that no format used are asked, and the last message of a conversation. A column is
known by its name (``label``, ``kto_tag``, ``is_correct``, ``weight``, ``verdict`` …), its values
by their words; numbers on a scale that nobody names are not understood, see `judges`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from diq_core.data.formats.literals import parsed
from diq_core.data.formats.parts import Note, Parts, Row, unread

Verdict = Literal["good", "bad", "nothing", "unclear"]
"""unclear: it judges, in words or numbers that are not known."""


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text as a set: how lists of words are written here."""
    return frozenset(text.split())


# What may stand around the word that counts: is_correct, human_verdict, answer_quality.
_AROUND = words_of(
    "is was answer answers response output completion human expert annotator annotated doctor "
    "physician clinician reviewer reviewers llm gpt gpt4 model overall final medical tag"
)
_NOUNS = words_of("answer answers response responses output completion")
_TRUE_IS_GOOD = words_of(
    "correct right accepted approved safe valid good kto label factual helpful acceptable "
    "desirable accurate faithful passed thumbsup correctness factuality"
)
_TRUE_IS_BAD = words_of(
    "wrong incorrect rejected unsafe harmful toxic hallucination hallucinated bad invalid "
    "inaccurate unacceptable undesirable misleading dangerous thumbsdown"
)
_LEARNED = words_of("weight train trainable learn loss")
_JUDGES = words_of(
    "verdict judgement judgment annotation annotations quality rating correctness assessment "
    "factuality safety thumbs"
)
_MAY_JUDGE = words_of("label status review decision feedback evaluation flag grade")
_NAMES = _TRUE_IS_GOOD | _TRUE_IS_BAD | _LEARNED | _JUDGES | _MAY_JUDGE
_SCALES = words_of("rating score stars reward quality correctness helpfulness grade")

_BAD = words_of(
    "unsafe wrong incorrect false bad rejected reject harmful dangerous unacceptable invalid "
    "hallucinated hallucination toxic erroneous inaccurate misleading notsafe notcorrect "
    "notacceptable notapproved disapproved falsch schlecht faux incorrecto 错误 不正确 不安全"
)
_GOOD = words_of(
    "safe right correct true good accepted accept approved approve valid ok okay acceptable "
    "accurate verified helpful verygood richtig gut vrai correcto 正确 安全"
)
# In a column that may also hold classes (a negative test), these say nothing.
_BAD_IN_JUDGEMENTS = words_of(
    "poor fail failed declined discard thumbsdown down dislike disliked negative undesirable "
    "verybad terrible ❌ ✗ 👎"
)
_GOOD_IN_JUDGEMENTS = words_of(
    "fine pass passed excellent perfect thumbsup up like liked positive desirable ✅ ✓ 👍"
)
_UNJUDGED = words_of(
    "none na nan null unrated notrated unreviewed notreviewed pending todo open unjudged"
)
_YES, _NO = words_of("true yes y 1"), words_of("false no n 0")
_MOST_LEAVES = 200
_LONGEST_WORDS = 40
"""A longer text is a remark, not a judgement in one word."""


def note_judgement(parts: Parts, row: Row) -> None:
    """Note what the row says against its answer; such a note leaves the sample out.

    A column whose words are understood counts as used.
    """
    noted = False
    for name, value in _said(parts, row):
        verdict = read_verdict(name, value)
        if verdict in ("good", "bad") and name in row and parts.used is not None:
            parts.use(name)
        if verdict not in ("bad", "unclear") or noted:
            continue
        shown = ", ".join(str(leaf) for leaf in _leaves(value))[:80]
        if verdict == "bad":
            rule, message = "judged-bad", f"'{name}' says of the answer: {shown}"
            hint = f"nothing to do if that is right; else correct '{name}'"
        else:
            rule, message = "judged-unclear", f"'{name}' judges the answer in other words: {shown}"
            hint = f"write good or bad there, or set the column aside (--ignore {name})"
        parts.notes.append(Note(rule, name, message, hint))
        noted = True


def judges(column: str, values: Iterable[Any]) -> str | None:
    """Return how a column judges answers where its words are not understood; else None.

    Args:
        column: its name.
        values: those of the first rows.
    """
    values = list(values)
    numbers = {float(value) for value in values if _is_number(value)}
    if _core(column) in _SCALES and len(numbers) > 1 and not numbers <= {0, 1}:
        low, high = min(numbers), max(numbers)
        return f"rates the answers with numbers from {low:g} to {high:g}"
    if _core(column) == "label" and len(numbers) > 1 and numbers <= {-1, 0, 1}:
        return f"may judge the answers with {' and '.join(f'{each:g}' for each in sorted(numbers))}"
    unclear = [value for value in values if read_verdict(column, value) == "unclear"]
    if not unclear:
        return None
    shown = dict.fromkeys(str(leaf) for value in unclear for leaf in _leaves(value))
    return f"judges the answers in other words: {', '.join(shown)[:80]}"


def read_verdict(name: str, value: Any) -> Verdict:
    """Return what the value of a column or of a message's field says of the answer."""
    core = _core(name)
    said = {_verdict(core, leaf) for leaf in _leaves(value)} if core in _NAMES else set()
    order: tuple[Verdict, ...] = ("bad", "unclear", "good")
    return next((verdict for verdict in order if verdict in said), "nothing")


def _verdict(core: str, value: Any) -> Verdict:
    word = _word(value)
    if core in _LEARNED:
        return "bad" if word in _NO else "nothing"
    if core == "label" and word in (_YES | _NO) - {"true", "false"}:
        return "nothing"  # a class, or "no" as the answer; `judges` asks about 0 and 1
    if core in _TRUE_IS_GOOD | _TRUE_IS_BAD and word in _YES | _NO:
        return "good" if (word in _YES) == (core in _TRUE_IS_GOOD) else "bad"
    judges = core in _JUDGES
    if word in _BAD or (judges and word in _BAD_IN_JUDGEMENTS):
        return "bad"
    if word in _GOOD or (judges and word in _GOOD_IN_JUDGEMENTS):
        return "good"
    known = not word or word in _UNJUDGED or _is_number(value) or len(word) > _LONGEST_WORDS
    return "unclear" if judges and not known else "nothing"


def _said(parts: Parts, row: Row) -> Iterator[tuple[str, Any]]:
    """Yield (name, value) of what may judge the answer: unused columns, and its own message."""
    for name, value in {**unread(parts, row), **_inside(row.get("meta"))}.items():
        inner = parsed(value)
        yield name, inner
        yield from ((f"{name}.{key}", said) for key, said in _inside(inner).items())
    for name, value in row.items():
        for key, said in _last_answer(parsed(value)).items():
            if _core(str(key)) in _LEARNED | _TRUE_IS_GOOD | _TRUE_IS_BAD:
                yield f"{name}[…].{key}", said


def _inside(value: Any) -> dict[str, Any]:
    value = parsed(value)
    return {str(key): said for key, said in value.items()} if isinstance(value, Mapping) else {}


def _last_answer(value: Any) -> Mapping[str, Any]:
    """Return the last message of a conversation; of anything else, nothing."""
    if not isinstance(value, list) or not value or not isinstance(value[-1], Mapping):
        return {}
    return value[-1] if {"role", "from"} & set(value[-1]) else {}


def _core(name: str) -> str:
    """Return the words of a name that count, joined: ``correct`` for ``isCorrect``.

    ``correct_answer`` is an answer and no judgement; ``is_correct_answer`` is one.
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.rsplit(".", 1)[-1])
    words = [word for word in re.split(r"[\W_]+", apart.casefold()) if word]
    if words and words[-1] in _NOUNS and words[0] not in ("is", "was"):
        return "".join(words)
    return "".join(word for word in words if word not in _AROUND)


def _leaves(value: Any) -> list[Any]:
    """Return the single values inside a judgement; names, ids and places in it do not count."""
    found: list[Any] = []
    waiting = [value]
    while waiting and len(found) < _MOST_LEAVES:
        inner = waiting.pop(0)
        if isinstance(inner, Mapping):
            keys = ("result", "value", "choices", "label", "verdict", "rating", "labels", "text")
            waiting += [inner[key] for key in keys if key in inner]
        elif isinstance(inner, list):
            waiting += inner
        elif inner is not None:
            found.append(inner)
    return found


def _word(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return re.sub(r"[\s_\-./!]+", "", str(value).casefold())


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"\s*-?\d{1,15}(\.\d{1,15})?\s*", value, re.ASCII) is not None
    return isinstance(value, (int, float)) and not isinstance(value, bool)
