"""Benchmarks: questions whose right answer is known, and what in a file cannot be counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from diq_core.data.drawing import draw
from diq_core.data.findings import RULES, Finding, finding
from diq_core.data.importing import import_samples
from diq_core.data.sample import Option, Sample
from diq_core.errors import BadFile, BadSetting


@dataclass(frozen=True, slots=True)
class Question:
    """A question with options, one of which is known to be right.

    Attributes:
        gold: position of the right option.
        sample: the question as it was read, with its answer text.
    """

    sample: Sample
    gold: int

    @property
    def id(self) -> str:
        return self.sample.id

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


def read_benchmark(source: str, *, limit: int | None = None, seed: int = 0) -> Benchmark:
    """Return the questions of a file that have one known right answer among their options.

    Args:
        source: file, folder or hub id in any layout that can be imported.
        limit: draw so many questions by seed and id; None = all.

    Raises:
        BadFile: nothing in it can be read, or no question can be counted.
        NotFound, UnknownFormat: see `import_samples`.
    """
    name = benchmark_name(source)
    read = import_samples(source, ignore=None, compare=False)
    questions: list[Question] = []
    findings = [found for found in read.findings if found.severity == "error"]
    doubts = {found.id: found for found in reversed(read.findings) if RULES[found.rule].excludes}
    for sample in read.samples:
        problem = _problem(sample) or doubts.get(sample.id)
        if problem is not None:
            findings.append(problem)
        else:
            labels = [option.label for option in sample.options]
            questions.append(Question(sample, labels.index(sample.answer_label)))
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
    """Return the accuracy expected of blind guessing: the mean of 1 / number of options."""
    return sum(1 / len(each.options) for each in questions) / len(questions)


def _drawn(
    name: str, questions: Sequence[Question], limit: int | None, seed: int
) -> tuple[Question, ...]:
    if limit is None or limit >= len(questions):
        return tuple(questions)
    [part] = draw({name: [each.id for each in questions]}, per_task=limit, seed=seed)
    chosen = set(part.ids)
    return tuple(each for each in questions if each.id in chosen)


def _problem(sample: Sample) -> Finding | None:
    """Return why a question cannot be counted, or None."""

    def about(rule: str, message: str, hint: str, field: str) -> Finding:
        place = {"file": sample.file, "line": sample.line, "id": sample.id, "field": field}
        return finding(rule, message, hint=hint, **place)  # type: ignore[arg-type]

    labels = [option.label for option in sample.options]
    if len(labels) < 2:
        return about("no-options", "The question has no options to choose from",
                     "give at least two options", "options")  # fmt: skip
    if len(set(labels)) < len(labels) or not all(option.text.strip() for option in sample.options):
        return about("options-duplicate", "Two options have the same label, or one has no text",
                     "give each option a label and a text of its own", "options")  # fmt: skip
    if not sample.answer_label and not sample.answer:
        return about("no-answer", "The right answer is not given",
                     "give the label or the text of the right option", "answer")  # fmt: skip
    if sample.answer_label not in labels:
        said = sample.answer_label or sample.answer
        return about(
            "label-unknown",
            f"The right answer is given as '{said[:40]}', which is none of the options "
            f"{', '.join(labels)}",
            "correct the answer or the options",
            "answer",
        )
    return None
