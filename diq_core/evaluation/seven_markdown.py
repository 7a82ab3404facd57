"""The report of the seven benchmarks as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from diq_core.evaluation.published import PUBLISHED, PUBLISHED_NOTE
from diq_core.evaluation.seven import SEVEN, Line, Report, Tally
from diq_core.markdown import plain

_HEAD = (
    "| Benchmark | Asked | Right | Wrong | Undecided | By the rule | Closed | Open | By a judge "
    "| Not counted |"
)


def markdown(report: Report) -> str:
    """Return the report as a text for people; the same as `Report.to_json` holds."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"# Seven benchmarks: {plain(report.model)}\n"
    for sentence in report.about:
        yield f"{sentence}\n"
    yield _HEAD
    yield "|---|" + "---:|" * 9
    yield from (_row(line) for line in report.lines)
    whole = report.weighted
    yield (
        f"| **Weighted mean, {len(report.lines)} of {len(SEVEN)}** | {whole.asked:,} | "
        f"{whole.right:,} | {whole.wrong:,} | {whole.undecided:,} | {percent(whole)} | | | | |"
    )
    mean = report.plain_mean
    if mean is not None:
        yield f"| **Plain mean of the benchmarks** | | | | | {100 * mean:.2f} % | | | | |"
    yield (
        "\nEach question is counted once, as closed or as open. The rule decides from the written "
        "answer alone; an answer from which nothing could be read is undecided and earns nothing. "
        "The judge's column is apart: it changes no other figure. The weighted mean is all right "
        "answers over all questions; the plain mean gives each benchmark the same weight."
    )
    if report.missing:
        yield f"\nNot asked: {', '.join(report.missing)}. The means are of the others."
    if report.others:
        yield f"\nNone of the seven: {', '.join(plain(name) for name in report.others)}."
    yield f"\n## Published by others\n\n{PUBLISHED_NOTE}.\n\n| Model | Plain mean |\n|---|---:|"
    yield from (f"| {model} | {mean:.2f} % |" for model, mean in PUBLISHED.items())


def _row(line: Line) -> str:
    rule = line.rule
    judge = f"{percent(line.judge)} of {line.judge.asked:,}" if line.judge.asked else "not asked"
    drawn = f", {line.not_drawn:,} not drawn" if line.not_drawn else ""
    return (
        f"| {SEVEN[line.key]} | {rule.asked:,} | {rule.right:,} | {rule.wrong:,} | "
        f"{rule.undecided:,} | {percent(rule)} | {_part(line.closed)} | {_part(line.open)} | "
        f"{judge} | {line.left_out:,}{drawn} |"
    )


def _part(tally: Tally) -> str:
    return f"{percent(tally)} of {tally.asked:,}" if tally.asked else "none"


def percent(tally: Tally) -> str:
    """Return the share of right answers, e.g. "66.67 %"."""
    return "" if tally.share is None else f"{100 * tally.share:.2f} %"
