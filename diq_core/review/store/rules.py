"""What must hold beyond the form: wordings, criteria, who may rate or undo, who must remain."""

from __future__ import annotations

import math

from sqlalchemy import Connection, select

from diq_core.errors import BadSetting
from diq_core.review.form.answer import EDIT_VERDICT, Answer, Criterion
from diq_core.review.form.form import Form
from diq_core.review.log.events import Slot
from diq_core.review.store.ledger import Ledger, refuse_unless, register_of
from diq_core.review.store.roles import Action
from diq_core.review.store.tables import registers

_UNDO_NEEDS: dict[str, Action] = {
    "verdict": "review",
    "preference": "review",
    "edit": "review",
    "flag": "review",
    "note": "review",
    "criterion": "curate",
    "manual": "curate",
    "choice": "curate",
    "adjudication": "adjudicate",
}


def checked_seconds(seconds: float | None) -> float | None:
    """Return `seconds` if it is a duration or None.

    Raises:
        BadSetting: it is not.
    """
    if seconds is not None and not 0 <= seconds < math.inf:
        raise BadSetting(
            f"{seconds} is no duration", which="seconds", todo="give seconds, 0 or more, or nothing"
        )
    return seconds


def pin_form(ledger: Ledger, form: Form) -> None:
    """Remember the wording of this form version; refuse another wording of the same version.

    Raises:
        BadSetting: the form was changed without a new version.
    """
    slot = Slot("form", "", "", form.version)
    known = ledger.register(slot).value
    if known is None:
        key = f"form {form.version} {form.digest}"
        ledger.set(slot, {"digest": form.digest}, version=0, key=key)
    elif known["digest"] != form.digest:
        raise BadSetting(
            f"The form was changed, but its version is still {form.version}",
            which="review form",
            todo="give the changed form a new version",
        )


def live_criteria(connection: Connection, sample: str) -> list[Criterion]:
    """Return the criteria of `sample` that are in force, by key."""
    rows = connection.execute(
        select(registers.c.scope, registers.c.content).where(
            registers.c.kind == "criterion", registers.c.sample == sample, registers.c.live
        )
    )
    found = []
    for row in rows:
        value = register_of(row.content).value
        if value is not None:
            found.append(Criterion(row.scope, value["text"], value["points"]))
    return sorted(found, key=lambda criterion: criterion.key)


def check_submission(ledger: Ledger, sample: str, form: Form, answer: Answer) -> None:
    """Pass if the actor may give this answer as a rater.

    Raises:
        BadSetting: the verdict says "with edit", and they edited nothing.
        NotAllowed: they settled this sample as a third person.
    """
    name = ledger.actor.name
    settled = ledger.register(Slot("adjudication", "", sample, form.version)).current
    refuse_unless(
        settled is None or settled.actor != name,
        "You settled this sample as a third person, so you cannot rate it too",
        which=f"sample {sample!a}",
        todo="undo the adjudication first",
    )
    if answer.verdict != EDIT_VERDICT:
        return
    edited = select(registers.c.scope).where(
        registers.c.kind == "edit",
        registers.c.reviewer == name,
        registers.c.sample == sample,
        registers.c.live,
    )
    if ledger.connection.execute(edited).first() is None:
        raise BadSetting(
            "Nothing in this sample was edited",
            which="verdict",
            todo="change the text first, or choose another verdict",
        )


def check_undo(ledger: Ledger, slot: Slot, target: int) -> None:
    """Pass if the actor may take back the event `target` of `slot`.

    Raises:
        BadSetting: such a thing cannot be undone.
        NotAllowed: it is somebody else's, or the role does not permit it.
    """
    if slot.kind not in _UNDO_NEEDS:
        raise BadSetting(
            "This cannot be undone", which=slot.kind, todo="make another change instead"
        )
    ledger.permit(_UNDO_NEEDS[slot.kind])
    register = ledger.register(slot)
    steps = [*register.done[-1:], *register.undone[-1:]]
    owners = {step.actor for step in steps if step.by == target} | {slot.reviewer} - {""}
    if owners - {ledger.actor.name} and slot.kind not in ("criterion", "manual", "choice"):
        ledger.permit("undo_for_others")


def admins(connection: Connection) -> set[str]:
    """Return the names of those who were given the role admin."""
    rows = connection.execute(
        select(registers.c.sample, registers.c.content).where(registers.c.kind == "role")
    )
    return {row.sample for row in rows if register_of(row.content).value == {"role": "admin"}}
