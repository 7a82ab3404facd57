"""An export with native reasoning, and what TRL's trainer makes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from diq_core.data.sample import Sample
from diq_core.export.writer import write_export
from diq_core.models.chat import Chat
from diq_core.models.marks import Marks
from diq_core.models.tokens import Tokens, tokenise
from diq_core.stages.export_thinking import renderer


def export(samples: list[Sample], tokenizer: Any, folder: Path, format: str) -> list[Any]:
    chat = Chat(tokenizer, "native")
    render = renderer(chat) if chat.style.place == "opened" else None
    write_export(samples, folder, format, images=None, style=chat.style, render=render)
    return [json.loads(line) for line in (folder / "train.jsonl").read_text("utf-8").splitlines()]


def scored(samples: list[Sample], tokenizer: Any) -> dict[str, Tokens]:
    found = tokenise(samples, tokenizer, max_tokens=9000, chat=Chat(tokenizer, "native"))
    assert found.unscored == ()
    return found.by_id


def trained(folder: Path, tokenizer: Any) -> list[tuple[list[int], list[int]]]:
    """Return the tokens and the labels that TRL's trainer makes of a file, row by row."""
    import datasets
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM
    from trl import SFTConfig, SFTTrainer

    torch.set_num_threads(1)
    shape = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1}
    config = LlamaConfig(
        vocab_size=len(tokenizer), num_attention_heads=1, num_key_value_heads=1, **shape
    )
    trainer = SFTTrainer(
        model=LlamaForCausalLM(config),
        args=SFTConfig(output_dir=str(folder / "run"), max_length=None, report_to="none",
                       use_cpu=True, bf16=False),
        train_dataset=datasets.load_dataset(
            "json", data_files=str(folder / "train.jsonl"), split="train",
            cache_dir=str(folder / "cache"),
        ),
        processing_class=tokenizer,
    )  # fmt: skip
    rows = trainer.get_train_dataloader().dataset
    return [(list(row["input_ids"]), list(row["labels"])) for row in rows]


def check_equal(mine: Tokens, ids: list[int], labels: list[int], tokenizer: Any) -> None:
    """TRL also learns what follows the end of the turn in the template: a line break at most."""
    length = len(mine.ids)
    assert ids[:length] == mine.ids.tolist()
    assert tokenizer.decode(ids[length:]).strip() == ""
    assert not set(ids[length:]) & set(Marks(tokenizer).ids)
    assert [label != -100 for label in labels[:length]] == [
        place >= mine.start for place in range(length)
    ]
