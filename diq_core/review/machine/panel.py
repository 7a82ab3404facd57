"""People and machine judges side by side: how far they agree, and whether a judge may be used.

A machine's ratings are never put among people's. They may be used, on their own, when the
agreement with people has been computed and reaches what the user asks for on every scale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from diq_core.review.figures.results import (
    MACHINE,
    PEOPLE,
    AgreementRow,
    agreement_rows,
    effect_rows,
    judge_rows,
)
from diq_core.review.form.form import Form
from diq_core.review.form.gate import COEFFICIENTS, Gate
from diq_core.review.store.reading import Judgement
from diq_core.statistics.agreement import Agreement
from diq_core.statistics.resampling import DEFAULT, Bootstrap


def why_not(form: Form, rows: Sequence[AgreementRow], gate: Gate) -> list[str]:
    """Return what keeps a judge from being used, in words; an empty list = it may be used.

    Args:
        rows: its agreement with people, from `results.judge_rows`; only the scales count here,
            since flags are rare and the verdict has no order.
    """
    if gate.threshold is None:
        return ["Nobody has set how far it must agree with people"]
    by_title = {row.title: row for row in rows}
    found = []
    for scale in form.scales:
        row = by_title.get(scale.title)
        agreement = getattr(row, gate.coefficient) if row else None
        if problem := _problem(agreement, gate, gate.threshold):
            found.append(f"{scale.title}: {problem}")
    return found


def _problem(agreement: Agreement | None, gate: Gate, threshold: float) -> str:
    if agreement is None or agreement.pairs < gate.fewest:
        pairs = agreement.pairs if agreement else 0
        return f"rated by people and by it on {pairs} samples, {gate.fewest} are needed"
    if agreement.value is None or agreement.low is None:
        # All ratings alike: agreement cannot be told from habit.
        return f"{agreement.name} or its interval is missing ({agreement.reason})"
    if agreement.low < threshold:
        return (
            f"{agreement.name} is {agreement.value:.2f}, perhaps only {agreement.low:.2f}; "
            f"{threshold:.2f} is asked for"
        )
    return ""


def current(verdicts: Sequence[Judgement]) -> list[Judgement]:
    """Return the verdicts that go together: of each machine those by the prompt it used last.

    People's verdicts are all kept.
    """
    last: dict[str, tuple[str, str]] = {}
    for one in verdicts:
        if one.machine:
            last[one.reviewer] = max(last.get(one.reviewer, ("", "")), (one.at, _prompt(one)))
    return [one for one in verdicts if not one.machine or _prompt(one) == last[one.reviewer][1]]


def mixed_rows(
    form: Form, verdicts: Sequence[Judgement], how: Bootstrap = DEFAULT
) -> list[AgreementRow]:
    """Return the agreement among all raters, machines counted like people; only where asked for."""
    return agreement_rows(form, [replace(one, machine=False) for one in current(verdicts)], how)


def panel_report(
    form: Form,
    verdicts: Sequence[Judgement],
    chosen: Mapping[str, bool],
    gate: Gate,
    how: Bootstrap = DEFAULT,
) -> dict[str, Any]:
    """Return people and judges side by side, as plain values (JSON-able).

    Args:
        verdicts: of one form version, people's and machines'.
        chosen: sample → whether the selection keeps it; empty = no effect is given.

    Returns:
        ``gate``: what is required; ``people``: ``reviewers``, ``verdicts``, ``agreement``
        (rows among people), ``effects`` (scale's title → effect); ``judges``: one entry a
        machine rater, see `_judge`.
    """
    kept = current(verdicts)
    people = [one for one in kept if not one.machine]
    agreements = judge_rows(form, kept, how)
    return {
        "gate": asdict(gate) | {"coefficient_name": COEFFICIENTS[gate.coefficient]},
        "people": {
            "reviewers": len({one.reviewer for one in people}),
            "verdicts": len(people),
            "agreement": _plain_rows(form, agreement_rows(form, people, how)),
            "effects": _effects(form, people, chosen, PEOPLE, how),
        },
        "judges": [
            _judge(form, name, agreements[name], verdicts, chosen, gate, how)
            for name in sorted(agreements)
        ],
    }


def silent_judge(
    form: Form, name: str, how_asked: Mapping[str, Any], how: Bootstrap = DEFAULT
) -> dict[str, Any]:
    """Return the entry of a judge that was asked and gave no usable answer at all."""
    return {
        "name": name,
        "verdicts": 0,
        "outdated": 0,
        "asked_by": {key: how_asked.get(key) for key in _SHOWN},
        "agreement": _plain_rows(form, agreement_rows(form, [], how)),
        "may_use": False,
        "why_not": ["None of its replies could be read"],
        "effects": None,
    }


def _judge(
    form: Form,
    name: str,
    rows: Sequence[AgreementRow],
    verdicts: Sequence[Judgement],
    chosen: Mapping[str, bool],
    gate: Gate,
    how: Bootstrap,
) -> dict[str, Any]:
    """Return one judge: its effects are given only where its ratings may be used."""
    all_ = [one for one in verdicts if one.machine and one.reviewer == name]
    own = current(all_)
    reasons = why_not(form, rows, gate)
    latest = max(own, key=lambda one: (one.at, one.sample)).value.get("judge") or {}
    return {
        "name": name,
        "verdicts": len(own),
        "outdated": len(all_) - len(own),
        "asked_by": {key: latest.get(key) for key in _SHOWN},
        "agreement": _plain_rows(form, rows),
        "may_use": not reasons,
        "why_not": reasons,
        "effects": _effects(form, own, chosen, MACHINE, how) if not reasons else None,
    }


_SHOWN = ("model", "reported_model", "endpoint", "prompt", "repeat", "temperature", "seed")


def _plain_rows(form: Form, rows: Sequence[AgreementRow]) -> list[dict[str, Any]]:
    scales = {scale.title for scale in form.scales}
    return [
        {
            "title": row.title,
            "is_scale": row.title in scales,
            **{name: asdict(getattr(row, name)) for name in ("exact", "kappa", "alpha", "gwet")},
        }
        for row in rows
    ]


def _effects(
    form: Form,
    verdicts: Sequence[Judgement],
    chosen: Mapping[str, bool],
    group: str,
    how: Bootstrap,
) -> dict[str, Any]:
    if not chosen:
        return {}
    found = effect_rows(form, verdicts, chosen, how)
    own = {title: groups[group] for title, groups in found.items() if group in groups}
    return {
        title: asdict(one) | {"ratings": list(one.ratings), "samples": list(one.samples)}
        for title, one in own.items()
    }


def _prompt(one: Judgement) -> str:
    return str((one.value.get("judge") or {}).get("prompt", ""))
