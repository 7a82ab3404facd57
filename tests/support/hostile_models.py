"""Model folders from a stranger: a sound tiny one, changed in one way each."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

Change = Callable[[Path], None]
WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
# It is hung up on by whoever tries every way to match a run of one letter.
BACKTRACKING = r"(x+x+)+y"


def config(**values: Any) -> Change:
    """Change values of config.json."""
    return partial(changed, name="config.json", values=values)


def changed(folder: Path, name: str, values: dict[str, Any]) -> None:
    """Change values of a JSON object."""
    file = folder / name
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def foreign(weights: Path) -> None:
    """Rename all tensors of a file, as if they were another model's."""
    from safetensors.torch import load_file, save_file

    save_file({f"other.{name}": each for name, each in load_file(weights).items()}, weights)


def text(name: str, content: str | bytes) -> Change:
    """Write a file anew."""

    def change(folder: Path) -> None:
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(data)

    return change


def link(name: str, target: str) -> Change:
    def change(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)

    return change


def pipe(name: str) -> Change:
    def change(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)

    return change


def large(name: str, megabytes: int) -> Change:
    """Make a file that states a size and takes no room on the disk."""

    def change(folder: Path) -> None:
        with (folder / name).open("ab") as file:
            file.truncate(megabytes * 1024 * 1024)

    return change


def header(change: Callable[[dict[str, Any]], None]) -> Change:
    """Change the header of the weights; the numbers stay."""

    def rewrite(folder: Path) -> None:
        stored = (folder / WEIGHTS).read_bytes()
        (length,) = struct.unpack("<Q", stored[:8])
        found = json.loads(stored[8 : 8 + length])
        change(found)
        again = json.dumps(found).encode()
        (folder / WEIGHTS).write_bytes(struct.pack("<Q", len(again)) + again + stored[8 + length :])

    return rewrite


def entry(**values: Any) -> Change:
    """Change the entry of the embeddings in the header."""
    return header(lambda found: found["model.embed_tokens.weight"].update(values))


def length(value: int) -> Change:
    def change(folder: Path) -> None:
        stored = (folder / WEIGHTS).read_bytes()
        (folder / WEIGHTS).write_bytes(struct.pack("<Q", value) + stored[8:])

    return change


def index(weight_map: Any) -> Change:
    """Replace the one file of weights by an index."""

    def change(folder: Path) -> None:
        (folder / WEIGHTS).rename(folder / "part.safetensors")
        (folder / INDEX).write_text(json.dumps({"weight_map": weight_map}))

    return change


def terabyte(folder: Path) -> None:
    """Weights that the header and the file agree on, and no machine has room for."""
    number = 2**38
    about = {"x": {"dtype": "F32", "shape": [number], "data_offsets": [0, 4 * number]}}
    text_ = json.dumps(about).encode()
    with (folder / WEIGHTS).open("wb") as file:
        file.write(struct.pack("<Q", len(text_)) + text_)
        file.truncate(8 + len(text_) + 4 * number)


def template(words: str) -> Change:
    return text("chat_template.jinja", words)


def templates(value: Any) -> Change:
    """Put the template where older models have it: in the tokenizer's configuration."""

    def change(folder: Path) -> None:
        (folder / "chat_template.jinja").unlink()
        changed(folder, "tokenizer_config.json", {"chat_template": value})

    return change


def tokenizer(change: Callable[[dict[str, Any]], Any]) -> Change:
    """Change tokenizer.json."""

    def rewrite(folder: Path) -> None:
        file = folder / "tokenizer.json"
        found = json.loads(file.read_text())
        change(found)
        file.write_text(json.dumps(found))

    return rewrite


def pattern(regex: str) -> Change:
    split = {"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": False}
    return tokenizer(lambda found: found.update(pre_tokenizer=split))


DAMAGED: dict[str, tuple[Change, str]] = {
    "config no JSON": (text("config.json", "{"), "config.json is no sound JSON"),
    "config a list": (text("config.json", "[]"), "holds no JSON object"),
    "config nested": (text("config.json", "[" * 100_000), "no sound JSON"),
    "config no text": (text("config.json", b"\xff\xfe\x00"), "no sound JSON"),
    "config huge": (large("config.json", 5_000), r"absurdly large.*5,000\.0 MB"),
    "config long number": (text("config.json", '{"a": ' + "9" * 5000 + "}"), "no sound JSON"),
    "config huge number": (config(eos_token_id=10**60), "eos_token_id' is absurd.*61 digits"),
    "config a pipe": (pipe("config.json"), "no regular file"),
    "config leads out": (link("config.json", "/etc/hostname"), "leads out of its folder"),
    "config a device": (link("config.json", "/dev/zero"), "leads out of its folder"),
    "config to itself": (link("README.md", "README.md"), "cannot be looked at"),
    "weights a device": (link(WEIGHTS, "/dev/zero"), "leads out of its folder"),
    "tokenizer a pipe": (pipe("tokenizer.json"), "no regular file"),
    "tokenizer huge": (large("tokenizer.json", 3_000), "absurdly large"),
    "template huge": (large("chat_template.jinja", 50), "absurdly large"),
    "template a pipe": (pipe("chat_template.jinja"), "no regular file"),
    "hidden size": (config(hidden_size=10**9), "hidden_size is '1000000000', and not a whole"),
    "negative layers": (config(num_hidden_layers=-1), "num_hidden_layers is '-1'"),
    "a billion layers": (config(num_hidden_layers=10**9), "num_hidden_layers is"),
    "more layers": (config(num_hidden_layers=900), "states layers 900.*the weights have 2"),
    "layers a word": (config(num_hidden_layers="2"), "not a whole number from 1"),
    "layers true": (config(num_hidden_layers=True), "not a whole number from 1"),
    "layers half": (config(num_hidden_layers=2.5), "not a whole number from 1"),
    "heads none": (config(num_attention_heads=0), "num_attention_heads is '0'"),
    "heads null": (config(num_attention_heads=None), "num_attention_heads is 'None'"),
    "vocabulary": (config(vocab_size=10**12), "vocab_size is"),
    "other vocabulary": (config(vocab_size=300), "states vocab_size 300.*embeddings have 320"),
    "other width": (config(hidden_size=64), "states hidden_size 64.*embeddings have 32"),
    "positions": (config(max_position_embeddings=10**15), "max_position_embeddings is"),
    "labels": (config(num_labels=10**9), "num_labels is"),
    "inner": (config(text_config={"intermediate_size": 10**10}), "intermediate_size is"),
    "kernel": (config(_attn_implementation="evil/kernel"), "fetched and run as code"),
    "other file": (config(transformers_weights="../x"), "names its weights' file itself"),
    "header too long": (length(2**62), "no safetensors file"),
    "header longer": (length(10**6), "no safetensors file"),
    "header empty": (length(0), "no safetensors file"),
    "no header": (text(WEIGHTS, b"\x00"), "no safetensors file"),
    "header no JSON": (text(WEIGHTS, struct.pack("<Q", 9) + b"[" * 100), "no JSON object"),
    "no weights": (header(lambda found: found.clear()), "holds none"),
    "shape lies": (entry(shape=[10**9, 10**9]), "a shape that its bytes do not have"),
    "shape negative": (entry(shape=[-1, 32]), "no sound entry"),
    "shape a word": (entry(shape="320"), "no sound entry"),
    "shape of many": (entry(shape=[1] * 100_000), "no sound entry"),
    "kind unknown": (entry(dtype="F9000"), "no sound entry"),
    "kind a list": (entry(dtype=["F32"]), "no sound entry"),
    "places beyond": (entry(data_offsets=[10**12, 10**12 + 40960]), "do not fill the file"),
    "places overlap": (entry(data_offsets=[8, 40968]), "do not fill the file"),
    "places backwards": (entry(data_offsets=[40960, 0]), "its bytes do not have"),
    "a terabyte": (terabyte, "needs [0-9,.]+ GB of memory, and there are"),
    "index leads out": (index({"x": "../../x.safetensors"}), "a file that is not its own"),
    "index absolute": (index({"x": "/etc/passwd"}), "a file that is not its own"),
    "index of a pickle": (index({"x": "pytorch_model.bin"}), "a file that is not its own"),
    "index of nothing": (index({"x": "gone.safetensors"}), "it has no gone.safetensors"),
    "index no map": (index([1]), "names no weights"),
    "index of a number": (index({"x": 5}), "a file that is not its own"),
    "index lies": (index({"x": "part.safetensors"}), "a weight that no file holds: 'x'"),
    "an adapter": (
        text("adapter_config.json", '{"base_model_name_or_path": "/"}'),
        "an adapter, not only a model",
    ),
}
"""Refused before anything is tried, with the words."""

EXPLODING: dict[str, tuple[Change, str]] = {
    "loops": (
        template("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"),
        "chat template is not sound: it goes on and on",
    ),
    "long": (template("{{ 'a' * 10**9 }}"), "it needs too much memory"),
    "padded": (template("{{ 'a'.ljust(10**10) }}"), "it needs too much memory"),
    "power": (template("{{ 9**(9**9) }}"), "it goes on and on"),
    "recursion": (
        template("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"),
        "recursion",
    ),
    "nested": (template("{{ " + "(" * 50_000 + "1" + ")" * 50_000 + " }}"), "chat template"),
    "raises": (template("{{ raise_exception('never') }}"), "chat template is not sound: never"),
    "undefined": (template("{{ messages.x.y }}"), "chat template is not sound"),
    "syntax": (template("{% for %}"), "chat template is not sound"),
    "nothing": (template("  \n"), "it prints nothing"),
    "nothing said": (template("hello"), "it leaves out what was asked"),
    "escapes": (template("{{ ''.__class__.__mro__ }}"), "chat template is not sound"),
    "writes on": (
        template("{{ messages[0].content }}{% for a in range(99999) %}aaaaaaaaaa{% endfor %}"),
        "it needs too much memory",
    ),
    "in the configuration": (templates("{{ 'a' * 10**9 }}"), "it needs too much memory"),
    "in a list": (
        templates([{"name": "default", "template": "{{ 'a' * 10**9 }}"}]),
        "it needs too much memory",
    ),
    "a number": (templates(5), "The model cannot be loaded"),
    "no default": (templates([{"name": "x", "template": "y"}]), "chat template is not sound"),
    "backtracking": (pattern(BACKTRACKING), "its tokenizer"),
    "bad pattern": (pattern("(((("), "its tokenizer is not sound"),
    "tokenizer no JSON": (text("tokenizer.json", "{"), "its tokenizer is not sound"),
    "tokenizer other": (text("tokenizer.json", '{"model": 5}'), "its tokenizer is not sound"),
    "model unknown": (config(model_type="evil"), "configuration cannot be used"),
    "activation unknown": (config(hidden_act="evil"), "configuration cannot be used"),
    "wide": (config(intermediate_size=1_999_999), "describes [0-9,]+ numbers, and its files hold"),
    "more labels than names": (config(id2label=5), "configuration cannot be used"),
    "heads that do not divide": (config(num_attention_heads=7), "cannot be loaded"),
    "untied": (config(tie_word_embeddings=False), "lack the weight"),
}
"""Refused by the trial or while it is loaded, with the words."""

ADAPTERS: dict[str, tuple[dict[str, Any], str]] = {
    "rank": ({"r": 10**9}, "a rank that is no whole number"),
    "other rank": ({"r": 64}, "states the rank 64"),
    "rank of a layer": ({"rank_pattern": {"q_proj": 4000}}, "states the rank 4000"),
    "no LoRA": ({"peft_type": "LOHA"}, "only LORA is read"),
    "pattern": ({"target_modules": "(x+x+)+y"}, "no plain name"),
    "pattern of ranks": ({"alpha_pattern": {"(x+x+)+y": 1}}, "no plain name"),
    "no targets": ({"target_modules": None}, "names no layers"),
    "copies layers": ({"layer_replication": [[0, 2]] * 1000}, "sets 'layer_replication'"),
    "a module": ({"megatron_config": {"a": 1}}, "sets 'megatron_config'"),
    "excludes": ({"exclude_modules": "(x+x+)+y"}, "sets 'exclude_modules'"),
    "first weights": ({"init_lora_weights": "pissa"}, "init_lora_weights"),
    "infinite": ({"lora_alpha": 1e300}, "has lora_alpha"),
}
"""Values of adapter_config.json, with the words of the refusal."""
