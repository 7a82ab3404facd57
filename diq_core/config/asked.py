"""Where endpoints are asked and how patiently: what goes with settings but enters no manifest."""

from __future__ import annotations

from operator import not_
from typing import Annotated

from pydantic import Field

from diq_core.config.base import Names, Option
from diq_core.config.inputs import DatasetInputs, Inputs
from diq_core.config.judges import GATE, JudgeSettings

_ASKED = Option(group="Asking")
_PATIENCE = JudgeSettings.model_fields


class AskedInputs(Inputs):
    """How patiently a server is asked, and who answers for what is sent there."""

    timeout: Annotated[float, _ASKED] = Field(default=_PATIENCE["timeout"].default, gt=0.0)
    """Most seconds for one reply."""
    tries: Annotated[int, _ASKED] = Field(default=_PATIENCE["attempts"].default, ge=1, le=20)
    """How often a busy server is asked."""
    per_minute: Annotated[int | None, _ASKED] = Field(default=None, ge=1)
    """Most requests that begin in a minute; default: no limit."""
    at_once: Annotated[int, _ASKED] = Field(default=1, ge=1, le=256)
    """Requests under way at a time."""
    as_: Annotated[str | None, Option(flag="--as")] = None
    """Your name in the study, for the log; default: your login name."""
    release_role: Annotated[str, GATE] = Field(default="", exclude_if=not_, max_length=500)
    """Ask although what is sent may tell who a patient is: the role in which you answer for that.
    It is kept in the study's log and the manifest."""
    release_reason: Annotated[str, GATE] = Field(default="", exclude_if=not_, max_length=500)
    """With --release-role: why, without names, dates and numbers."""


class ReflectInputs(AskedInputs):
    """Which samples are thought through, and where teacher and verifier are asked."""

    endpoint: Annotated[str, Names("address")]
    """Address of the teacher's OpenAI-compatible server, e.g. http://localhost:8000/v1. Questions
    are sent there; its key is read from DIQ_API_KEY (this machine) or DIQ_ENDPOINT_KEYS."""
    dataset: Annotated[str | None, Names("dataset")] = None
    """Which dataset of the study; default: the only one, or 'main'."""
    verifier_endpoint: Annotated[str | None, Names("address")] = None
    """Address of the verifier's server; default: the teacher's. Questions, conclusions and known
    answers are sent there."""
    verifier_per_minute: Annotated[int | None, _ASKED] = Field(default=None, ge=1)
    """The same limit for the verifier; default: no limit."""
    verifier_at_once: Annotated[int, _ASKED] = Field(default=1, ge=1, le=256)
    """Requests to the verifier under way at a time."""


class PassrateInputs(DatasetInputs, AskedInputs):
    """Which samples are answered, and by whom."""

    endpoint: Annotated[str | None, Names("address"), _ASKED] = None
    """Ask the model of this name at an OpenAI-compatible server, instead of loading one. Questions
    are sent there; its key is read from DIQ_API_KEY (this machine) or DIQ_ENDPOINT_KEYS."""
