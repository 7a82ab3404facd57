"""The kinds of work: one row for each, and no other list of them anywhere.

A kind names what is made, the folder it lies in (``<kind>/<name>/``), the record of its job
(``jobs/<kind>-<name>/``) and its stage (``stages/<kind>.py``); its verb shares the root. Whoever
has to know something about every kind asks its row. Pages are no fact of a kind: which kind has
one is known to the pages alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from diq_core import config

Kind = Literal[
    "dataset",
    "mix",
    "difficulty",
    "influence",
    "tokens",
    "scores",
    "passrate",
    "reflection",
    "embedding",
    "selection",
    "review",
    "export",
    "run",
    "evaluation",
    "experiment",
    "answers",
    "quality",
]
"""What a job works on: an artefact, or what is none: the review store ("review"), and what can be
made again from an influence at any time ("tokens")."""
DEFAULT_NAME = "main"


@dataclass(frozen=True)
class KindRow:
    """What is fixed about one kind.

    Attributes:
        kind: the artefact, its folder and its stage.
        verb: the command that makes it, with what has to follow it.
        title: what a person calls the work.
        label: what a person calls one thing that was made.
        noun: the same inside a sentence, with its article.
        plural: several of them, inside a sentence.
        action: what doing it is called on a button.
        promise: what doing it gives, as a sentence without its full stop.
        summary: what there is, in a line; takes the counts of its manifest.
        settings: its settings.
        inputs: what goes with them: what it is made of, and where.
        needs: what must be there first.
        aliases: further commands that do the same.
        is_step: whether it stands among the steps from import to evaluation.
        queues: whether it takes so long that the app runs it in the study's queue, which goes on
            after a restart of the machine.
        heavy: whether it needs a slot of its own, also where it was not started by the queue.
        asks: whether it sends text to an endpoint. Which ones may be asked is in the environment of
            whoever starts it, so it never waits in a queue for a worker of somebody else's.
        is_artefact: whether it makes an artefact, whose manifest holds its settings.
        continues: whether an unfinished attempt goes on in the middle.
        default_name: what it makes is called so, if nobody says otherwise.
    """

    kind: Kind
    verb: str
    title: str
    label: str
    noun: str
    plural: str
    action: str
    promise: str
    summary: str
    settings: type[config.Settings]
    inputs: type[config.Inputs]
    needs: tuple[Kind, ...] = ()
    aliases: tuple[str, ...] = ()
    is_step: bool = False
    queues: bool = False
    heavy: bool = False
    asks: bool = False
    is_artefact: bool = True
    continues: bool = True
    default_name: str = DEFAULT_NAME

    @property
    def typed(self) -> str:
        """The verb without what has to follow it."""
        return self.verb.removesuffix(" FILE")

    def command(self, study: Path) -> str:
        """Return the line that makes one in `study`, for a terminal."""
        return f"diq {self.verb} --study {study}"


ROWS = (
    KindRow(
        "dataset", "dataset FILE", "Dataset", "Dataset", "a dataset", "datasets",
        "Import a file", "import a file of samples", "{included} of {samples} samples are in",
        config.ImportSettings,
        config.ImportInputs, aliases=("import",), is_step=True, continues=False,
    ),
    KindRow(
        "mix", "mix", "Mixture", "Mixture", "a mixture", "mixtures", "Mix the datasets",
        "make one dataset of several, each with its share", "{taken} of {asked} samples taken",
        config.MixSettings, config.MixInputs, ("dataset",), continues=False,
        default_name="mixture",
    ),
    KindRow(
        "difficulty", "difficulty", "Difficulty", "Difficulty scores",
        "difficulty scores", "difficulty scores", "Rate difficulty",
        "rate how hard each question is", "{scored} samples rated",
        config.DifficultySettings,
        config.DatasetInputs, ("dataset",), is_step=True, heavy=True,
    ),
    KindRow(
        "influence", "influence", "Influence", "Influence scores",
        "influence scores", "influence scores", "Measure influence",
        "measure how much each sample would improve the model", "{scored} samples measured",
        config.InfluenceSettings,
        config.InfluenceInputs, ("dataset",), is_step=True, heavy=True,
    ),
    KindRow(
        "tokens", "tokens", "Influence of words", "Influence of words",
        "the influence of each word", "influences of words", "Weigh each word",
        "see which words of a sample help and which hurt", "", config.TokensSettings,
        config.TokensInputs, ("influence",), is_artefact=False, continues=False,
    ),
    KindRow(
        "scores", "scores FILE", "Own scores", "Own score", "a score of your own",
        "scores of your own", "Add the score", "import numbers of your own for each sample",
        "{scored} of {samples} samples scored", config.ScoresSettings,
        config.ScoresInputs, ("dataset",),
    ),
    KindRow(
        "passrate", "passrate", "Pass rates", "Pass rates", "pass rates", "pass rates",
        "Measure pass rates", "see how often a model answers each question rightly",
        "{scored} samples asked", config.PassrateSettings,
        config.PassrateInputs, ("dataset",), heavy=True, default_name="pass-rate",
    ),
    KindRow(
        "reflection", "reflect", "Reflective chains", "Reflective chains", "reflective chains",
        "reflective chains", "Have chains written",
        "have a teacher think each question through until it is right",
        "{accepted} of {asked} chains accepted", config.ReflectSettings, config.ReflectInputs,
        ("dataset",), asks=True, default_name="reflected",
    ),
    KindRow(
        "embedding", "embed", "Map of meaning", "Map of meaning",
        "a map of meaning", "maps of meaning", "Make the map of meaning",
        "lay similar questions side by side", "{placed} samples placed",
        config.EmbedSettings,
        config.DatasetInputs, ("dataset",), heavy=True,
    ),
    KindRow(
        "selection", "select", "Explore and select", "Selection", "a selection", "selections",
        "Explore and select", "see the quadrants, set the budget and fix a selection",
        "{kept} of {samples} samples kept",
        config.SelectSettings,
        config.SelectInputs, ("difficulty", "influence"), is_step=True,
    ),
    KindRow(
        "review", "review judge", "Review", "Review", "a review", "reviews",
        "Review samples", "let clinicians judge the chosen samples", "",
        config.JudgeSettings, config.SelectionInputs, ("selection",), is_step=True, asks=True,
        is_artefact=False,
    ),
    KindRow(
        "export", "export", "Export", "Export", "an export", "exports",
        "Write the export", "write the chosen samples as training files",
        "{exported} samples written",
        config.ExportSettings,
        config.ExportInputs, ("selection",), is_step=True,
    ),
    KindRow(
        "run", "run", "Fine-tune", "Run", "a fine-tuned model", "runs",
        "Fine-tune a model", "train a model on the exported samples",
        "{steps} steps on {trained} samples", config.FinetuneSettings,
        config.RunInputs, ("export",),
        aliases=("finetune",), is_step=True, queues=True, heavy=True,
    ),
    KindRow(
        "evaluation", "evaluate", "Evaluate", "Evaluation", "an evaluation", "evaluations",
        "Test the models", "test the trained model against the base model",
        "{questions} questions answered",
        config.EvaluateSettings,
        config.EvaluateInputs, ("run",), is_step=True, queues=True, heavy=True,
    ),
    KindRow(
        "experiment", "experiment", "Experiment", "Experiment", "an experiment", "experiments",
        "Begin the experiment", "compare strategies at equal budgets", "{arms} arms compared",
        config.ExperimentSettings,
        config.ExperimentInputs, ("dataset",), queues=True,
    ),
    KindRow(
        "answers", "answers", "Pairs of answers", "Pairs of answers",
        "pairs of answers", "pairs of answers", "Pair the answers",
        "set two models' written answers side by side", "{pairs} pairs",
        config.PairSettings,
        config.PairInputs, ("evaluation",), aliases=("quality pair",),
    ),
    KindRow(
        "quality", "quality judge", "Judgement of answers", "Judgement",
        "a judgement of answers", "judgements of answers", "Have it judge",
        "say whose answers are better reasoned", "{pairs} pairs judged",
        config.QualitySettings, config.QualityInputs, ("answers",), asks=True,
    ),
)  # fmt: skip
"""In the order of the work."""
_BY_KIND = {row.kind: row for row in ROWS}
ARTEFACTS: tuple[Kind, ...] = tuple(row.kind for row in ROWS if row.is_artefact)
"""Kinds of artefacts."""
KINDS: tuple[Kind, ...] = tuple(_BY_KIND)
"""All kinds."""
STEPS = tuple(row for row in ROWS if row.is_step)
"""What leads from a file to a tested model; the rest is beside the way."""


def row(kind: Kind) -> KindRow:
    """Return what is fixed about `kind`."""
    return _BY_KIND[kind]


def leading_to(kind: Kind) -> Iterator[Kind]:
    """Yield in the order of the work what `kind` is made of, directly or not, and `kind`."""
    wanted = {kind}
    for earlier in reversed(ROWS):
        if earlier.kind in wanted:
            wanted.update(earlier.needs)
    yield from (each.kind for each in ROWS if each.kind in wanted)
