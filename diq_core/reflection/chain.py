"""A chain of thought in typed links, and what becomes of one sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from diq_core.asking.parts import Messages
from diq_core.asking.structured import Structured

Outcome = Literal["right", "wrong", "undecided"]
Accepted = Literal["first", "corrected", "later", "stable", "aided"]
Lost = Literal["wrong", "undecided", "unread", "silent", "unstable", "not-rewritten"]
Branch = Accepted | Lost

BRANCHES: Mapping[Branch, str] = {
    "first": "right at once",
    "corrected": "right after a correction",
    "later": "right in a further attempt",
    "stable": "right in most answers",
    "aided": "right once the reference was seen",
    "wrong": "never right",
    "undecided": "never decided",
    "unread": "no reply could be read",
    "silent": "no reply came",
    "unstable": "right in too few answers",
    "not-rewritten": "right, but not rewritten",
}
"""Each branch that a sample can end on, in words; the first five end in a chain."""
ACCEPTED = ("first", "corrected", "later", "stable", "aided")


def _text(about: str) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "description": about}


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object", "properties": properties, "required": [*properties],
        "additionalProperties": False,
    }  # fmt: skip


LINK: Mapping[str, Any] = _object(
    thinking={"type": "array", "minItems": 1, "items": _text("one step of thinking")},
    conclusion=_text("the answer alone"),
    verification=_text("what speaks for and against the conclusion"),
)
"""Schema of one link of a chain."""
REWRITTEN: Mapping[str, Any] = _object(
    thinking=_text("the whole chain as natural thinking"), answer=_text("the final answer")
)
"""Schema of a rewritten chain."""
ANSWER: Mapping[str, Any] = _object(answer=_text("the answer alone"))
"""Schema of an answer from a masked explanation."""
VERDICT: Mapping[str, Any] = _object(verdict={"type": "string", "enum": ["right", "wrong"]})
"""Schema of what a verifier says; a reply of another shape decides nothing."""


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a chain: what was thought, what follows, and how it was checked."""

    thinking: tuple[str, ...]
    conclusion: str
    verification: str

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Link:
        """Return the link that a reply of the schema `LINK` holds."""
        return cls(tuple(values["thinking"]), values["conclusion"], values["verification"])


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether a conclusion is the reference.

    Attributes:
        by: "rule", or "model" where no rule decided and a verifier was asked; "" = nobody could.
        replies: what the verifier replied.
    """

    outcome: Outcome
    by: Literal["rule", "model", ""] = "rule"
    replies: tuple[Any, ...] = ()


Judge = Callable[[str], Judged]
"""A conclusion in, a verdict out."""


class Teacher(Protocol):
    """Who writes the chains."""

    def __call__(self, messages: Messages, schema: Mapping[str, Any], seed: int) -> Structured:
        """Return an object that follows `schema`, or why there is none."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a search and what came of it.

    Attributes:
        attempt: from 1.
        correction: 0 = the first chain of an attempt; else which correction it is.
        strategy: how it goes on; "begin", "reference" (the last resort), "rewrite" or "answer"
            (from a masked explanation).
        link: what was written; None = nothing that can be read, or it is no link.
        judged: of its conclusion or answer; None = there was none.
        said: what came back.
    """

    attempt: int
    correction: int
    strategy: str
    link: Link | None
    judged: Judged | None
    said: Structured


@dataclass(frozen=True, slots=True)
class Found:
    """What became of one sample.

    Attributes:
        chain: the accepted links, in their order; empty where it was lost.
        thinking, answer: the accepted chain rewritten; empty where it was lost.
        steps: everything that was asked, in its order.
    """

    branch: Branch
    steps: tuple[Step, ...]
    chain: tuple[Link, ...] = ()
    thinking: str = ""
    answer: str = ""

    @property
    def is_accepted(self) -> bool:
        """Whether there is a chain."""
        return self.branch in ACCEPTED


def entropy_of(said: Structured) -> float | None:
    """Return the mean negative log-probability of a reply's tokens, in nats, 0 and more; None =
    the endpoint gives none."""
    chances = said.replies[-1].logprobs if said.replies else ()
    return -sum(chances) / len(chances) if chances else None


def loss(steps: Sequence[Step]) -> Lost:
    """Return why a search without a right conclusion is lost."""
    outcomes = {each.judged.outcome for each in steps if each.judged}
    if outcomes:
        return "wrong" if "wrong" in outcomes else "undecided"
    return "unread" if any(each.said.replies for each in steps) else "silent"
