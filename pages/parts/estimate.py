"""How long work will take and how much memory it needs, said before it is begun.

At once from what such work took on this machine before; on request measured on a few samples. What
is said is always an estimate, and of what.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import streamlit as st

from diq_core.jobs.order import Order
from diq_core.jobs.taken import taken
from diq_core.study import Study
from pages.parts.boxes import show_problem
from pages.parts.text import visible
from pages.parts.words import count, duration, size

_LONGEST_S = 300


def draw_estimate(
    study: Study, order: Order, units: int | None = None, *, knows_memory: bool = False
) -> None:
    """Draw what is known of the time and memory of `order`, and the button that measures it.

    Args:
        units: how many of what its job counts there will be; None = not known.
        knows_memory: whether the page says by itself how much memory it takes.
    """
    st.caption(estimate_words(study, order, units, knows_memory=knows_memory))
    command = order.command(study)
    key = f"{order.kind}-estimate"
    if st.button("Estimate time and memory", key=key, icon=":material/timer:",
                 help="Tries a few samples first and writes nothing."):  # fmt: skip
        with st.spinner("Trying a few samples …"):
            st.session_state[f"{key}-found"] = (command, _probe(command))
    asked, found = st.session_state.get(f"{key}-found", ([], None))
    if found is not None and asked == command:
        fine, text = found
        if fine:
            st.text(visible(text))
        else:
            show_problem("There is no estimate", (text,))


def estimate_words(
    study: Study, order: Order, units: int | None, *, knows_memory: bool = False
) -> str:
    """Return what the records of this machine say of such work, as a sentence."""
    known = taken(study, order)
    if known is None:
        what = "" if knows_memory else " and how much memory"
        return (
            f"How long it takes{what} cannot be told yet: no such work with this model has been "
            "finished here."
        )
    basis = (
        f"{known.kind} '{visible(known.name)}' ({count(known.units, known.unit)}, the same model, "
        "this machine)"
    )
    memory = f" and {size(known.memory)} of memory" if known.memory else ""
    if units is None:
        took = duration(known.seconds(known.units))
        return f"It took about {took}{memory} to make {basis}."
    return f"Estimate: about {duration(known.seconds(units))}{memory}, from {basis}."


def _probe(command: Sequence[str]) -> tuple[bool, str]:
    """Run the command with --probe in a process of its own; return whether it went well and what
    it said."""
    try:
        found = subprocess.run(
            [sys.executable, "-m", "diq_core", *command, "--probe"],
            capture_output=True, text=True, timeout=_LONGEST_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False, f"It took more than {_LONGEST_S} seconds."
    said = (found.stdout if found.returncode == 0 else found.stderr).strip()
    return found.returncode == 0, said.splitlines()[-1] if said else "It said nothing."
