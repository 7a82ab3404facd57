"""A model as a further rater: have it judge, how far it agrees with people, what it objects to."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from diq_core.review.figures.results import AgreementRow
from diq_core.review.form.gate import COEFFICIENTS, Gate
from diq_core.review.store.reading import gate_of, study_entry
from diq_core.statistics.agreement import Agreement
from pages.parts.boxes import show_note, show_problem
from pages.parts.choose import choose_artefact
from pages.parts.interval_chart import Line, interval_chart
from pages.parts.job_panel import ACTIVE, latest_job
from pages.parts.plain_table import draw_heading
from pages.parts.review.agreement import draw_agreement_table
from pages.parts.review.critique import draw_critique
from pages.parts.review.figures import report_of
from pages.parts.review.judge_start import draw_start
from pages.parts.review.room import Room
from pages.parts.text import escaped
from pages.parts.words import count

Judge = Mapping[str, Any]


def draw_judge(room: Room) -> None:
    """Draw the running job, every judge's report, and the form that starts another one."""
    selection = choose_artefact(room.study, "selection")
    job = latest_job(room.study, "review")
    if selection is None:
        show_note("There is no selection yet", ("A model judges the samples of a selection.",))
        return
    gate = _draw_gate(room)
    judges: Sequence[Judge] = report_of(room, selection, gate)["judges"]
    for number, judge in enumerate(judges):
        _draw_report(room, judge, gate, f"judge-{number}")
    if not judges:
        show_note(
            "No model has judged yet",
            ("A model can fill in the same form as people do. Its ratings are kept apart from "
             "theirs, and may be used only where it agrees with them well enough.",),
        )  # fmt: skip
    if room.may("plan") and (job is None or job.state not in ACTIVE):
        with st.expander("Have a model judge", icon=":material/add:", expanded=not judges):
            draw_start(room, selection)


def _draw_gate(room: Room) -> Gate:
    """Draw what a judge must reach before its ratings may be used, and let planners change it."""
    entry = study_entry(room.store, "gate", "", room.form.version)
    gate = gate_of(room.store, room.form.version)
    if not room.may("plan"):
        st.caption(_asked(gate))
        return gate
    with st.container(horizontal=True, vertical_alignment="bottom"):
        threshold = st.number_input(
            "Agreement asked for", 0.05, 1.0, gate.threshold, 0.05, key="judge-threshold",
            width=220, placeholder="not set",
            help="The lower end of the 95 % interval must reach it on every scale, e.g. 0.6. "
            "Until it is set, no judge's ratings may be used.",
        )  # fmt: skip
        names = list(COEFFICIENTS)
        coefficient = st.selectbox(
            "Measured by", names, key="judge-coefficient", width=260,
            index=names.index(gate.coefficient), format_func=lambda name: COEFFICIENTS[name],
        )  # fmt: skip
        fewest = st.number_input(
            "Samples rated by both, at least", 10, 100_000, gate.fewest, key="judge-fewest",
            width=240,
        )  # fmt: skip
        wanted = Gate(threshold, coefficient, int(fewest))
        pressed = st.button("Ask for this", key="judge-gate", disabled=wanted == gate)
    if pressed:
        version = entry.register.version
        room.store.set_gate(room.actor, wanted, form=room.form, version=version,
                            key=uuid.uuid4().hex)  # fmt: skip
        st.rerun()
    if wanted != gate:
        st.caption(f"So far: {_asked(gate)}")
    return gate


def _asked(gate: Gate) -> str:
    if gate.threshold is None:
        return "Nobody has said how far a judge must agree with people."
    return (
        f"A judge must reach {gate.threshold:.2f} on every scale, on {gate.fewest:,} samples or "
        f"more ({COEFFICIENTS[gate.coefficient]}, lower end of the interval)."
    )


def _draw_report(room: Room, judge: Judge, gate: Gate, key: str) -> None:
    draw_heading("Judge ", judge["name"])
    st.caption(_facts(judge))
    if judge["may_use"]:
        show_note("Its ratings may be used: it agrees with people as far as was asked for")
    else:
        show_problem("Its ratings may not be used", tuple(judge["why_not"]))
    rows = [_row(one) for one in judge["agreement"]]
    if any(row.exact.pairs for row in rows):
        interval_chart(
            [Line(row.title, _interval(getattr(row, gate.coefficient))) for row in rows],
            x=f"Agreement with people, {COEFFICIENTS[gate.coefficient]} on scales: 1 = perfect",
            span=(-0.2, 1.0), mark=gate.threshold or 0.0, digits=".2f", key=key,
            mark_label="asked for" if gate.threshold else "chance",
        )  # fmt: skip
        draw_agreement_table(rows)
    if judge["missing"]:
        _draw_missing(judge["missing"])
    if judge["critique"]:
        draw_critique(room, judge["name"], judge["critique"], key)


def _facts(judge: Judge) -> str:
    how = judge["asked_by"]
    said = [count(judge["verdicts"], "verdicts"), count(sum(judge["missing"].values()), "missing")]
    if judge["outdated"]:
        said.append(f"{count(judge['outdated'], 'verdicts')} by an older prompt, not counted")
    said.append(f"temperature {how['temperature']}, seed {how['seed']}")
    return " · ".join(said)


def _draw_missing(reasons: Mapping[str, int]) -> None:
    total = sum(reasons.values())
    with st.expander(f"{count(total, 'samples')} without a usable reply, and why"):
        lines = [f"<li><b>{number:,}</b> {escaped(why)}</li>" for why, number in reasons.items()]
        st.html(f'<ul class="diq-list">{"".join(lines)}</ul>')
        st.caption("A reply that cannot be read is missing; it never becomes a rating.")


def _row(one: Mapping[str, Any]) -> AgreementRow:
    found = {name: Agreement(**one[name]) for name in ("exact", "kappa", "alpha", "gwet")}
    return AgreementRow(one["title"], **found)


def _interval(found: Agreement) -> tuple[float | None, float | None, float | None]:
    return found.value, found.low, found.high
