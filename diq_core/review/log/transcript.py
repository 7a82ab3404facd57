"""An event as the bytes that are stored, hashed and dumped."""

from __future__ import annotations

import json

from diq_core.review.log.canonical import canonical
from diq_core.review.log.events import Event


def payload_of(event: Event) -> bytes:
    """Return the bytes of `event`."""
    return canonical(event.as_dict())


def load(payload: bytes) -> Event:
    """Return the event of which `payload_of` made `payload`."""
    return Event.from_dict(json.loads(payload))
