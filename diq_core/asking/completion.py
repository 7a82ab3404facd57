"""One chat completion: what a request says, and what is read out of the bytes that come back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from diq_core.asking.parts import Messages
from diq_core.data.text import mend

SCHEMA_NAME = "reply"
"""What a schema is called in a request; endpoints want a name."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the model draws its reply.

    Attributes:
        temperature: 0 = always the likeliest word; at most 2.
        seed: of the drawing; an endpoint may ignore it.
        max_tokens: longest reply.
        top_p: the likeliest words that together have this chance are drawn from; 1 = all.
        logprobs: ask for the log-probability of each token; an endpoint may refuse.
    """

    temperature: float = 0.0
    seed: int = 0
    max_tokens: int = 2000
    top_p: float = 1.0
    logprobs: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said.

    Attributes:
        text: the reply; lone surrogates are replaced.
        model: the model as the endpoint names it, which may be more exact than what was asked for.
        whole: False where the reply was cut at the longest length.
        tokens: tokens of the reply; None where the endpoint does not say.
        seconds: from the request that succeeded to its reply.
        prompt_tokens: tokens of the request; None where the endpoint does not say.
        logprobs: natural logarithm of each token's chance; empty where the endpoint gives none.
        with_schema: whether the endpoint took the schema; some take one and do not keep to it.
    """

    text: str
    model: str
    whole: bool
    tokens: int | None
    seconds: float
    prompt_tokens: int | None = None
    logprobs: tuple[float, ...] = ()
    with_schema: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return what a cache keeps."""
        return asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Reply:
        """Return what a cache kept."""
        return cls(**{**values, "logprobs": tuple(values["logprobs"])})


class Cache(Protocol):
    """Where replies are kept, so that no request is paid for twice."""

    def get(self, key: str) -> Reply | None:
        """Return what was replied to the request of this key; None = it was never asked."""

    def put(self, key: str, reply: Reply) -> None:
        """Keep a reply."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of one model.

    Attributes:
        schema: JSON schema that the reply is to follow; None = any text will do.
    """

    model: str
    messages: Messages
    sampling: Sampling
    schema: Mapping[str, Any] | None = None

    def key(self, url: str) -> str:
        """Return by what the request is known again; not how the endpoint was made to take it."""
        said = [url, self.model, list(map(dict, self.messages)), asdict(self.sampling), self.schema]
        text = json.dumps(said, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    @property
    def is_plain(self) -> bool:
        """Whether nothing is asked that some endpoints refuse."""
        return self.schema is None and not self.sampling.logprobs

    def plain(self) -> Request:
        """Return the request without what some endpoints refuse."""
        return replace(self, schema=None, sampling=replace(self.sampling, logprobs=False))

    def body(self) -> bytes:
        """Return the bytes that are sent."""
        sampling = self.sampling
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [dict(message) for message in self.messages],
            "temperature": sampling.temperature,
            "seed": sampling.seed,
            "max_tokens": sampling.max_tokens,
            "stream": False,
        }
        if sampling.top_p < 1.0:
            body["top_p"] = sampling.top_p
        if sampling.logprobs:
            body["logprobs"] = True
        if self.schema is not None:
            about = {"name": SCHEMA_NAME, "schema": dict(self.schema), "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": about}
        # Escaped, so that text which is no valid Unicode passes too.
        return json.dumps(body, ensure_ascii=True).encode("ascii")


@dataclass(frozen=True, slots=True)
class NoText:
    """What came back holds no reply.

    Attributes:
        why: a sentence without its full stop.
        answers: whether it is a chat completion all the same.
        declined: whether the endpoint says that it is the request's own text that it refuses.
    """

    why: str
    answers: bool = False
    declined: bool = False


def read_completion(content: bytes, request: Request, seconds: float) -> Reply | NoText:
    """Return the reply in the body of an answer, or why it holds none."""
    try:
        values = json.loads(content)
        choice = values["choices"][0]
        message, finish = choice["message"], choice.get("finish_reason")
        text = message.get("content")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return NoText("What came back is no chat completion")
    if not isinstance(text, str):
        declined = finish == "content_filter" or isinstance(message.get("refusal"), str)
        return NoText("The reply has no text", answers=True, declined=declined)
    usage = values.get("usage")
    named = values.get("model")
    return Reply(
        text=mend(text)[0],
        model=mend(named)[0] if isinstance(named, str) and named else request.model,
        whole=finish != "length",
        tokens=_count(usage, "completion_tokens"),
        seconds=seconds,
        prompt_tokens=_count(usage, "prompt_tokens"),
        logprobs=_logprobs(choice.get("logprobs")) if request.sampling.logprobs else (),
        with_schema=request.schema is not None,
    )


def _count(usage: Any, name: str) -> int | None:
    found = usage.get(name) if isinstance(usage, dict) else None
    return found if type(found) is int and found >= 0 else None


def _logprobs(said: Any) -> tuple[float, ...]:
    """Return the log-probabilities of all tokens; nothing where one of them is none."""
    tokens = said.get("content") if isinstance(said, dict) else None
    values = [each.get("logprob") if isinstance(each, dict) else None
              for each in (tokens if isinstance(tokens, list) else ())]  # fmt: skip
    found = [float(each) for each in values if isinstance(each, int | float) and each <= 0]
    return tuple(found) if len(found) == len(values) else ()
