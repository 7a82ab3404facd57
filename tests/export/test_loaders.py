"""Every format, read back by the libraries that users train with, offline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from diq_core.data.sample import Sample, prompt_messages, question_text, response_text
from diq_core.export.writer import write_export

JSON_FORMATS = ["trl", "prompt-completion", "alpaca", "sharegpt", "llama-factory"]


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture
def load(tmp_path: Path):
    import datasets

    def loaded(builder: str, file: Path) -> Any:
        cache = str(tmp_path / "cache")
        return datasets.load_dataset(builder, data_files=str(file), split="train", cache_dir=cache)

    return loaded


def messages_of(sample: Sample) -> list[dict[str, str]]:
    return [*prompt_messages(sample), {"role": "assistant", "content": response_text(sample)}]


@pytest.mark.parametrize("format", JSON_FORMATS)
def test_json_lines_load_exactly(format, plain_samples, tmp_path, load) -> None:
    write_export(plain_samples, tmp_path / "out", format, images=None)
    file = tmp_path / "out" / "train.jsonl"
    records = [json.loads(line) for line in file.read_bytes().split(b"\n")[:-1]]
    assert load("json", file).to_list() == records


@pytest.mark.parametrize("format", ["trl", "parquet", "datasets"])
def test_messages_load_as_the_scored_text(format, plain_samples, tmp_path, load) -> None:
    import datasets

    write_export(plain_samples, tmp_path / "out", format, images=None)
    if format == "datasets":
        rows = datasets.load_from_disk(tmp_path / "out" / "train")
    elif format == "parquet":
        rows = load("parquet", tmp_path / "out" / "train.parquet")
    else:
        rows = load("json", tmp_path / "out" / "train.jsonl")
    assert rows["messages"][:] == [messages_of(sample) for sample in plain_samples]
    assert rows["id"][:] == [sample.id for sample in plain_samples]
    if format != "trl":
        assert rows["licence"][:] == [sample.licence for sample in plain_samples]


def test_csv_loads(plain_samples, tmp_path, load) -> None:
    write_export(plain_samples[:2], tmp_path / "out", "csv", images=None)
    rows = load("csv", tmp_path / "out" / "train.csv").to_list()
    assert [row["prompt"] for row in rows] == [question_text(s) for s in plain_samples[:2]]
    assert [row["response"] for row in rows] == [response_text(s) for s in plain_samples[:2]]


@pytest.mark.parametrize("format", ["trl", "prompt-completion", "parquet", "datasets"])
def test_pictures_reach_the_messages_of_trl(
    format, pictured, images, tmp_path, load, monkeypatch
) -> None:
    import datasets
    from trl.data_utils import is_conversational, prepare_multimodal_messages

    write_export(pictured, tmp_path / "out", format, images=images)
    monkeypatch.chdir(tmp_path / "out")
    if format == "datasets":
        rows = datasets.load_from_disk("train")
    else:
        name = "train.parquet" if format == "parquet" else "train.jsonl"
        rows = load("parquet" if format == "parquet" else "json", Path(name))
    rows = rows.cast_column("images", datasets.List(datasets.Image()))
    for sample, row in zip(pictured, rows, strict=True):
        assert is_conversational(row)
        messages = row.get("messages") or row["prompt"]
        ready = prepare_multimodal_messages(messages, images=row["images"])
        parts = [part for message in ready for part in message["content"]]
        pixels = [part["image"].size for part in parts if part["type"] == "image"]
        assert pixels == [(1, 1)] * len(sample.images)
        texts = [part["text"] for part in parts if part["type"] == "text"]
        expected = [message["content"] for message in messages_of(sample)]
        assert texts == expected[: len(texts)]
        assert len(texts) == len(expected) - (format == "prompt-completion")


def test_trl_converts_sharegpt(plain_samples, tmp_path, load) -> None:
    from trl.data_utils import is_conversational_from_value, maybe_convert_to_chatml

    write_export(plain_samples, tmp_path / "out", "sharegpt", images=None)
    for sample, row in zip(
        plain_samples, load("json", tmp_path / "out" / "train.jsonl"), strict=True
    ):
        assert is_conversational_from_value(row)
        converted = maybe_convert_to_chatml(row)["messages"]
        assert [turn["content"] for turn in converted] == [
            message["content"] for message in messages_of(sample)
        ]


@pytest.mark.parametrize("with_pictures", [False, True])
def test_llama_factory_accepts_every_record(with_pictures, pictured, images, tmp_path) -> None:
    """Its rules: columns exist, turns alternate after a system message, one mark a picture."""
    samples = pictured if with_pictures else pictured[1:4]
    folder = tmp_path / "out"
    write_export(samples, folder, "llama-factory", images=images)
    (info,) = json.loads((folder / "dataset_info.json").read_text()).values()
    tags, columns = info["tags"], info["columns"]
    for line in (folder / info["file_name"]).read_bytes().split(b"\n")[:-1]:
        row = json.loads(line)
        turns = row[columns["messages"]]
        if turns[0][tags["role_tag"]] == tags["system_tag"]:
            turns = turns[1:]
        roles = [turn[tags["role_tag"]] for turn in turns]
        assert roles == [tags["user_tag"], tags["assistant_tag"]] * (len(turns) // 2)
        pictures = row[columns["images"]] if with_pictures else []
        text = "".join(turn[tags["content_tag"]] for turn in turns)
        assert text.count("<image>") == len(pictures)
        assert all((folder / name).is_file() for name in pictures)


CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>"
    "{% if message.role == 'assistant' %}"
    "{% generation %}{{ message.content }}<|end|>{% endgeneration %}"
    "{% else %}{{ message.content }}<|end|>{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


@pytest.fixture(scope="module")
def tokenizer():
    """Every byte is a token, so that decoding gives back the exact text."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    bare = Tokenizer(models.BPE({letter: row for row, letter in enumerate(alphabet)}, []))
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    bare.decoder = decoders.ByteLevel()
    made = PreTrainedTokenizerFast(tokenizer_object=bare, eos_token="<|end|>", pad_token="<|pad|>")
    made.chat_template = CHAT_TEMPLATE
    return made


def learned(format: str, file: Path, tokenizer: Any, load: Any, folder: Path) -> list[str]:
    """Return the text that TRL's trainer computes its loss on, sample by sample."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM
    from trl import SFTConfig, SFTTrainer

    torch.set_num_threads(1)
    shape = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1}
    config = LlamaConfig(
        vocab_size=len(tokenizer), num_attention_heads=1, num_key_value_heads=1, **shape
    )
    settings = SFTConfig(
        output_dir=str(folder / "run"),
        max_length=None,
        report_to="none",
        use_cpu=True,
        bf16=False,
        assistant_only_loss=format != "prompt-completion",
    )
    trainer = SFTTrainer(
        model=LlamaForCausalLM(config),
        args=settings,
        train_dataset=load("parquet" if format == "parquet" else "json", file),
        processing_class=tokenizer,
    )
    batches = trainer.get_train_dataloader().dataset
    return [
        tokenizer.decode([label for label in row["labels"] if label != -100]) for row in batches
    ]


@pytest.mark.parametrize("format", ["trl", "prompt-completion", "parquet"])
def test_the_trainer_of_trl_learns_exactly_the_scored_response(
    format, plain_samples, tmp_path, load, tokenizer
) -> None:
    samples = [plain_samples[0], plain_samples[2]]
    write_export(samples, tmp_path / "out", format, images=None)
    file = tmp_path / "out" / ("train.parquet" if format == "parquet" else "train.jsonl")
    texts = learned(format, file, tokenizer, load, tmp_path)
    assert texts == [f"{response_text(sample)}<|end|>" for sample in samples]
