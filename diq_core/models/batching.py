"""The fixed plan of batches in which samples are scored.

Batches are padded on the right and need no attention mask: in a causal model nothing after a
response token can reach it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diq_core.models.sight import Seen, stacked
from diq_core.models.tokens import Tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

BATCH_TOKENS = 2048
SHARD_TOKENS = 16384
MAX_PADDING = 0.10
SMALL_BATCH = 512
BATCH_PIXELS = 8_000_000
"""Pixels that pass through a model's tower together: its memory grows with them, not with the few
tokens that come of them. One sample alone may have more."""


@dataclass(frozen=True, eq=False, slots=True)
class Batch:
    """Samples that go through the model together, padded on the right with token 0.

    Attributes:
        input_ids: int64, shape (samples, longest).
        starts, lengths: int64, shape (samples,): the response is ``starts[i]:lengths[i]``.
        seen: the images of each sample; None = it has none.
    """

    ids: tuple[str, ...]
    input_ids: NDArray[np.int64]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    seen: tuple[Seen | None, ...] = ()

    def inputs(self, device: Any = "cpu") -> dict[str, Tensor]:
        """Return what the model is called with, as tensors: token ids, and what it sees.

        What the model asks of each token is 0 for text and for padding.
        """
        import torch

        shown = [each for each in self.seen if each is not None]
        types = {name: np.zeros_like(self.input_ids) for each in shown for name in each.types}
        for row, (each, start) in enumerate(zip(self.seen, self.starts, strict=False)):
            for name, values in each.types.items() if each is not None else ():
                types[name][row, :start] = values[:start]
        arrays = {"input_ids": self.input_ids, **types, **stacked([s.arrays() for s in shown])}
        return {name: torch.from_numpy(array).to(device) for name, array in arrays.items()}


def collate(tokens: Sequence[Tokens]) -> Batch:
    """Return one batch of `tokens`, in their order."""
    lengths = np.array([len(each.ids) for each in tokens], dtype=np.int64)
    grid = np.zeros((len(tokens), int(lengths.max())), dtype=np.int64)
    for row, each in enumerate(tokens):
        grid[row, : len(each.ids)] = each.ids
    starts = np.array([each.start for each in tokens], dtype=np.int64)
    seen = tuple(each.seen for each in tokens)
    shown = seen if any(each is not None for each in seen) else ()
    return Batch(tuple(each.id for each in tokens), grid, starts, lengths, shown)


@dataclass(frozen=True, slots=True)
class Shard:
    """Batches computed and stored together; a killed job loses at most one shard.

    Attributes:
        batches: sample ids of each batch.
        samples: how many samples.
        tokens: padded tokens, which is what the shard costs.
    """

    batches: tuple[tuple[str, ...], ...]
    samples: int
    tokens: int


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """Which samples share a batch, and which batches a shard: part of every influence artefact.

    Scores of the same batches repeat bit for bit; another composition differs by rounding.

    Attributes:
        real_tokens: tokens without padding.
    """

    batch_tokens: int
    shards: tuple[Shard, ...]
    real_tokens: int

    @property
    def padding(self) -> float:
        """Padded over real tokens, minus one."""
        return sum(shard.tokens for shard in self.shards) / max(self.real_tokens, 1) - 1

    def to_json(self) -> dict[str, Any]:
        shards = [
            {"batches": [list(ids) for ids in each.batches], "tokens": each.tokens}
            for each in self.shards
        ]
        head = {"batch_tokens": self.batch_tokens, "real_tokens": self.real_tokens}
        return {**head, "shards": shards}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> BatchPlan:
        """Return the plan that `to_json` wrote."""
        shards = [
            Shard(
                tuple(tuple(ids) for ids in each["batches"]),
                sum(len(ids) for ids in each["batches"]),
                each["tokens"],
            )
            for each in value["shards"]
        ]
        return cls(value["batch_tokens"], tuple(shards), value["real_tokens"])

    @property
    def digest(self) -> str:
        """SHA-256 of the plan."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def plan_batches(
    tokens: Iterable[Tokens],
    *,
    batch_tokens: int = BATCH_TOKENS,
    shard_tokens: int = SHARD_TOKENS,
) -> BatchPlan:
    """Sort samples by length (ties by id), cut into batches, deal batches out to shards.

    A batch holds at most `batch_tokens` padded tokens, those of images among them, and at most
    `BATCH_PIXELS` (a larger sample goes alone), and is closed
    early where a longer sample would bring much padding. Shards cost about the same, and each
    holds short and long samples, so the time left can be told from the first one.

    Args:
        batch_tokens: bounds the memory of a forward pass.
        shard_tokens: padded tokens in a shard, about; smaller = less is lost when killed.
    """
    batches = _cut(sorted(tokens, key=lambda item: (len(item.ids), item.id)), batch_tokens)
    cost = [len(batch) * len(batch[-1].ids) for batch in batches]
    count = min(len(batches), max(1, round(sum(cost) / shard_tokens)))
    dealt: list[list[int]] = [[] for _ in range(count)]
    load = [0] * count
    for index in sorted(range(len(batches)), key=lambda i: (-cost[i], i)):
        lightest = load.index(min(load))
        dealt[lightest].append(index)
        load[lightest] += cost[index]
    ids = [tuple(each.id for each in batch) for batch in batches]
    shards = [
        Shard(
            tuple(ids[i] for i in sorted(members)), sum(len(ids[i]) for i in members), load[number]
        )
        for number, members in enumerate(dealt)
    ]
    real = sum(len(each.ids) for batch in batches for each in batch)
    return BatchPlan(batch_tokens, tuple(shards), real)


def shard_batches(shard: Shard, by_id: Mapping[str, Tokens]) -> list[Batch]:
    """Return the batches of `shard`, ready for the model."""
    return [collate([by_id[id] for id in ids]) for ids in shard.batches]


def batches_of(tokens: Iterable[Tokens], *, batch_tokens: int = BATCH_TOKENS) -> list[Batch]:
    """Return `tokens` in length-sorted batches, without shards."""
    items = {each.id: each for each in tokens}
    plan = plan_batches(items.values(), batch_tokens=batch_tokens, shard_tokens=2**62)
    return [batch for shard in plan.shards for batch in shard_batches(shard, items)]


def _cut(ordered: Sequence[Tokens], batch_tokens: int) -> list[list[Tokens]]:
    batches: list[list[Tokens]] = []
    real = pixels = 0
    for item in ordered:
        length, seen = len(item.ids), item.seen.pixels if item.seen else 0
        fits = batches and _fits(len(batches[-1]) + 1, length, real + length, batch_tokens)
        if fits and (pixels + seen <= BATCH_PIXELS or not seen):
            batches[-1].append(item)
            real, pixels = real + length, pixels + seen
        else:
            batches.append([item])
            real, pixels = length, seen
    return batches


def _fits(count: int, longest: int, real: int, batch_tokens: int) -> bool:
    padded = count * longest
    # A small batch is worth some padding: every batch reads all weights once.
    return padded <= batch_tokens and (padded <= SMALL_BATCH or padded <= real * (1 + MAX_PADDING))
