"""The door to an endpoint: all that is to be asked is looked at before the first of it leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from diq_core.asking.endpoint import Endpoint
from diq_core.asking.screen import Messages, Screen
from diq_core.privacy.finder import find
from diq_core.privacy.gate import Seen, without_identifiers
from diq_core.privacy.identifier import WORDS, Identifier
from diq_core.stages.identifier_log import (
    Answerable,
    IdentifiersFound,
    decisions,
    require_passed,
)
from diq_core.study import Study


@dataclass(frozen=True, slots=True)
class Asked:
    """One request and what it is about.

    Attributes:
        id: of the sample or the pair.
        fields: its texts by name, of which the request is made.
        messages: what is sent.
    """

    id: str
    fields: Mapping[str, str]
    messages: Messages


@dataclass(slots=True)
class _Open:
    """What keeps requests here: the digests, and the first place in words."""

    digests: set[str] = field(default_factory=set)
    first: str = ""


def require_may_leave(
    study: Study, requests: Iterable[Asked], endpoint: Endpoint, who: Answerable | None
) -> dict[str, Any]:
    """Refuse to ask where anything of it may tell who a patient is, unless somebody answers for it.

    From then on the endpoint takes what was looked at here, and nothing else that may tell it.

    Args:
        requests: all that will be asked in one go.
        who: who lets it leave all the same; None = nobody. It is kept in the study's log.

    Returns:
        What was seen, as counts, and "release" with role and reason; for the manifest.

    Raises:
        IdentifiersFound: says how many, the first sample, its field and the class.
    """
    screen, seen, held = Screen(decisions(study)), Seen(), _Open()
    for asked in requests:
        seen.texts += 1
        for one in screen.found(asked.messages):
            standing = screen.decisions.standing(one)
            seen.note(asked.id, one.kind, standing)
            if standing in ("open", "identifier"):
                held.digests.add(one.digest)
                held.first = held.first or _place(asked, one, screen)
    if seen.open and who is None:
        refused = IdentifiersFound.of(seen, endpoint.url)
        raise IdentifiersFound(
            f"{refused.what} (the first: {held.first})", which=refused.which, todo=refused.todo
        )
    facts = require_passed(study, seen, "endpoint", endpoint.url, who)
    endpoint.screen = Screen(screen.decisions, held.digests)
    return facts


def _place(asked: Asked, one: Identifier, screen: Screen) -> str:
    """Return where a finding stands, in words that hold nothing of it."""
    where = next(
        (name for name, text in asked.fields.items()
         if any(each.digest == one.digest for each in find(text, key=screen.decisions.key))),
        f"the {one.field}'s message",
    )  # fmt: skip
    return f"sample {without_identifiers(asked.id)!a}, {where}, {WORDS[one.kind]}"
