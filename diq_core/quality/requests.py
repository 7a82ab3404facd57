"""Everything a judge is asked about pairs of answers, and what each reply holds. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from diq_core.asking.replies import Missing
from diq_core.data.sample import Sample
from diq_core.quality.asking import (
    Compared,
    Rated,
    compare_messages,
    compare_prompt,
    rate_messages,
    rate_prompt,
    read_compared,
    read_rated,
)
from diq_core.review.form.form import Form
from diq_core.review.log.canonical import digest

What = Literal["as given", "turned", "first", "second"]
"""A pair with the first model's answer first, or last; or one model's answer alone."""

CUT = Missing("the reply was cut off at its longest length")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two models' answers to one question.

    Attributes:
        name: of the pair; the same for the same two texts.
        question: benchmark and id.
        first, second: question with each model's reasoning and answer; the id is the reference.
    """

    name: str
    question: str
    first: Sample
    second: Sample

    @property
    def identical(self) -> bool:
        """Whether both wrote the same text."""
        one, two = self.first, self.second
        return (one.reasoning, one.answer) == (two.reasoning, two.answer)


@dataclass(frozen=True, slots=True)
class Request:
    """One thing that is asked.

    Attributes:
        key: digest of the messages and the repeat; equal requests are asked once.
    """

    pair: Pair
    what: What
    repeat: int
    messages: Sequence[Mapping[str, str]]
    key: str


def requests(form: Form, pairs: Sequence[Pair], *, repeats: int, scales: bool) -> Iterator[Request]:
    """Yield all that is asked, pair by pair; identical answers are not compared."""
    compare, rate = compare_prompt(), rate_prompt()
    for pair in pairs:
        wanted: list[tuple[What, Sequence[Mapping[str, str]]]] = []
        if not pair.identical:
            wanted += [
                ("as given", compare_messages(form, compare, pair.first, pair.second)),
                ("turned", compare_messages(form, compare, pair.second, pair.first)),
            ]
        if scales:
            wanted += [
                ("first", rate_messages(form, rate, pair.first)),
                ("second", rate_messages(form, rate, pair.second)),
            ]
        for repeat in range(1, repeats + 1):
            for what, messages in wanted:
                key = f"{digest([dict(one) for one in messages])} {repeat}"
                yield Request(pair, what, repeat, messages, key)


def read_reply(
    form: Form, request: Request, reply: Mapping[str, Any]
) -> Compared | Rated | Missing:
    """Return what a kept reply holds.

    Args:
        reply: ``text`` (None = there is none), ``reason`` (why there is none), ``whole``.
    """
    text = reply["text"]
    if text is None:
        return Missing(str(reply["reason"]))
    if not reply["whole"]:
        return CUT
    reader = read_compared if request.what in ("as given", "turned") else read_rated
    return reader(form, text)
