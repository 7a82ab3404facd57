"""Who may do what: one table, asked again on the server inside every changing transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from diq_core.errors import BadSetting
from diq_core.review.log.canonical import verbatim
from diq_core.review.refusals import NotAllowed

Role = Literal["viewer", "reviewer", "adjudicator", "curator", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)

Action = Literal[
    "review",
    "adjudicate",
    "curate",
    "plan",
    "grant",
    "restore",
    "undo_for_others",
    "read_all",
]

PERMISSIONS: dict[Action, frozenset[Role]] = {
    # Claim, skip, draft, submit, edit, flag, note, and undo what one did oneself.
    "review": frozenset({"reviewer", "adjudicator", "curator", "admin"}),
    # Settle a sample on which raters disagree; never one the actor rated.
    "adjudicate": frozenset({"adjudicator", "admin"}),
    # Put a sample in or out by hand; choose among samples that ask the same; add or withdraw a
    # case-specific criterion.
    "curate": frozenset({"curator", "admin"}),
    # Make or extend a queue; begin a certificate and draw for it; say what a judge must reach.
    "plan": frozenset({"curator", "admin"}),
    "grant": frozenset({"admin"}),
    "restore": frozenset({"admin"}),
    "undo_for_others": frozenset({"admin"}),
    # See other people's judgements. A reviewer does not: that would end the blinding.
    "read_all": frozenset({"viewer", "adjudicator", "curator", "admin"}),
}

WHAT: dict[Action, str] = {
    "review": "review samples",
    "adjudicate": "adjudicate",
    "curate": "put samples in or out by hand or add criteria",
    "plan": "plan a queue or a certificate, or say what a judge must reach",
    "grant": "give roles",
    "restore": "restore a backup",
    "undo_for_others": "undo what somebody else did",
    "read_all": "see other people's judgements",
}

NAME_LIMIT = 300
"""Longest name, counted in the escaped form that is stored (an ASCII letter counts 1)."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks for a change.

    Attributes:
        name: as signed in or as typed at the start; any text, stored byte-true, never interpreted.
        role: the claimed role. Once roles are given in the store, those count and not this one.
        machine: whether it is a model; its judgements are marked and kept apart from people's.
    """

    name: str
    role: Role
    machine: bool = False

    def __post_init__(self) -> None:
        if not self.name.strip() or len(verbatim(self.name)) > NAME_LIMIT:
            raise BadSetting(
                "A person's name must have 1 to 300 characters (fewer in other scripts)",
                which="name",
                todo="enter a shorter name that is not blank",
            )
        checked_role(self.role)


def checked_role(role: str) -> Role:
    """Return `role` if it is one.

    Raises:
        BadSetting: it is not.
    """
    for known in ROLES:
        if role == known:
            return known
    raise BadSetting(
        f"There is no role {role!r}", which="role", todo=f"use one of: {', '.join(ROLES)}"
    )


def allows(role: str, action: Action) -> bool:
    """Return whether `role` permits `action`."""
    return role in PERMISSIONS[action]


def permit(role: Role | None, action: Action) -> None:
    """Pass if `role` permits `action`; None is somebody without any role.

    Raises:
        NotAllowed: it does not.
    """
    if role is not None and allows(role, action):
        return
    able = " or ".join(known for known in ROLES if known in PERMISSIONS[action])
    raise NotAllowed(
        f"The role '{role}' may not {WHAT[action]}"
        if role
        else f"You have no role in this study, so you may not {WHAT[action]}",
        which="role",
        todo=f"ask somebody with the role {able}, or an admin for that role",
    )
