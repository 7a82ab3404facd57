"""A model's control tokens, kept out of texts: in a text they are read as plain signs.

A template's own marks must become control tokens and the same marks inside a question or an
answer must not. So every mark inside a text is broken by a separator before the template sees it;
the separator is a token of its own for a copy of the tokenizer and is dropped from its tokens.
What comes out is counted: as many control tokens as the template wrote, never one more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from diq_core.data.marks import CONTROL_MARK, THINKING_MARK
from diq_core.data.sample import Option, Sample, Turn
from diq_core.data.text import mend

SEPARATOR = "\ufdd0\ufdef\ufdd1"
"""Noncharacters: no text should hold them, and one that does is broken by them like a mark."""
_FURTHER = re.compile(r"</?tool_\w+>|<tool▁\w+>")


class Marks:
    """The control tokens of one tokenizer.

    A token that is special, or that marks turns, tools or thinking, is a control token; other
    added tokens (runs of blanks, HTML tags) are text.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.ids = {
            number: str(token)
            for number, token in tokenizer.added_tokens_decoder.items()
            if str(token) and (token.special or _is_mark(str(token)))
        }
        self._any = _one_of(self.ids.values())
        self._broken_at = _one_of({*self.ids.values(), SEPARATOR})
        self._starts = re.compile(f"(?=(?:{self._broken_at.pattern}))(.)", re.DOTALL)

    @property
    def splits(self) -> bool:
        """Whether a mark inside a text can be kept from becoming a control token."""
        return self._twin is not None

    def broken(self, sample: Sample) -> Sample:
        """Return a sample whose texts hold no control token; mended, else unchanged."""
        option = (Option(self._broken(o.label), self._broken(o.text)) for o in sample.options)
        turns: dict[str, Any] = {
            name: tuple(
                Turn(turn.role, self._broken(turn.content)) for turn in getattr(sample, name)
            )
            for name in ("history", "tool_turns")
        }
        names = ("question", "answer", "reasoning", "answer_label", "context", "system")
        texts: dict[str, Any] = {name: self._broken(getattr(sample, name)) for name in names}
        return replace(sample, options=tuple(option), **turns, **texts)

    def last_end(self, text: str) -> int:
        """Return where the last control token of a text ends; 0 = there is none."""
        return max((found.end() for found in self._any.finditer(text)), default=0)

    def encode(self, texts: Sequence[str]) -> list[list[int] | None]:
        """Return the tokens of rendered texts; None where a text would become a control token."""
        if not texts:
            return []
        whole = self._tokenizer(list(texts), add_special_tokens=False)["input_ids"]
        return [
            self._checked(text, self._apart(text) if SEPARATOR in text else ids)
            for text, ids in zip(texts, whole, strict=True)
        ]

    def encode_broken(self, text: str, *, add_special_tokens: bool) -> list[int]:
        """Return the tokens of a text that holds broken marks.

        Args:
            add_special_tokens: put before it what the tokenizer puts before every text.

        Raises:
            ValueError: marks cannot be split; see `splits`.
        """
        if self._twin is None:
            raise ValueError("this tokenizer cannot split marks")
        twin, separator = self._twin
        ids = twin.encode(text, add_special_tokens=add_special_tokens).ids
        return [number for number in ids if number != separator]

    def _broken(self, text: str) -> str:
        text = mend(text)[0]
        if not self._broken_at.search(text):  # nearly always, and quick to see
            return text
        return self._starts.sub(lambda found: found[1] + SEPARATOR, text)

    def _apart(self, text: str) -> list[int] | None:
        return self.encode_broken(text, add_special_tokens=False) if self.splits else None

    def _checked(self, text: str, ids: list[int] | None) -> list[int] | None:
        if ids is None:
            return None
        unknown = self._tokenizer.unk_token_id
        found = sum(number in self.ids for number in ids if number != unknown)
        meant = sum(mark != self._tokenizer.unk_token for mark in self._any.findall(text))
        return ids if found == meant else None

    @cached_property
    def _twin(self) -> tuple[Any, int] | None:
        """The tokenizer's copy that knows the separator, and its number; None = not a fast one."""
        from tokenizers import AddedToken, Tokenizer

        inner = getattr(self._tokenizer, "backend_tokenizer", None)
        if inner is None:
            return None
        twin = Tokenizer.from_str(inner.to_str())
        twin.no_truncation()
        twin.no_padding()
        twin.add_special_tokens([AddedToken(SEPARATOR, normalized=False, special=True)])
        number = twin.token_to_id(SEPARATOR)
        assert number is not None  # it was added a line above
        return twin, number


def _one_of(marks: Iterable[str]) -> re.Pattern[str]:
    """Return the pattern that finds any of `marks`, the longest first; of none it finds nothing."""
    longest = sorted(set(marks), key=lambda mark: (-len(mark), mark))
    return re.compile("|".join(map(re.escape, longest)) or r"(?!)")


def _is_mark(token: str) -> bool:
    kinds = (CONTROL_MARK, THINKING_MARK, _FURTHER)
    return any(kind.fullmatch(token) for kind in kinds)
