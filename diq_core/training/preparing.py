"""Everything that is known before a model is loaded: what is learned from, and what it needs."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from diq_core.config import FinetuneSettings
from diq_core.data.answering import HEADINGS, Style
from diq_core.data.sample import Sample
from diq_core.errors import BadSetting
from diq_core.files import read_json
from diq_core.models.files import ModelFiles
from diq_core.models.parts import load_tokenizer
from diq_core.models.sight import Sight
from diq_core.models.tokens import Tokens, tokens_digest
from diq_core.training.data import Dropped, TrainingData, make_examples, read_training
from diq_core.training.fit import processes
from diq_core.training.held_out import NOTHING, Apart, check_validation, set_apart
from diq_core.training.pairs import Pairs, PairTokens, read_pairs, tokenise_pairs
from diq_core.training.plan import Plan, plan_steps
from diq_core.training.probe import Memory, estimate_memory
from diq_core.training.showing import sight_for

Read = TrainingData | Pairs


@dataclass(frozen=True, slots=True)
class Learned:
    """An example or a pair in numbers: tokens, of them response tokens, whether it was cut."""

    id: str
    length: int
    response_tokens: int
    cut: bool


@dataclass(frozen=True, eq=False)
class Prepared:
    """What a run will learn from and what it needs.

    Attributes:
        tokens: the examples of supervised training; empty for pairs.
        pairs: the pairs of preference training; empty otherwise.
        dropped: what is not learned from, with the reason.
        digest: SHA-256 of the tokens.
        limit: most tokens of a sample: the setting, or what the model can read.
        with_images: samples whose pictures the model does not see.
        format: how the file was read.
        style: where the reasoning went.
        split: how many samples held control tokens of the model, read as plain signs.
        samples: what was read; empty for pairs.
        apart: what is never trained on, so that a validation loss can be measured.
    """

    tokens: tuple[Tokens, ...]
    pairs: tuple[PairTokens, ...]
    dropped: tuple[Dropped, ...]
    digest: str
    limit: int
    with_images: int
    format: str
    plan: Plan
    memory: Memory
    style: Style = HEADINGS
    split: int = 0
    samples: tuple[Sample, ...] = ()
    apart: Apart = NOTHING

    @property
    def sequences(self) -> Sequence[Tokens]:
        """Everything that passes through the model in one pass over the data."""
        return self.tokens or _both(self.pairs)

    @property
    def learned(self) -> list[Learned]:
        """One entry for each example or pair, in the plan's order of positions."""
        return [
            *(Learned(t.id, len(t.ids), t.response_tokens, t.cut) for t in self.tokens),
            *(
                Learned(p.id, len(p.chosen.ids) + len(p.rejected.ids), p.response_tokens,
                        p.chosen.cut or p.rejected.cut)
                for p in self.pairs
            ),
        ]  # fmt: skip

    @property
    def counts(self) -> dict[str, int]:
        """``samples`` = ``trained`` + ``held_out`` + ``dropped``; ``cut`` lost their end to the
        token limit. ``held_out`` is there only where a validation loss is measured."""
        trained, held = len(self.tokens) + len(self.pairs), len(self.apart.rows)
        return {
            "samples": trained + held + len(self.dropped),
            "trained": trained,
            "dropped": len(self.dropped),
            "cut": sum(each.cut for each in self.learned),
            **({"held_out": held} if self.apart.held else {}),
        }

    def table(self) -> pa.Table:
        """Return one row for everything in the data: how often it is learned from, or why not."""
        rows: list[dict[str, Any]] = [
            {"id": each.id, "tokens": each.length, "response_tokens": each.response_tokens,
             "cut": each.cut, "passes": passes}
            for each, passes in zip(self.learned, self.plan.passes(), strict=True)
        ]  # fmt: skip
        rows += [
            {"id": each.id or None, "line": each.line, "passes": 0, "reason": each.reason}
            for each in (*self.apart.rows, *self.dropped)
        ]
        return pa.Table.from_pylist(rows, _SCHEMA)


_SCHEMA = pa.schema(
    {
        "id": pa.string(),
        "line": pa.int64(),
        "tokens": pa.int32(),
        "response_tokens": pa.int32(),
        "cut": pa.bool_(),
        "passes": pa.int32(),
        "reason": pa.string(),
    }
)


def read_data(source: str | Path, settings: FinetuneSettings) -> Read:
    """Return the samples, or for preference training the pairs, of a file or folder.

    Raises:
        UserError: see `read_training` and `read_pairs`.
    """
    return read_pairs(source) if settings.objective == "dpo" else read_training(source)


def prepare(
    read: Read, settings: FinetuneSettings, files: ModelFiles, validation: Read | None = None
) -> Prepared:
    """Return the tokens, the plan and the memory estimate; loads the tokenizer only.

    Args:
        validation: samples to measure a validation loss on; None = those that `holdout` draws.

    Raises:
        BadSetting: nothing is left to learn from, or a setting is not possible here.
    """
    check_method(settings)
    check_validation(settings, named=validation is not None)
    tokenizer, limit = load_tokenizer(files), _limit(files.folder, settings)
    sight = _sight(read, files, tokenizer, settings)
    tokens: tuple[Tokens, ...] = ()
    pairs: tuple[PairTokens, ...] = ()
    style, split, apart = HEADINGS, 0, Apart()
    if isinstance(read, Pairs):
        if settings.thinking:
            raise BadSetting(
                "Preference pairs are learned as their text stands",
                which="thinking",
                todo="leave --thinking out",
            )
        kept, left = tokenise_pairs(read, tokenizer, max_tokens=limit, sight=sight)
        other_sight = _sight(validation, files, tokenizer, settings)
        named, lost = _named_pairs(validation, tokenizer, limit, other_sight)
        pairs, held, rows = set_apart(tuple(kept), settings, named)
        apart = Apart(pairs=held, rows=rows, lost=lost)
        dropped, format = tuple(left), "preference pairs"
        with_images = 0 if sight else sum(bool(each.chosen.images) for each in read.pairs)
        digest = tokens_digest(_both(pairs))
    else:
        examples = make_examples(
            read, tokenizer, max_tokens=limit, thinking=settings.thinking, sight=sight
        )
        other_sight = _sight(validation, files, tokenizer, settings)
        others, lost = _named(validation, settings, tokenizer, limit, other_sight)
        tokens, others_held, rows = set_apart(examples.tokens, settings, others)
        apart = Apart(tokens=others_held, rows=rows, lost=lost)
        dropped, digest = examples.dropped, tokens_digest(tokens)
        with_images, format = examples.with_images, read.format
        style, split = examples.style, len(examples.split)
    responses = [t.response_tokens for t in tokens] or [p.response_tokens for p in pairs]
    longest = max(len(each.ids) for each in tokens or _both(pairs))
    return Prepared(
        tokens=tokens,
        pairs=pairs,
        dropped=dropped,
        digest=digest,
        limit=limit,
        with_images=with_images,
        format=format,
        plan=plan_steps(responses, settings, processes=processes()),
        memory=estimate_memory(files.folder, settings, longest=longest),
        style=style,
        split=split,
        samples=() if isinstance(read, Pairs) else read.samples,
        apart=apart,
    )


def _sight(
    read: Read | None, files: ModelFiles, tokenizer: Any, settings: FinetuneSettings
) -> Sight | None:
    """Return what shows the model the images of `read`; None = it has none, or sees none."""
    if isinstance(read, Pairs):
        samples = [pair.chosen for pair in read.pairs]
    else:
        samples = list(read.samples) if read else []
    if read is None or read.pictures is None or not any(each.images for each in samples):
        return None
    return sight_for(files, tokenizer, settings, read.pictures.path)


def _named(
    validation: Read | None,
    settings: FinetuneSettings,
    tokenizer: Any,
    limit: int,
    sight: Sight | None,
) -> tuple[Sequence[Tokens] | None, int]:
    """Return the validation samples that are named, and how many cannot be measured."""
    if not isinstance(validation, TrainingData):
        return None, 0
    made = make_examples(
        validation, tokenizer, max_tokens=limit, thinking=settings.thinking, sight=sight
    )
    return made.tokens, len(made.dropped)


def _named_pairs(
    validation: Read | None, tokenizer: Any, limit: int, sight: Sight | None
) -> tuple[Sequence[PairTokens] | None, int]:
    if not isinstance(validation, Pairs):
        return None, 0
    kept, lost = tokenise_pairs(validation, tokenizer, max_tokens=limit, sight=sight)
    return kept, len(lost)


def check_method(settings: FinetuneSettings) -> None:
    """Refuse a method that cannot run here.

    Raises:
        BadSetting: QLoRA without bitsandbytes or without a CUDA device.
    """
    if settings.method != "qlora":
        return
    import torch

    missing = [
        what
        for what, there in (
            ("the package bitsandbytes", importlib.util.find_spec("bitsandbytes") is not None),
            ("a CUDA device", torch.cuda.is_available()),
        )
        if not there
    ]
    if missing:
        raise BadSetting(
            f"QLoRA needs {' and '.join(missing)}, which this machine does not have",
            which="method",
            todo="use --method lora, or install bitsandbytes on a machine with an NVIDIA card",
        )


def _both(pairs: Sequence[PairTokens]) -> list[Tokens]:
    return [each for pair in pairs for each in (pair.chosen, pair.rejected)]


def _limit(folder: Path, settings: FinetuneSettings) -> int:
    config = read_json(folder / "config.json")
    config = {**config, **config.get("text_config", {})}
    context = int(config.get("max_position_embeddings") or 0)
    return min(settings.max_tokens, context or settings.max_tokens)
