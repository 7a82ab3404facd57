"""Settings of what reads and scores samples: import, map of meaning, difficulty, influence."""

from __future__ import annotations

from operator import not_
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, field_validator

from diq_core.config.base import Images, Names, Option, Settings, Thinking
from diq_core.config.judges import GATE

Also = Literal["cosine", "ifd"]
"""What can be measured beside influence."""


class ImportSettings(Settings):
    """How a file becomes a dataset."""

    format: str | None = None
    """Name of the format; default: recognise it."""
    mapping: Annotated[
        dict[str, str], Option(flag="--map", repeated=True, metavar="FIELD=COLUMN")
    ] = Field(default_factory=dict)
    """Which column holds a field, e.g. question=Frage, answer=chosen[-1].content or
    images=image_*; may be repeated."""
    # The next four are left out of manifests where unset: the dataset is the same artefact as ever.
    ignore: Annotated[tuple[str, ...], Option(repeated=True, metavar="COLUMN")] = Field(
        default=(), exclude_if=not_
    )
    """A column that may stay unused, although it holds files, options, a judgement of the answer,
    tool calls or much text; may be repeated."""
    answer_numbers: Literal["0", "1", "text"] | None = Field(default=None, exclude_if=not_)
    """What a number as the right answer is: the place of an option, counted from 0 or from 1, or
    the text itself; default: what the file proves."""
    encoding: str | None = Field(default=None, exclude_if=not_)
    """Encoding of a text file, e.g. cp1252; default: what the file proves, else the import asks."""
    split: str | None = Field(default=None, exclude_if=not_)
    """Which part of the data to read, e.g. train; default: the one for training, or the only
    one."""
    limit: int | None = Field(default=None, ge=1)
    """Read at most this many rows; default: all."""
    near_threshold: float = Field(default=0.8, ge=0.5, le=1.0)
    """Similarity of two questions (Jaccard, of word sequences) from which they are near
    duplicates."""
    exclude_duplicates: Annotated[bool, Option(off="--keep-duplicates")] = True
    """Leave duplicates out, or only list them."""
    exclude_overlap: Annotated[bool, Option(off="--keep-overlap")] = True
    """Leave out what validation and benchmark questions hold too, or only list it."""
    leave_out_shared_images: bool = Field(default=False, exclude_if=not_)
    """Leave out samples with an image that validation or benchmark questions show too, whatever
    they ask of it; without it, they are only listed."""
    # As above: left out of manifests where nobody chose.
    keep: Annotated[tuple[str, ...], Option(repeated=True, metavar="ID")] = Field(
        default=(), exclude_if=not_
    )
    """A sample to keep although it is a duplicate: its id, or the one made of its content; may be
    repeated."""
    leave_out: Annotated[tuple[str, ...], Option(repeated=True, metavar="ID")] = Field(
        default=(), exclude_if=not_
    )
    """A sample to leave out, such as the wrong one of two that contradict each other; named as
    with --keep; may be repeated."""
    exclude_identifiers: Annotated[bool, Option(off="--keep-identifiers")] = Field(
        default=True, exclude_if=bool
    )
    """Leave out samples that may tell who a patient is, or only list them. What is only likely, and
    web addresses and unique numbers in kept columns, are listed and stay in."""
    read_images: bool = Field(default=False, exclude_if=not_)
    """Also look in the text that is drawn into images, which takes seconds for each (extra
    privacy); without it, the dataset says that its images were not looked at."""
    name_finder: Annotated[str, Names("file")] = Field(default="", exclude_if=not_)
    """Folder of a model that finds names (spaCy's, or a token classifier of transformers'), used
    beside the lists; what it finds is listed and stays in."""

    @field_validator("keep", "leave_out")
    @classmethod
    def _sorted(cls, ids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(set(ids)))

    def reading(self) -> dict[str, Any]:
        """Return the settings by which a file is read and compared, without those of the gate."""
        gate = {"exclude_identifiers", "read_images", "name_finder", "leave_out_shared_images"}
        return self.model_dump(exclude=gate)


class EmbedSettings(Settings):
    """How the meaning map is drawn."""

    encoder: Annotated[str, Names("file")] = "embedded"
    """'embedded' or an encoder's folder."""
    neighbours: int = Field(default=15, ge=2, le=200)
    """UMAP: more = broader picture."""
    min_distance: float = Field(default=0.1, ge=0.0, le=1.0)
    """UMAP: smaller = tighter groups."""
    seed: int = 0
    """Seed of everything random."""


class DifficultySettings(Settings):
    """Which classifier rates the questions."""

    classifier: Annotated[str, Names("file")] = "embedded"
    """'embedded' or a folder made by 'diq train-difficulty'."""
    limit: int | None = Field(default=None, ge=1)
    """Use at most this many samples; default: all."""
    shard_size: int = Field(default=2000, ge=1)
    """Samples kept at once; a stopped run loses at most so many."""


MOST_TASKS = 8
"""Tasks on which influence may be measured alone: each costs as much as all questions together."""


class InfluenceSettings(Settings):
    """Which model, on which validation questions, by which engine."""

    model: Annotated[str, Names("file")] = "embedded"
    """'embedded', 'embedded-vision' (the same with an untrained eye), a folder, or a hub id."""
    engine: Literal["finite-difference"] = "finite-difference"
    """How it is computed."""
    per_task: int = Field(default=20, ge=1)
    """Validation questions drawn from each task."""
    tasks: tuple[str, ...] = ()
    """Tasks to draw from, separated by commas; default: all."""
    max_tokens: int = Field(default=2048, ge=32)
    """Longer samples are cut to so many tokens; one without a response token left is not scored."""
    batch_tokens: int = Field(default=2048, ge=32)
    """Tokens in a batch, padding included."""
    limit: int | None = Field(default=None, ge=1)
    """Score a random part of so many samples, drawn with the seed; default: all."""
    seed: int = 0
    """Seed of everything random."""
    threads: int = Field(default=1, ge=1)
    """Processor cores to use."""
    # All left out of manifests where nothing is asked for: the scores are the same as ever.
    images: Images = Field(default="read", exclude_if="read".__eq__)
    """read: a model that cannot read the images of samples is refused; ignore: it reads the text
    alone, and the scores say so."""
    max_pixels: int | None = Field(default=None, ge=784, exclude_if=not_)
    """A larger image is made smaller first, its sides in proportion; default: as the model has it.
    """
    max_tiles: int | None = Field(default=None, ge=1, exclude_if=not_)
    """Tiles that an image is cut into at most, by a model that does so; default: as it has it."""
    thinking: Thinking = Field(default="huatuo", exclude_if="huatuo".__eq__)
    """Where the reasoning is scored: native (the model's own place for it), huatuo (under the
    headings Thinking and Final Response), keep (as the file had it)."""
    also: tuple[Also, ...] = Field(default=(), exclude_if=not_)
    """Scores for other strategies, separated by commas: cosine (influence whatever the length of
    a sample's own gradient), ifd (loss with the question over without). Each takes a further part
    of the time."""

    by_task: Annotated[tuple[str, ...], Option(repeated=True, metavar="TASK")] = Field(
        default=(), exclude_if=not_
    )
    """A task of the validation questions on which influence is also measured alone; may be
    repeated, at most 8 times. Each takes as long as all questions together."""

    @field_validator("by_task")
    @classmethod
    def _each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(names))

    @field_validator("also")
    @classmethod
    def _in_one_order(cls, names: tuple[Also, ...]) -> tuple[Also, ...]:
        return tuple(name for name in get_args(Also) if name in names)


class TokensSettings(Settings):
    """Whose tokens are to be weighed one by one."""

    samples: Annotated[tuple[str, ...], Option(flag="--sample", repeated=True, metavar="ID")] = ()
    """Id of a sample whose tokens are weighed; may be repeated."""


class PassrateSettings(Settings):
    """Which model answers each question, how often, and how freely."""

    model: Annotated[str, Names("file")] = "embedded"
    """'embedded', 'embedded-vision' (the same with an untrained eye), a folder, or a hub id; with
    --endpoint its name at that server."""
    answers: int = Field(default=8, ge=1)
    """Answers to each question."""
    max_new_tokens: int = Field(default=512, ge=1)
    """Longest written answer, in tokens."""
    temperature: float = Field(default=1.0, gt=0.0)
    """How freely answers are drawn; 1 = as likely as the model finds them."""
    max_tokens: int = Field(default=2048, ge=32)
    """A sample that is longer than so many tokens before its response is not asked; an endpoint
    says itself what is too long."""
    images: Images = Field(default="read", exclude_if="read".__eq__)
    """read: a model that cannot read the images of samples is refused; ignore: it is asked without
    them, and the pass rates say so."""
    max_pixels: int | None = Field(default=None, ge=784, exclude_if=not_)
    """A larger image is made smaller first, its sides in proportion; default: as the model has it.
    """
    max_tiles: int | None = Field(default=None, ge=1, exclude_if=not_)
    """Tiles that an image is cut into at most, by a model that does so; default: as it has it."""
    limit: int | None = Field(default=None, ge=1)
    """Ask at most this many samples; default: all."""
    shard_size: int = Field(default=20, ge=1)
    """Samples kept at once; a stopped run loses at most so many."""
    seed: int = 0
    """Seed of everything random."""
    threads: int = Field(default=1, ge=1)
    """Processor cores to use."""
    leave_out_identifiers: Annotated[bool, GATE] = Field(default=False, exclude_if=not_)
    """Ask an endpoint nothing about samples that may tell who a patient is, where nobody decided
    about them; default: nothing is asked at all."""


class ScoresSettings(Settings):
    """Where a score of one's own comes from, and what its numbers say."""

    measure: str | None = None
    """Measured on the samples here, instead of read from a file."""
    column: str = ""
    """The file's column of numbers; default: the one called as the score, or the only one."""
    id_column: str = "id"
    """The file's column of sample ids."""
    label: str = ""
    """What a person calls the score; default: its name."""
    higher: str = ""
    """What a higher number means, e.g. 'easier'."""
    best: Literal["high", "low"] = "high"
    """Which end is chosen first."""
    unit: str = ""
    """What one is of, e.g. 'seconds'."""
    least: float | None = None
    """No number may be below; default: no bound."""
    most: float | None = None
    """No number may be above; default: no bound."""
