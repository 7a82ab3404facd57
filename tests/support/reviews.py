"""Answers and people for tests of the review store."""

from __future__ import annotations

from typing import Any

from diq_core.review.form.form import Form
from diq_core.review.store.changes import Store
from diq_core.review.store.ledger import Saved
from diq_core.review.store.roles import Actor

ANN = Actor("Dr Ann", "reviewer")
BEN = Actor("Dr Ben", "reviewer")
EVE = Actor("Dr Eve", "adjudicator")
KIM = Actor("Kim", "curator")
ADA = Actor("Ada", "admin")


def answer(verdict: str = "reject", level: int = 3, **more: Any) -> dict[str, Any]:
    """Return a complete answer to the shipped form."""
    keys = ("differential_diagnosis", "safety_check", "evidence_citation")
    return {"scales": dict.fromkeys(keys, level), "verdict": verdict, **more}


def rate(
    store: Store,
    form: Form,
    actor: Actor,
    sample: str,
    *,
    version: int = 0,
    key: str = "",
    verdict: str = "reject",
    **more: Any,
) -> Saved:
    """Submit a complete verdict."""
    return store.submit(
        actor,
        sample,
        answer(verdict, **more),
        form=form,
        version=version,
        key=key or f"{sample} {version}",
    )
