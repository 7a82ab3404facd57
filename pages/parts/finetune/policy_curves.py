"""What reinforcement learning is like, step by step, and the answers that were rewarded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from diq_core.training.rewards import COLLAPSE_STEPS, Policy, has_collapsed
from pages.parts.boxes import show_note
from pages.parts.finetune.step_curve import step_curve
from pages.parts.text import visible
from pages.parts.words import count

_CURVES = {
    "accuracy": "right answers (share)",
    "reward": "reward (0 to 1)",
    "form": "right form (share)",
    "spread": "spread of rewards for a question",
    "alike": "questions with nothing to learn (share)",
    "undecided": "undecided answers (share)",
    "kl": "divergence from the base model (nats per token)",
    "length": "length of an answer (tokens)",
}


def draw_policy(
    runs: Mapping[str, Sequence[Mapping[str, Any]]],
    name: str,
    rollouts: Sequence[Mapping[str, Any]],
) -> None:
    """Draw the curves of rewards, the alarm if training has collapsed, and answers to read.

    Args:
        runs: the steps of each run by its name; one without rewards is left out.
        name: of the run whose answers these are.
    """
    steps = runs[name]
    policies = [Policy(**step["policy"]) for step in steps]
    if has_collapsed(policies):
        show_note(
            "Training has collapsed",
            (f"For {COLLAPSE_STEPS} steps nearly all answers to a question earned the same, and "
             "hardly any was right: nothing is learned any more. Fine-tune the model on the task "
             "first, reward only accuracy, or use easier questions.",),
        )  # fmt: skip
    rows = {
        run: [{"step": step["step"], **step["policy"]} for step in found if step.get("policy")]
        for run, found in runs.items()
    }
    columns = st.columns(2, gap="large")
    known = [each for each in _CURVES if any(row[each] is not None for row in rows[name])]
    for place, field in enumerate(known):
        with columns[place % 2]:
            step_curve(rows, field, _CURVES[field], f"{field}-{name}")
    first, last = policies[0], policies[-1]
    st.caption(
        f"{count(len(steps), 'steps')}. Of the answers {first.accuracy:.0%} were right in the "
        f"first step and {last.accuracy:.0%} in the last; {last.undecided:.0%} were undecided and "
        "earned nothing."
    )
    _draw_rollouts(rollouts, name)


def _draw_rollouts(rollouts: Sequence[Mapping[str, Any]], name: str) -> None:
    steps = sorted({each["step"] for each in rollouts}, reverse=True)
    if not steps:
        return
    with st.expander("Answers to the first question of a step"):
        chosen = st.selectbox("Step", steps, key=f"rollouts-{name}")
        for each in (row for row in rollouts if row["step"] == chosen):
            form = "right form" if each["form"] else "wrong form"
            said = f" (read as {visible(each['said'])})" if each["said"] else ""
            st.caption(f"{each['outcome']}{said}, {form}, reward {each['reward']:g}")
            st.text(visible(each["text"]))
