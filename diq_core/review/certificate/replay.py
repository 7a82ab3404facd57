"""What the log alone says about its certificates, and whether their draws are honest.

Everything is replayed from the first event on: at each batch of draws, the answers that were in
the log by then, the seed and the goal are put in again, and the same samples must come out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from diq_core.review.certificate.certify import Certificate, Draw
from diq_core.review.certificate.state import (
    Certification,
    certification_from,
    more,
    state,
    subset_of,
)
from diq_core.review.log.audit import Break
from diq_core.review.log.events import Event, Kind, Slot, State
from diq_core.review.store.reading import judgement_of
from diq_core.review.verdicts.outcomes import Outcome, outcomes

# Chances are computed anew, perhaps on another machine: they may differ in their last digits.
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Proof:
    """One certificate as the log alone gives it.

    Attributes:
        certification: its goal, samples and draws.
        says: what may be said after the last event.
        breaks: draws that do not follow from seed, goal and answers, by number of their event;
            empty = all do.
    """

    certification: Certification
    says: Certificate
    breaks: tuple[Break, ...]


def prove(events: Iterable[Event]) -> list[Proof]:
    """Return all certificates of the log, in the order in which they were begun.

    Takes about a millisecond for each review, once a batch of draws.

    Args:
        events: the whole log, from its first event on.
    """
    past = State()
    parts: dict[str, list[tuple[Slot, dict[str, Any]]]] = {}
    breaks: dict[str, list[Break]] = defaultdict(list)
    for event in events:
        if event.slot.kind == "certificate" and event.value is not None:
            before = parts.setdefault(event.slot.scope, [])
            what = _fault(before, event, past)
            if what:
                breaks[event.slot.scope].append(Break(event.seq, what))
            before.append((event.slot, event.value))
        past.add(event)
    certifications = [certification_from(found) for found in parts.values()]
    return [
        Proof(
            certification,
            state(certification, _outcomes(past, certification.form)),
            tuple(breaks[certification.subset]),
        )
        for certification in certifications
    ]


def _fault(before: list[tuple[Slot, dict[str, Any]]], event: Event, past: State) -> str:
    assert event.value is not None
    if event.slot.sample != str(len(before) + 1):
        return f"Part {len(before) + 1} of the certificate is missing"
    if before:
        certification = certification_from(before)
        made = more(certification, _outcomes(past, certification.form), len(event.value["draws"]))
    else:
        empty = certification_from([(event.slot, {**event.value, "draws": []})])
        if subset_of(chain(*empty.members.values())) != event.slot.scope:
            return "The certificate is not about the samples that name it"
        made = more(empty, {}, len(event.value["draws"]))
    kept = [Draw(*values) for values in event.value["draws"]]
    return "" if _same(made, kept) else "The draws do not follow from the seed and the answers"


def _same(made: list[Draw], kept: list[Draw]) -> bool:
    return [(one.sample, one.stratum) for one in made] == [
        (one.sample, one.stratum) for one in kept
    ] and all(
        np.allclose(one.chances, other.chances, rtol=0, atol=_ROUNDING)
        for one, other in zip(made, kept, strict=True)
    )


def _outcomes(past: State, form: str) -> dict[str, Outcome]:
    def of(kind: Kind) -> list[Any]:
        return [
            judgement_of(slot, register)
            for slot, register in past.registers.items()
            if (slot.kind, slot.scope) == (kind, form) and register.done
        ]

    return outcomes(of("verdict"), of("adjudication"))
