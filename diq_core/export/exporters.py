"""The formats of an export: one row each, with everything that is particular to it.

To add one, write its record in `records` (or here) and its row below; a package adds its own by
the entry point ``diq.exporters``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from diq_core import plugins
from diq_core.data.marks import control_marks
from diq_core.data.sample import Sample, answer_text, prompt_messages, question_text, response_text
from diq_core.errors import BadSetting
from diq_core.export import records, tables
from diq_core.export.records import Layout, Record

_MEDIA_MARK = re.compile("<(?:image|video|audio)>")
_CHAT_ROLES = ("system", "user", "assistant", "tool")
DATASET_NAME = "diq"
"""What LLaMA-Factory calls the data: ``dataset: diq``."""
_LLAMA_FACTORY_TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "system_tag": "system",
}

Obstacle = Callable[[Sample], str | None]
Write = Callable[[Iterable[Record], Path, Layout], None]


def _known_roles(sample: Sample) -> str | None:
    turns = (*sample.history, *sample.tool_turns)
    strange = sorted({turn.role for turn in turns} - set(_CHAT_ROLES))
    if strange:
        return f"an earlier turn has the role {strange[0]!a}, which chat templates do not know"
    return None


def write_lines(rows: Iterable[Record], path: Path, _layout: Layout) -> None:
    """Write records as JSON Lines."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(records.json_line(built) for built in rows)


@dataclass(frozen=True, slots=True)
class Exporter:
    """A format of an export.

    Attributes:
        name: the word on the command line.
        label: the words on screen.
        description: one line for someone who chooses among formats.
        record: a sample without an obstacle → its record, JSON-able, with the sample's ``id``.
        loading: what a trainer must know, Markdown.
        obstacle: why a sample cannot be a record, as a clause; None = it can.
        write: writes the records to the training file.
        file: its name; a folder where `write` makes one.
        builder: what `datasets.load_dataset` reads it with; empty = it is a saved data set.
        beside: names of files that are written beside it → what is in them, JSON-able.
        texts, dialogues: fields of a record that hold a text, and a list of messages.
        turn: the two fields of a message: who speaks, and what.
        marked: pictures are marks in the text, and no parts of a message.
        pictures: whether a record can list pictures that are loaded.
    """

    name: str
    label: str
    description: str
    record: Callable[[Sample, Layout], Record]
    loading: str
    obstacle: Obstacle = _known_roles
    write: Write = write_lines
    file: str = "train.jsonl"
    builder: str = "json"
    beside: Mapping[str, Callable[[Layout], object]] | None = None
    texts: tuple[str, ...] = ()
    dialogues: tuple[str, ...] = ()
    turn: tuple[str, str] = ("role", "content")
    marked: bool = False
    pictures: bool = True


def exporters() -> Mapping[str, Exporter]:
    """Return every format by name: ours, then those of installed packages."""
    return {**EXPORTERS, **plugins.load(PLUGINS)}


def find_exporter(name: str) -> Exporter:
    """Return a format by name.

    Raises:
        BadSetting: there is none of this name; the message lists them.
    """
    if name in EXPORTERS:
        return EXPORTERS[name]
    found = exporters()
    if name not in found:
        raise BadSetting(
            f"There is no export format {name!a}{plugins.why_not(PLUGINS, name)}",
            todo=f"choose one of: {', '.join(found)}",
        )
    return found[name]


def obstacle(sample: Sample, format: str) -> str | None:
    """Return why `sample` cannot be a record of `format`, as a clause; None = it can."""
    if not answer_text(sample).strip() and not sample.reasoning.strip():
        return "it has neither an answer nor reasoning, so there is nothing to learn from"
    if not question_text(sample).strip():
        return "it has no question"
    if format != "csv" and (mark := _control_token(sample)):
        return f"its text holds {mark}, which a trainer would read as a control token"
    with plugins.guarded(PLUGINS, format):
        return find_exporter(format).obstacle(sample)


def _control_token(sample: Sample) -> str | None:
    fields = (sample.reasoning, answer_text(sample))
    texts = [*(each["content"] for each in prompt_messages(sample)), *fields]
    return next((mark for text in texts for mark in control_marks(text)), None)


def record(sample: Sample, layout: Layout) -> Record:
    """Return `sample` as a record; it must have no `obstacle` for the layout's format.

    - trl, parquet, datasets: ``messages`` of role and content, the response last. With images,
      every content is a list of parts and ``images`` lists the files, as TRL expects. The two
      table formats add ``source``, ``subject`` and ``licence``.
    - prompt-completion: conversational ``prompt`` and ``completion``, so the trainer applies the
      model's own chat template and learns from the response only.
    - alpaca: ``instruction`` is the whole question and ``input`` is empty, because trainers join
      the two in ways that would change the text; ``system`` and ``history`` (pairs) where any
      sample has them.
    - sharegpt: ``conversations`` of from (system, human, gpt) and value.
    - llama-factory: ``messages`` as plain text. In both, each picture is an ``<image>`` mark.
    - csv: one row of text, for reading; lists are JSON.
    """
    with plugins.guarded(PLUGINS, layout.format):
        return find_exporter(layout.format).record(sample, layout)


def _alternating(name: str) -> Obstacle:
    def obstacle(sample: Sample) -> str | None:
        if sample.tool_turns:
            return f"its answer follows the result of a tool, which {name} records cannot carry"
        roles = [turn.role for turn in sample.history]
        if roles == ["user", "assistant"] * (len(roles) // 2):
            return None
        return (
            "its earlier turns do not alternate between user and assistant, "
            f"and trainers skip such a {name} record"
        )

    return obstacle


def _alpaca_obstacle(sample: Sample) -> str | None:
    pictured = "it has images, which Alpaca records cannot carry" if sample.images else None
    return _alternating("Alpaca")(sample) or pictured


def _unmarked(name: str) -> Obstacle:
    def obstacle(sample: Sample) -> str | None:
        if why := _alternating(name)(sample):
            return why
        texts = [*(each["content"] for each in prompt_messages(sample)), response_text(sample)]
        found = next((mark for text in texts for mark in _MEDIA_MARK.findall(text)), None)
        return (
            f"its text contains {found}, which {name} trainers take for a file" if found else None
        )

    return obstacle


def _dataset_info(layout: Layout) -> object:
    columns = {"messages": "messages"}
    if layout.images:
        columns["images"] = "images"
    entry = {
        "file_name": "train.jsonl",
        "formatting": "sharegpt",
        "columns": columns,
        "tags": _LLAMA_FACTORY_TAGS,
    }
    return {DATASET_NAME: entry}


_ALL = (
    Exporter(
        "trl", "TRL messages", "JSONL with role and content; TRL's SFTTrainer reads it as it is.",
        records.trl_record,
        "TRL's `SFTTrainer` takes `data` as it is; with `SFTConfig(assistant_only_loss=True)` it "
        "learns from responses only.",
        dialogues=("messages",),
    ),
    Exporter(
        "prompt-completion", "Prompt and completion",
        "JSONL; training learns from the reply only.", records.prompt_completion_record,
        "TRL's `SFTTrainer` takes `data` as it is and learns from responses only.",
        dialogues=("prompt", "completion"),
    ),
    Exporter(
        "alpaca", "Alpaca", "JSONL with instruction and output, read by most older trainers.",
        records.alpaca_record,
        "`instruction` holds the whole question and `input` is empty. Where the fields `system` "
        "and `history` exist, use a trainer that reads them, LLaMA-Factory or Axolotl.",
        _alpaca_obstacle, texts=("instruction", "input", "output"), pictures=False,
    ),
    Exporter(
        "sharegpt", "ShareGPT", "JSONL with conversations from human and gpt.",
        records.sharegpt_record,
        "LLaMA-Factory and Axolotl read `train.jsonl` with their default names.",
        _unmarked("ShareGPT"), dialogues=("conversations",), turn=("from", "value"), marked=True,
    ),
    Exporter(
        "llama-factory", "LLaMA-Factory", "JSONL and the dataset_info.json that goes with it.",
        records.llama_factory_record,
        "For LLaMA-Factory itself set `dataset_dir` to this folder and `dataset: diq`.",
        _unmarked("LLaMA-Factory"), dialogues=("messages",), marked=True,
        beside={"dataset_info.json": _dataset_info},
    ),
    Exporter(
        "parquet", "Parquet", "One compact table, quick to read.", records.table_record,
        "TRL's `SFTTrainer` takes `data` as it is.",
        write=lambda rows, path, layout: tables.write_parquet(
            rows, path, images=layout.images, field=layout.style.field
        ),
        file="train.parquet", builder="parquet", texts=("source", "subject", "licence"),
        dialogues=("messages",),
    ),
    Exporter(
        "datasets", "datasets folder", "For load_from_disk of the library datasets.",
        records.table_record, "TRL's `SFTTrainer` takes `data` as it is.",
        write=lambda rows, path, layout: tables.write_datasets(
            rows, path, images=layout.images, field=layout.style.field
        ),
        file="train", builder="",
    ),
    Exporter(
        "csv", "CSV", "For reading in a spreadsheet; formulas are made harmless.",
        records.csv_record,
        "For reading and for spreadsheets; train from another format. A cell that begins with "
        "`=`, `+`, `-`, `@`, a tab, a carriage return or a full-width form of these signs has a "
        "leading apostrophe, so that no spreadsheet executes it. All other cells are exact.",
        lambda _sample: None, lambda rows, path, _layout: tables.write_csv(rows, path),
        file="train.csv", builder="csv",
        texts=("system", "history", "prompt", "response", "images", "source", "subject", "licence"),
        pictures=False,
    ),
)  # fmt: skip
EXPORTERS: dict[str, Exporter] = {exporter.name: exporter for exporter in _ALL}
"""Ours, by name; `exporters` has those of installed packages too."""
PLUGINS = plugins.Group("diq.exporters", "export format", Exporter, taken=tuple(EXPORTERS))
