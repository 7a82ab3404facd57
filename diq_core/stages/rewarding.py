"""What reinforcement learning learns from: samples that can be verified, and who judges answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from string import ascii_uppercase

from diq_core.config import FinetuneSettings
from diq_core.data.sample import Option, Sample
from diq_core.errors import BadSetting
from diq_core.evaluation.verify.target import target_of
from diq_core.evaluation.verify.verdict import Target
from diq_core.evaluation.verify.verifying import verify
from diq_core.training.data import Dropped, TrainingData
from diq_core.training.preparing import Read, read_data
from diq_core.training.rewards import Judge, Outcome

_OPTION = re.compile(r"([A-Z])\. ?(.*)")


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
    found = {sample.id: target_of(with_options(sample)) for sample in read.samples}
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


def with_options(sample: Sample) -> Sample:
    """Return a sample with the options that its question ends with, as exports write them.

    Training files have no place for options: they are lines of the question, and the answer is one
    of these lines. Only what is so, letter for letter, is taken for options; then an answer is
    judged as pass rates and evaluations judge it, by its label too. The text stays as it is.
    """
    lines = sample.question.rpartition("\n\n")[2].split("\n")
    found = [match for line in lines if (match := _OPTION.fullmatch(line))]
    labels = "".join(match[1] for match in found)
    if sample.options or not 2 <= len(found) == len(lines) or labels not in ascii_uppercase:
        return sample
    right = [match[1] for match in found if sample.answer in (match[0], f"{match[1]}.")]
    if len(right) != 1 or labels[0] != "A":
        return sample
    options = tuple(Option(match[1], match[2]) for match in found)
    return replace(sample, options=options, answer_label=right[0])


def judge_of(samples: tuple[Sample, ...]) -> Judge:
    """Return what says whether a text answers one of these samples rightly."""
    targets: Mapping[str, Target] = {
        sample.id: found
        for sample in samples
        if isinstance(found := target_of(with_options(sample)), Target)
    }

    def judge(sample: str, text: str) -> tuple[Outcome, str]:
        verdict = verify(text, targets[sample])
        return verdict.outcome, verdict.said

    return judge
