"""The seven benchmarks of medical models that see: an evaluation's figures, and others' beside."""

from __future__ import annotations

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.evaluation.published import PUBLISHED, PUBLISHED_NOTE
from diq_core.evaluation.seven import SEVEN, Line, Tally
from diq_core.evaluation.seven_markdown import markdown, percent
from diq_core.stages.seven import seven
from pages.parts.figures_table import figures_table
from pages.parts.text import escaped, show_list

_HEADS = ("Benchmark", "Asked", "Right", "Wrong", "Undecided", "By the rule", "Closed", "Open",
          "By a judge", "Not counted")  # fmt: skip


def draw_seven(evaluation: Artefact) -> None:
    """Draw the report; nothing where the evaluation asked none of the seven."""
    report = seven(evaluation)
    if not report.lines:
        return
    st.header("Seven benchmarks")
    show_list(report.about)
    whole, mean = report.weighted, report.plain_mean
    rows = [_row(line) for line in report.lines]
    rows.append((f"Weighted mean, {len(report.lines)} of {len(SEVEN)}", *_counts(whole),
                 percent(whole), "", "", "", ""))  # fmt: skip
    rows.append(("Plain mean of the benchmarks", "", "", "", "",
                 "" if mean is None else f"{100 * mean:.2f} %", "", "", "", ""))  # fmt: skip
    figures_table(_HEADS, rows, figures=range(1, len(_HEADS)))
    st.caption(
        "Each question is counted once, as closed or as open. An answer from which nothing could "
        "be read is undecided and earns nothing. A judge's verdicts, given to `diq seven` with "
        "`--judged`, stand in a column of their own and change no other figure."
    )
    if report.missing:
        st.caption(f"Not asked: {', '.join(report.missing)}. The means are of the others.")
    if report.others:
        show_list([f"None of the seven by its name: {name}. diq seven --as says which it is."
                   for name in report.others])  # fmt: skip
    st.subheader("Published by others")
    st.html(f'<p class="diq-note">{escaped(PUBLISHED_NOTE)}.</p>')
    published = [(name, f"{share:.2f} %") for name, share in PUBLISHED.items()]
    figures_table(("Model", "Plain mean"), published, figures=(1,))
    st.download_button(
        "Report as Markdown", markdown(report), f"{evaluation.name}-seven-benchmarks.md",
        "text/markdown", key=f"seven-{evaluation.name}", on_click="ignore",
    )  # fmt: skip


def _row(line: Line) -> tuple[str, ...]:
    judge = _part(line.judge, "not asked")
    drawn = f" and {line.not_drawn:,} not drawn" if line.not_drawn else ""
    return (
        SEVEN[line.key], *_counts(line.rule), percent(line.rule), _part(line.closed, "none"),
        _part(line.open, "none"), judge, f"{line.left_out:,}{drawn}",
    )  # fmt: skip


def _counts(tally: Tally) -> tuple[str, str, str, str]:
    return (f"{tally.asked:,}", f"{tally.right:,}", f"{tally.wrong:,}", f"{tally.undecided:,}")


def _part(tally: Tally, none: str) -> str:
    return f"{percent(tally)} of {tally.asked:,}" if tally.asked else none
