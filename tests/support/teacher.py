"""A teacher of reflective chains that follows a script: its question says how it behaves."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from diq_core.data.sample import Sample
from tests.support.model_server import Said, completion

REFERENCE, RIGHT, WRONG = "5 mg", "0.005 g", "70 mg"
"""The known answer, the same in other letters, and another one."""
REFUSED = Said({"error": {"message": "no", "code": "content_filter"}}, 400)

_MARKS = {
    "begin": "Nobody has told you the answer",
    "continue": "come to a\nconclusion that does",
    "reference": "right answer is the reference",
    "rewrite": "Write it again as one person thinks",
    "explain": "from the explanation below alone",
    "conclude": "Does the conclusion say the same",
}


def asked_of(body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return which prompt a request was made of, and its material."""
    user = body["messages"][1]["content"]
    text = user if isinstance(user, str) else user[0]["text"]
    kind = next(name for name, mark in _MARKS.items() if mark in text)
    return kind, json.loads(text.partition("as JSON:\n\n")[2].partition("\n\nReply with one")[0])


def link(conclusion: str) -> dict[str, Any]:
    thinking = ["The dose is asked for.", f"It is {conclusion}, then."]
    return {"thinking": thinking, "conclusion": conclusion, "verification": "It fits the weight."}


def surely(said: dict[str, Any], chance: float) -> Said:
    """Return a completion whose every token has this log-probability."""
    whole = completion(said)
    whole.body["choices"][0]["logprobs"] = {"content": [{"logprob": chance}] * 4}
    return whole


def sample(behaviour: str) -> Sample:
    """Return a sample before which the teacher behaves so."""
    return Sample(behaviour, f"Which dose, {behaviour}?", answer=REFERENCE, reasoning="So.")


@dataclass
class Teacher:
    """The script of a `model_server`.

    Attributes:
        stops_after: from this request on the key is refused; None = never.
        takes_schema: whether a request with a response format is answered.
        seen: (question, prompt) → requests.
    """

    stops_after: int | None = None
    takes_schema: bool = True
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, number: int, body: dict[str, Any]) -> Said:
        if self.stops_after is not None and number >= self.stops_after:
            return Said("", 401)
        if "response_format" in body and not self.takes_schema:
            return Said({"error": {"message": "Unexpected fields"}}, 422)
        kind, material = asked_of(body)
        behaviour = material["question"].removeprefix("Which dose, ").removesuffix("?")
        with self.lock:
            self.seen[behaviour, kind] += 1
            time = self.seen[behaviour, kind]
        is_told = len(body["messages"]) > 2
        return self.say(behaviour, kind, time, len(material.get("chain", ())), is_told)

    def say(self, behaviour: str, kind: str, time: int, links: int, is_told: bool) -> Said:
        """Return what it says the `time`-th time, after a chain of `links`."""
        odd = {
            "refusing": REFUSED,
            "slow": Said(late=True),
            "large": Said("x" * 10_000_000),
            "not unicode": Said(b'{"choices": [{"message": {"content": "\xff\xfe"}}]}'),
            "garbled": completion("I would rather talk about the weather."),
            "cut off": completion('{"thinking": ["The', finish="length"),
        }.get(behaviour)
        if odd:
            return odd
        if behaviour == "dropping" and kind == "begin" and time == 1:
            whole = completion(link(RIGHT))
            return Said(whole.body, dropped=True)
        if behaviour == "malformed" and kind == "begin" and not is_told:
            return completion({"thinking": "no list", "conclusion": RIGHT})
        if behaviour == "badly written" and kind == "rewrite":
            return completion({"thinking": "Hmm.", "answer": f"{WRONG}. So it is."})
        if kind == "explain":
            return surely({"answer": RIGHT}, -1.0 if time != 3 else -0.1)
        if kind == "rewrite":
            return completion({"thinking": "Hmm. A small dose, then.", "answer": RIGHT})
        return completion(link(RIGHT if self._is_right(behaviour, kind, time, links) else WRONG))

    @staticmethod
    def _is_right(behaviour: str, kind: str, time: int, links: int) -> bool:
        if behaviour == "corrected":
            return kind == "continue"
        if behaviour == "corrected twice":
            return kind == "continue" and links == 2
        if behaviour == "later":
            return kind == "continue" and time == 3
        if behaviour in ("stable", "unsure", "unstable"):
            times = {"stable": 6, "unsure": 4, "unstable": 2}[behaviour]
            return time <= times or kind == "reference"
        if behaviour in ("aided", "never"):
            return kind == "reference" and behaviour == "aided"
        return True
