"""The record of a run's steps, ``metrics.jsonl``, of its validation loss, ``validation.jsonl``, and
of answers to read, ``rollouts.jsonl``."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, cast

from diq_core.inside import within
from diq_core.records import checked
from diq_core.training.rewards import Rollout
from diq_core.training.validation import Validated
from diq_core.training.watch import Step

METRICS = "metrics.jsonl"
VALIDATION = "validation.jsonl"
ROLLOUTS = "rollouts.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written(Rollout):
    step: int


class Recorder:
    """Writes what a run tells, going on after step `finished`; to be closed.

    Args:
        rollouts: the run has answers to read.
        validates: it measures a validation loss.
        told: called after each step.
    """

    def __init__(
        self, folder: Path, finished: int, *, rollouts: bool, validates: bool,
        told: Callable[[], None],
    ) -> None:  # fmt: skip
        self._told = told
        self._metrics = _open_after(folder / METRICS, finished)
        self._rollouts = _open_after(folder / ROLLOUTS, finished) if rollouts else None
        self._validation = _open_after(folder / VALIDATION, finished) if validates else None

    def step(self, step: Step) -> None:
        """Write one step."""
        line = asdict(step)
        if step.policy is None:  # of other objectives the file is as ever
            del line["policy"]
        self._metrics.write(json.dumps(line) + "\n")
        self._metrics.flush()
        self._told()

    def rollouts(self, step: int, rollouts: Sequence[Rollout]) -> None:
        """Write the answers to the first prompt of a step."""
        if self._rollouts is not None:
            self._rollouts.writelines(
                json.dumps({"step": step, **asdict(each)}) + "\n" for each in rollouts
            )
            self._rollouts.flush()

    def validation(self, found: Validated) -> None:
        """Write one measurement of the validation loss."""
        if self._validation is not None:
            self._validation.write(json.dumps(asdict(found)) + "\n")
            self._validation.flush()

    def close(self) -> None:
        """Close its files."""
        for file in (self._metrics, self._rollouts, self._validation):
            if file is not None:
                file.close()


def _open_after(path: Path, step: int) -> IO[str]:
    """Open a record to go on with, of which only the steps up to `step` are left; 0 = none, what
    was measured before the first step is measured again."""
    kept = [line for line in _lines(path) if step and json.loads(line)["step"] <= step]
    path.write_text("".join(kept), encoding="utf-8", newline="\n")
    return path.open("a", encoding="utf-8", newline="\n")


def read_rollouts(folder: Path) -> list[dict[str, Any]]:
    """Return the answers to read of a finished or unfinished run, as `Rollout` with its step."""
    path = within(folder, ROLLOUTS)
    return [_checked(line, path, _Written) for line in _lines(path)]


def read_validation(folder: Path) -> list[dict[str, Any]]:
    """Return the validation loss of a finished or unfinished run, as `Validated`; [] = none."""
    path = within(folder, VALIDATION)
    return [_checked(line, path, Validated) for line in _lines(path)]


def read_metrics(folder: Path) -> list[dict[str, Any]]:
    """Return the steps in ``metrics.jsonl`` of a finished or unfinished run; [] = none yet.

    A line that is being written at this moment is left out.
    """
    path = within(folder, METRICS)
    return [_checked(line, path, Step) for line in _lines(path)]


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
    return [line for line in lines if line.endswith("\n")]


def _checked(line: str, path: Path, shape: type[Any]) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    checked(shape, found, which=str(path), todo="begin the run anew")
    return cast(dict[str, Any], found)
