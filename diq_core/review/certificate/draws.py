"""Begin a certificate and draw for it: both go into the log, with the chances of every draw.

One event begins a certificate: its samples by stratum, the goal, the seed and the first draws.
Each further batch of draws is one more event, a register of its own that nobody can set again or
undo. The answers are the verdicts, in the same log; so what may be said follows from the log alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import chain
from typing import Any

from sqlalchemy import Connection, select

from diq_core.errors import BadSetting, NotFound
from diq_core.review.certificate.certify import Draw, Goal, Members, next_draws
from diq_core.review.certificate.state import Certification, certification_from, more, subset_of
from diq_core.review.log.events import Slot
from diq_core.review.queue.ordering import Item
from diq_core.review.queue.plans import QueueSettings, extend_queue, make_queue
from diq_core.review.refusals import Conflict
from diq_core.review.store.changes import Store
from diq_core.review.store.ledger import Ledger, Saved, register_of, slot_of
from diq_core.review.store.reading import all_judgements
from diq_core.review.store.roles import Actor
from diq_core.review.store.tables import registers
from diq_core.review.verdicts.outcomes import Outcome, outcomes


def begin(
    store: Store,
    actor: Actor,
    selection: str,
    members: Members,
    goal: Goal,
    *,
    seed: int,
    form: str,
    count: int,
    key: str,
    samples: Mapping[str, str] | None = None,
) -> Saved:
    """Begin the certificate of `members`, make its first draws and plan their queue, all at once.

    The same samples have one certificate, whatever their selection is called: beginning anew
    after a bad result would be choosing the result.

    Args:
        selection: name of the selection.
        members: its samples by stratum, see `strata_of`.
        seed: of the draws.
        form: version of the form whose verdicts will be the answers.
        count: how many draws to begin with.
        samples: the dataset they are of, see `Study.reference`; None = not known.

    Raises:
        BadSetting: there is one for these samples, or there are no samples.
        NotAllowed: the role.
    """

    def work(ledger: Ledger) -> Saved:
        ledger.permit("plan")
        slot = Slot("certificate", "", "1", subset_of(chain(*members.values())))
        repeated = ledger.seen(key)
        if repeated is None and ledger.register(slot).version:
            raise BadSetting(
                "A certificate was begun for these samples already",
                which=f"selection {selection!a}",
                todo="go on with that one",
            )
        draws = next_draws(goal, members, [], count=count, seed=seed)
        queue = _free_queue(ledger, f"certificate {selection}")
        if repeated is not None and repeated.value is not None:
            queue = repeated.value.get("queue", queue)
        value = {
            "selection": selection,
            "queue": queue,
            "form": form,
            "goal": asdict(goal),
            "seed": seed,
            "strata": {name: sorted(set(members[name])) for name in sorted(members)},
            "draws": _stored(draws),
        }
        saved = ledger.set(slot, value, version=0, key=key)
        if saved.repeated:
            return saved
        held = samples or {}
        settings = QueueSettings(
            queue, form, order="listed", samples=held.get("path", ""),
            digest=held.get("digest", ""),
        )  # fmt: skip
        make_queue(ledger, queue, _items(draws), settings, key=f"{key} queue")
        return saved

    return store.change(actor, work)


def draw(store: Store, actor: Actor, subset: str, *, count: int, version: int, key: str) -> Saved:
    """Draw up to `count` further samples of a certificate and append them to its queue.

    Where they are looked for follows from the verdicts that are in the log at this moment; other
    changes wait meanwhile, a millisecond or so for each review before.

    Args:
        subset: names the certificate, see `subset_of`.
        version: ``Certification.version`` as the actor saw it.

    Raises:
        BadSetting: every sample was drawn already.
        Conflict: somebody drew meanwhile.
        NotAllowed: the role.
        NotFound: there is no such certificate.
    """

    def work(ledger: Ledger) -> Saved:
        ledger.permit("plan")
        slot = Slot("certificate", "", str(version + 1), subset)
        repeated = ledger.seen(key)
        if repeated is not None:
            # The answers may be others by now; what was drawn stays drawn.
            kept = {**(repeated.value or {}), "asked": count}
            return ledger.set(slot, kept, version=0, key=key)
        found = _certification_in(ledger.connection, subset)
        if found is None:
            raise NotFound("There is no such certificate", which=subset[:12], todo="begin it first")
        if found.version != version:
            raise Conflict(
                f"This was changed meanwhile (version {found.version}, you saw {version})",
                which=f"certificate {found.selection!a}",
                mine={"draws": count},
                theirs={"draws": len(found.draws)},
                version=found.version,
            )
        draws = more(found, _outcomes_in(ledger.connection, found.form), count)
        if not draws:
            raise BadSetting(
                "Every sample of this certificate was drawn already",
                which=f"certificate {found.selection!a}",
                todo="review what was drawn; nothing more can be looked at",
            )
        value = {"asked": count, "draws": _stored(draws)}
        saved = ledger.set(slot, value, version=0, key=key)
        extend_queue(ledger, found.queue, _items(draws), key=f"{key} queue")
        return saved

    return store.change(actor, work)


def certification_of(store: Store, samples: Iterable[str]) -> Certification | None:
    """Return the certificate of exactly these samples; None = none was begun."""
    subset = subset_of(samples)
    return store.database.read(lambda connection: _certification_in(connection, subset))


def _certification_in(connection: Connection, subset: str) -> Certification | None:
    query = select(registers).where(
        registers.c.kind == "certificate", registers.c.scope == subset, registers.c.live
    )
    rows = connection.execute(query).all()
    parts = [(slot_of(row), register_of(row.content).value or {}) for row in rows]
    return certification_from(parts) if parts else None


def _outcomes_in(connection: Connection, form: str) -> dict[str, Outcome]:
    verdicts = all_judgements(connection, "verdict", form)
    return outcomes(verdicts, all_judgements(connection, "adjudication", form))


def _free_queue(ledger: Ledger, name: str) -> str:
    number, free = 1, name
    while ledger.register(Slot("plan", "", "1", free)).version:
        number += 1
        free = f"{name} {number}"
    return free


def _stored(draws: Sequence[Draw]) -> list[Any]:
    return [[one.sample, one.stratum, list(one.chances)] for one in draws]


def _items(draws: Sequence[Draw]) -> list[Item]:
    return [Item(one.sample) for one in draws]
