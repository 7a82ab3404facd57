"""A finished run: what it learned from, its curves, and how to use the result elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.inside import within
from diq_core.models.files import SHIPPED
from diq_core.models.vision import CAUSAL, SEEING
from diq_core.stages.run import samples_seen
from diq_core.stages.showing import SHOWN
from diq_core.study import Study
from diq_core.training.adapter import ADAPTER, MODEL
from pages.parts.boxes import show_scrolling
from pages.parts.finetune.run_curves import choose_others, curves
from pages.parts.frame import next_button
from pages.parts.images_unseen import show_unseen
from pages.parts.text import escaped, visible
from pages.parts.words import size
from pages.parts.zipped import zip_bytes

_LARGEST_DOWNLOAD = 200_000_000
_UNLESS_ASKED = {"thinking": "as the data was written", "images": "read", "holdout": "none",
                 "eval_steps": "a tenth of the run",
                 "max_pixels": "as the model's processor has it",
                 "max_tiles": "as the model's processor has it"}  # fmt: skip
"""Settings that a manifest holds only where something was asked for → what holds otherwise."""


def draw_run(study: Study, run: Artefact) -> None:
    """Draw one finished run."""
    counts, settings = run.manifest["counts"], run.settings
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        seen = samples_seen(run)
        st.metric("Samples learned from", f"{seen:,}", width=180,
                  help="Different ones, however often each was seen.")  # fmt: skip
        st.metric("Not learned from", f"{counts['samples'] - seen:,}", width=160,
                  help=f"{counts['dropped']:,} were left out, each with its reason in data.parquet "
                  f"of the run; {_held_out(counts)}{counts['trained'] - seen:,} were not reached "
                  f"in {counts['steps']:,} steps.")  # fmt: skip
        st.metric("Steps", f"{counts['steps']:,}", width=90)
        what = "Tokens" if settings.get("objective") == "grpo" else "Response tokens"
        st.metric(what, f"{counts['tokens']:,}", width=140)
        next_button(study, "run", run)
    show_unseen(run)
    curves(study, run.name, live=False, over=choose_others(study, run.name))
    left, right = st.columns(2, gap="large")
    with left:
        st.header("How it was trained")
        _draw_settings(run)
    with right:
        st.header("How to use it elsewhere")
        _draw_loading(run, str(settings["model"]))


def _held_out(counts: Mapping[str, int]) -> str:
    held = counts.get("held_out", 0)
    return f"{held:,} were held out for the validation loss; " if held else ""


def _draw_settings(run: Artefact) -> None:
    facts = run.manifest["facts"]
    model = facts["model"]
    rows = [
        ("model", f"{model['name']}, {model['device']}, {model['dtype']} ({model['reason']})"),
        ("longest sample", f"{facts['max_tokens']:,} tokens"),
        ("passes over the samples", f"{facts['epochs']:.2f}"),
        *((name.replace("_", " "), _value(value))
          for name, value in run.settings.items()
          if value is not None and name not in ("model", "epochs", "max_tokens", *_UNLESS_ASKED)),
        *((name.replace("_", " "), _value(run.settings.get(name) or said))
          for name, said in _UNLESS_ASKED.items()),
    ]  # fmt: skip
    body = "".join(f"<tr><td>{escaped(name)}</td><td>{escaped(said)}</td></tr>"
                   for name, said in rows)  # fmt: skip
    show_scrolling("How it was trained", f'<table class="diq-table">{body}</table>', height=360)


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _draw_loading(run: Artefact, base: str) -> None:
    adapter = run.holds(ADAPTER)
    whole = run.holds(MODEL)
    named = "the folder of the base model" if base in SHIPPED else base
    sees = SHOWN in run.manifest["facts"]
    kind, reads = (SEEING, "AutoProcessor") if sees else (CAUSAL, "AutoTokenizer")
    lines = [f"from transformers import {kind}, {reads}"]
    if adapter:
        lines += [
            "from peft import PeftModel",
            f"base = {kind}.from_pretrained({named!r})",
            f'model = PeftModel.from_pretrained(base, "{ADAPTER}")',
        ]
    if whole:
        lines.append(f'model = {kind}.from_pretrained("{MODEL}")')
    st.caption("In the folder of the run, in Python:")
    st.code(visible("\n".join(lines)), language="python", wrap_lines=True)
    if base in SHIPPED:
        st.caption(f"The base model's folder: `diq model-folder {base}` prints it.")
    files = sum(within(run.path, name).stat().st_size for name in run.manifest["files"])
    if files <= _LARGEST_DOWNLOAD:
        st.download_button(
            f"Download the run as zip ({size(files)})", partial(zip_bytes, run),
            file_name=f"{run.name}.zip", mime="application/zip", icon=":material/download:",
            on_click="ignore", key="download-run",
        )  # fmt: skip
    st.code(visible(str(run.path)), language=None, wrap_lines=True)
