"""Two evaluations side by side, question by question, and what can be concluded."""

from __future__ import annotations

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.stages.comparing import LOSS, Comparison, Row, compare
from diq_core.study import Study
from pages.parts.boxes import show_note
from pages.parts.interval_chart import Bar, interval_chart
from pages.parts.tables import BY_DIGEST
from pages.parts.text import escaped, visible


def compare_two(study: Study) -> None:
    """Draw the choice of two evaluations and their comparison."""
    names = [each.name for each in study.artefacts("evaluation")]
    if len(names) < 2:
        show_note(
            "There are not two evaluations yet",
            ("Test the base model and a fine-tuned one; then compare them here.",),
        )
        return
    with st.container(horizontal=True):
        second = st.selectbox(
            "Compare", names, index=names.index("base") if "base" in names else 0, width=320,
            key="compare-second",
        )  # fmt: skip
        others = [name for name in names if name != second]
        first = st.selectbox("with", others, index=len(others) - 1, width=320, key="compare-first")
    found = _compared(study.find("evaluation", first), study.find("evaluation", second))
    _draw(found)


@st.cache_data(max_entries=16, show_spinner="Comparing …", hash_funcs=BY_DIGEST)
def _compared(first: Artefact, second: Artefact) -> Comparison:
    return compare(first, second, common=True)


def _draw(found: Comparison) -> None:
    st.subheader("What can be concluded")
    for row in found.rows:
        st.text(visible(f"{row.benchmark}, {row.scoring}: {row.sentence}"))
    for row in found.rows:
        for sentence in row.chance:
            st.caption(escaped(sentence))
    for caution in found.cautions:
        st.caption(escaped(caution))
    if found.left_out:
        st.caption(f"{found.left_out:,} questions that only one of them answered are left out.")
    accuracies = [row for row in found.rows if row.scoring != LOSS]
    losses = [row for row in found.rows if row.scoring == LOSS]
    st.subheader("Difference on the same questions")
    title = f"{visible(found.first)} minus {visible(found.second)}"
    if accuracies:
        interval_chart(
            [_bar(row, 100.0) for row in accuracies], mark=0.0, key="difference-accuracy",
            x="difference in percentage points, right of 0 is better",
        )  # fmt: skip
    if losses:
        interval_chart(
            [_bar(row, 1.0) for row in losses], mark=0.0, key="difference-loss",
            x="difference of the answer loss in nats per token, left of 0 is better",
        )  # fmt: skip
    st.caption(escaped(f"{title}. Intervals are 95 % bootstrap intervals over questions."))
    _draw_table(found)


def _bar(row: Row, scale: float) -> Bar:
    difference = row.difference
    return Bar(
        f"{row.benchmark}, {row.scoring}", scale * difference.value, scale * difference.low,
        scale * difference.high,
    )  # fmt: skip


def _draw_table(found: Comparison) -> None:
    heads = ("Questions of", "Measured by", found.first, found.second, "Asked", "p",
             "p, corrected")  # fmt: skip
    rows = [
        (row.benchmark, row.scoring, _figure(row, row.first), _figure(row, row.second),
         f"{row.difference.questions:,}", f"{row.difference.p:.3f}", f"{row.adjusted:.3f}")
        for row in found.rows
    ]  # fmt: skip
    head = "".join(f"<th>{escaped(name)}</th>" for name in heads)
    body = "".join(
        f"<tr>{''.join(f'<td>{escaped(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    st.html(f'<table class="diq-table"><thead><tr>{head}</tr></thead>{body}</table>')


def _figure(row: Row, value: float) -> str:
    return f"{value:.3f} nats" if row.scoring == LOSS else f"{100 * value:.1f} %"
