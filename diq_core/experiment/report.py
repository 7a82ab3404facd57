"""The report of an experiment: Markdown for a repository, one HTML file for everybody else."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from diq_core.config import ExperimentSettings
from diq_core.experiment.figures import score_figure
from diq_core.experiment.findings import MEASURES, Contrast, Findings, Measure
from diq_core.experiment.words import amount, best_first, conclusions, group_name, span
from diq_core.markdown import plain, table
from diq_core.statistics.significance import FEWEST_QUESTIONS
from diq_core.statistics.verdict import FEWEST_SEEDS, adjusted_cell


@dataclass(frozen=True)
class BenchmarkFacts:
    """One set of questions.

    Attributes:
        chance: accuracy expected of blind guessing, 0 to 1.
        contaminated: questions that are in the training data of some arm.
    """

    questions: int
    chance: float
    contaminated: int


@dataclass(frozen=True)
class About:
    """What was compared, on what.

    Attributes:
        pool: samples that every strategy could choose from.
        model: name of the model that was tuned.
        benchmarks: name → facts.
    """

    name: str
    study: str
    dataset: str
    pool: int
    model: str
    settings: ExperimentSettings
    benchmarks: Mapping[str, BenchmarkFacts]

    @property
    def chance(self) -> float:
        """Accuracy expected of blind guessing over all questions together."""
        total = sum(each.questions for each in self.benchmarks.values())
        hits = sum(each.questions * each.chance for each in self.benchmarks.values())
        return hits / total if total else 0.0


def markdown_report(findings: Findings, about: About) -> str:
    """Return the whole report as Markdown; names from outside are shown, never obeyed."""
    return "\n\n".join(_parts(findings, about)) + "\n"


def html_report(findings: Findings, about: About) -> str:
    """Return the same as one HTML file with its charts inside; it needs no network."""
    from markdown_it import MarkdownIt
    from plotly.offline import get_plotlyjs

    write = MarkdownIt("commonmark", {"html": False}).enable("table").render
    head, found, *rest = _parts(findings, about)
    charts = "".join(
        score_figure(findings, measure, chance=about.chance).to_html(
            full_html=False, include_plotlyjs=False, div_id=f"chart-{number}"
        )
        for number, measure in enumerate(_measured(findings))
    )
    body = write(f"{head}\n\n{found}") + charts + write("\n\n".join(rest))
    title = html.escape(f"Experiment {about.name}")
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title>\n'
        f"<style>{_STYLE}</style>\n<script>{get_plotlyjs()}</script>\n<main>{body}</main></html>\n"
    )


_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;color:#13232b;margin:0}"
    "main{max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;font-size:.9rem}"
    "th,td{padding:.3rem .7rem;border-bottom:1px solid #d8e0e3;text-align:right}"
    "th:first-child,td:first-child{text-align:left}"
)


def _parts(findings: Findings, about: About) -> list[str]:
    said = "\n".join(f"- {sentence}" for sentence in conclusions(findings))
    parts = [f"# Experiment {plain(about.name)}\n\n{_lead(about)}", f"## What it shows\n\n{said}"]
    for measure in _measured(findings):
        parts.append(f"## {measure.capitalize()}\n\n{_scores(findings, measure)}")
        parts.append(f"### Differences in {measure}, on the same questions\n\n"
                     f"{_differences(findings, measure)}")  # fmt: skip
    parts.append(f"## By benchmark\n\n{_benchmarks(findings, about)}")
    parts.append(f"## How it was done\n\n{_how(about)}")
    return parts


def _measured(findings: Findings) -> list[Measure]:
    return [each for each in MEASURES if any(cell.measure == each for cell in findings.cells)]


def _lead(about: About) -> str:
    settings = about.settings
    equal = (
        f"{settings.recipe.max_steps} optimiser steps"
        if settings.equal == "steps"
        else f"{settings.recipe.token_budget:,} response tokens"
    )
    return (
        f"{plain(about.model)} was fine-tuned on samples of '{plain(about.dataset)}' "
        f"({about.pool:,} samples, study '{plain(about.study)}') that "
        f"{len(settings.strategies)} strategies chose at {len(settings.budgets)} budgets, with "
        f"{len(settings.seeds)} seeds each. Every arm was trained by the same recipe for {equal} "
        "and tested on the same questions."
    )


def _scores(findings: Findings, measure: Measure) -> str:
    rows = [
        (group_name((cell.strategy, cell.budget)), f"{cell.samples:,.0f}", f"{cell.tokens:,.0f}",
         str(cell.seeds), amount(cell.mean.value, measure),
         span(cell.mean.low, cell.mean.high, measure))
        for cell in best_first(findings.cells, measure)
    ]  # fmt: skip
    return table(
        ("arm", "samples to learn from", "response tokens", "seeds", measure, "95 % interval"), rows
    )  # fmt: skip


def _differences(findings: Findings, measure: Measure) -> str:
    some = [each for each in findings.contrasts if each.measure == measure and not each.benchmark]
    if not some:
        return "Nothing to compare with."
    return table(
        ("arm", "against", "difference", "95 % interval", "corrected p"),
        [_difference_row(each) for each in some],
    ) + (
        "\n\nA difference is the arm minus what it is compared with. The p-values are corrected "
        f"(Holm) for {sum(each.adjusted is not None for each in some)} comparisons."
    )


def _difference_row(contrast: Contrast) -> Sequence[str]:
    found, measure = contrast.difference, contrast.measure
    return (group_name(contrast.first), group_name(contrast.second),
            amount(found.value, measure, signed=True),
            span(found.low, found.high, measure, signed=True),
            adjusted_cell(contrast.adjusted))  # fmt: skip


def _benchmarks(findings: Findings, about: About) -> str:
    rows = [
        (group_name((cell.strategy, cell.budget)), plain(cell.benchmark), cell.measure,
         str(cell.questions), amount(cell.mean.value, cell.measure),
         span(cell.mean.low, cell.mean.high, cell.measure))
        for cell in findings.cells
        if cell.benchmark
    ]  # fmt: skip
    facts = [
        (plain(name), f"{each.questions:,}", f"{100 * each.chance:.1f} %", f"{each.contaminated:,}")
        for name, each in about.benchmarks.items()
    ]
    known = table(("benchmark", "questions", "chance level", "in some training data"), facts)
    heads = ("arm", "benchmark", "measure", "questions", "mean", "95 % interval")
    return f"{known}\n\n{table(heads, rows)}"


def _how(about: About) -> str:
    settings = about.settings
    lines = [
        f"- {name}: {plain(str(value))}"
        for part, values in (
            ("recipe", settings.recipe.model_dump(mode="json")),
            ("selection", settings.select.model_dump(mode="json")),
            ("test", settings.evaluate.model_dump(mode="json")),
        )
        for name, value in ((f"{part}, {key}", value) for key, value in values.items())
    ]
    return "\n".join(
        [
            f"Seeds: {', '.join(map(str, settings.seeds))}. Intervals are 95 %: of accuracies "
            "Wilson's, with the effective number of questions where there are several seeds, and "
            f"Newcombe's for differences; of losses from {settings.resamples:,} bootstrap draws of "
            "seeds and questions together. p-values come from flipping the signs of the "
            "differences on questions, and a difference has to stand out among the seeds too. "
            f"Nothing is concluded from fewer than {FEWEST_QUESTIONS} questions or {FEWEST_SEEDS} "
            "seeds. Accuracy is right answers of all questions asked, the undecided among them; "
            "answer loss is the mean loss of the right answer in nats per token, lower is better.",
            "",
            *lines,
        ]
    )
