"""The desk: one sample at a time, handled in the browser, saved by the store.

The browser shows the next sample before the server has answered; it keeps what was decided until
the store has acknowledged it (browser/outbox.js). Each message carries all that is still open.
"""

from __future__ import annotations

import itertools
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from diq_core.data.sample import Sample
from diq_core.review.desk.incoming import Desk, take
from diq_core.review.desk.outgoing import form_values, to_browser
from diq_core.review.form.language import Language
from diq_core.review.log.canonical import digest
from diq_core.review.queue.plans import queue_settings
from diq_core.review.store.reading import study_entry
from diq_core.stages.joining import image_file
from pages.parts import served, viewer
from pages.parts.frame import guarded
from pages.parts.review.room import Room, Samples

_HERE = Path(__file__).resolve().parent


@st.fragment
def draw_desk(room: Room, queue: str, language: Language) -> None:
    """Draw the form for the next samples of `queue`, after saving what the browser sent."""
    with guarded():
        settings = room.store.database.read(lambda at: queue_settings(at, queue))
        samples, slots = Samples(room.study, settings), itertools.count()

        def unseen(sample: Sample) -> list[str]:
            return [one.name for one in shown_in(samples, sample) if one.view is None]

        def lent(sample: Sample) -> list[dict[str, Any]]:
            return viewer.to_browser(shown_in(samples, sample), f"desk-{next(slots)}")

        desk = Desk(room.store, room.actor, room.form, queue, samples.find, unseen)
        scope = scope_of(room, queue)
        key = f"desk-{scope}"
        acknowledged = _save(desk, scope, (st.session_state.get(key) or {}).get("out"))
        shown = to_browser(desk, lent)
        viewer.lend_modules()
        served.mount(
            "review",
            _HERE,
            "desk.js",
            html="desk.html",
            css="desk.css",
            key=key,
            data={
                **shown,
                "scope": scope,
                "acknowledged": acknowledged,
                "language": language.code,
                "words": language.words,
                "viewer_words": viewer.words(language.code),
                "form": form_values(language.form),
            },
            on_out_change=lambda: None,
        )


def shown_in(samples: Samples, sample: Sample) -> list[viewer.Shown]:
    """Return the images of a sample as the desk shows them, or why it cannot."""
    if not sample.images:
        return []
    return viewer.shown_images(sample, partial(image_file, samples.home(sample)))


def scope_of(room: Room, queue: str) -> str:
    """Name what the browser keeps for this reviewer in this very queue of this very study."""
    plan = study_entry(room.store, "plan", "1", queue).register
    parts = [room.actor.name, queue, room.form.version, *(step.at for step in plan.done)]
    return digest([room.study.path.name, *parts])[:32]


def _save(desk: Desk, scope: str, sent: Any) -> dict[str, Any]:
    """Carry out what the browser sent; a rerun for another reason does not do it again."""
    if not isinstance(sent, dict) or sent.get("scope") != scope:
        return {}
    requests = [one for one in sent.get("requests", []) if isinstance(one, dict)]
    known: dict[str, Any] = st.session_state.get("review-saved", {})
    keys = {str(one.get("key")) for one in requests}
    saved = {key: answer for key, answer in known.items() if key in keys}
    if not keys <= set(saved):
        saved = take(desk, requests)
    st.session_state["review-saved"] = saved
    return saved
