"""Ask one model many things: what fails is missing with a reason, and a dead endpoint ends it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from diq_core.asking.completion import Reply, Sampling
from diq_core.asking.endpoint import (
    Endpoint,
    EndpointFailed,
    NoReply,
    Refused,
    TextRefused,
)
from diq_core.asking.parts import Messages
from diq_core.asking.replies import Missing

GIVE_UP = 5
"""After this many requests in a row without a reply, the endpoint is taken for unusable."""
HARMLESS = ({"role": "user", "content": "Say yes."},)
"""What is asked to find out whether an endpoint refuses some texts, or everything."""

CUT = Missing("the reply was cut off at its longest length")


class Asker:
    """One model at one endpoint.

    Args:
        endpoint: where it is asked; stays open.
        model: its name there.
        give_up: after so many requests in a row without a reply it is taken for unusable.
    """

    def __init__(self, endpoint: Endpoint, model: str, *, give_up: int = GIVE_UP) -> None:
        self.endpoint, self.model, self._give_up = endpoint, model, give_up
        self._silent, self._lock = 0, threading.Lock()
        self._failed: EndpointFailed | None = None

    def ask(
        self, messages: Messages, sampling: Sampling, schema: Mapping[str, Any] | None = None
    ) -> Reply | Missing:
        """Return the reply, whole or cut, or why there is none.

        A refused text is missing, however many are refused in a row: where the endpoint does not
        say that the text is why, it is asked something harmless before it is given up.

        Raises:
            EndpointFailed: the endpoint is unusable, or too many requests in a row got no reply;
                from then on nothing more is asked, whichever thread asks.
        """
        if self._failed is not None:
            raise self._failed
        try:
            reply = self._reply(messages, sampling, schema)
        except EndpointFailed as error:
            self._failed = error
            raise
        self._silent = 0 if isinstance(reply, Reply) else self._silent
        return reply

    def _reply(
        self, messages: Messages, sampling: Sampling, schema: Mapping[str, Any] | None
    ) -> Reply | Missing:
        try:
            return self.endpoint.ask(self.model, messages, sampling, schema)
        except NoReply as error:
            with self._lock:
                self._note(error, sampling)
            return Missing(f"{error.what[:1].lower()}{error.what[1:]}")

    def _note(self, error: NoReply, sampling: Sampling) -> None:
        self._silent += 1
        if isinstance(error, TextRefused):
            self._silent = 0
        elif self._silent >= self._give_up:
            if not (isinstance(error, Refused) and self._answers(sampling)):
                raise _given_up(error, self._give_up)
            self._silent = 0

    def _answers(self, sampling: Sampling) -> bool:
        try:
            self.endpoint.ask(self.model, HARMLESS, sampling)
        except NoReply:
            return False
        return True


def _given_up(error: NoReply, silent: int) -> EndpointFailed:
    return EndpointFailed(
        f"{silent} requests in a row got no reply; the last one: {error.what}",
        which=error.which,
        todo="check the model's name and its longest input, allow more time with "
        "--timeout, then start again: what was finished is kept",
    )
