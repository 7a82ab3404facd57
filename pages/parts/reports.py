"""How far a score can be trusted: the engine's self-check, the classifier's held-out figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.scoring.difficulty.files import load_report
from diq_core.scoring.difficulty.rubric import shipped_rubric
from pages.parts.text import escaped
from pages.parts.words import count


def engine_check(scores: Artefact) -> None:
    """Draw how well the fast engine agreed with plain autograd, and what was measured on."""
    facts = scores.manifest["facts"]
    engine, model, held_out = facts["engine"], facts["model"], facts["validation"]
    settings = scores.settings
    cut = scores.manifest["counts"].get("cut", 0)
    rows = (
        ("Model", f"{model['name']}, {model['device']}, {model['dtype']} ({model['reason']})"),
        ("Weights", f"{facts['parameters']} parameters of the language model"),
        ("Engine", f"{engine['name']}, step {engine['step']:g}"),
        (
            "Checked against the slow, exact way",
            f"relative error {engine['relative_error']:.1e} on "
            f"{count(len(engine['samples']), 'samples')} of this dataset (0 = exact)",
        ),
        ("Validation loss", f"{held_out['loss']:.3f} nats a response token, mean of the questions"),
        ("Longest sample", f"{settings['max_tokens']:,} tokens; {count(cut, 'samples')} were cut"),
        ("Seed", str(settings["seed"])),
    )
    _facts("How it was measured", rows)


def classifier_quality(classifier: str) -> None:
    """Draw how well a classifier agrees with labels it has never seen, beside what else could."""
    with st.expander("How good this classifier is", icon=":material/fact_check:"):
        held_out = load_report(classifier)["held_out"]
        rows = "".join(_quality_row(name, figures) for name, figures in held_out["aspects"].items())
        st.html(
            '<table class="diq-table"><thead><tr><th>Aspect</th><th>Questions</th>'
            "<th>Agreement of the classifier</th><th>Agreement by length alone</th>"
            "<th>Agreement of a second rater</th><th>Rank correlation of the classifier</th></tr>"
            f"</thead>{rows}</table>"
        )
        st.caption(
            "Measured on questions that were never trained on. Agreement is the quadratic-weighted "
            "kappa with the raters' level: 0 = no better than chance, 1 = always the same. In "
            "brackets the 95 % interval. Both raters were language models, so this says how "
            "consistent the ratings are, not that clinicians agree."
        )


def _quality_row(name: str, figures: Mapping[str, Any]) -> str:
    cells = (
        shipped_rubric().aspect(name).title,
        f"{figures['questions']:,}",
        _interval(figures["classifier"]["kappa"]),
        _interval(figures["length_only"]["kappa"]),
        _interval(figures["raters"].get("kappa"))
        + (f", n = {figures['raters']['questions']:,}" if figures["raters"]["questions"] else ""),
        _interval(figures["classifier"]["spearman"]),
    )
    return f"<tr>{''.join(f'<td>{escaped(cell)}</td>' for cell in cells)}</tr>"


def _interval(figure: Mapping[str, float | None] | None) -> str:
    if figure is None or figure["value"] is None:
        return "not known"
    if figure["low"] is None or figure["high"] is None:
        return f"{figure['value']:.2f}"
    return f"{figure['value']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})"


def _facts(title: str, rows: tuple[tuple[str, str], ...]) -> None:
    with st.expander(title, icon=":material/fact_check:"):
        body = "".join(f"<tr><td>{name}</td><td>{escaped(said)}</td></tr>" for name, said in rows)
        st.html(f'<table class="diq-table">{body}</table>')
