"""Reflective chains of a dataset: what became of its samples, by branch, and the form for more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from diq_core.artefact import Artefact
from diq_core.reflection.chain import ACCEPTED, BRANCHES
from diq_core.stages.reflection import load_results
from diq_core.stages.reflection_tables import ATTEMPTS, OUTCOMES
from diq_core.study import Study
from pages.parts.boxes import show_note
from pages.parts.choose import choose_artefact
from pages.parts.dataset.reflection_form import reflection_form
from pages.parts.figures_table import figures_table
from pages.parts.frame import go_to
from pages.parts.job_panel import form_place, latest_job
from pages.parts.tables import table
from pages.parts.text import escaped, shortened, show_list, show_text
from pages.parts.words import count, share

_STRATEGIES = {
    "begin": "the first chain", "explore": "another path", "verify": "verified again",
    "correct": "corrected", "back": "gone back", "reference": "the reference in view",
    "answer": "answered from a masked explanation", "rewrite": "written again",
}  # fmt: skip


def reflection_view(study: Study, dataset: Artefact) -> None:
    """Draw the chains that were written for a dataset, and the form that has more written."""
    st.write(
        "A teacher thinks each question through. Its conclusion is compared with the known answer; "
        "while it is wrong, the teacher is told only that, and goes on. What comes out right "
        "becomes a dataset of its own."
    )
    job = latest_job(study, "reflection")
    made = choose_artefact(
        study, "reflection", managed=True,
        among=lambda one: (one.input("dataset") or {}).get("digest") == dataset.digest,
    )  # fmt: skip
    if made is not None:
        _draw_chains(study, made)
    with form_place(job, made, "Have other chains written") as is_open:
        if is_open:
            reflection_form(study, dataset)


def _draw_chains(study: Study, made: Artefact) -> None:
    results, counts = load_results(made), made.manifest["counts"]
    asked, accepted = results["asked"], results["accepted"]
    said = f"{accepted:,} of {count(asked, 'chains')} were accepted"
    show_note(f"{said} ({share(accepted, asked)}).", tuple(_cautions(made, counts)))
    _draw_branches(results)
    with st.expander("How wrong chains went on, and what it took"):
        _draw_strategies(results)
        show_list([*_costs(results)])
    with st.expander("Read the attempts"):
        _draw_attempts(made)
    in_dataset = next(iter(each for each in study.artefacts("dataset") if each.name == made.name
                           and _is_made_of(each, made)), None)  # fmt: skip
    if in_dataset is not None and st.button(
        f"Open the {count(counts['in_dataset'], 'accepted samples')}", key="open-reflected",
        icon=":material/arrow_forward:",
    ):  # fmt: skip
        go_to("dataset", study, in_dataset)


def _is_made_of(dataset: Artefact, made: Artefact) -> bool:
    return (dataset.input("source") or {}).get("digest") in made.manifest["files"].values()


def _cautions(made: Artefact, counts: Mapping[str, Any]) -> list[str]:
    lines = ["A machine wrote them. An export asks that a person has read each, or why not."]
    aided = counts["branches"].get("aided", 0)
    if aided and not made.settings["aided"]:
        lines.append(f"Not in the dataset, since they saw the reference: {aided:,}.")
    lines += [f"{number:,} not asked: {why}." for why, number in counts["unasked"].items()]
    for who, gate in made.manifest["facts"]["identifiers"].items():
        if gate.get("images_not_read"):
            lines.append(f"The images that the {who} was shown were not looked at for drawn text: "
                         f"{gate['images_not_read']}.")  # fmt: skip
    return lines


def _draw_branches(results: Mapping[str, Any]) -> None:
    rows = [
        (BRANCHES[name], "accepted" if name in ACCEPTED else "lost", f"{number:,}",
         share(number, results["asked"]))
        for name in BRANCHES
        if (number := results["branches"].get(name))
    ]  # fmt: skip
    if rows:
        figures_table(("What became of it", "", "Samples", "Share"), rows, figures=(2, 3))


def _draw_strategies(results: Mapping[str, Any]) -> None:
    rows = [
        (_STRATEGIES[name], f"{found['asked']:,}", f"{found['read']:,}", f"{found['right']:,}")
        for name in _STRATEGIES
        if (found := results["strategies"].get(name))
    ]
    if rows:
        figures_table(("Asked for", "Times", "Could be read", "Right"), rows, figures=(1, 2, 3))


def _costs(results: Mapping[str, Any]) -> list[str]:
    lines = []
    for who, cost in results["cost"].items():
        if cost["requests"]:
            lines.append(
                f"The {who} gave {count(cost['requests'], 'replies')}: {cost['prompt_tokens']:,} "
                f"tokens read and {cost['tokens']:,} written"
                + (f"; {cost['not_counted']:,} came without a count" * bool(cost["not_counted"]))
            )
    ways = {"schema": "fit, with the schema sent along", "parsed": "fit, without a schema",
            "repaired": "fit once told what was wrong", "not read": "not readable"}  # fmt: skip
    lines += [f"{count(number, 'steps')}: {ways[way]}" for way, number in results["read"].items()]
    return lines


def _draw_attempts(made: Artefact) -> None:
    outcomes = table(made, OUTCOMES, ["id", "branch"]).to_pylist()
    asked = [each for each in outcomes if each["branch"]]
    if not asked:
        st.caption("Nothing was asked.")
        return
    number = st.number_input(
        f"Sample, 1 to {len(asked):,}", 1, len(asked), 1, key=f"attempts-{made.name}", width=200
    )
    chosen = asked[int(number) - 1]
    said = f"Sample {shortened(chosen['id'], 60)}: {BRANCHES[chosen['branch']]}."
    st.html(f'<p class="diq-note">{escaped(said)}</p>')
    for step in table(made, ATTEMPTS).to_pylist():
        if step["id"] == chosen["id"]:
            _draw_step(step)


def _draw_step(step: Mapping[str, Any]) -> None:
    verdict = step["outcome"] or step["reason"]
    head = f"{step['number'] + 1}. {_STRATEGIES[step['strategy']]}: {verdict}"
    st.html(f'<p class="diq-note"><b>{escaped(head)}</b></p>')
    if step["conclusion"] is not None:
        words = [*(step["thinking"] or ()), f"→ {step['conclusion']}"]
        show_text("\n\n".join(words), limit=4000)
