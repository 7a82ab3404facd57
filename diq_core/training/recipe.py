"""The recipe: presets, and for every setting where its value comes from.

Source: rank 8 on q, k, v, learning rate 1e-4, cosine, 3 epochs and 8,192 tokens come from one
reading note of the DIQ paper (arXiv 2508.01450), not confirmed against its text; its alpha, batch
size, warmup and seeds are unknown. See docs/method.md.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from diq_core.config import FinetuneSettings, build
from diq_core.errors import BadSetting

Origin = Literal[
    "the paper, not confirmed",
    "InfiMed, not confirmed",
    "our own decision",
    "yours",
    "library default",
]

PAPER: Mapping[str, Any] = {
    "method": "lora",
    "rank": 8,
    "targets": ("q_proj", "k_proj", "v_proj"),
    "learning_rate": 1e-4,
    "schedule": "cosine",
    "epochs": 3.0,
    "max_tokens": 8192,
}
"""What the paper says of its training."""

INFIMED: Mapping[str, Any] = {
    "objective": "grpo",
    "method": "full",
    "learning_rate": 1e-6,
    "rollouts": 8,
    "kl": 0.01,
    "reward": "sum",
}
"""What InfiMed (arXiv 2505.23867) says of its reinforcement learning; the rest is unpublished."""

_ENDS = ("epochs", "max_steps", "token_budget")


@dataclass(frozen=True, slots=True)
class Preset:
    """A named set of values; everything else keeps its default.

    Attributes:
        name: as on the command line.
        title: for a page.
        sentence: when to take it.
    """

    name: str
    title: str
    sentence: str
    values: Mapping[str, Any]


PRESETS: tuple[Preset, ...] = (
    Preset(
        "paper",
        "The paper's recipe",
        "LoRA of rank 8 on q, k and v, learning rate 1e-4, cosine, 3 epochs, 8,192 tokens.",
        PAPER,
    ),
    Preset(
        "quick",
        "A quick look",
        "30 steps of 4 shortened samples: minutes on a laptop, to see that everything works.",
        {"max_steps": 30, "batch_size": 4, "max_tokens": 768, "learning_rate": 5e-4,
         "save_steps": 10},
    ),
    Preset(
        "equal-steps",
        "Arms with equal steps",
        "60 steps of 8 samples whatever the size of the set, to compare selections fairly.",
        {"max_steps": 60},
    ),
    Preset(
        "reinforce",
        "Rewards for right answers",
        "GRPO: 8 answers to each question; 1 for a right one in the right form. For a model that "
        "is fine-tuned already.",
        {"objective": "grpo", "max_steps": 60, "learning_rate": 1e-5, "schedule": "constant"},
    ),
    Preset(
        "infimed",
        "InfiMed's rewards",
        "GRPO as that paper trains: learning rate 1e-6, 8 answers, KL 0.01, form and accuracy "
        "added as 1 : 9. The whole model is trained.",
        INFIMED,
    ),
)  # fmt: skip

LIBRARY: Mapping[str, str] = {
    "optimiser": "AdamW, betas 0.9 and 0.999, epsilon 1e-8",
    "gradient clipping": "norm 1.0",
    "adapter start": "A random, B zero; no bias",
    "loss": "mean over all response tokens of a step",
}
"""What TRL and PEFT decide, and we leave as it is."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One setting as it will be used, and where its value comes from."""

    name: str
    value: str
    origin: Origin


def find_preset(name: str) -> Preset:
    """Return the preset called `name`.

    Raises:
        BadSetting: there is none.
    """
    for each in PRESETS:
        if each.name == name:
            return each
    names = ", ".join(each.name for each in PRESETS)
    raise BadSetting(f"There is no preset '{name}'", which="preset", todo=f"use one of: {names}")


def settings_of(preset: str, **given: Any) -> FinetuneSettings:
    """Return a preset's settings with the values in `given` laid over it.

    Raises:
        BadSetting: there is no such preset, or a value is not possible.
    """
    return build(FinetuneSettings, {**find_preset(preset).values, **given})


def explain(settings: FinetuneSettings, given: Collection[str] = ()) -> list[Explained]:
    """Return every setting with its value and origin, in the order of the settings.

    Args:
        given: names that the user gave himself. One that says what the paper says is the paper's.
    """
    rows = []
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        rows.append(Explained(name, _shown(value), _origin(name, value, settings, given)))
    return rows + [Explained(name, value, "library default") for name, value in LIBRARY.items()]


def as_text(rows: Collection[Explained]) -> str:
    """Return the rows as a table for a terminal."""
    width = max(len(row.name) for row in rows)
    wide = max(len(row.value) for row in rows)
    return "\n".join(f"{row.name:{width}}  {row.value:{wide}}  {row.origin}" for row in rows)


def _origin(name: str, value: Any, settings: FinetuneSettings, given: Collection[str]) -> Origin:
    own: Origin = "yours" if name in given else "our own decision"
    if settings.objective == "grpo":
        papers = name in INFIMED and value == INFIMED[name]
        return "InfiMed, not confirmed" if papers else own
    ended_otherwise = name == "epochs" and any(getattr(settings, end) for end in _ENDS[1:])
    papers = name in PAPER and value == PAPER[name] and not ended_otherwise
    return "the paper, not confirmed" if papers else own


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
