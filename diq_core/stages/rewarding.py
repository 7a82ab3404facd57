"""What reinforcement learning learns from: samples that can be verified, and who judges answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from diq_core.config import FinetuneSettings
from diq_core.data.sample import Sample
from diq_core.errors import BadSetting
from diq_core.evaluation.verify.target import target_of
from diq_core.evaluation.verify.verdict import Target
from diq_core.evaluation.verify.verifying import verify
from diq_core.training.data import Dropped, TrainingData
from diq_core.training.preparing import Read, read_data
from diq_core.training.rewards import Judge, Outcome


def read_learned(source: str | Path, settings: FinetuneSettings) -> Read:
    """Return what a run learns from; of reinforcement learning only what a rule can verify.

    Raises:
        BadSetting: nothing of it can be verified, or a chat template has written its texts.
        UserError: see `read_data`.
    """
    read = read_data(source, settings)
    if settings.objective != "grpo" or not isinstance(read, TrainingData):
        return read
    if read.rendered:
        raise BadSetting(
            "The export holds texts that a chat template has written already, without the known "
            "answers apart",
            which=read.name,
            todo="export the selection again with --format alpaca",
        )
    found = {sample.id: target_of(sample) for sample in read.samples}
    left = [Dropped(sample.id, sample.line, reason) for sample in read.samples
            if isinstance(reason := found[sample.id], str)]  # fmt: skip
    if len(left) == len(read.samples):
        raise BadSetting(
            f"No answer to any of the {len(left)} samples can be verified; the first, sample "
            f"{left[0].id!a}, because {left[0].reason}",
            which=read.name,
            todo="use samples with options, or with short known answers",
        )
    kept = tuple(sample for sample in read.samples if isinstance(found[sample.id], Target))
    return replace(read, samples=kept, unreadable=(*read.unreadable, *left))


def judge_of(samples: tuple[Sample, ...]) -> Judge:
    """Return what says whether a text answers one of these samples rightly."""
    targets: Mapping[str, Target] = {
        sample.id: found for sample in samples if isinstance(found := target_of(sample), Target)
    }

    def judge(sample: str, text: str) -> tuple[Outcome, str]:
        verdict = verify(text, targets[sample])
        return verdict.outcome, verdict.said

    return judge
