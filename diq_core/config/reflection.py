"""Settings of reflective chains: which teacher writes them, and how long is searched."""

from __future__ import annotations

from operator import not_
from typing import Annotated, Literal

from pydantic import Field

from diq_core.config.base import Option, Settings
from diq_core.config.judges import GATE

_SEARCH, _TEACHER = Option(group="Search"), Option(group="Teacher")


class ReflectSettings(Settings):
    """Which teacher writes reflective chains, who verifies them, and how long is searched.

    Where they are asked and how long one waits is no part of it.
    """

    model: str = Field(min_length=1, max_length=200)
    """The teacher's name at its server."""
    verifier: str = Field(default="", max_length=200)
    """Name of a model that decides where the rules cannot, at --verifier-endpoint; default: what no
    rule decides stays undecided."""
    method: Annotated[Literal["search", "stability"], _SEARCH] = "search"
    """search: correct a wrong chain until it is right; stability: answer eight times, and keep the
    chain that another reading recovers best."""
    reader: Annotated[str, _SEARCH] = Field(default="", max_length=200)
    """With stability: name of a small model at --verifier-endpoint that answers from the masked
    explanations; default: the teacher."""
    attempts: Annotated[int, _SEARCH] = Field(default=3, ge=1, le=20)
    """How often corrections begin anew from the first chain."""
    corrections: Annotated[int, _SEARCH] = Field(default=2, ge=0, le=20)
    """Most corrections of an attempt."""
    last_resort: Annotated[bool, _SEARCH] = True
    """Let one continuation see the reference in the end; such a chain is marked 'aided'."""
    aided: Annotated[bool, _SEARCH] = False
    """Also put aided chains into the dataset; default: they are kept out of training."""
    images: Annotated[bool, _TEACHER] = False
    """Show the teacher the samples' images, drawn anew; default: samples with images are not
    asked."""
    temperature: Annotated[float, _TEACHER] = Field(default=0.7, ge=0.0, le=2.0)
    """0 = always the likeliest word."""
    top_p: Annotated[float, _TEACHER] = Field(default=1.0, gt=0.0, le=1.0)
    """Draw from the likeliest words that together have this chance."""
    max_tokens: Annotated[int, _TEACHER] = Field(default=2000, ge=16)
    """Longest reply, in tokens."""
    limit: int | None = Field(default=None, ge=1)
    """Ask about at most this many samples; default: all."""
    seed: int = Field(default=0, ge=0)
    """Seed of everything random."""
    leave_out_identifiers: Annotated[bool, GATE] = Field(default=False, exclude_if=not_)
    """Ask nothing about samples that may tell who a patient is, where nobody decided about them;
    default: nothing is asked at all."""
