"""How a language model is asked to judge, and the command that does it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from pydantic import Field

from diq_core.asking.address import completions_url
from diq_core.config import Settings


class JudgeSettings(Settings):
    """Which model is asked, and how."""

    endpoint: str
    """Address of an OpenAI-compatible server; the samples' text is sent there."""
    model: str = Field(min_length=1, max_length=200)
    limit: int | None = Field(default=None, ge=1)
    """Judge at most this many samples, those that people judged first; None = all."""
    rest: int = Field(default=0, ge=0)
    """How many samples that were not chosen are judged too, drawn by seed."""
    repeats: int = Field(default=1, ge=1, le=20)
    """How often each sample is judged; each repeat is a rater of its own, with its own seed."""
    critique: bool = False
    """Also compare each sample's reasoning with its answer, point by point."""
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    seed: int = Field(default=0, ge=0)
    max_tokens: int = Field(default=2000, ge=16)
    timeout: float = Field(default=120.0, gt=0.0)
    attempts: int = Field(default=5, ge=1, le=20)


def job_name(model: str) -> str:
    """Return the name of the job in which `model` judges: readable, and one for each model."""
    plain = re.sub(r"[^A-Za-z0-9-]+", "-", model).strip("-")[:40]
    return f"judge-{plain}-{hashlib.sha256(model.encode()).hexdigest()[:8]}"


def judge_command(study: Path, selection: str, settings: JudgeSettings) -> list[str]:
    """Return the command that has a model judge `selection`.

    Raises:
        BadSetting: the endpoint's address holds a password or is none.
    """
    completions_url(settings.endpoint)
    command = ["review", "judge", "--study", str(study), "--selection", selection]
    for name, field in JudgeSettings.model_fields.items():
        value = getattr(settings, name)
        if value is True:
            command.append(f"--{name}")
        elif value is not None and value != field.default:
            command += [f"--{name.replace('_', '-')}", str(value)]
    return command
