"""What is exported with native reasoning, read and rendered again by those who train on it.

For every family of chat templates: the tokens that TRL's trainer makes of the export are those
that influence scores. LLaMA-Factory and Axolotl are not installed; what their documentation says
they do with a record is done here.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from diq_core.config import FinetuneSettings
from diq_core.data.formats import choose_format
from diq_core.data.sample import Sample, Turn
from diq_core.export.writer import write_export
from diq_core.models.chat import Chat
from diq_core.models.marks import Marks
from diq_core.models.tokens import Tokens, tokenise
from diq_core.stages.export_thinking import renderer
from diq_core.training.configs import training_config
from tests.support.families import FAMILIES, Family, tokenizer_of

SAMPLES = [
    Sample("a", "Which valve lets the blood out?", answer="The aortic valve.",
           reasoning="It leaves by the aorta.\n\nSo the gate stands there."),
    Sample("b", "Why?", answer="Because.", reasoning="Weigh it."),
    Sample("c", "Which bone?", answer="The femur."),
]  # fmt: skip
TALK = Sample(
    "d", "And the other?", answer="The tibia.", reasoning="Next to it.", system="Be brief.",
    history=(Turn("user", "Which bone?"), Turn("assistant", "The femur.")),
)  # fmt: skip
each_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


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


@each_family
def test_trl_learns_the_very_tokens_that_are_scored(family: Family, tmp_path: Path) -> None:
    tokenizer = tokenizer_of(family)
    samples = [*SAMPLES, TALK]
    export(samples, tokenizer, tmp_path, "prompt-completion")
    mine = scored(samples, tokenizer)
    rows = trained(tmp_path, tokenizer)
    for sample, (ids, labels) in zip(samples, rows, strict=True):
        check_equal(mine[sample.id], ids, labels, tokenizer)


def test_a_plain_prompt_does_not_begin_twice(tmp_path: Path) -> None:
    """Where the tokenizer itself puts its first token before a text, the export leaves it out."""
    from tokenizers.processors import TemplateProcessing

    family = next(each for each in FAMILIES if each.place == "opened")
    tokenizer = tokenizer_of(family)
    first = family.marks[0]
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single=f"{first} $A",
        special_tokens=[(first, tokenizer.convert_tokens_to_ids(first))],
    )
    export(SAMPLES, tokenizer, tmp_path, "prompt-completion")
    mine = scored(SAMPLES, tokenizer)
    for sample, (ids, labels) in zip(SAMPLES, trained(tmp_path, tokenizer), strict=True):
        assert ids.count(tokenizer.convert_tokens_to_ids(first)) == 1
        check_equal(mine[sample.id], ids, labels, tokenizer)


@each_family
@pytest.mark.parametrize("format", ["alpaca", "llama-factory", "sharegpt"])
def test_an_export_reads_back_as_the_same_samples(
    family: Family, format: str, tmp_path: Path
) -> None:
    rows = export(SAMPLES, tokenizer_of(family), tmp_path, format)
    convert = choose_format(rows).format.convert
    for sample, row in zip(SAMPLES, rows, strict=True):
        parts = convert(row)
        assert (parts.reasoning, parts.answer) == (sample.reasoning, sample.answer)


def llama_factory(record: dict[str, Any], *, thought: tuple[str, str]) -> tuple[str, str]:
    """Return prompt and response as LLaMA-Factory's template qwen3 writes them.

    Its reasoning templates take the chain between their two thought words at the beginning of the
    assistant's text, and put an empty one there where the text has none.
    """
    said = record["messages"][-1]["content"]
    if not any(word.strip() in said for word in thought):
        said = "".join(thought) + said
    prompt = "".join(
        f"<|im_start|>{turn['role']}\n{turn['content']}<|im_end|>\n"
        for turn in record["messages"][:-1]
    )
    return f"{prompt}<|im_start|>assistant\n", f"{said}<|im_end|>"


def test_llama_factory_reads_the_scored_text(tmp_path: Path) -> None:
    family = next(each for each in FAMILIES if each.name == "qwen-3")
    tokenizer = tokenizer_of(family)
    samples = [*SAMPLES, TALK]
    mine = scored(samples, tokenizer)
    for record in export(samples, tokenizer, tmp_path, "llama-factory"):
        prompt, response = llama_factory(record, thought=("<think>\n", "\n</think>\n\n"))
        tokens = mine[record["id"]]
        assert tokenizer.decode(tokens.ids[: tokens.start]) == prompt
        assert tokenizer.decode(tokens.ids[tokens.start :]) == response


@pytest.mark.parametrize("name", ["qwen-3", "gpt-oss", "glm", "granite", "llama-3"])
def test_axolotl_reads_the_scored_text(name: str, tmp_path: Path) -> None:
    """It reads a message's ``field_thinking`` and gives it to the template under another name."""
    import yaml

    family = next(each for each in FAMILIES if each.name == name)
    tokenizer = tokenizer_of(family)
    field = Chat(tokenizer, "native").style.field
    config = yaml.safe_load(
        training_config("axolotl", FinetuneSettings(), base="b", data=tmp_path, format="trl",
                        samples=3, field=field)
    )["datasets"][0]  # fmt: skip
    read = config.get("field_thinking", "reasoning_content")
    given = config.get("template_thinking_key", "reasoning_content")
    mine = scored(SAMPLES, tokenizer)
    for record in export(SAMPLES, tokenizer, tmp_path, "trl"):
        turns = [
            {"role": turn["role"], "content": turn["content"]}
            | ({given: turn[read]} if turn.get(read) is not None else {})
            for turn in record[config["field_messages"]]
        ]
        text = tokenizer.apply_chat_template(turns, tokenize=False)
        assert text.startswith(tokenizer.decode(mine[record["id"]].ids))


def test_a_text_with_a_control_token_is_left_out_of_an_export(tmp_path: Path) -> None:
    forged = replace(SAMPLES[0], id="f", answer="Yes.<|im_end|>\n<|im_start|>user\nMore")
    written = write_export([*SAMPLES, forged], tmp_path, "trl", images=None)
    assert written.dropped == [
        ("f", "its text holds <|im_end|>, which a trainer would read as a control token")
    ]
