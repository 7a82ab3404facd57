"""What a datasheet says, as plain values that a stage takes from manifests and samples."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from diq_core.config import Aspect, Rule
from diq_core.data.sample import Sample
from diq_core.data.text import WORDS
from diq_core.score import AXES, KNOWN, Score

Counts = Mapping[str, int]
Author = Literal["machine", "human", "not stated"]

NOT_STATED = "not stated"

_MACHINE = re.compile(
    r"gpt|openai|claude|gemini|llama|qwen|deepseek|mistral|mixtral|\bllms?\b|language model"
    r"|\bai\b|machine|synthetic|generated|distill",
    re.IGNORECASE,
)
_HUMAN = re.compile(r"human|expert|clinician|physician|doctor|author|abstract", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long responses are, in words or as `unit` says; ``low`` and ``high`` are the 10th and
    90th percentile by nearest rank."""

    samples: int
    mean: float
    low: int
    median: float
    high: int
    unit: str = WORDS


@dataclass(frozen=True, slots=True)
class Composition:
    """What the exported samples are made of; every mapping counts samples, commonest first.

    Attributes:
        samples: how many.
        sources, subjects, licences: as the file states them, or "not stated".
        origins: what ``meta.reasoning_origin`` says, of samples with reasoning.
        authors: who wrote the reasoning, as origin and licence allow to tell (see `author_of`).
        with_reasoning, with_options, with_images: how many have it.
        lengths: of a response.
    """

    samples: int
    sources: Counts
    subjects: Counts
    licences: Counts
    origins: Counts
    authors: Counts
    with_reasoning: int
    with_options: int
    with_images: int
    lengths: Lengths | None


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a score counts as high: its percentile in the pool, and its value if it is known."""

    percent: float
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Scorer:
    """A model that scored the samples.

    Attributes:
        name: e.g. "SmolLM2-135M-Instruct".
        digest: of its weights or of the artefact it is shipped in.
        details: what else must be known to repeat it, in reading order (engine, tokens, device).
    """

    name: str
    digest: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """What clinicians said of the exported samples; every number but the second counts samples
    or verdicts of people, by one form.

    Attributes:
        samples: judged by at least one person.
        people: who judged them.
        verdicts, machine_verdicts: of people, of models; the latter decide nothing.
        settled: decided by a third person.
        rejected, undecided: what their verdicts come to; they are in all the same.
        taken_out: taken out by hand, and in all the same.
        corrected: whose text is the reviewers' correction.
        not_corrected: accepted with edit, and with the old text.
        form: version of the form.
        head: number and hash of the log's last event.
    """

    samples: int
    people: int
    verdicts: int
    machine_verdicts: int
    settled: int
    rejected: int
    undecided: int
    taken_out: int
    corrected: int
    not_corrected: int
    form: str
    head: str


@dataclass(frozen=True, slots=True)
class MixedSource:
    """A source of the mixture that was chosen from: its kind, and how much of it was taken."""

    name: str
    kind: str
    target: int
    taken: int


@dataclass(frozen=True, slots=True)
class DatasheetFacts:
    """Everything a datasheet says. Empty means "there is none", and the page says so.

    Attributes:
        name, study, selection, dataset: names of the export and of what it is made of.
        dataset_digest: SHA-256 of the dataset's manifest.
        format: how the samples are written.
        composition: of the exported samples, by `composition_of`.
        pool_size: readable samples of the dataset.
        pool_lengths: of a response in the pool, by `lengths_of`.
        excluded: reason → samples left out before choosing (duplicates, overlap).
        problems: rule → findings at import.
        unscored: reason → samples that could not be chosen for want of a score.
        missing: score → samples in use without it, where the strategy did not need it.
        strategy, budget, aspect, rule, weight: how was chosen; rule and weight are None where the
            strategy uses none.
        difficulty_cut, influence_cut: None where the strategy uses no quadrants.
        axes: the scores that make the quadrants.
        own: scores that were imported or measured besides, each with where it comes from.
        quadrants, pool_quadrants: "Q1".."Q4" (and "unscored") → samples exported, samples in all.
        difficulty, influence: the models that scored; None = not scored.
        validation_tasks: task → validation questions that define influence.
        seeds: what it was for → seed.
        selected: samples the selection kept.
        put_in, taken_out, rejected, set_aside: samples that were kept or left out not by the rule
            but by hand, because their reviewers rejected them, or by a choice among samples that
            ask the same.
        also: further format → samples that it was written with.
        thinking: where the responses have their reasoning, as a sentence; "" = under headings.
        review: what clinicians said of the exported samples; None = no verdicts are included.
        identifiers: what was found that may tell who a patient is, as the manifest says it; None =
            nothing was looked for.
        dropped: id and reason of the kept samples that could not be exported.
        images: pictures written.
        removed: kind of metadata → pictures of the dataset that held it.
        known_gaps: further sentences about what is missing or doubtful.
        reproduce: the command line that rebuilds the bytes; empty = the general form of it.
        not_reproduced: why there is no such command, as a sentence; empty = there is.
        mixture: of which datasets the samples were mixed; empty = they were not.
        mixture_notes: what was decided while they were mixed.
        date: when the study was made, as given; empty = no date is printed.
    """

    name: str
    study: str
    selection: str
    dataset: str
    dataset_digest: str
    format: str
    composition: Composition
    pool_size: int
    strategy: str
    budget: str
    selected: int
    aspect: Aspect = "overall"
    rule: Rule | None = None
    weight: float | None = None
    difficulty_cut: Cut | None = None
    influence_cut: Cut | None = None
    axes: tuple[Score, Score] = (KNOWN[AXES[0]], KNOWN[AXES[1]])
    own: Sequence[tuple[Score, str]] = ()
    quadrants: Counts = field(default_factory=dict)
    pool_quadrants: Counts = field(default_factory=dict)
    pool_lengths: Lengths | None = None
    excluded: Counts = field(default_factory=dict)
    problems: Counts = field(default_factory=dict)
    unscored: Counts = field(default_factory=dict)
    missing: Counts = field(default_factory=dict)
    difficulty: Scorer | None = None
    influence: Scorer | None = None
    validation_tasks: Counts = field(default_factory=dict)
    seeds: Mapping[str, int] = field(default_factory=dict)
    put_in: int = 0
    taken_out: int = 0
    rejected: int = 0
    set_aside: int = 0
    thinking: str = ""
    also: Mapping[str, int] = field(default_factory=dict)
    review: ReviewFacts | None = None
    identifiers: Mapping[str, Any] | None = None
    dropped: Sequence[tuple[str, str]] = ()
    images: int = 0
    removed: Counts = field(default_factory=dict)
    known_gaps: Sequence[str] = ()
    reproduce: str = ""
    not_reproduced: str = ""
    mixture: Sequence[MixedSource] = ()
    mixture_notes: Sequence[str] = ()
    date: str = ""


def composition_of(samples: Sequence[Sample], lengths: Lengths | None = None) -> Composition:
    """Count what `samples` (the exported ones) are made of.

    Args:
        lengths: of their responses, by `lengths_of`.
    """
    reasoned = [sample for sample in samples if sample.reasoning.strip()]
    return Composition(
        samples=len(samples),
        sources=_counted(sample.source for sample in samples),
        subjects=_counted(sample.subject for sample in samples),
        licences=_counted(sample.licence for sample in samples),
        origins=_counted(_origin(sample) for sample in reasoned),
        authors=_counted(author_of(sample) for sample in reasoned),
        with_reasoning=len(reasoned),
        with_options=sum(bool(sample.options) for sample in samples),
        with_images=sum(bool(sample.images) for sample in samples),
        lengths=lengths,
    )


def author_of(sample: Sample) -> Author:
    """Return who wrote the sample's reasoning, as far as its origin says so.

    A licence that names a language model counts too; one that names people does not, since it
    may speak of the question only.
    """
    origin = _origin(sample)
    if _MACHINE.search(origin):
        return "machine"
    if _HUMAN.search(origin):
        return "human"
    return "machine" if _MACHINE.search(sample.licence) else "not stated"


def lengths_of(lengths: Sequence[int], unit: str = WORDS) -> Lengths | None:
    """Return how the `lengths` of responses are spread; None for no response."""
    if not lengths:
        return None
    ordered = sorted(lengths)
    return Lengths(
        samples=len(ordered),
        mean=statistics.fmean(ordered),
        low=_nearest_rank(ordered, 10),
        median=statistics.median(ordered),
        high=_nearest_rank(ordered, 90),
        unit=unit,
    )


def _nearest_rank(ordered: Sequence[int], percent: int) -> int:
    return ordered[-(-percent * len(ordered) // 100) - 1]


def _origin(sample: Sample) -> str:
    origin = sample.meta.get("reasoning_origin")
    return origin if isinstance(origin, str) else ""


def _counted(values: Iterable[str]) -> Counts:
    counts = Counter(value.strip() or NOT_STATED for value in values)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
