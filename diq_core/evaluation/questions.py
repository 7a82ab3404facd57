"""Benchmarks: questions whose right answer is known, and what in a file cannot be counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from diq_core.data.drawing import draw
from diq_core.data.findings import RULES, Finding, about
from diq_core.data.importing import import_samples
from diq_core.data.readers.splits import TEST_FIRST
from diq_core.data.sample import Option, Sample, option_images
from diq_core.errors import BadFile, BadSetting
from diq_core.evaluation.verify.target import target_of
from diq_core.evaluation.verify.verdict import Target

Kind = Literal["closed", "open"]


@dataclass(frozen=True, slots=True)
class Question:
    """A question whose right answer is known.

    Attributes:
        sample: the question as it was read, with its answer text.
        target: what an answer is verified against.
    """

    sample: Sample
    target: Target

    @property
    def id(self) -> str:
        return self.sample.id

    @property
    def gold(self) -> int:
        """Position of the right option, where one is right."""
        return [option.label for option in self.options].index(self.target.gold[0])

    @property
    def right(self) -> str:
        """The known answer in words: label or labels, else the text."""
        return ", ".join(self.target.gold)

    @property
    def kind(self) -> Kind:
        """Whether the question names what can be answered, as its file says, else by its type."""
        said = str(self.sample.meta.get("answer_type", "")).strip().casefold()
        if said in ("closed", "open"):
            return "closed" if said == "closed" else "open"
        return "closed" if self.target.type in ("choice", "choices", "yes-no") else "open"

    @property
    def chance(self) -> float:
        """The chance of blind guessing: 1 / number of options, 1/2 for yes or no, else 0."""
        if self.target.type == "choice":
            return 1 / len(self.options)
        return 0.5 if self.target.type == "yes-no" else 0.0

    @property
    def options(self) -> tuple[Option, ...]:
        return self.sample.options


@dataclass(frozen=True)
class Benchmark:
    """One file of questions.

    Attributes:
        name: stem of the file, or last part of the hub id.
        questions: those that count, in the file's order.
        findings: what was noticed about rows that do not count, one each.
        available: how many questions could have counted, before a part was drawn.
        format: name of the layout that was recognised.
    """

    name: str
    questions: tuple[Question, ...]
    findings: tuple[Finding, ...]
    available: int
    format: str

    @property
    def left_out(self) -> dict[str, int]:
        """Rule → number of rows that do not count because of it."""
        return dict(sorted(Counter(found.rule for found in self.findings).items()))


def benchmark_name(source: str) -> str:
    """Return what the benchmark in `source` is called: ``medqa`` for ``tests/medqa.jsonl.gz``."""
    name = source.rstrip("/").rsplit("/", 1)[-1].split("@")[0].split(":")[0]
    while Path(name).suffix in (".gz", ".jsonl", ".json", ".csv", ".tsv", ".parquet"):
        name = Path(name).stem
    return name


def benchmark_names(sources: Sequence[str]) -> list[str]:
    """Return the names of all `sources`.

    Raises:
        BadSetting: there is none, or two have the same name.
    """
    names = [benchmark_name(source) for source in sources]
    if not names:
        raise BadSetting(
            "There is no benchmark to evaluate on",
            which="benchmark",
            todo="name at least one file of questions with --benchmark FILE",
        )
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise BadSetting(
            f"Two benchmarks are called {twice[0]!r}, so their results could not be told apart",
            which=", ".join(sources),
            todo="give each file a name of its own",
        )
    return names


def read_benchmark(
    source: str,
    *,
    limit: int | None = None,
    seed: int = 0,
    written: bool = False,
    images_to: Path | None = None,
) -> Benchmark:
    """Return the questions of a file whose right answer is known.

    Of several parts the one for testing is read.

    Args:
        source: file, folder or hub id in any layout that can be imported.
        limit: draw so many questions by seed and id; None = all.
        written: answers are written, so questions without options count too, where a rule can
            verify an answer; else one right answer must be among the options.
        images_to: folder that their images are copied to; None = they are only checked.

    Raises:
        BadFile: nothing in it can be read, or no question can be counted.
        NotFound, UnknownFormat: see `import_samples`.
    """
    name = benchmark_name(source)
    read = import_samples(source, ignore=None, compare=False, split=TEST_FIRST, images_to=images_to)
    questions: list[Question] = []
    findings = [found for found in read.findings if found.severity == "error"]
    doubts = {found.id: found for found in reversed(read.findings) if RULES[found.rule].excludes}
    for sample in read.samples:
        target = _target(sample, written)
        doubt = target if isinstance(target, Finding) else doubts.get(sample.id)
        if isinstance(target, Target) and doubt is None:
            questions.append(Question(sample, target))
        elif doubt is not None:
            findings.append(doubt)
    if not questions:
        raise BadFile(
            f"None of the {read.counts['rows']} questions of the benchmark can be counted; the "
            f"first: {findings[0].message}",
            which=f"{Path(source).name}, line {findings[0].line}",
            todo=findings[0].hint,
        )
    kept = _drawn(name, questions, limit, seed)
    return Benchmark(name, kept, tuple(findings), len(questions), read.format)


def chance_level(questions: Sequence[Question]) -> float:
    """Return the accuracy expected of blind guessing: the mean over the questions."""
    return sum(each.chance for each in questions) / len(questions)


def _drawn(
    name: str, questions: Sequence[Question], limit: int | None, seed: int
) -> tuple[Question, ...]:
    if limit is None or limit >= len(questions):
        return tuple(questions)
    [part] = draw({name: [each.id for each in questions]}, per_task=limit, seed=seed)
    chosen = set(part.ids)
    return tuple(each for each in questions if each.id in chosen)


def _target(sample: Sample, written: bool) -> Target | Finding:
    """Return what an answer is verified against, or why the question cannot be counted."""
    if sample.options or not written:
        problem = _problem(sample)
        return problem or Target("choice", (sample.answer_label,), sample.options)
    target = target_of(sample)
    if isinstance(target, Target):
        return target
    return about(
        sample, "no-answer", f"No rule can verify an answer: {target}",
        hint="leave the question out, or shorten its answer", field="answer",
    )  # fmt: skip


def _problem(sample: Sample) -> Finding | None:
    """Return why a question cannot be counted, or None."""
    labels = [option.label for option in sample.options]
    if len(labels) < 2:
        hint = "give at least two options, or have answers written (--scorings generated alone)"
        return about(sample, "no-options", "The question has no options to choose from",
                     hint=hint, field="options")  # fmt: skip
    shown = option_images(sample)
    if len(set(labels)) < len(labels) or not all(
        option.text.strip() or option.label in shown for option in sample.options
    ):
        return about(sample, "options-duplicate",
                     "Two options have the same label, or one has no text",
                     hint="give each option a label and a text of its own",
                     field="options")  # fmt: skip
    if not sample.answer_label and not sample.answer:
        return about(sample, "no-answer", "The right answer is not given",
                     hint="give the label or the text of the right option",
                     field="answer")  # fmt: skip
    if sample.answer_label not in labels:
        said = sample.answer_label or sample.answer
        return about(
            sample,
            "label-unknown",
            f"The right answer is given as '{said[:40]}', which is none of the options "
            f"{', '.join(labels)}",
            hint="correct the answer or the options",
            field="answer",
        )
    return None
