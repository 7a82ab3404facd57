"""How a language model is asked to judge, and the command that does it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from diq_core.asking.address import completions_url
from diq_core.config import JudgeSettings


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
