"""The last look at a request: in its very words, before any byte of it leaves.

What was found in it and nobody decided about keeps it here, whoever asks. A caller that may send
it all the same says so by the digests of what was let pass, never by switching the look off.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection

from diq_core.asking.parts import Messages, pictures_of, texts_of
from diq_core.errors import UserError
from diq_core.privacy.finder import find
from diq_core.privacy.gate import Decisions
from diq_core.privacy.identifier import WORDS, Identifier

_ESCAPED = re.compile(r'\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])')


class MayIdentify(UserError):
    """The request may tell who a patient is, and was not sent."""


class Screen:
    """What may leave by an endpoint.

    Args:
        decisions: what people decided about findings; none by default.
        released: digests of findings that somebody answers for, under the decisions' key.
        pictures: whether redrawn pictures may leave, since all of them were looked at before or
            somebody answers for them.
    """

    def __init__(
        self,
        decisions: Decisions | None = None,
        released: Collection[str] = (),
        pictures: bool = False,
    ) -> None:
        self.decisions = Decisions() if decisions is None else decisions
        self._released, self._pictures = frozenset(released), pictures

    def found(self, messages: Messages) -> list[Identifier]:
        """Return what is found in the messages as they are sent; the field is the role.

        Samples stand in a prompt as JSON, where a new line or an accent may be written as an
        escape that hides a name; so the text is read with its escapes resolved.
        """
        return [
            one
            for message in messages
            for name, text in texts_of(message)
            if name != "role"
            for one in find(_plain(text), field=str(message["role"]), key=self.decisions.key)
        ]

    def require(self, messages: Messages, *, which: str) -> None:
        """Refuse messages with findings that are open and that nobody answers for.

        Args:
            which: where they would go.

        Raises:
            MayIdentify: says the classes, never the text.
        """
        if any(not (self._pictures and own) for own in pictures_of(messages)):
            raise MayIdentify(
                "A request holds a picture that was not looked at, and was not sent",
                which=which,
                todo="import the samples with --read-images, or leave their images out",
            )
        kinds = sorted({
            WORDS[one.kind] for one in self.found(messages)
            if self.decisions.standing(one) in ("open", "identifier")
            and one.digest not in self._released
        })  # fmt: skip
        if kinds:
            raise MayIdentify(
                f"A request may tell who a patient is ({', '.join(kinds)}) and was not sent",
                which=which,
                todo="decide about it ('diq identifiers', or the page Dataset), leave the sample "
                "out (--leave-out-identifiers), or answer for it with --release-role and "
                "--release-reason",
            )


def _plain(text: str) -> str:
    # JSON inside JSON is escaped twice.
    for _ in range(2):
        text = _ESCAPED.sub(_resolved, text) if "\\" in text else text
    return text


def _resolved(match: re.Match[str]) -> str:
    return str(json.loads(f'"{match.group()}"'))
