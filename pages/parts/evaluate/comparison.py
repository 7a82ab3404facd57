"""Two evaluations side by side, question by question, and what can be concluded."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.evaluation.conclude import Measure, amount
from diq_core.stages.compare import LOSS, Comparison, Row, compare
from diq_core.statistics.significance import ALPHA, FEWEST_QUESTIONS
from diq_core.statistics.verdict import adjusted_cell, p_cell
from diq_core.study import Study
from pages.parts.boxes import show_note
from pages.parts.evaluate.answers_list import draw_answers
from pages.parts.evaluate.two import choose_two
from pages.parts.figures_table import figures_table
from pages.parts.interval_chart import Line, interval_chart
from pages.parts.tables import BY_DIGEST
from pages.parts.text import escaped, show_list


def compare_two(study: Study) -> None:
    """Draw the choice of two evaluations and their comparison."""
    known = study.artefacts("evaluation")
    if len(known) < 2:
        show_note(
            "There are not two evaluations yet",
            ("Test the base model and a fine-tuned one; then compare them here.",),
        )
        return
    first, second = choose_two(study, known, ("Compare", "with"))
    found = _compared(first, second)
    _draw(found)
    if found.rows:
        draw_answers(study, first, second)


@st.cache_data(max_entries=16, show_spinner="Comparing …", hash_funcs=BY_DIGEST)
def _compared(first: Artefact, second: Artefact) -> Comparison:
    return compare(first, second, common=True)


def _draw(found: Comparison) -> None:
    if not found.rows:
        show_note(
            "These two cannot be compared",
            ("They have fewer than two measured questions in common.",),
        )
        return
    st.header("What can be concluded")
    show_list([f"{row.benchmark}, {row.scoring}: {row.sentence}" for row in found.rows])
    said = [f"{row.benchmark}, {row.scoring}: {each}" for row in found.rows for each in row.chance]
    if found.left_out:
        said.append(f"{found.left_out:,} answers that only one of them gave are left out.")
    _notes([*said, *found.cautions])
    accuracies = [row for row in found.rows if row.scoring != LOSS]
    losses = [row for row in found.rows if row.scoring == LOSS]
    st.header("Difference on the same questions")
    title = f"{found.first} minus {found.second}"
    if accuracies:
        interval_chart(
            [_line(row, 100.0) for row in accuracies], mark=0.0, key="difference-accuracy",
            digits="+.1f", span=(-1.0, 1.0),
            x="difference in percentage points, right of 0 is better",
        )  # fmt: skip
    if losses:
        interval_chart(
            [_line(row, 1.0) for row in losses], mark=0.0, key="difference-loss", digits="+.3f",
            x="difference of the answer loss in nats per token, left of 0 is better",
        )  # fmt: skip
    _notes([
        f"{title}. Intervals are 95 %: of right answers by Newcombe's method, of losses from "
        "bootstrap draws of questions. Nothing is concluded from fewer than "
        f"{FEWEST_QUESTIONS} questions, nor unless the corrected p is below {ALPHA:g}."
    ])  # fmt: skip
    _draw_table(found)


def _notes(lines: Sequence[str]) -> None:
    # As HTML and not as captions: names could hold Markdown.
    st.html("".join(f'<p class="diq-note">{escaped(line)}</p>' for line in lines))


def _line(row: Row, scale: float) -> Line:
    found = row.difference
    ends = (scale * found.value, scale * found.low, scale * found.high)
    return Line(f"{row.benchmark}, {row.scoring}", ends)


def _draw_table(found: Comparison) -> None:
    heads = ("Questions of", "Measured by", found.first, found.second, "Difference",
             "95 % interval", "Asked", "p", "p, corrected")  # fmt: skip
    rows = [
        (row.benchmark, row.scoring, _figure(row, row.first), _figure(row, row.second),
         *_difference(row), f"{row.difference.questions:,}", p_cell(row.difference.p),
         adjusted_cell(row.adjusted))
        for row in found.rows
    ]  # fmt: skip
    figures_table(heads, rows, figures=range(2, len(heads)))


def _difference(row: Row) -> tuple[str, str]:
    measure: Measure = "answer loss" if row.scoring == LOSS else "accuracy"
    found = row.difference
    low, high = (amount(end, measure).split(" ")[0] for end in (found.low, found.high))
    return amount(found.value, measure), f"{low} to {high}"


def _figure(row: Row, value: float) -> str:
    return f"{value:.3f} nats" if row.scoring == LOSS else f"{100 * value:.1f} %"
