"""What columns are usually called, whatever their case, and which of them hold what."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from diq_core.data.formats.literals import parsed
from diq_core.data.formats.options import read_options
from diq_core.data.formats.paths import ABSENT, value_at

Row = Mapping[str, Any]

# The first that is there is used. A name is compared as `plain_name` gives it.
NAMES: dict[str, tuple[str, ...]] = {
    "question": (
        "question", "query", "prompt", "instruction", "problem", "questiontext", "questionstem",
        "stem", "userprompt", "input", "user", "human", "问题", "問題", "题目", "質問", "질문",
        "frage", "pregunta", "вопрос", "سؤال",
    ),
    "options": (
        "options", "option", "choices", "answeroptions", "answerchoices", "candidates",
        "alternatives", "possibleanswers", "answers", "optionen", "opciones", "选项",
    ),
    "answer": (
        "answer", "response", "output", "completion", "generation", "finalanswer", "correctanswer",
        "answertext", "reply", "assistant", "modelanswer", "modelresponse", "generatedanswer",
        "outputs", "responses", "completions", "generations", "groundtruth", "groundtruthanswer",
        "goldanswer", "goldenanswer", "referenceanswer", "expectedanswer", "expectedoutput",
        "correctanswers", "target", "solution", "回答", "答案", "답변",
        "antwort", "respuesta", "réponse", "ответ", "إجابة", "content",
    ),
    "reasoning": (
        "reasoning", "reasoningcontent", "complexcot", "cot", "chainofthought", "rationale",
        "explanation", "thinking", "thought", "thoughts", "thoughtprocess", "reasoningtrace",
        "reasoningsteps", "reasoningpath", "thinkingtrajectories", "solution", "justification",
        "longanswer", "exp", "解析", "解释", "begründung", "explicación", "explication",
    ),
    "answer_label": (
        "answeridx", "answerlabel", "answerletter", "answerindex", "answerkey", "answerid",
        "answernumber", "correctoption", "correctlabel", "correctletter", "correctindex",
        "correctidx", "correctchoice", "correctanswerindex", "correctansweridx", "rightoption",
    ),
    "context": (
        "context", "contexts", "passage", "passages", "background", "scenario", "vignette", "case",
    ),
    "system": ("system", "systemprompt", "systemmessage"),
    "history": ("history", "chathistory", "conversationhistory", "dialoghistory"),
    "conversation": (
        "conversation", "conversations", "conversatons", "dialogue", "dialog", "chat", "turns",
    ),
    "id": ("id", "uid", "qid", "uuid", "questionid", "sampleid", "pubid"),
}  # fmt: skip
NESTED_ANSWER = "reward_model.ground_truth"
"""Where files for reinforcement learning keep the answer to a prompt."""

_KNOWN = (
    "messages", "conversations", "question", "answer", "instruction", "input", "output", "prompt",
    "completion", "response", "reasoning", "options", "context", "history", "explanation",
    "rationale",
)  # fmt: skip
_LETTERS = "abcdefghij"
_OPTION_PREFIXES = ("", "op", "option", "choice", "opt", "answer")
# Such a column holds an answer that is not to be learned.
_REJECTED = (
    "reject", "wrong", "incorrect", "negative", "worse", "loser", "distract", "false", "bad",
)  # fmt: skip


def plain_name(name: str) -> str:
    """Return a column's name for comparison: case, separators and a part in brackets dropped."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    bare = folded.partition("(")[0] or folded
    return "".join(sign for sign in bare if sign.isalnum())


def find_columns(rows: Sequence[Row]) -> dict[str, str]:
    """Return our field → the column of `rows` that holds it, by its name and its values.

    A question that is nowhere is found by the end of a name ("Verifiable Question") where only
    one column ends so; so is an answer.
    """
    columns = {name: None for row in rows for name in row}
    by_name: dict[str, list[str]] = {}
    for name in columns:
        by_name.setdefault(plain_name(name), []).append(name)
    found: dict[str, str] = {}
    for field, names in NAMES.items():
        fitting = [each for name in (field, *names) for each in _spelled(field, by_name, name)]
        for column in fitting:
            kind = "answers" if field == "answer" and "options" in found else field
            if column not in found.values() and _holds(kind, rows, column):
                found[field] = column
                break
    for field in ("question", "answer"):
        ending = _by_end(field, rows, columns, found) if field not in found else None
        if ending is not None:
            found[field] = ending
    if "answer" not in found:
        found |= {"answer": NESTED_ANSWER} if _holds("answer", rows, NESTED_ANSWER) else {}
    if "options" not in found and (family := _option_family(by_name)):
        found["options"] = family
    return found


def _spelled(field: str, by_name: Mapping[str, list[str]], name: str) -> list[str]:
    """Return the columns of a name; our own spelling comes first."""
    return sorted(by_name.get(plain_name(name), ()), key=lambda each: (each != field, each))


def _by_end(
    field: str, rows: Sequence[Row], columns: Iterable[str], found: Mapping[str, str]
) -> str | None:
    fitting = [
        column
        for column in columns
        if plain_name(column).endswith(field)
        and column not in found.values()
        and not any(word in plain_name(column) for word in _REJECTED)
        and _holds(field, rows, column)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _option_family(by_name: Mapping[str, list[str]]) -> str | None:
    """Return the columns that hold an option each (A, B, C or option_1, option_2), as one path."""
    for prefix in _OPTION_PREFIXES:
        for signs in (_LETTERS, *(("0123456789", "123456789") if prefix else ())):
            names = [f"{prefix}{sign}" for sign in signs]
            present = [by_name[name][0] for name in names if name in by_name]
            if len(present) > 2 and all(name in by_name for name in names[: len(present)]):
                return ",".join(present)
    return None


def _holds(field: str, rows: Sequence[Row], place: str) -> bool:
    """Return whether the values at a place can be what the field is; all missing cannot."""
    values = [parsed(value_at(row, place)) for row in rows]
    filled = [value for value in values if value is not ABSENT and value not in (None, "")]
    return bool(filled) and all(_can_be(field, value) for value in filled)


def _can_be(field: str, value: Any) -> bool:
    match field:
        case "options":
            return isinstance(value, str) or (isinstance(value, (list, Mapping)) and len(value) > 1)
        case "history" | "conversation":
            return isinstance(value, list)
        case "question":
            return isinstance(value, str) or is_messages(value)
        case "reasoning" | "context":
            return isinstance(value, str) or _texts(value)
        case "answers":
            every = value if isinstance(value, list) else [value]
            return all(_can_be("answer", each) for each in every)
        case "answer":
            one = value[0] if isinstance(value, list) and len(value) == 1 else value
            return isinstance(one, (str, int, float)) and not isinstance(one, bool)
        case _:
            return isinstance(value, (str, int)) and not isinstance(value, bool)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def is_messages(value: Any) -> bool:
    """Return whether a value is a list of messages: objects with a speaker each."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(each, Mapping) and {"role", "from"} & set(each) for each in value)
    )


def near_names(columns: Iterable[str]) -> dict[str, str]:
    """Return column → the known name that it nearly is, for what looks like a slip."""
    known = {name for names in NAMES.values() for name in names}
    found = {}
    for column in columns:
        name = plain_name(column)
        close = get_close_matches(name, _KNOWN, n=1, cutoff=0.85)
        if close and close[0] != name and name not in known:
            found[column] = close[0]
    return found


def field_of(column: str) -> str:
    """Return our field that a column is usually named for; "" = none."""
    name = plain_name(column.rpartition(".")[2] or column)
    return next((field for field, names in NAMES.items() if name in names), "")


def list_for(field: str, rows: Sequence[Row]) -> str | None:
    """Return the column that has a name of `field` and holds a list of several values."""
    for column in dict.fromkeys(name for row in rows for name in row):
        named = plain_name(column) in NAMES[field]
        if named and any(isinstance(parsed(row.get(column)), list) for row in rows):
            return column
    return None


def looks_like_options(value: Any) -> bool:
    """Return whether a value can only be options: short texts that each have a label in order."""
    value = parsed(value)
    if isinstance(value, list) and not all(isinstance(each, Mapping) for each in value):
        return False
    options = read_options(value)
    if not options or not 2 <= len(options) <= len(_LETTERS):
        return False
    lettered = list(_LETTERS[: len(options)])
    labels = [option.label.casefold() for option in options]
    if isinstance(value, str):
        short = all("\n" not in each.text and len(each.text) < 100 for each in options)
        return short and labels == lettered
    numbers = [str(number) for number in range(len(labels) + 1)]
    return labels in (lettered, numbers[:-1], numbers[1:])
