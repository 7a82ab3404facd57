"""Ask one model many things: what fails is missing with a reason, and a dead endpoint ends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from diq_core.asking.endpoint import (
    Endpoint,
    EndpointFailed,
    NoReply,
    Refused,
    Reply,
    Sampling,
    TextRefused,
)
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
    """

    def __init__(self, endpoint: Endpoint, model: str) -> None:
        self.endpoint, self.model = endpoint, model
        self._silent = 0

    def ask(self, messages: Sequence[Mapping[str, str]], sampling: Sampling) -> Reply | Missing:
        """Return the reply, whole or cut, or why there is none.

        A refused text is missing, however many are refused in a row: where the endpoint does not
        say that the text is why, it is asked something harmless before it is given up.

        Raises:
            EndpointFailed: the endpoint is unusable, or too many requests in a row got no reply.
        """
        try:
            reply = self.endpoint.ask(self.model, messages, sampling)
        except NoReply as error:
            self._note(error, sampling)
            return Missing(f"{error.what[:1].lower()}{error.what[1:]}")
        self._silent = 0
        return reply

    def _note(self, error: NoReply, sampling: Sampling) -> None:
        self._silent += 1
        if isinstance(error, TextRefused):
            self._silent = 0
        elif self._silent >= GIVE_UP:
            if not (isinstance(error, Refused) and self._answers(sampling)):
                raise _given_up(error)
            self._silent = 0

    def _answers(self, sampling: Sampling) -> bool:
        try:
            self.endpoint.ask(self.model, HARMLESS, sampling)
        except NoReply:
            return False
        return True


def _given_up(error: NoReply) -> EndpointFailed:
    return EndpointFailed(
        f"{GIVE_UP} requests in a row got no reply; the last one: {error.what}",
        which=error.which,
        todo="check the model's name and its longest input, allow more time with "
        "--timeout, then start again: what was finished is kept",
    )
