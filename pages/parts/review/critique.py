"""Where a judge finds that reasoning and answer disagree: by kind and severity, then one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from diq_core.review.machine.critique import KIND_HELP, KINDS, SEVERITIES, SEVERITY_HELP
from pages.parts.plain_table import draw_heading, draw_table
from pages.parts.review.figures import critiques_of
from pages.parts.review.room import Room
from pages.parts.text import shortened
from pages.parts.words import count

PAGE = 20


def draw_critique(room: Room, judge: str, summary: Mapping[str, Any], key: str) -> None:
    """Draw the table of all points of `judge`, and the points themselves."""
    draw_heading("Where it finds that reasoning and answer disagree")
    compared = f"{count(summary['compared'], 'samples')} compared"
    if summary["missing"]:
        compared += f", {summary['missing']:,} could not be"
    if summary["not_quoted"]:
        compared += f"; {count(summary['not_quoted'], 'points')} quote words that are not there"
    st.caption(compared + ".")
    graded = [name for name in reversed(SEVERITIES) if name != "none"] + ["none"]
    rows = [
        (words(one["kind"]), *(f"{one[name]:,}" for name in graded), f"{one['samples']:,}")
        for one in summary["kinds"]
    ]
    head = ["No consequence" if name == "none" else name.capitalize() for name in graded]
    draw_table(("Disagreement", *head, "Samples"), rows)
    with st.expander("Every point, the gravest first"):
        _draw_points(room, judge, key)


def _draw_points(room: Room, judge: str, key: str) -> None:
    with st.container(horizontal=True):
        kind = st.selectbox(
            "Kind", ["all", *KINDS], format_func=words, key=f"{key}-kind", width=260
        )
        severity = st.selectbox(
            "Severity", ["all", *reversed(SEVERITIES)], key=f"{key}-severity", width=200
        )
    helps = [*KIND_HELP.items(), *SEVERITY_HELP.items()]
    meant = [text for name, text in helps if name in (kind, severity)]
    if meant:
        st.caption(" ".join(text[:1].upper() + text[1:] for text in meant))
    found = [
        one
        for one in critiques_of(room, judge)
        if kind in ("all", one.point.kind) and severity in ("all", one.point.severity)
    ]
    pages = max(1, -(-len(found) // PAGE))
    page = st.pagination(pages, key=f"{key}-page-{pages}", max_visible_pages=5) if pages > 1 else 1
    rows = [
        (
            shortened(one.sample, 40),
            f"{words(one.point.kind)}\n{one.point.severity}",
            shortened(one.point.quote, 400) + ("" if one.point.quoted else "\nnot in the text"),
            shortened(one.point.why, 400),
        )
        for one in found[(page - 1) * PAGE : page * PAGE]
    ]
    draw_table(("Sample", "Disagreement", "Words that are meant", "Why"), rows)
    st.caption(count(len(found), "points"))


def words(key: str) -> str:
    """Return a kind as people read it."""
    return key.replace("_", " ").capitalize()
