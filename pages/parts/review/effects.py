"""The paper's analysis: are chosen samples rated higher than the rest, by people, by a judge?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from diq_core.review.figures.effect import FEWEST_SAMPLES
from diq_core.review.store.reading import gate_of
from pages.parts.boxes import show_note
from pages.parts.choose import choose_artefact
from pages.parts.interval_chart import Line, interval_chart
from pages.parts.plain_table import draw_heading, draw_table, interval_of, signed_cell
from pages.parts.review.figures import report_of
from pages.parts.review.room import Room

Effects = Mapping[str, Mapping[str, Any]]
_HEAD = ("Scale", "Chosen are rated", "Difference", "Hedges' g", "Cliff's delta",
         "Samples: chosen, rest", "Reviewers")  # fmt: skip


def draw_effects(room: Room) -> None:
    """Draw how chosen samples differ from the rest: people's ratings, then each judge's."""
    st.header("Are the chosen samples better than the rest?")
    selection = choose_artefact(room.study, "selection")
    if selection is None:
        show_note(
            "There is no selection yet", ("Choose samples first; then they can be compared.",)
        )
        return
    report = report_of(room, selection, gate_of(room.store, room.form.version))
    st.caption(
        "Difference: mean level (1 to 5) of the chosen samples minus that of the rest, within the "
        "same reviewer wherever one rated both; lines are 95 % intervals. Hedges' g is the "
        "difference in standard deviations. Cliff's delta is the chance that a chosen sample is "
        "rated higher than another one, minus the chance that it is rated lower."
    )
    _draw_group("People", report["people"]["effects"], "people")
    if not report["judges"]:
        st.caption("No model has judged these samples; the tab 'Judge' has one rate them, too.")
    for number, judge in enumerate(report["judges"]):
        name = f"Judge {judge['name']}"
        if judge["may_use"]:
            _draw_group(name, judge["effects"], f"judge-{number}")
        else:
            show_note(
                f"{name}: its ratings may not be used",
                (*judge["why_not"], "The tab 'Judge' shows how far it agrees with people."),
            )


def _draw_group(name: str, found: Effects, key: str) -> None:
    draw_heading("", name)
    few = _too_few(found)
    if few:
        show_note(*few)
        if not any(one["difference"]["value"] is not None for one in found.values()):
            return
    interval_chart(
        [Line(title, interval_of(one["difference"])) for title, one in found.items()],
        x="Chosen minus the rest, in levels", span=(-1.0, 1.0), mark=0.0,
        mark_label="no difference", key=f"effects-{key}",
    )  # fmt: skip
    draw_table(_HEAD, [_row(title, one) for title, one in found.items()])


def _too_few(found: Effects) -> tuple[str, tuple[str, ...]] | None:
    """Return what is missing for the comparison, and what to do; None = nothing is."""
    chosen = min((one["samples"][0] for one in found.values()), default=0)
    rest = min((one["samples"][1] for one in found.values()), default=0)
    if min(chosen, rest) >= FEWEST_SAMPLES:
        return None
    there = f"{chosen:,} chosen samples and {rest:,} others are rated so far"
    todo = "To compare, set up a review of the chosen samples mixed with others"
    if not rest:
        return "Only chosen samples were reviewed so far" if chosen else "Too little is rated", (
            f"{todo}: {FEWEST_SAMPLES} or more of each are needed.",
        )
    return "Too little is rated for intervals", (
        f"{there}; intervals need {FEWEST_SAMPLES} of each.",
    )


def _row(title: str, one: Mapping[str, Any]) -> tuple[str, ...]:
    chosen, rest = one["samples"]
    note = f"\n{one['reason']}" if one["reason"] else ""
    left_out = f"\n{one['left_out']:,} ratings left out: one side only" if one["left_out"] else ""
    measures = (one["difference"], one["g"], one["delta"])
    return (
        title,
        _verdict(one["difference"]),
        *(signed_cell(interval_of(measure)) for measure in measures),
        f"{chosen:,} and {rest:,}{note}",
        f"{one['reviewers']:,}{left_out}",
    )


def _verdict(difference: Mapping[str, float | None]) -> str:
    low, high = difference["low"], difference["high"]
    if low is None or high is None:
        return "not known yet"
    if low > 0:
        return "higher"
    return "lower" if high < 0 else "neither, as far as this can tell"
