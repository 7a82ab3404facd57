"""Ask a language model through an OpenAI-compatible endpoint, ``/v1/chat/completions``.

The key comes from the environment, is sent to the origin it belongs to only, and is never
stored or shown. No message, error or record made here holds any text of a request or a reply.
"""

from __future__ import annotations

import json
import queue
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies_environment

from diq_core.asking.address import target_of
from diq_core.asking.allowed import require_allowed
from diq_core.asking.completion import Cache, Reply, Request, Sampling, read_completion
from diq_core.asking.keys import ORIGINS_VARIABLE, key_for
from diq_core.asking.limits import Limits, Pace
from diq_core.asking.parts import Messages
from diq_core.asking.screen import Screen
from diq_core.errors import UserError

if TYPE_CHECKING:
    from diq_core.asking.wire import Answer, Wire

_AGAIN = frozenset({408, 429, 500, 502, 503, 504, 529})
_THIS_REQUEST = frozenset({400, 413, 422})
_LONGEST_WAIT = 60.0
_CONTENT_CODES = frozenset(
    {"content_filter", "content_policy_violation", "context_length_exceeded",
     "data_inspection_failed", "string_above_max_length"}
)  # fmt: skip
"""Codes of refusals that say that the request's own text is why."""
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,60}")


class EndpointFailed(UserError):
    """The endpoint cannot be used; the next request would fare no better."""


class NoReply(UserError):
    """This one request got no usable reply; another one may get one."""


class Refused(NoReply):
    """The endpoint answers and refuses this request: its text, or what all requests share.

    Attributes:
        by_status: whether the answer's status says so, before any model has read the request.
    """

    by_status = False


class TextRefused(Refused):
    """The endpoint says that it is this request's own text that it refuses."""


class Endpoint:
    """One address where models are asked. Close it, or use it in a ``with``.

    As many threads may ask as its limits allow; each waits for its turn.

    Args:
        url: e.g. ``http://localhost:8000/v1``; the path of chat completions is added.
        timeout: most seconds for one reply, from looking up the name to the last byte.
        attempts: how often a request is made before giving up, 1 or more.
        wait: called with seconds between two attempts, and before a request's turn.
        role: what it is asked as, such as "teacher"; a role may have a key of its own.
        limits: how much it allows.
        cache: where replies are kept; None = nowhere.

    Attributes:
        screen: what may be sent there; at first nothing in which an identifier is found.
        takes_all: False once it has refused what some endpoints refuse, schemas and
            log-probabilities, and has replied without them.
        at_once: most requests under way.

    Raises:
        BadSetting: `url` is no plain http address or may not be asked, or the key is damaged.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float = 120.0,
        attempts: int = 5,
        wait: Callable[[float], None] = time.sleep,
        role: str = "",
        limits: Limits = Limits(),  # noqa: B008
        cache: Cache | None = None,
    ) -> None:
        from diq_core.asking.wire import Wire

        self.url = require_allowed(url)
        self.timeout = timeout
        self.attempts = attempts
        self.screen = Screen()
        self.takes_all = True
        self.at_once = limits.at_once
        self._wait, self._cache = wait, cache
        self._pace = Pace(limits.per_minute, wait)
        key = key_for(self.url, role)
        self._headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "diq-studio",
        } | ({"Authorization": f"Bearer {key}"} if key else {})
        self._wires: queue.LifoQueue[Wire] = queue.LifoQueue()
        for _ in range(limits.at_once):
            self._wires.put(Wire(self.url, timeout))

    def __enter__(self) -> Endpoint:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that nobody is using."""
        with suppress(queue.Empty):
            while True:
                self._wires.get_nowait().close()

    def ask(
        self,
        model: str,
        messages: Messages,
        sampling: Sampling,
        schema: Mapping[str, Any] | None = None,
    ) -> Reply:
        """Return the reply of `model` to `messages`.

        A busy or failing endpoint is asked again, each time after a longer pause or after the
        one it asks for, at most a minute. One that refuses a schema or log-probabilities is asked
        without; `Reply.with_schema` says which way was gone.

        Args:
            schema: JSON schema that the reply is to follow.

        Raises:
            BadSetting: its name leads to an address that is not asked.
            EndpointFailed: it cannot be reached, stays busy, sends elsewhere or refuses the key.
            MayIdentify: the messages may tell who a patient is; nothing was sent.
            NoReply: it refuses this request, takes too long, or what comes back is no reply.
        """
        self.screen.require(messages, which=self.url)
        request = Request(model, messages, sampling, schema)
        key = request.key(self.url)
        kept = None if self._cache is None else self._cache.get(key)
        if kept is not None:
            return kept
        reply = self._asked(request)
        if self._cache is not None:
            self._cache.put(key, reply)
        return reply

    def _asked(self, request: Request) -> Reply:
        if request.is_plain or not self.takes_all:
            return self._patiently(request.plain())
        try:
            return self._patiently(request)
        except TextRefused:
            raise
        except Refused as error:
            if not error.by_status:
                raise
        reply = self._patiently(request.plain())
        self.takes_all = False
        return reply

    def _patiently(self, request: Request) -> Reply:
        for attempt in range(1, self.attempts + 1):
            outcome = self._once(request)
            if isinstance(outcome, Reply):
                return outcome
            if attempt == self.attempts:
                raise outcome.error
            self._wait(min(_LONGEST_WAIT, outcome.pause or float(2 ** (attempt - 1))))
        raise AssertionError("attempts must be 1 or more")

    def _once(self, request: Request) -> Reply | _Again:
        from diq_core.asking.wire import TooLarge, Unreachable

        self._pace.take()
        wire = self._wires.get()
        begun = time.monotonic()
        try:
            answer = wire.post(self._headers, request.body())
        except TimeoutError:
            raise self._no_reply(f"No reply came within {self.timeout:g} seconds") from None
        except TooLarge:
            raise self._no_reply("The reply is too large") from None
        except Unreachable as error:
            return _Again(self._unreachable(str(error)))
        finally:
            self._wires.put(wire)
        if answer.status in _AGAIN:
            return _Again(self._busy(answer.status), _pause(answer.headers.get("retry-after")))
        if answer.status != 200:
            raise self._refusal(answer)
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise self._no_reply("The reply is packed, which was not asked for")
        found = read_completion(answer.body, request, time.monotonic() - begun)
        if isinstance(found, Reply):
            return found
        kind = TextRefused if found.declined else Refused if found.answers else NoReply
        raise self._no_reply(found.why, kind)

    def _unreachable(self, why: str) -> EndpointFailed:
        proxies = getproxies_environment()
        return EndpointFailed(
            f"The endpoint cannot be reached: {why}",
            which=self.url,
            todo="check the address and that the server runs"
            + (" (the environment's proxies are not used)" if proxies else "")
            + ", then start again: what was finished is kept",
        )

    def _busy(self, status: int) -> EndpointFailed:
        return EndpointFailed(
            f"The endpoint answered {status} {self.attempts} times "
            f"({'too many requests' if status == 429 else 'it is busy or failing'})",
            which=self.url,
            todo="wait, then start again: what was finished is kept",
        )

    def _refusal(self, answer: Answer) -> UserError:
        status = answer.status
        if 300 <= status < 400:
            where = target_of(answer.headers.get("location", ""))
            return EndpointFailed(
                f"The endpoint sends requests elsewhere, to {where}, which is not followed",
                which=self.url,
                todo="give the final address, if you trust it with the samples",
            )
        if status in (401, 403):
            return EndpointFailed(
                f"The endpoint refused the key ({status})",
                which=self.url,
                todo="put a valid key into DIQ_API_KEY (for this machine) or name one for this "
                f"origin in {ORIGINS_VARIABLE}",
            )
        code = _error_code(answer.body)
        said = f"{status}, {code}" if code else f"{status}"
        if status in _THIS_REQUEST:
            of_text = status == 413 or code in _CONTENT_CODES
            refused = self._no_reply(
                f"The endpoint refused this request ({said})", TextRefused if of_text else Refused
            )
            assert isinstance(refused, Refused)
            refused.by_status = True
            return refused
        return EndpointFailed(
            f"The endpoint answered {said}",
            which=self.url,
            todo="check the address and the model's name",
        )

    def _no_reply(self, what: str, kind: type[NoReply] = NoReply) -> NoReply:
        return kind(what, which=self.url, todo="try again, or use another model")


@dataclass(frozen=True, slots=True)
class _Again:
    """Why a request should be made again, and after how many seconds (None = not said)."""

    error: UserError
    pause: float | None = None


def _pause(header: str | None) -> float | None:
    """Return the seconds of a ``Retry-After``; None where it gives none (a date is not read)."""
    return float(header) if header and header.isascii() and header.isdigit() else None


def _error_code(content: bytes) -> str:
    """Return the code of an error body; never its message, which may repeat the request."""
    try:
        error = json.loads(content)["error"]
        found = [error.get("code"), error.get("type")]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ""
    codes = [code for code in found if isinstance(code, str) and _CODE.fullmatch(code)]
    return codes[0] if codes else ""
