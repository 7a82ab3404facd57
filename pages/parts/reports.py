"""How far a score can be trusted: the engine's self-check, the classifier's held-out figures."""

from __future__ import annotations

import streamlit as st

from diq_core import jobs
from diq_core.artefact import Artefact
from diq_core.study import Kind, Study
from pages.parts.text import escaped
from pages.parts.words import count, duration


def engine_check(scores: Artefact) -> None:
    """Draw how well the fast engine agreed with plain autograd, and what was measured on."""
    facts = scores.manifest["facts"]
    engine, model, held_out = facts["engine"], facts["model"], facts["validation"]
    settings = scores.manifest["settings"]
    cut = scores.manifest["counts"].get("cut", 0)
    rows = (
        ("Model", f"{model['name']}, {model['device']}, {model['dtype']} ({model['reason']})"),
        ("Weights", f"{facts['parameters']} parameters of the language model"),
        ("Engine", f"{engine['name']}, step {engine['step']:g}"),
        (
            "Checked against autograd",
            f"relative error {engine['relative_error']:.1e} on "
            f"{count(len(engine['samples']), 'samples')} of this dataset (0 = exact)",
        ),
        ("Validation loss", f"{held_out['loss']:.3f} nats a response token, mean of the questions"),
        ("Longest sample", f"{settings['max_tokens']:,} tokens; {count(cut, 'samples')} were cut"),
        ("Seed", str(settings["seed"])),
    )
    _facts("How it was measured", rows)


def time_line(study: Study, kind: Kind, units: int) -> str:
    """Return how long `units` would take at the speed of the last run; empty if there was none."""
    for job in jobs.all_jobs(study):
        if job.kind == kind and job.rate > 0:
            return f"About {duration(units / job.rate)} at the speed of the last run."
    return ""


def _facts(title: str, rows: tuple[tuple[str, str], ...]) -> None:
    with st.expander(title, icon=":material/fact_check:"):
        body = "".join(f"<tr><td>{name}</td><td>{escaped(said)}</td></tr>" for name, said in rows)
        st.html(f'<table class="diq-table">{body}</table>')
