"""How two models' answers are paired and judged, and the commands that do it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from diq_core.asking.address import completions_url
from diq_core.commands import options
from diq_core.config import PairSettings, QualitySettings


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
    command = ["answers", "--study", str(study), "--name", name]
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
