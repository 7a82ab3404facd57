"""What the machine judges of a study said, beside its people: all that a page shows."""

from __future__ import annotations

from typing import Any

from diq_core.artefact import Artefact
from diq_core.review.form.form import Form, load_form
from diq_core.review.form.gate import Gate
from diq_core.review.machine.critique import critique_prompt, stored_critique, summary
from diq_core.review.machine.panel import panel_report, silent_judge
from diq_core.review.machine.rater import Bench, critiques_of, missing_of, raters
from diq_core.review.refusals import NotAllowed
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.reading import can, gate_of, judgements
from diq_core.review.store.roles import Actor
from diq_core.stages.joining import load_table
from diq_core.stages.selection import SELECTION
from diq_core.statistics.resampling import DEFAULT, Bootstrap
from diq_core.study import Study


def judge_report(
    study: Study,
    actor: Actor,
    *,
    selection: Artefact | None = None,
    gate: Gate | None = None,
    store: Store | None = None,
    how: Bootstrap = DEFAULT,
) -> dict[str, Any]:
    """Return people and judges side by side, as plain values (JSON-able).

    Args:
        actor: who looks; must be allowed to see others' judgements.
        selection: whose chosen samples are compared with the rest; None = no effect is given.
        gate: what a judge must reach before its ratings are used; None = as the study says.
        store: an open store of the study; None = it is opened and closed here.

    Returns:
        As `panel_report`; each judge also has ``missing`` (reason → how many samples) and
        ``critique`` (see `critique.summary`; None where nothing was compared).

    Raises:
        NotAllowed: the actor may not see others' judgements.
    """
    opened = store or open_store(study)
    try:
        form = load_form()
        asked = gate or gate_of(opened, form.version)
        return _report(opened, actor, form, _chosen(selection), asked, how)
    finally:
        if store is None:
            opened.close()


def as_text(report: dict[str, Any]) -> str:
    """Return the report in a few lines for the terminal."""
    gate = report["gate"]
    lines = []
    for judge in report["judges"]:
        missing = sum(judge["missing"].values())
        lines.append(f"{judge['name']!a}: {judge['verdicts']} verdicts, {missing} missing")
        lines += [f"  {number} missing: {why}" for why, number in judge["missing"].items()]
        for row in judge["agreement"]:
            found = row[gate["coefficient"]]
            lines.append(f"  {row['title']:32} {_shown(found)}")
        lines += [f"  not to be used: {reason}" for reason in judge["why_not"]]
        if judge["may_use"]:
            lines.append("  may be used: it agrees with people as far as was asked for")
    if lines and gate["threshold"] is None:
        lines.append("Say what is asked of judges with: diq review judge-gate --threshold 0.6")
    return "\n".join(lines) or "No model has judged a sample of this study yet."


def _shown(found: dict[str, Any]) -> str:
    pairs = f"{found['pairs']} pairs"
    if found["value"] is None:
        return f"-     ({pairs}; {found['reason']})"
    if found["low"] is None:
        return f"{found['value']:5.2f} ({pairs}; {found['reason']})"
    return f"{found['value']:5.2f} ({found['low']:.2f} to {found['high']:.2f}, {pairs})"


def _report(
    store: Store, actor: Actor, form: Form, chosen: dict[str, bool], gate: Gate, how: Bootstrap
) -> dict[str, Any]:
    if not can(store, actor, "read_all"):
        raise NotAllowed(
            "You may not see other people's judgements",
            which="role",
            todo="ask somebody who may, or an admin for that role",
        )
    verdicts = judgements(store, actor, "verdict", scope=form.version)
    report = panel_report(form, verdicts, chosen, gate, how)
    found = {judge["name"]: judge for judge in report["judges"]}
    # A machine's verdicts may have come another way than by a queue of its own.
    for name in sorted({*raters(store), *found}):
        bench = Bench(store, Actor(name, "reviewer", machine=True), form)
        missing = missing_of(bench)
        if name not in found and missing:
            # A model whose every reply was useless was asked all the same.
            latest = max(missing.values(), key=lambda one: float(one["until"]))
            found[name] = silent_judge(form, name, latest["judge"], how)
        if name in found:
            found[name] |= _beside(bench, missing)
    return report | {"judges": [found[name] for name in sorted(found)]}


def _beside(bench: Bench, missing: dict[str, dict[str, Any]]) -> dict[str, Any]:
    reasons: dict[str, int] = {}
    for record in missing.values():
        reasons[record["reason"]] = reasons.get(record["reason"], 0) + 1
    critiques = critiques_of(bench, critique_prompt().name)
    read = {id: stored_critique(value) for id, value in critiques.items()}
    return {
        "missing": dict(sorted(reasons.items(), key=lambda one: (-one[1], one[0]))),
        "critique": summary(read) if read else None,
    }


def _chosen(selection: Artefact | None) -> dict[str, bool]:
    if selection is None:
        return {}
    table = load_table(selection, SELECTION, ["id", "kept"])
    return dict(zip(table["id"].to_pylist(), table["kept"].to_pylist(), strict=True))
