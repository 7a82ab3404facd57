"""Settings of language models as judges: of samples, and of two models' written answers."""

from __future__ import annotations

from operator import not_
from typing import Annotated

from pydantic import Field

from diq_core.config.base import Names, Option, Settings

GATE = Option(group="Patients' identifiers")
"""Options of a door where somebody may answer for what passes."""


class JudgeSettings(Settings):
    """Which model judges a selection's samples, and how it is asked."""

    endpoint: Annotated[str, Names("address")]
    """Address of an OpenAI-compatible server, e.g. http://localhost:8000/v1. The samples' text is
    sent there; its key is read from DIQ_API_KEY (this machine) or DIQ_ENDPOINT_KEYS."""
    model: str = Field(min_length=1, max_length=200)
    """The model's name at that server."""
    limit: int | None = Field(default=None, ge=1)
    """Judge at most this many samples: those that people judged, then the chosen ones, then
    others; default: all."""
    rest: int = Field(default=0, ge=0)
    """Samples that were not chosen, drawn by lot, to judge too. They come last, so allow for them
    in the number of samples."""
    repeats: int = Field(default=1, ge=1, le=20)
    """How often each sample is judged; each time is a rater of its own, with its own seed."""
    critique: bool = False
    """Also compare each sample's reasoning with its answer, point by point: one more request."""
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    """0 = always the likeliest word."""
    seed: int = Field(default=0, ge=0)
    """Seed of everything random."""
    max_tokens: int = Field(default=2000, ge=16)
    """Longest reply, in tokens."""
    timeout: float = Field(default=120.0, gt=0.0)
    """Most seconds for one reply."""
    attempts: int = Field(default=5, ge=1, le=20)
    """How often a busy server is asked."""
    per_minute: int | None = Field(default=None, ge=1)
    """Most requests that begin in a minute; default: no limit."""
    leave_out_identifiers: Annotated[bool, GATE] = Field(default=False, exclude_if=not_)
    """Ask nothing about samples that may tell who a patient is, where nobody decided about them;
    default: nothing is asked at all."""
    release_role: Annotated[str, GATE] = Field(default="", exclude_if=not_, max_length=500)
    """Ask although what is sent may tell who a patient is: the role in which you answer for that.
    It is kept in the study's log."""
    release_reason: Annotated[str, GATE] = Field(default="", exclude_if=not_, max_length=500)
    """With --release-role: why, without names, dates and numbers."""


class PairSettings(Settings):
    """Which questions' answers are set side by side."""

    limit: int | None = Field(default=None, ge=1)
    """Draw so many pairs with the seed; default: all."""
    seed: int = 0
    """Seed of everything random."""


class QualitySettings(Settings):
    """Which model judges answers, and how often.

    Where it is asked and how long one waits is no part of it: a broken run may go on at another
    address with more patience.
    """

    model: str = Field(min_length=1, max_length=200)
    """The judge's name at that server."""
    repeats: int = Field(default=1, ge=1, le=20)
    """How often each pair is asked in each order, and each answer rated; each repeat has its own
    seed."""
    scales: bool = True
    """Also rate each answer alone on the three scales."""
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    """0 = always the likeliest word."""
    seed: int = Field(default=0, ge=0)
    """Seed of everything random."""
    max_tokens: int = Field(default=1000, ge=16)
    """Longest reply, in tokens."""
    resamples: int = Field(default=2000, ge=100)
    """Bootstrap draws behind every interval."""
    leave_out_identifiers: Annotated[bool, GATE] = Field(default=False, exclude_if=not_)
    """Ask nothing about pairs that may tell who a patient is, where nobody decided about them;
    default: nothing is asked at all."""
