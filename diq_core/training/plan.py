"""In which order samples are learned from, and in how many steps: fixed before training begins.

The samples are shuffled anew for each pass over them and laid end to end; every step takes the
next `batch_size` of that stream. So a run of 30 steps learns from 30 × `batch_size` samples
whatever the size of the set, and two arms with the same step count differ in nothing but data.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from diq_core.config import FinetuneSettings
from diq_core.errors import BadSetting


@dataclass(frozen=True)
class Plan:
    """The whole run, sample by sample.

    Attributes:
        order: position of the sample that is learned from, for every sample of every step.
        batch_size: samples in a step; the last step may have fewer.
        tokens: response tokens learned from up to and with each step, one number a step.
        samples: how many samples there are.
    """

    order: tuple[int, ...]
    batch_size: int
    tokens: tuple[int, ...]
    samples: int

    @property
    def steps(self) -> int:
        return len(self.tokens)

    def epoch(self, step: int) -> float:
        """Return how often the set has been passed through after `step` steps."""
        return min(step * self.batch_size, len(self.order)) / self.samples

    def passes(self) -> list[int]:
        """Return how often each sample is learned from."""
        counted = Counter(self.order)
        return [counted[each] for each in range(self.samples)]


def plan_steps(
    response_tokens: Sequence[int],
    settings: FinetuneSettings,
    *,
    processes: int = 1,
    whole: bool = False,
) -> Plan:
    """Return the order of learning.

    With `max_steps` or `token_budget` the run ends there, whichever comes first; else after
    `epochs` passes.

    Args:
        response_tokens: of each sample, in the order that positions refer to.
        processes: how many share a step; with several, the last step is filled up.
        whole: fill up the last step in any case.

    Raises:
        BadSetting: a step cannot be divided into its micro-batches.
    """
    micro_batches(settings, processes=processes)
    size, count = settings.batch_size, len(response_tokens)
    stream = _stream(count, settings.seed)
    if settings.max_steps is None and settings.token_budget is None:
        total = max(1, round(settings.epochs * count))
        if processes > 1 or whole:
            total = -(-total // size) * size
        order = list(islice(stream, total))
        steps = [order[first : first + size] for first in range(0, total, size)]
    else:
        steps = _until(stream, response_tokens, settings)
    tokens, learned = [], 0
    for step in steps:
        learned += sum(response_tokens[each] for each in step)
        tokens.append(learned)
    return Plan(tuple(each for step in steps for each in step), size, tuple(tokens), count)


def micro_batches(settings: FinetuneSettings, *, processes: int = 1) -> int:
    """Return how many micro-batches one process accumulates in a step.

    Raises:
        BadSetting: the batch is no multiple of the micro-batch times the processes.
    """
    at_once = settings.micro_batch * processes
    if settings.batch_size % at_once:
        several = f" on {processes} processes" if processes > 1 else ""
        raise BadSetting(
            f"A step of {settings.batch_size} samples cannot be divided into micro-batches of "
            f"{settings.micro_batch}{several}",
            which="batch_size, micro_batch",
            todo=f"make the batch size a multiple of {at_once}",
        )
    return settings.batch_size // at_once


def _until(
    stream: Iterator[int], response_tokens: Sequence[int], settings: FinetuneSettings
) -> list[list[int]]:
    steps: list[list[int]] = []
    learned = 0
    while settings.max_steps is None or len(steps) < settings.max_steps:
        if settings.token_budget is not None and learned >= settings.token_budget:
            break
        step = list(islice(stream, settings.batch_size))
        learned += sum(response_tokens[each] for each in step)
        steps.append(step)
    return steps


def _stream(count: int, seed: int) -> Iterator[int]:
    """Yield positions for ever: every pass is a new shuffle that depends on the seed only."""
    number = 0
    while True:
        order = list(range(count))
        random.Random(f"{seed}/{number}").shuffle(order)
        yield from order
        number += 1
