"""Ask one model many things: what fails is missing with a reason, and a dead endpoint ends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from diq_core.asking.endpoint import Endpoint, EndpointFailed, NoReply, Reply, Sampling
from diq_core.asking.replies import Missing

GIVE_UP = 5
"""After this many requests in a row without a reply, the endpoint is taken for unusable."""

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

        Raises:
            EndpointFailed: the endpoint is unusable, or too many requests in a row got no reply.
        """
        try:
            reply = self.endpoint.ask(self.model, messages, sampling)
        except NoReply as error:
            self._silent += 1
            if self._silent >= GIVE_UP:
                raise EndpointFailed(
                    f"{GIVE_UP} requests in a row got no reply; the last one: {error.what}",
                    which=error.which,
                    todo="check the model's name and its longest input, allow more time with "
                    "--timeout, then start again: what was finished is kept",
                ) from None
            return Missing(f"{error.what[:1].lower()}{error.what[1:]}")
        self._silent = 0
        return reply
