"""A finished evaluation: accuracies with interval and chance, losses, averages, contamination."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.evaluation.reading import READING
from diq_core.stages.evaluation import read_results
from pages.parts.evaluate.seven_view import draw_seven
from pages.parts.figures_table import figures_table
from pages.parts.images_unseen import show_unseen
from pages.parts.interval_chart import Line, interval_chart
from pages.parts.text import escaped
from pages.parts.words import count


def draw_evaluation(evaluation: Artefact) -> None:
    """Draw one finished evaluation."""
    results, counts = read_results(evaluation), evaluation.manifest["counts"]
    model = evaluation.manifest["facts"]["model"]
    with st.container(horizontal=True, gap="medium"):
        st.metric("Questions", f"{counts['questions']:,}", width=150)
        st.metric("Could not be counted", f"{counts['left_out']:,}", width=200,
                  help="Each with its reason in problems.parquet.")  # fmt: skip
        st.metric("Undecided", f"{counts['unanswered']:,}", width=150,
                  help="No option could be told from the answer: neither right nor wrong. "
                  "The share of right answers is of all questions asked, these among them; "
                  "why is in answers.parquet.")  # fmt: skip
    said = escaped(f"Tested: {model['name']}, {model['device']}.{_read_by(evaluation)}")
    st.html(f'<p class="diq-note">{said}</p>')
    show_unseen(evaluation)
    lines = [
        Line(_label(name, scoring), (100 * own["accuracy"], 100 * own["low"], 100 * own["high"]),
             100 * own["chance"])
        for name, found in results["benchmarks"].items()
        for scoring, own in found["scorings"].items()
    ]  # fmt: skip
    if lines:
        st.header("Right answers")
        interval_chart(
            lines, key=f"accuracy-{evaluation.name}", span=(0.0, 1.0), digits=".1f",
            x="right answers in % with 95 % interval; dash = blind guessing",
        )  # fmt: skip
    _draw_table(results)
    _draw_averages(results["averages"])
    draw_seven(evaluation)


def _read_by(evaluation: Artefact) -> str:
    """Return the sentence about written answers that an older rule has read; "" = none."""
    written = "generated" in evaluation.settings["scorings"]
    if not written or evaluation.manifest["facts"].get("reading", 1) == READING:
        return ""
    return (
        " Its written answers were read by an earlier rule, which found fewer of the options they "
        "name; evaluate again under another name to have them read by today's."
    )


def _label(benchmark: str, scoring: str) -> str:
    return f"{benchmark}, {scoring}"


def _draw_table(results: Mapping[str, Any]) -> None:
    rows = []
    for name, found in results["benchmarks"].items():
        loss = found["answer_loss"]
        spoken = "not measured" if loss is None else _loss(loss)
        known = found["contamination"]
        seen = known.get("unknown") or str(len(known["exact"]) + len(known["near"]))
        for scoring, own in found["scorings"].items() or (("none", None),):
            rows.append((name, scoring, *_figures(own), spoken, seen))
    heads = ("Questions of", "Answers taken by", "Asked", "Right", "Wrong", "Undecided",
             "95 % interval", "Guessing",
             "Loss of the right answer", "In the training data")  # fmt: skip
    figures_table(heads, rows, figures=range(2, 8))


def _figures(own: Mapping[str, Any] | None) -> tuple[str, ...]:
    if own is None:
        return ("",) * 6
    return (
        f"{own['n']:,}",
        f"{own['correct']:,} ({100 * own['accuracy']:.1f} %)",
        f"{own['n'] - own['correct'] - own['unanswered']:,}",
        f"{own['unanswered']:,} ({100 * own['unanswered'] / own['n']:.1f} %)",
        f"{100 * own['low']:.1f} to {100 * own['high']:.1f}",
        f"{100 * own['chance']:.1f} %",
    )


def _loss(loss: Mapping[str, Any]) -> str:
    if loss["mean"] is None:
        return "not measured"
    # Evaluations of earlier versions hold intervals that reach below 0.
    ends = "" if loss["low"] is None else f" ({max(loss['low'], 0.0):.3f} to {loss['high']:.3f})"
    return f"{loss['mean']:.3f} nats per token{ends}"


def _draw_averages(averages: Mapping[str, Mapping[str, Any]]) -> None:
    lines = [
        f"<li><b>{escaped(group)}</b>, {escaped(scoring)}: {100 * each['accuracy']:.1f} % "
        f"({100 * each['low']:.1f} to {100 * each['high']:.1f}), guessing "
        f"{100 * each['chance']:.1f} %, {count(len(each['benchmarks']), 'benchmarks')}</li>"
        for scoring, groups in averages.items()
        for group, each in groups.items()
        if len(each["benchmarks"]) > 1
    ]
    if lines:
        st.caption("Averages, each set of questions with equal weight:")
        st.html(f'<ul class="diq-list">{"".join(lines)}</ul>')
