"""The review store of a study: every change of it, each one asked, checked, logged, committed.

Every method that changes something takes the actor, asks the store for their role inside the
transaction, and returns only when the change is on the disk. `key` names the request: sending
the same request again (a reply was lost) saves nothing twice and gives the first receipt.
`version` is what the actor saw; another one raises `Conflict` and overwrites nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, TypeVar

from diq_core.errors import BadSetting
from diq_core.review.form.answer import Criterion, check_answer
from diq_core.review.form.form import Form
from diq_core.review.form.gate import Gate
from diq_core.review.log.canonical import canonical, digest
from diq_core.review.log.events import Slot
from diq_core.review.store.database import PATIENCE, Database
from diq_core.review.store.drafting import Draft, keep_draft, spend_draft
from diq_core.review.store.ledger import Ledger, Saved, refuse_unless
from diq_core.review.store.place import database_url
from diq_core.review.store.roles import Actor, Role, checked_role
from diq_core.review.store.rules import admins as all_admins
from diq_core.review.store.rules import (
    check_submission,
    check_undo,
    checked_seconds,
    live_criteria,
    pin_form,
)
from diq_core.study import STUDY_FILE, Study

T = TypeVar("T")

CHOICES = ("in", "out", "auto")
"""What may be set by hand: kept whatever the scores say, left out, or as the scores say."""


def utc_now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


def open_store(study: Study, *, patience: float = PATIENCE) -> Store:
    """Open the study's review store; make or update its tables where needed.

    Raises:
        BadSetting: study.toml names something that is no PostgreSQL database, or one that this
            machine does not list.
        StoreUnavailable: the database cannot be reached.
    """
    url = database_url(study.path, study.facts.get("store"))
    file = study.inside(STUDY_FILE)
    return Store(Database(url, patience=patience, study_file=file))


class Store:
    """One study's reviews. Safe to share between threads.

    Attributes:
        database: where they are kept.
        clock: gives the time in UTC.
    """

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.database = database
        self.clock = clock

    def close(self) -> None:
        """Close all connections."""
        self.database.close()

    def change(self, actor: Actor, work: Callable[[Ledger], T]) -> T:
        """Run `work` in one writing transaction of `actor`; it must ask for permission."""
        return self.database.write(lambda connection: work(Ledger(connection, actor, self.clock())))

    def submit(
        self,
        actor: Actor,
        sample: str,
        values: Mapping[str, Any],
        *,
        form: Form,
        version: int,
        key: str,
        steps: int | None = None,
        seconds: float | None = None,
    ) -> Saved:
        """Save the actor's verdict on `sample`: the first one, or a changed one.

        Args:
            values: the answer, see `check_answer`.
            steps: how many steps the sample's reasoning has; None = not checked.
            seconds: how long the sample was in view, where measured.

        Raises:
            BadSetting: the answer is incomplete or contradicts itself.
            Conflict: the verdict has another version.
            NotAllowed: the role, or the actor adjudicated this sample.
        """

        checked_seconds(seconds)

        def work(ledger: Ledger) -> Saved:
            ledger.permit("review")
            slot = Slot("verdict", actor.name, sample, form.version)
            ledger.look_up(
                slot,
                Slot("adjudication", "", sample, form.version),
                Slot("form", "", "", form.version),
            )
            answer = check_answer(
                form, values, criteria=live_criteria(ledger.connection, sample), steps=steps
            )
            check_submission(ledger, sample, form, answer)
            pin_form(ledger, form)
            value = {"answer": answer.as_dict(), "seconds": seconds}
            saved = ledger.set(slot, value, version=version, key=key)
            if not saved.repeated:
                spend_draft(ledger, sample, form.version)
            return saved

        return self.change(actor, work)

    def edit(
        self,
        actor: Actor,
        sample: str,
        field: str,
        *,
        original: str,
        text: str,
        version: int,
        key: str,
    ) -> Saved:
        """Save the actor's proposal for another text of one field of `sample`, beside the original.

        Raises:
            BadSetting: nothing was changed.
            Conflict: the proposal has another version.
        """
        if text == original:
            raise BadSetting(
                "The text was not changed", which=field, todo="change it, or undo the edit"
            )
        value = {"original": original, "original_digest": digest(original), "text": text}

        def work(ledger: Ledger) -> Saved:
            ledger.permit("review")
            slot = Slot("edit", actor.name, sample, field)
            return ledger.set(slot, value, version=version, key=key)

        return self.change(actor, work)

    def undo(self, actor: Actor, slot: Slot, *, target: int, key: str) -> Saved:
        """Take back the last change of `slot`, or its last undo; in any later session too.

        Args:
            target: the event that is taken back: ``register.done[-1].by`` to step back,
                ``register.undone[-1].by`` to step forward again.

        Raises:
            BadSetting: such a thing cannot be undone.
            Conflict: something was changed since.
            NotAllowed: it is somebody else's, or the role does not permit it.
        """

        def work(ledger: Ledger) -> Saved:
            check_undo(ledger, slot, target)
            return ledger.undo(slot, target=target, key=key)

        return self.change(actor, work)

    def adjudicate(
        self,
        actor: Actor,
        sample: str,
        values: Mapping[str, Any],
        *,
        form: Form,
        version: int,
        key: str,
        steps: int | None = None,
        edits: Mapping[str, str] | None = None,
    ) -> Saved:
        """Settle `sample`: the answer that counts (see `submit`), and the text of each field.

        Raises:
            NotAllowed: the role, or the actor is one of the raters and so no third person.
        """

        def work(ledger: Ledger) -> Saved:
            ledger.permit("adjudicate")
            own = ledger.register(Slot("verdict", actor.name, sample, form.version))
            refuse_unless(
                own.value is None,
                "You rated this sample yourself, so somebody else has to settle it",
                which=f"sample {sample!a}",
                todo="ask an adjudicator who did not rate it",
            )
            criteria = live_criteria(ledger.connection, sample)
            answer = check_answer(form, values, criteria=criteria, steps=steps)
            pin_form(ledger, form)
            value = {"answer": answer.as_dict(), "edits": dict(edits or {})}
            slot = Slot("adjudication", "", sample, form.version)
            return ledger.set(slot, value, version=version, key=key)

        return self.change(actor, work)

    def set_manual(
        self, actor: Actor, sample: str, choice: str, *, why: str, version: int, key: str
    ) -> Saved:
        """Put `sample` in or out by hand, or leave it to the scores again.

        Raises:
            BadSetting: `choice` is none of "in", "out", "auto", or no reason is given.
        """
        if choice not in CHOICES:
            raise BadSetting(f"{choice!a} is no choice", which="choice", todo="use in, out or auto")
        if not why.strip():
            raise BadSetting("A reason is missing", which="why", todo="say why in a few words")

        def work(ledger: Ledger) -> Saved:
            ledger.permit("curate")
            value = {"choice": choice, "why": why}
            return ledger.set(Slot("manual", "", sample, ""), value, version=version, key=key)

        return self.change(actor, work)

    def add_criterion(
        self, actor: Actor, sample: str, criterion: Criterion, *, version: int, key: str
    ) -> Saved:
        """Add a yes/no question to `sample`, or change its words; `undo` withdraws it."""

        def work(ledger: Ledger) -> Saved:
            ledger.permit("curate")
            value = {"text": criterion.text, "points": criterion.points}
            slot = Slot("criterion", "", sample, criterion.key)
            return ledger.set(slot, value, version=version, key=key)

        return self.change(actor, work)

    def set_gate(self, actor: Actor, gate: Gate, *, form: Form, version: int, key: str) -> Saved:
        """Say what a machine judge must reach before its ratings by `form` may be used."""

        def work(ledger: Ledger) -> Saved:
            ledger.permit("plan")
            pin_form(ledger, form)
            slot = Slot("gate", "", "", form.version)
            return ledger.set(slot, asdict(gate), version=version, key=key)

        return self.change(actor, work)

    def grant(self, actor: Actor, name: str, role: Role | None, *, version: int, key: str) -> Saved:
        """Give `name` a role, or take it away with None.

        From the first grant on, only roles given here count; so the first must be an admin's.

        Raises:
            BadSetting: no admin would be left.
        """
        person = Actor(name, checked_role(role) if role else "viewer")

        def work(ledger: Ledger) -> Saved:
            ledger.permit("grant")
            admins = all_admins(ledger.connection) - {person.name}
            if role != "admin" and not admins:
                raise BadSetting(
                    "Nobody would be left to give roles",
                    which=ascii(name),
                    todo="give somebody the role admin first",
                )
            slot = Slot("role", "", person.name, "")
            return ledger.set(slot, {"role": role}, version=version, key=key)

        return self.change(actor, work)

    def save_draft(
        self, actor: Actor, sample: str, content: Mapping[str, Any], *, form: str, version: int
    ) -> Draft:
        """Save what was filled in so far, and renew the lease on the sample.

        A draft is no judgement: it is unchecked, replaced by the next one, and not in the log.

        Raises:
            Conflict: another window saved a draft, or the verdict was submitted meanwhile.
        """
        kept = json.loads(canonical(dict(content)))

        def work(ledger: Ledger) -> Draft:
            ledger.permit("review")
            return keep_draft(ledger, sample, kept, form=form, version=version)

        return self.change(actor, work)
