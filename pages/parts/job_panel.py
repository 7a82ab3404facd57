"""One job on the page: how far it is, what it says, how to stop, continue or repeat it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.draft import is_unfinished
from diq_core.jobs import control, queue, standing
from diq_core.jobs.order import Order
from diq_core.jobs.progress import Snapshot
from diq_core.jobs.signing import FOREIGN
from diq_core.kinds import Kind, row
from diq_core.options import shown
from diq_core.study import Study
from pages.parts.boxes import show_note, show_problem
from pages.parts.choose import await_artefact
from pages.parts.frame import guarded
from pages.parts.server_path import may_decide
from pages.parts.text import visible
from pages.parts.words import count, duration

ACTIVE = ("queued", "starting", "running")
"""States of a job that goes on by itself."""
_EVERY = 1.0
# A job that has said nothing for so long, and for three of its usual steps, may hang.
_QUIET = 60.0
_NOT_YOURS = "Only a curator or an admin of this study may start what came with it."


def start_button(study: Study, order: Order, label: str, *, icon: str = "", key: str = "") -> None:
    """Draw the page's main button, and the line that does the same in a terminal.

    Pressing it starts the job, or puts a long one into the study's queue, and draws the page anew.
    What an unfinished attempt of the same name left is thrown away.

    Args:
        key: tells it from another of the same kind of work on the page.
    """
    if row(order.kind).is_artefact and is_unfinished(study.folder(order.kind, order.name)):
        order = replace(order, restart=True)
    key = key or f"start-{order.kind}"
    if st.button(label, type="primary", key=key, icon=icon or ":material/play_arrow:"):
        _begin(study, order)
        await_artefact(order.kind, order.name)
        st.rerun()
    with st.expander("The same in a terminal", icon=":material/terminal:"):
        st.code(visible(shown(order.command(study))), language=None, wrap_lines=True)


def job_panel(study: Study, kind: Kind, name: str) -> Snapshot | None:
    """Draw the job that makes this artefact, and return how it stood; None if there is none.

    While it runs the panel draws itself anew every second; when it ends, the page does, once.
    """
    job = standing.look(study, kind, name)
    if job is None:
        return None
    every = _EVERY if job.state in ACTIVE else None
    with st.container(border=True, key=f"job-{kind}-{name}"):
        st.fragment(_draw, run_every=every)(study, kind, name, job.state in ACTIVE)
    return job


def latest_job(study: Study, kind: Kind) -> Snapshot | None:
    """Draw the latest job of `kind` if it runs or ended badly, and return it; else None."""
    found = next((job for job in standing.all_jobs(study) if job.kind == kind), None)
    if found is None or found.state == "done":
        return None
    return job_panel(study, kind, found.name)


@contextmanager
def form_place(job: Snapshot | None, made: Artefact | None, label: str) -> Iterator[bool]:
    """Give the place for the form that starts another job, and whether it is to be drawn.

    It stands open where it is the next thing to do, folded where something else is, and is not
    there while a job runs.
    """
    if job is not None and job.state in ACTIVE:
        yield False
    elif job is None and made is None:
        yield True
    else:
        with st.expander(label, icon=":material/add:"):
            yield True


def _draw(study: Study, kind: Kind, name: str, was_active: bool) -> None:
    with guarded():
        job = standing.look(study, kind, name)
        if job is None or (was_active and job.state not in ACTIVE):
            st.rerun()
        elif job.state == "queued":
            _draw_queued(study, kind, job)
        elif job.state in ACTIVE:
            _draw_active(study, kind, job)
        elif job.state == "done":
            _draw_details(study, kind, job, label=f"Done in {duration(job.finished - job.started)}")
        else:
            _draw_ended(study, kind, job)


def _begin(study: Study, order: Order) -> None:
    if row(order.kind).queues:
        queue.enqueue(study, order)
    else:
        control.start(study, order)


def _draw_queued(study: Study, kind: Kind, job: Snapshot) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.text(visible(f"{_title(kind, job)} · {job.message}"))
        foreign = queue.is_foreign(study, job.entry)
        trusted = (
            foreign
            and may_decide(study)
            and st.button("Start it", key=f"trust-{kind}-{job.name}", icon=":material/play_arrow:")
        )
        pressed = st.button("Cancel", key=f"cancel-{kind}-{job.name}", icon=":material/close:")
    if trusted:
        queue.trust(study, job.entry)
        st.rerun()
    if pressed:
        control.stop(study, kind, job.name)
        st.toast("Taken out of the queue.")
        st.rerun()
    if foreign and not may_decide(study):
        st.caption(_NOT_YOURS)
    if foreign and job.order is not None:
        _draw_order(job.order)
    _draw_details(study, kind, job)


def _draw_order(order: Order) -> None:
    """Draw what an order that came with the study will do, for who decides whether to start it."""
    facts, reached = row(order.kind), order.reaches()
    differing = "; ".join(f"{name}: {value}" for name, value in order.says())
    show_note(
        f"{facts.title}: it makes {facts.noun} called '{order.name}'",
        (
            f"Files and addresses that it names: {', '.join(reached) or 'none'}.",
            f"Other than by default: {differing or 'nothing'}.",
        ),
    )


def _title(kind: Kind, job: Snapshot) -> str:
    return f"{kind.capitalize()} '{job.name}'"


def _draw_active(study: Study, kind: Kind, job: Snapshot) -> None:
    if row(kind).queues:
        # Several of them may be on one page.
        st.text(_title(kind, job))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(job.share, text=progress_line(job))
        pressed = st.button("Stop", key=f"stop-{kind}-{job.name}", icon=":material/stop:")
    if pressed:
        control.stop(study, kind, job.name)
        st.toast("Stopping after the piece it is at; what is finished is kept.")
    _draw_details(study, kind, job)
    st.caption("You may close this page or restart the app: the work goes on.")


def _draw_ended(study: Study, kind: Kind, job: Snapshot) -> None:
    titles = {
        "failed": "It failed",
        "stopped": "It was stopped",
        "interrupted": "It was interrupted",
    }
    far = f"{count(job.done, job.unit)} of {job.total:,} were finished." if job.total else ""
    lines = tuple(line for line in (job.message, far) if line)
    (show_problem if job.state == "failed" else show_note)(titles[job.state], lines)
    goes_on = row(kind).continues and is_unfinished(study.folder(kind, job.name))
    if job.order is None:
        st.caption("What it was to make cannot be read, so it can only be started anew.")
        _draw_details(study, kind, job)
        return
    plain = replace(job.order, restart=False)
    # Without a folder of its own (a judge's), the same order goes on where it stopped.
    anew = replace(plain, restart=row(kind).is_artefact)
    if standing.is_foreign(study, job):
        show_note("This was begun elsewhere", (FOREIGN,))
        _draw_order(job.order)
        if not may_decide(study):
            st.caption(_NOT_YOURS)
            _draw_details(study, kind, job)
            return
    with st.container(horizontal=True):
        if goes_on and st.button(
            "Continue where it stopped", type="primary", key=f"again-{kind}-{job.name}"
        ):
            _start_again(study, plain)
        label = "Begin anew" if goes_on else "Try again"
        if st.button(label, key=f"anew-{kind}-{job.name}", icon=":material/refresh:"):
            _start_again(study, anew)
    _draw_details(study, kind, job)


def _start_again(study: Study, order: Order) -> None:
    _begin(study, order)
    st.rerun()


def _draw_details(study: Study, kind: Kind, job: Snapshot, label: str = "Details") -> None:
    with st.expander(label, icon=":material/terminal:", key=f"details-{kind}-{job.name}"):
        if job.order is not None:
            st.caption("The same in a terminal")
            st.code(visible(shown(job.order.command(study))), language=None, wrap_lines=True)
        log = standing.log_tail(study, kind, job.name)
        if log:
            st.caption("End of its log")
            st.code(visible(log), language=None, height=220 if log.count("\n") > 9 else "content")


def progress_line(job: Snapshot) -> str:
    """Return what it is doing, how far, how fast and how long still, for a label.

    Only numbers and our own words: a label would interpret anything else.
    """
    parts = [*([f"Step {job.phase} of {job.phases}"] if job.phase else []), _stage(job)]
    if job.done < job.total:
        parts.append(f"{job.done:,} of {job.total:,} {job.unit}")
        if job.rate:
            parts.append(
                f"{job.rate:.3g} a second" if job.rate >= 1 else f"{1 / job.rate:.3g} s each"
            )
    if job.done < job.total and job.seconds_left is not None:
        parts.append(f"about {duration(job.seconds_left)} left")
    elif job.started:
        parts.append(f"running for {duration(max(0.0, time.time() - job.started))}")
    quiet = time.time() - job.updated
    if job.updated and quiet > max(_QUIET, 3 / job.rate if job.rate else 0.0):
        parts.append(f"nothing new for {duration(quiet)}")
    return " · ".join(parts)


def _stage(job: Snapshot) -> str:
    words = "".join(sign for sign in job.message if sign.isalnum() or sign in " ,.-'")
    return words.strip() or "Running"
