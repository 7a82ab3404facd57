"""How two models' answers are paired and judged, and the commands that do it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import Field

from diq_core.asking.address import completions_url
from diq_core.commands import options
from diq_core.config import Settings


class PairSettings(Settings):
    """Which questions' answers are set side by side."""

    limit: int | None = Field(default=None, ge=1)
    """A seeded draw of so many pairs; None = all."""
    seed: int = 0


class QualitySettings(Settings):
    """Which model judges, and how often.

    Where it is asked and how long one waits is no part of it: a broken run may go on at another
    address with more patience.
    """

    model: str = Field(min_length=1, max_length=200)
    repeats: int = Field(default=1, ge=1, le=20)
    """How often each pair is asked in each order, and each answer rated; each repeat has its own
    seed."""
    scales: bool = True
    """Also rate each answer alone on every scale."""
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    seed: int = Field(default=0, ge=0)
    max_tokens: int = Field(default=1000, ge=16)
    resamples: int = Field(default=2000, ge=100)
    """Bootstrap draws behind every interval."""


def pair_command(
    study: Path,
    name: str,
    settings: PairSettings,
    *,
    first: str,
    second: str,
    benchmarks: Iterable[str],
) -> list[str]:
    """Return the command that sets two evaluations' written answers side by side."""
    command = ["quality", "pair", "--study", str(study), "--name", name]
    command += ["--first", first, "--second", second]
    for benchmark in benchmarks:
        command += ["--benchmark", benchmark]
    return command + options(settings, "limit", "seed")


def judge_answers_command(
    study: Path, name: str, settings: QualitySettings, answers: str, endpoint: str
) -> list[str]:
    """Return the command that has a model judge the pairs `answers`.

    Raises:
        BadSetting: the endpoint's address holds a password or is none.
    """
    completions_url(endpoint)
    command = ["quality", "judge", "--study", str(study), "--name", name]
    command += ["--answers", answers, f"--endpoint={endpoint}", f"--model={settings.model}"]
    command += ["--no-scales"] * (not settings.scales)
    return command + options(settings, "repeats", "temperature", "seed", "max_tokens")
