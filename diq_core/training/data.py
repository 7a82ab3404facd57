"""What is learned from: any file or folder of samples, as the very tokens that were scored.

Training takes any exported folder, whoever chose it: ours, or one in any format that the import
reads. The text is built and tokenised as for influence (see `scoring.tokens`), so the loss covers
exactly the response tokens that a score was measured on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from diq_core.artefact import MANIFEST, Artefact
from diq_core.config import Thinking
from diq_core.data.answering import Style
from diq_core.data.importing import import_samples
from diq_core.data.sample import Sample, Turn
from diq_core.errors import BadFile, BadSetting
from diq_core.export.tables import FORMULA_STARTS
from diq_core.files import read_json
from diq_core.models.chat import Chat, Rendered
from diq_core.models.sight import Sight
from diq_core.models.tokens import Tokens, tokenise, tokens_digest
from diq_core.scratch import Scratch

_CSV_HEADER = b"id,system,history,prompt,response,"
_CSV_COLUMNS = {"id": "id", "system": "system", "question": "prompt", "answer": "response"}


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something in the file that is not learned from.

    Attributes:
        id: the sample's id; empty when the row did not become a sample.
        line: 1-based line or row of the file; 0 when unknown.
        reason: why, as a sentence without its full stop.
    """

    id: str
    line: int
    reason: str


@dataclass(frozen=True)
class TrainingData:
    """What a file turned out to hold.

    Attributes:
        name: of the file or folder, for messages.
        samples: every readable sample, in file order.
        unreadable: the rows that are no samples.
        format: the format that was recognised.
        thinking: where the export it comes from has the reasoning.
        rendered: a chat template has written the texts already: they are question and answer.
        pictures: holds the images of the samples, by the names that they have there.
    """

    name: str
    samples: tuple[Sample, ...]
    unreadable: tuple[Dropped, ...]
    format: str
    thinking: Thinking = "huatuo"
    rendered: bool = False
    pictures: Scratch | None = None


@dataclass(frozen=True, eq=False)
class Examples:
    """Everything in the data, once: as tokens to learn from, or with the reason why not.

    Attributes:
        tokens: ordered by id, so that the order of the file does not matter.
        dropped: samples and rows that are not learned from.
        digest: SHA-256 of ids, token ids and where the responses start.
        with_images: how many of the samples have pictures, which the model does not see.
        style: where the reasoning went.
        split: ids of samples whose text held control tokens of the model, read as plain signs.
    """

    tokens: tuple[Tokens, ...]
    dropped: tuple[Dropped, ...]
    digest: str
    with_images: int
    style: Style
    split: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """``samples`` = ``trained`` + ``dropped``; ``cut`` lost their end to the token limit."""
        return {
            "samples": len(self.tokens) + len(self.dropped),
            "trained": len(self.tokens),
            "dropped": len(self.dropped),
            "cut": sum(each.cut for each in self.tokens),
        }


def read_training(source: str | Path) -> TrainingData:
    """Return the samples of an exported folder, a file or a hub id.

    Of a folder that we exported, the training file named in its manifest is read; what else lies
    there (datasheet, list of dropped samples) is not.

    Raises:
        NotFound: there is no such thing.
        BadFile: nothing in it can be read, or this user may not read it.
        UnknownFormat: its fields fit no format.
    """
    place = training_file(source)
    if _is_rendered(source):
        return TrainingData(
            Path(place).name, tuple(_rendered(place)), (), "prompt-completion", "native", True
        )
    pictures = Scratch()
    try:
        ours = _is_our_csv(place)
        found = import_samples(
            place, ignore=None, compare=False, mapping=_CSV_COLUMNS if ours else None,
            images_to=pictures.path,
        )  # fmt: skip
    except PermissionError as error:
        raise BadFile(
            "The training data may not be read by this user",
            which=str(error.filename or place),
            todo="give yourself the right to read it, or name a copy",
        ) from None
    unreadable = [
        Dropped("", each.line, each.message) for each in found.findings if each.severity == "error"
    ]
    samples = (_with_turns(each) if ours else each for each in found.samples)
    thinking = written_thinking(source)
    return TrainingData(Path(place).name, tuple(samples), tuple(unreadable), found.format, thinking,
                        pictures=pictures)  # fmt: skip


def read_samples(source: str | Path) -> TrainingData:
    """Return the samples, with their images, of an exported folder, a file or a hub id, to be
    written anew.

    Raises:
        BadSetting: their texts are written as a chat template renders them.
        UserError: see `read_training`.
    """
    found = read_training(source)
    if found.rendered:
        raise BadSetting(
            "The export holds texts that a chat template has written already",
            which=found.name,
            todo="export the selection again with --format alpaca",
        )
    return found


def written_thinking(source: str | Path) -> Thinking:
    """Return where an export of ours has the reasoning; of anything else headings are made."""
    said = _manifest(source).get("facts", {}).get("thinking", {}).get("asked", "huatuo")
    return said if said in get_args(Thinking) else "huatuo"


def _manifest(source: str | Path) -> dict[str, Any]:
    """Return the manifest of an export of ours; empty for anything else."""
    file = Path(source) / MANIFEST
    found: dict[str, Any] = read_json(file) if file.is_file() else {}
    return found if _is_ours(found) else {}


def _is_rendered(source: str | Path) -> bool:
    manifest = _manifest(source)
    opened = manifest.get("facts", {}).get("thinking", {}).get("place") == "opened"
    return bool(opened and manifest["settings"].get("format") == "prompt-completion")


def _rendered(place: str | Path) -> Iterator[Sample]:
    """Yield the rows of an export that holds what a chat template has written.

    Raises:
        BadSetting: a row has images.
    """
    with Path(place).open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            row = json.loads(line)
            if row.get("images"):
                raise BadSetting(
                    "A chat template has written these texts already, so their images cannot be "
                    "shown where they belong",
                    which=f"{Path(place).name}, line {number}",
                    todo="export the selection again with --format llama-factory",
                )
            yield Sample(row["id"], row["prompt"], row["completion"], line=number)


def training_file(source: str | Path) -> str | Path:
    """Return the training file inside a folder that we exported; anything else unchanged.

    Raises:
        BadFile: a file of the export was changed, is missing or is a link.
    """
    if not _manifest(source):
        return source
    made = Artefact(Path(source))
    made.require_whole()
    names = made.manifest["files"]
    files = sorted(name for name in names if name.split("/")[0].split(".")[0] == "train")
    return Path(source) / files[0].split("/")[0] if files else source


def _is_ours(manifest: object) -> bool:
    return isinstance(manifest, dict) and {"kind", "files"} <= manifest.keys()


def _is_our_csv(place: str | Path) -> bool:
    path = Path(place)
    if path.suffix != ".csv" or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.readline(200).replace(b'"', b"").startswith(_CSV_HEADER)


def _with_turns(sample: Sample) -> Sample:
    """Return a sample of our CSV as it was: with its earlier turns, which a cell holds as JSON,
    and without the apostrophes that keep spreadsheets from computing."""
    text = sample.meta.get("column history")
    turns = json.loads(text) if text else []
    return replace(
        sample,
        question=_plain_cell(sample.question),
        answer=_plain_cell(sample.answer),
        system=_plain_cell(sample.system),
        history=tuple(Turn(turn["role"], turn["content"]) for turn in turns),
    )


def _plain_cell(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def make_examples(
    data: TrainingData,
    tokenizer: Any,
    *,
    max_tokens: int,
    thinking: Thinking | None = None,
    sight: Sight | None = None,
) -> Examples:
    """Return the samples as tokens.

    Args:
        tokenizer: the base model's.
        max_tokens: longer samples lose their end; one without a response token left is dropped.
        thinking: where the reasoning is learned; None = as the export was written.
        sight: shows the model the images; None = it does not see them.

    Raises:
        BadSetting: nothing is left to learn from, or the texts are written already and have their
            reasoning elsewhere.
    """
    if data.rendered and thinking not in (None, "native"):
        raise BadSetting(
            "The export holds texts that a chat template has written already",
            which=f"{data.name}, thinking {thinking}",
            todo="leave --thinking out, or export the selection again with --format alpaca",
        )
    written = Rendered if data.rendered else Chat
    chat = written(tokenizer, thinking or data.thinking)
    work = tokenise(data.samples, tokenizer, max_tokens=max_tokens, chat=chat, sight=sight)
    lines = {sample.id: sample.line for sample in data.samples}
    dropped = [Dropped(each.id, lines[each.id], each.reason) for each in work.unscored]
    dropped += data.unreadable
    if not work.tokens:
        raise _nothing_left(data.name, dropped)
    learned = {each.id for each in work.tokens}
    return Examples(
        tokens=tuple(sorted(work.tokens, key=lambda each: each.id)),
        dropped=tuple(dropped),
        digest=tokens_digest(work.tokens),
        with_images=0
        if sight
        else sum(bool(sample.images) and sample.id in learned for sample in data.samples),
        style=work.style,
        split=work.split,
    )


def _nothing_left(name: str, dropped: Sequence[Dropped]) -> BadSetting:
    first = dropped[0]
    where = f"sample '{first.id}'" if first.id else f"line {first.line}"
    return BadSetting(
        f"Nothing is left to learn from: all {len(dropped)} samples were dropped; "
        f"the first, {where}, because {first.reason}",
        which=name,
        todo="export samples with responses, or raise the token limit",
    )
