"""Splitting a response into its reasoning and its final answer."""

from __future__ import annotations

import re

from diq_core.data.formats.parts import Note, Parts, blank

_OPEN = re.compile(r"^\s*<(think|thinking|thought|reasoning)>", re.IGNORECASE)
_ANY_OPEN = re.compile(r"<(think|thinking|thought|reasoning)>", re.IGNORECASE)
_CLOSE = re.compile(r"</(think|thinking|thought|reasoning)>", re.IGNORECASE)
_HEADING = re.compile(r"^\s*##\s*Thinking\s*$", re.IGNORECASE | re.MULTILINE)
_FINAL = re.compile(r"^##\s*Final (Response|Answer)\s*$", re.IGNORECASE | re.MULTILINE)
_ANSWER_TAGS = re.compile(r"^<answer>(.*)</answer>$", re.IGNORECASE | re.DOTALL)


def split_thinking(response: str) -> tuple[str, str, bool]:
    """Return (reasoning, answer, closed) of a response; without a thinking part, ("", response).

    Two layouts are known: ``<think>…</think>answer`` (the opening tag may be missing, as in
    completions whose prompt ends in it) and ``## Thinking … ## Final Response …``. `closed` is
    False when a thinking part begins and never ends; all of it is then reasoning.
    """
    opened = _OPEN.match(response)
    closed = _CLOSE.search(response)
    if closed and (opened or not _ANY_OPEN.search(response[: closed.start()])):
        begin = opened.end() if opened else 0
        return response[begin : closed.start()].strip(), _bare(response[closed.end() :]), True
    if opened:
        return response[opened.end() :].strip(), "", False
    heading = _HEADING.match(response)
    if not heading:
        return "", response.strip(), True
    final = _FINAL.search(response, heading.end())
    if not final:
        return response[heading.end() :].strip(), "", False
    return response[heading.end() : final.start()].strip(), _bare(response[final.end() :]), True


def set_response(parts: Parts, response: str, field: str) -> None:
    """Put a response into `parts`, split when it has a thinking part and none is given apart."""
    if parts.reasoning:
        parts.answer = response.strip()
        return
    parts.reasoning, parts.answer, closed = split_thinking(response)
    if not closed:
        parts.notes.append(
            Note(
                "unclosed-thinking",
                field,
                "The thinking part begins and never ends, so there is no answer",
                "the response was probably cut off: generate it again with more tokens",
            )
        )
    elif not parts.reasoning and (_OPEN.match(response) or _HEADING.match(response)):
        parts.notes.append(blank(field))


def _bare(answer: str) -> str:
    answer = answer.strip()
    match = _ANSWER_TAGS.match(answer)
    return match[1].strip() if match else answer
