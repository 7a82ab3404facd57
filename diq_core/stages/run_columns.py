"""A folder to train from elsewhere: data in the trainer's own columns, configuration, reward."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from diq_core.artefact import Artefact
from diq_core.config import FinetuneSettings
from diq_core.data.answering import pictured
from diq_core.data.sample import Sample, prompt_messages, response_text
from diq_core.errors import BadSetting
from diq_core.evaluation.verify.target import target_of
from diq_core.evaluation.verify.verdict import Target
from diq_core.export.records import IMAGE_MARK
from diq_core.inside import within
from diq_core.models.files import SHIPPED
from diq_core.scratch import Scratch
from diq_core.stages.rewarding import read_learned, with_options
from diq_core.stages.rewarding_elsewhere import REWARD_FILE, answer_text
from diq_core.stages.run_elsewhere import PLACE
from diq_core.training.configs_columns import DATA, REWARD, columns_config
from diq_core.training.pairs import Pair, Pairs

_ROWS_A_GROUP = 100
_MARKS = ("<image>", "<video>")
Row = dict[str, Any]


@dataclass(frozen=True)
class Columns:
    """Rows as a trainer reads them.

    Attributes:
        rows: the images of one are names below `pictures`.
        left_out: what is not trained on elsewhere either.
        held: keeps the pictures while they are copied.
    """

    rows: tuple[Row, ...]
    images: bool
    left_out: int = 0
    pictures: Path | None = None
    held: Scratch | None = None


def write_columns(
    trainer: str, settings: FinetuneSettings, source: Artefact | str, folder: Path
) -> str:
    """Write ``train.parquet``, ``config.yaml`` and, for rewards, ``reward.py`` into a new folder.

    Images lie inside the Parquet file. Equal sources and settings give equal bytes.

    Returns:
        What was written, in words.

    Raises:
        BadSetting: the folder has something in it, or the trainer cannot be told of the settings
            or read the samples.
        UserError: see `read_learned`.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadSetting("There is something already", which=str(folder), todo="name a new folder")
    found = _columns(trainer, settings, source)
    text = columns_config(
        trainer, settings, base=PLACE if settings.model in SHIPPED else settings.model,
        folder=folder.absolute(), samples=len(found.rows), images=found.images,
    )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    _write(found, folder / DATA)
    written = [DATA, "config.yaml"]
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    if settings.objective == "grpo":
        (folder / REWARD).write_text(REWARD_FILE.format(reward=settings.reward), encoding="utf-8")
        written.append(REWARD)
    said = f"{len(found.rows)} rows for {trainer}: {', '.join(written)}"
    return said + (f"; {found.left_out} left out, as a run here does" if found.left_out else "")


def _columns(trainer: str, settings: FinetuneSettings, source: Artefact | str) -> Columns:
    if isinstance(source, Artefact):
        source.require_whole()
    if settings.objective == "sft":
        return _of_export(source)
    read = read_learned(str(source.path) if isinstance(source, Artefact) else source, settings)
    place = read.pictures.path if read.pictures else None
    if isinstance(read, Pairs):
        images = any(pair.chosen.images for pair in read.pairs)
        rows = tuple(_pair_row(pair, images) for pair in read.pairs)
        return Columns(rows, images, len(read.dropped), place, read.pictures)
    images = any(sample.images for sample in read.samples)
    asked = _as_text if trainer == "easyr1" else _as_messages
    rows = tuple(
        {"id": each.id, "prompt": asked(each, images), "answer": _known(each)}
        | ({"images": list(each.images)} if images else {})
        for each in read.samples
    )
    return Columns(rows, images, len(read.unreadable), place, read.pictures)


def _of_export(source: Artefact | str) -> Columns:
    """Return the records of an export as they are: what was scored is what is trained on."""
    if not isinstance(source, Artefact) or source.settings["format"] != "prompt-completion":
        raise BadSetting(
            "trl sft learns from responses only where they stand apart from the prompt",
            which="into",
            todo="export the selection again with --format prompt-completion",
        )
    with source.file("train.jsonl").open(encoding="utf-8") as lines:
        rows = tuple(json.loads(line) for line in lines)
    images = bool(source.manifest["counts"].get("images"))
    return Columns(rows, images, pictures=source.path)


def _known(sample: Sample) -> str:
    found = target_of(with_options(sample))
    assert isinstance(found, Target)
    return answer_text(found)


def _as_messages(sample: Sample, images: bool) -> list[dict[str, Any]]:
    prompt = prompt_messages(sample)
    return pictured(sample, prompt) if images else list(prompt)


def _as_text(sample: Sample, _images: bool) -> str:
    """Return a question as EasyR1 reads it: one text, a mark for each image before it."""
    text = prompt_messages(sample)[-1]["content"]
    if sample.system or sample.history or sample.tool_turns:
        raise BadSetting(
            "EasyR1 asks each question in one message, and this one follows other messages",
            which=f"sample {sample.id!a}",
            todo="leave such samples out of the selection, or write the data for trl",
        )
    if mark := next((each for each in _MARKS if each in text), None):
        raise BadSetting(
            f"Its text contains {mark}, which EasyR1 takes for a file",
            which=f"sample {sample.id!a}",
            todo="leave such samples out of the selection, or write the data for trl",
        )
    return IMAGE_MARK * len(sample.images) + text


def _pair_row(pair: Pair, images: bool) -> Row:
    prompt = _as_messages(pair.chosen, images)
    said = {name: response_text(each)
            for name, each in (("chosen", pair.chosen), ("rejected", pair.rejected))}  # fmt: skip
    return {
        "id": pair.id,
        "prompt": prompt,
        **{name: [_answer(text, images)] for name, text in said.items()},
        **({"images": list(pair.chosen.images)} if images else {}),
    }


def _answer(text: str, images: bool) -> dict[str, Any]:
    content = [{"type": "text", "text": text}] if images else text
    return {"role": "assistant", "content": content}


def _write(found: Columns, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _features(found.rows[0], found.images).arrow_schema
    rest = iter(found.rows)
    with pq.ParquetWriter(path, schema) as writer:
        while rows := list(islice(rest, _ROWS_A_GROUP)):
            table = pa.Table.from_pylist(list(_filled(rows, found.pictures)), schema=schema)
            writer.write_table(table)


def _filled(rows: Sequence[Row], pictures: Path | None) -> Iterator[Row]:
    """Return the rows with the bytes of their images in place of their names."""
    for row in rows:
        names = row.get("images", [])
        assert pictures is not None or not names
        loaded = [{"bytes": within(pictures, name).read_bytes(), "path": Path(name).name}
                  for name in names if pictures]  # fmt: skip
        yield {**row, "images": loaded} if "images" in row else row


def _features(row: Row, images: bool) -> Any:
    """Return the columns as `datasets` knows them, so that images are opened where it reads."""
    from datasets import Features, Image, List, Value

    text = Value("string")
    content = List({"type": text, "text": text}) if images else text
    messages = List({"role": text, "content": content})
    told = {name: messages if isinstance(value, list) else text for name, value in row.items()}
    return Features(told | ({"images": List(Image())} if images else {}))
