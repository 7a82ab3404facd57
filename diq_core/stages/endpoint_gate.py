"""The door to an endpoint: all that is to be asked is looked at before the first of it leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from diq_core.artefact import Artefact
from diq_core.asking.endpoint import Endpoint
from diq_core.asking.parts import Messages
from diq_core.asking.screen import Screen
from diq_core.data.sample import Sample
from diq_core.privacy.finder import find
from diq_core.privacy.gate import Finding, Ruling, Seen, Standing, place_of, without_identifiers
from diq_core.privacy.identifier import WORDS, Identifier, Kind, digest
from diq_core.stages.deciding import InContext, around
from diq_core.stages.export_gate import found_in_images
from diq_core.stages.identifier_log import (
    Answerable,
    IdentifiersFound,
    decide,
    decisions,
    digest_key,
    require_passed,
)
from diq_core.study import Study

WITHHELD = "it may tell who a patient is, and was not sent"
"""Why nothing was asked about a sample or a pair."""


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


@dataclass(frozen=True, slots=True)
class Held:
    """What keeps requests here, once for each sample or pair.

    Attributes:
        id: of the sample or the pair.
        what: class and digest under the decisions' key; its place is that in a message.
        standing: "open", or "identifier" where a person called it one.
        seen: with the words around it.
    """

    id: str
    what: Identifier
    standing: Standing
    seen: InContext


@dataclass(frozen=True, slots=True)
class Drawn:
    """The pictures that are to be shown, and what is drawn into them.

    Attributes:
        ids: samples with pictures.
        found: what was found in them.
        unread: why nobody looked ("" = all were looked at).
    """

    ids: tuple[str, ...] = ()
    found: tuple[Finding, ...] = ()
    unread: str = ""


NOTHING_DRAWN = Drawn()


@dataclass(slots=True)
class Looked:
    """What stands in requests, before any of them is sent.

    Attributes:
        seen: as counts.
        held: what keeps them here, in the order of the requests.
    """

    seen: Seen = field(default_factory=Seen)
    held: list[Held] = field(default_factory=list)


def look_ahead(study: Study, requests: Iterable[Asked]) -> Looked:
    """Return what may tell in requests who a patient is; nothing is sent or kept."""
    return _look(Screen(decisions(study)), requests)


def require_may_leave(
    study: Study,
    requests: Iterable[Asked],
    endpoint: Endpoint,
    who: Answerable | None,
    *,
    leave_out: bool = False,
    drawn: Drawn = NOTHING_DRAWN,
) -> dict[str, Any]:
    """Refuse to ask where anything of it may tell who a patient is, unless somebody answers for it.

    From then on the endpoint takes what was looked at here, and nothing else that may tell it.

    Args:
        requests: all that will be asked in one go.
        who: who lets it leave all the same; None = nobody. It is kept in the study's log.
        leave_out: keep back what is open instead, and pictures that nobody looked at; the caller
            asks nothing about it.
        drawn: the pictures among it; without any, the endpoint takes none.

    Returns:
        What was seen, as counts, "withheld" (ids that nothing may be asked about), "release" with
        role and reason, and of pictures why they were not looked at; for the manifest.

    Raises:
        IdentifiersFound: says how many, the first sample, its field and the class.
    """
    screen = Screen(decisions(study))
    looked = _look(screen, requests)
    seen, withheld = looked.seen, list[str]()
    for one in drawn.found:
        seen.note(one.id, one.what.kind, screen.decisions.standing(one.what, place_of(one)))
    unseen = drawn.ids if drawn.unread else ()
    if leave_out:
        withheld = [*dict.fromkeys((*seen.ids, *unseen))]
        seen.open.clear()
        seen.ids.clear()
        looked.held.clear()
    elif unseen and who is None:
        raise _not_looked_at(drawn, endpoint)
    elif seen.open and who is None:
        refused = IdentifiersFound.of(seen, endpoint.url)
        first = _place(looked.held[0]) if looked.held else "drawn into an image"
        raise IdentifiersFound(
            f"{refused.what} (the first: {first})", which=refused.which, todo=refused.todo
        )
    facts = require_passed(study, seen, "endpoint", endpoint.url, who)
    endpoint.screen = Screen(
        screen.decisions, {one.what.digest for one in looked.held}, bool(drawn.ids)
    )
    about = {"images_not_read": drawn.unread} if drawn.ids else {}
    return {**facts, "withheld": withheld, **about}


def _not_looked_at(drawn: Drawn, endpoint: Endpoint) -> IdentifiersFound:
    return IdentifiersFound(
        f"Nobody looked for text drawn into the images of {len(drawn.ids):,} samples, because "
        f"{drawn.unread}; nothing was sent",
        which=endpoint.url,
        todo="import the samples with --read-images, leave these out (--leave-out-identifiers), or "
        "answer for it with --release-role and --release-reason",
    )


def drawn_in(study: Study, dataset: Artefact, samples: Sequence[Sample]) -> Drawn:
    """Return the pictures of samples, and what the import found drawn into them."""
    shown = [sample for sample in samples if sample.images]
    if not shown:
        return NOTHING_DRAWN
    found, unread = found_in_images(shown, dataset, decisions(study))
    return Drawn(tuple(sample.id for sample in shown), tuple(found), unread)


def decide_held(study: Study, held: Iterable[Held], ruling: Ruling, who: Answerable) -> None:
    """Put down what a person says of findings with their words, one entry a class.

    It counts for equal texts at every door of this study.
    """
    key, digests = digest_key(), dict[Kind, list[str]]()
    for each in held:
        digests.setdefault(each.what.kind, []).append(digest(each.seen.found, key))
    for kind, same in digests.items():
        decide(study, who, ruling, kind, same)


def _look(screen: Screen, requests: Iterable[Asked]) -> Looked:
    """Look through requests; what stands in several about one sample counts once."""
    looked, known = Looked(), set[tuple[str, str]]()
    for asked in requests:
        looked.seen.texts += 1
        held = []
        for one in screen.found(asked.messages):
            if (asked.id, one.digest) in known:
                continue
            known.add((asked.id, one.digest))
            standing = screen.decisions.standing(one)
            looked.seen.note(asked.id, one.kind, standing)
            if standing in ("open", "identifier"):
                held.append((one, standing))
        places = _places(asked, screen) if held else {}
        looked.held += [
            Held(asked.id, one, standing, places.get(one.digest) or _in_message(one))
            for one, standing in held
        ]
    return looked


def _places(asked: Asked, screen: Screen) -> dict[str, InContext]:
    """Return digest → where the sample has it first, with the words around it."""
    places: dict[str, InContext] = {}
    for name, text in asked.fields.items():
        for one in find(text, key=screen.decisions.key):
            places.setdefault(one.digest, around(name, text, one))
    return places


def _in_message(one: Identifier) -> InContext:
    return InContext(f"the {one.field}'s message", "", "", "")


def _place(held: Held) -> str:
    """Return where a finding stands, in words that hold nothing of it."""
    id = without_identifiers(held.id)
    return f"sample {id!a}, {held.seen.place}, {WORDS[held.what.kind]}"
