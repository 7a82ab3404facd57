"""Marks that mean something to a model: where a turn ends, who speaks, where thinking begins.

Inside a text they are accidents (a scraped answer with its end mark) or forgeries (a whole turn
written into an answer). A tokenizer makes control tokens of those that its model knows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_ANGLED = r"<\|[A-Za-z][\w▁ \-]{1,60}\|>"  # ChatML, Llama 3, Phi, gpt-oss, GLM, Granite, Command
_WIDE = r"<｜[^<>｜\n]{1,60}｜>"  # DeepSeek
_HALF = (
    r"<\|(?:turn|channel|think|image|audio|tool\w*)>|<(?:turn|channel|think|image|audio|tool\w*)\|>"
)
_TURNS = r"</?(?:start|end)_of_turn>|<(?:start|end)_of_image>"  # Gemma
_ENDS = r"</?s>|<(?:bos|eos|pad|unk|sop|eop)>|<unused\d+>|<extra_id_\d+>"
_SQUARE = (
    r"\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|gMASK)\]"
    r"|<</?SYS>>|\]~!?b[\[\]]|\[e~\["  # Mistral, Llama 2, GLM, MiniMax
)
CONTROL_MARK = re.compile("|".join((_ANGLED, _WIDE, _HALF, _TURNS, _ENDS, _SQUARE)))
"""A control token of a common model family, as it is written."""
_STARTS = re.compile(f"(?=(?:{CONTROL_MARK.pattern}))(.)")
_STRUCK = re.compile(r"<s>(?![\s\[])[^<>\n]{1,300}</s>")
"""HTML's strike-through looks like the beginning and the end of a text."""
_ENDING = re.compile(
    r"(?:\s*(?:</s>|<\|(?:im_end|endoftext|eot_id|end_of_text|end|return|eom_id|end_of_turn)\|>"
    r"|<end_of_turn>|<turn\|>|<eos>|<｜end▁of▁sentence｜>))+\s*$"
)

THINK_NAMES = (
    "think|thinking|thought|thoughts|reasoning|scratchpad|chain_of_thought|cot|"
    "antthinking|seed:think|inner_thinking"
)
THINKING_MARK = re.compile(
    rf"</?(?:{THINK_NAMES})(?:\s[^<>]{{0,80}})?>|\[/?THINK\]|◁/?think▷"
    r"|<\|(?:begin|end)_of_(?:thought|solution)\|>|<\|(?:START|END)_(?:THINKING|RESPONSE)\|>"
    r"|<\|channel\|>|<\|channel>|<channel\|>",
    re.IGNORECASE,
)
"""Where thinking begins or ends, in any family's way of marking it."""


def control_marks(text: str) -> list[str]:
    """Return the control tokens of common model families in a text, each once, in their order.

    Less-than signs, pipes and HTML are none.
    """
    if "<" not in text and "[" not in text:
        return []
    return list(dict.fromkeys(CONTROL_MARK.findall(_STRUCK.sub("", text))))


def without_ending(response: str) -> tuple[str, str]:
    """Return a response without the end marks that were left at its end, and those marks."""
    found = _ENDING.search(response)
    if not found or not response[: found.start()].strip():
        return response, ""
    if found[0].strip() == "</s>" and _STRUCK.search(response, max(0, found.start() - 305)):
        return response, ""
    return response[: found.start()], found[0].strip()


def as_material(values: Mapping[str, Any]) -> str:
    """Return others' texts as JSON that a language model is given to read.

    As JSON no text can pass for the end of the texts; and the first sign of a control token is
    written as its number, so that no server's tokenizer makes a turn of it.
    """
    text = json.dumps(values, indent=1, ensure_ascii=False)
    return _STARTS.sub(lambda found: f"\\u{ord(found[1]):04x}", text)
