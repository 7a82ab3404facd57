"""Splitting a response into its reasoning and its final answer.

Marks come first (``<think>``, gpt-oss' channels and their kind), headings second. What looks like
a chain and cannot be split cleanly stays whole: `checks` finds its marks and leaves it out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from diq_core.data.formats.parts import Note, Parts, blank
from diq_core.data.marks import THINK_NAMES, THINKING_MARK, control_marks, without_ending


@dataclass(frozen=True, slots=True)
class _Family:
    """How one family of models marks its thinking, as patterns."""

    opens: re.Pattern[str]
    closes: re.Pattern[str]


def _family(opens: str, closes: str) -> _Family:
    return _Family(re.compile(opens, re.IGNORECASE), re.compile(closes, re.IGNORECASE))


_START = r"(?:<\|start\|>)?(?:assistant)?"
_FAMILIES = (
    _family(rf"<(?:{THINK_NAMES})(?:\s[^<>]{{0,80}})?>", rf"</(?:{THINK_NAMES})>"),
    _family(r"<\|begin_of_thought\|>", r"<\|end_of_thought\|>"),
    _family(r"<\|START_THINKING\|>", r"<\|END_THINKING\|>"),
    _family(r"\[THINK\]", r"\[/THINK\]"),
    _family(r"◁think▷", r"◁/think▷"),
    _family(r"<unused94>\s*thought", r"<unused95>"),
    _family(r"<\|channel>\s*thought", r"<channel\|>"),
    _family(
        rf"{_START}<\|channel\|>(?:analysis|commentary)<\|message\|>",
        rf"<\|end\|>(?=\s*{_START}<\|channel\|>)",
    ),
)
_WRAPPED = re.compile(
    r"^(?:<(answer|response|solution|final|final_answer)>(?P<a>.*)</\1>"
    r"|<\|begin_of_solution\|>(?P<b>.*?)(?:<\|end_of_solution\|>)?"
    r"|<\|START_RESPONSE\|>(?P<c>.*?)(?:<\|END_RESPONSE\|>)?"
    rf"|{_START}<\|channel\|>final<\|message\|>(?P<d>.*?)(?:<\|return\|>|<\|end\|>)?)$",
    re.IGNORECASE | re.DOTALL,
)
_FLAT = re.compile(r"^analysis(?=[A-Z\W])(.*?)(?<=\W)assistantfinal(.*)$", re.DOTALL)
"""gpt-oss' channels after its control tokens were thrown away."""

_CHAIN = (
    r"thinking|thoughts?|reasoning|thought[ -]process|reasoning[ -]process|thinking[ -]process|"
    r"chain[ -]of[ -]thought|思考(?:过程)?|推理(?:过程)?|Gedankengang|Überlegung(?:en)?|"
    r"raisonnement|razonamiento"
)
_LOOSE = r"analysis|rationale|explanation|step[ -]by[ -]step(?: reasoning| analysis| solution)?"
_FINAL = (
    r"final[ -](?:response|answer|diagnosis|conclusion)|最终(?:答案|回答)|"
    r"endgültige antwort|réponse finale|respuesta final"
)
_PLAIN = r"response|answer|conclusion|solution|回答|答案|Antwort|réponse|respuesta"


def _heading(words: str) -> re.Pattern[str]:
    """Return the pattern of a heading: with number signs, in bold, or before a colon.

    A number sign or a bold word stands alone on its line or has a colon; a bare word has both
    the beginning of a line and a colon.
    """
    end = r"[ \t]*(?:\n|$)"
    return re.compile(
        rf"^[ \t]*(?:\#{{1,6}}[ \t]*(?:\*\*)?(?:{words})(?:\*\*)?[:：]?(?:\*\*)?"
        rf"(?:{end}|(?<=[:：*])[ \t]*)"
        rf"|(?:\*\*|__)(?:{words})[:：]?(?:\*\*|__)[:：]?(?:{end}|[ \t]*)"
        rf"|(?:{words})(?:：[ \t]*|:(?:{end}|[ \t]+)))",
        re.IGNORECASE | re.MULTILINE,
    )


_CHAIN_HEADING, _LOOSE_HEADING = _heading(_CHAIN), _heading(_LOOSE)
_FINAL_HEADING, _PLAIN_HEADING = _heading(_FINAL), _heading(_PLAIN)
_HUATUO = re.compile(r"^\s*##[ \t]*Thinking[ \t]*(?:\n|$)", re.IGNORECASE)


def split_thinking(response: str) -> tuple[str, str, bool]:
    """Return (reasoning, answer, closed) of a response; without a thinking part, ("", response).

    Known are the marks of the common model families (``<think>…</think>``, whose opening may be
    missing as in completions whose prompt ends in it; ``<|begin_of_thought|>``, ``[THINK]``,
    gpt-oss' channels …), also several blocks in a row, and headings: ``## Thinking … ## Final
    Response``, ``**Reasoning:** … **Final Answer:**`` and their kind. `closed` is False when a
    thinking part begins and never ends; all of it is then reasoning. Blocks that are nested, or
    that stand after other words, are not split.
    """
    if THINKING_MARK.search(response) or "<unused94>" in response:
        return _by_marks(response)
    if flat := _FLAT.match(response):
        return flat[1].strip(), flat[2].strip(), True
    return _by_headings(response)


def has_chain_heading(text: str) -> bool:
    """Return whether a line of a text is a heading that announces a chain of thought."""
    return _CHAIN_HEADING.search(text) is not None


def set_response(parts: Parts, response: str, field: str) -> None:
    """Put a response into `parts`, split when it has a thinking part and none is given apart.

    A chain that is given apart and again inside the response is taken out of the response.
    """
    response, ending = without_ending(response)
    if ending:
        parts.notes.append(_ending(field, ending))
    reasoning, answer, closed = split_thinking(response)
    if parts.reasoning:
        again = reasoning.split() in ([], parts.reasoning.split())
        parts.answer = answer if closed and again else response.strip()
        return
    parts.reasoning, parts.answer = reasoning, answer
    parts.frame = _frame(response, reasoning, answer)
    if not closed:
        parts.notes.append(
            Note(
                "unclosed-thinking",
                field,
                "The thinking part begins and never ends, so there is no answer",
                "the response was probably cut off: generate it again with more tokens",
            )
        )
    elif not reasoning and answer != response.strip():
        parts.notes.append(blank(field))


def _frame(response: str, reasoning: str, answer: str) -> tuple[str, ...]:
    """Return what stands around the reasoning and the answer.

    () where that is not one text, or where control tokens of a chat template stand there.
    """
    if not reasoning or not answer:
        return ()
    start = response.find(reasoning)
    end = response.rfind(answer)
    if start < 0 or end < start + len(reasoning):
        return ()
    between = response[start + len(reasoning) : end]
    found = response[:start].lstrip(), between, response[end + len(answer) :].rstrip()
    foreign = [mark for mark in control_marks("".join(found)) if not THINKING_MARK.match(mark)]
    return () if foreign else found


def _by_marks(response: str) -> tuple[str, str, bool]:
    whole = "", response.strip(), True
    for family in _FAMILIES:
        found = _blocks(response, family)
        if found is None:
            continue
        reasoning, rest, closed = found
        if THINKING_MARK.search(reasoning):
            return whole
        answer = _bare(rest)
        return whole if THINKING_MARK.search(answer) else (reasoning, answer, closed)
    answer = _bare(response)
    return whole if THINKING_MARK.search(answer) else ("", answer, True)


def _blocks(response: str, family: _Family) -> tuple[str, str, bool] | None:
    """Return the blocks that a response begins with, joined, and the rest; None = no block."""
    rest, thoughts = response.lstrip(), []
    while opened := family.opens.match(rest):
        closed = family.closes.search(rest, opened.end())
        if not closed:
            thoughts.append(rest[opened.end() :].strip())
            return _joined(thoughts), "", False
        thoughts.append(rest[opened.end() : closed.start()].strip())
        rest = rest[closed.end() :].lstrip()
    if thoughts:
        return _joined(thoughts), rest, True
    closed = family.closes.search(rest)
    if closed and not family.opens.search(rest):
        return rest[: closed.start()].strip(), rest[closed.end() :], True
    return None


def _joined(thoughts: list[str]) -> str:
    return "\n\n".join(thought for thought in thoughts if thought)


def _bare(answer: str) -> str:
    answer = answer.strip()
    match = _WRAPPED.match(answer)
    if not match:
        return answer
    return next(text for text in match.group("a", "b", "c", "d") if text is not None).strip()


def _by_headings(response: str) -> tuple[str, str, bool]:
    text = response.lstrip()
    huatuo = _HUATUO.match(text)
    opened = huatuo or _CHAIN_HEADING.match(text) or _LOOSE_HEADING.match(text)
    if not opened:
        return "", response.strip(), True
    final = _FINAL_HEADING.search(text, opened.end()) or _only(text, opened.end())
    if final:
        return text[opened.end() : final.start()].strip(), _bare(text[final.end() :]), True
    if huatuo:
        return text[opened.end() :].strip(), "", False
    return "", response.strip(), True


def _only(text: str, start: int) -> re.Match[str] | None:
    """Return the one plain heading of an answer; of several none says where the answer begins."""
    found = list(_PLAIN_HEADING.finditer(text, start))
    return found[0] if len(found) == 1 else None


def _ending(field: str, ending: str) -> Note:
    return Note(
        "end-mark",
        field,
        f"The end mark {ending} was left at the end of the response and is taken off",
        "nothing to do: the model's own template ends the turn",
    )
