"""A finished judgement of written answers: who is preferred, by how much, how far to trust it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.quality.asking import OVERALL
from diq_core.quality.text import conclusion
from diq_core.stages.quality import load_results
from pages.parts.boxes import show_note
from pages.parts.charts import inert
from pages.parts.figures_table import figures_table
from pages.parts.interval_chart import Line, interval_chart
from pages.parts.plain_table import Interval, interval_of, number, percent, signed
from pages.parts.text import escaped, show_list

Results = Mapping[str, Any]


def draw_judgement(made: Artefact) -> None:
    """Draw what a model's judgement of pairs adds up to."""
    results = load_results(made)
    replies, judge = results["replies"], results["judge"]
    show_note(f"{conclusion(results)}.", tuple(_cautions(results)))
    with st.container(horizontal=True, gap="medium"):
        st.metric("Questions", f"{results['questions']:,}", width=150)
        st.metric("Replies that could be read", f"{replies['read']:,} of {replies['asked']:,}",
                  width=260)  # fmt: skip
        st.metric("The same text", f"{results['identical']:,}", width=160,
                  help="Both models wrote the same: a tie, and nobody was asked.")  # fmt: skip
    times = "once" if judge["repeats"] == 1 else f"{judge['repeats']} times"
    told = f"Judged by {judge['name']}, asked {times} in each order."
    st.html(f'<p class="diq-note">{escaped(told)}</p>')
    _draw_preference(results, f"judgement-{made.name}")
    if "scales" in results:
        _draw_scales(results, f"levels-{made.name}")
    if replies["missing"]:
        with st.expander("Replies that could not be read, and why"):
            show_list([f"{count:,}: {why}" for why, count in replies["missing"].items()])
            st.caption("A reply that cannot be read is missing; it never becomes a judgement.")
    st.caption(
        "95 % intervals over questions: by drawing questions again, exact where one model is "
        "better on every question."
    )


def _cautions(results: Results) -> list[str]:
    lines = ["The judge is a machine, not a clinician."]
    overall = results["preference"][OVERALL]
    flips, shown = overall["flip_rate"]["value"], overall["shown_first"]
    if flips:
        lines.append(f"{percent(flips)} of its verdicts turned when the order was turned; "
                     "they count as ties.")  # fmt: skip
    if shown is not None and not 0.4 <= shown <= 0.6:
        lines.append(f"It names the answer shown first in {percent(shown)} of its decisions.")
    return lines


def _draw_preference(results: Results, key: str) -> None:
    preference = results["preference"]
    found = [preference[OVERALL], *(preference[axis] for axis in preference if axis != OVERALL)]
    first, second = results["first"]["name"], results["second"]["name"]
    st.header("Whose answer is better")
    interval_chart(
        [Line(one["title"], interval_of(one["share"])) for one in found], key=key, digits=".0%",
        span=(0.0, 1.0), mark=0.5, mark_label="no difference",
        x=f"share of questions where {inert(first)} is better, ties counted half",
    )  # fmt: skip
    heads = ("", "Share", "95 % interval", f"{first} better", "Ties", f"{second} better",
             "Turned with the order")  # fmt: skip
    rows = [
        (one["title"], *_cells(interval_of(one["share"]), percent), f"{one['first']:,}",
         f"{one['same']:,}", f"{one['second']:,}", f"{one['flipped']:,} of {one['asked']:,}")
        for one in found
    ]  # fmt: skip
    figures_table(heads, rows, figures=range(1, len(heads)))


def _draw_scales(results: Results, key: str) -> None:
    found = list(results["scales"].values())
    first, second = results["first"]["name"], results["second"]["name"]
    st.header("Levels, each answer alone")
    interval_chart(
        [Line(one["title"], interval_of(one["difference"])) for one in found], key=key,
        span=(-1.0, 1.0), mark=0.0,
        x=f"levels of {inert(first)} minus {inert(second)}, right of 0 is better",
    )  # fmt: skip
    heads = ("", f"{first}, level 1 to 5", f"{second}, level 1 to 5", "Difference", "95 % interval",
             "Questions")  # fmt: skip
    rows = [
        (one["title"], _level(one["first"]), _level(one["second"]),
         *_cells(interval_of(one["difference"]), signed), f"{one['difference']['questions']:,}")
        for one in found
    ]  # fmt: skip
    figures_table(heads, rows, figures=range(1, len(heads)))


def _cells(found: Interval, shown: Any) -> tuple[str, str]:
    value, low, high = found
    if value is None:
        return "none", ""
    return shown(value), "" if low is None or high is None else f"{shown(low)} to {shown(high)}"


def _level(value: float | None) -> str:
    return "none" if value is None else number(value)
