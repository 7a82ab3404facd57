"""Questions that are answered by a number with its unit."""

from __future__ import annotations

from typing import Any

from diq_core.evaluation.reading_final import UNCLOSED
from diq_core.evaluation.verify.said import said
from diq_core.evaluation.verify.units import Quantity, quantities, registry
from diq_core.evaluation.verify.verdict import Outcome, Target, Verdict

_SUBSTANCES = {"[substance]", "[charge_equivalent]", "[biological_activity]"}
"""Amounts that stand for each other only where the substance is known: mmol, mEq, IU, mg."""


def number(text: str, target: Target) -> Verdict:
    """Return the verdict on an answer to a question after a number.

    Units are converted. A missing unit, and an amount that could only be converted for a known
    substance (mmol and mEq), decide nothing. Raises ValueError where `target` holds no number.
    """
    gold = gold_quantity(target.gold[0])
    found = said(text)
    if found is None:
        return Verdict("undecided", UNCLOSED)
    stated = _last_result(quantities(found.text), found.text)
    if not stated:
        return Verdict("undecided", "it states no number")
    outcomes = [(_compared(each, gold, target.tolerance), each) for each in stated]
    known = [pair for pair in outcomes if pair[0] != "undecided"] or outcomes
    decided = {outcome for outcome, _ in known}
    place = (found.begin + known[-1][1].place[0], found.begin + known[-1][1].place[1])
    shown = " ".join(text[slice(*place)].split())
    if len(decided) > 1 or (len(known) > 1 and not _same(known)):
        return Verdict("undecided", "it states several numbers", shown, place)
    outcome = decided.pop()
    why = found.how if outcome != "undecided" else "its unit or its range cannot be compared"
    return Verdict(outcome, why, shown, place)


def gold_quantity(text: str) -> Quantity:
    """Return the quantity that a known answer is; ValueError where it is not just one."""
    found = quantities(text)
    if len(found) != 1:
        raise ValueError(f"{text!a} is not one number")
    return found[0]


def _last_result(found: list[Quantity], text: str) -> list[Quantity]:
    """Return what stands behind the last equals sign, else everything."""
    sign = max(text.rfind(each) for each in "=≈")
    behind = [each for each in found if each.place[0] > sign]
    return behind if sign >= 0 and behind else found


def _same(known: list[tuple[Outcome, Quantity]]) -> bool:
    return len({(each.form, each.values, each.unit) for _, each in known}) == 1


def _compared(each: Quantity, gold: Quantity, tolerance: float) -> Outcome:
    values = _converted(each, gold)
    if not isinstance(values, tuple):
        return values
    if each.form == gold.form:
        same = all(_close(*pair, tolerance) for pair in zip(values, gold.values, strict=True))
        if not each.unit and gold.unit and gold.form != "pressure":
            return "undecided"
        if not same and each.unit and not gold.unit:
            return "undecided"
        return "right" if same else "wrong"
    return "undecided" if _contains(values, each, gold) else "wrong"


def _contains(values: tuple[float, ...], each: Quantity, gold: Quantity) -> bool:
    """Return whether one is a range and the other a number inside it."""
    if {each.form, gold.form} != {"point", "range"}:
        return False
    ends, value = (values, gold.values[0]) if each.form == "range" else (gold.values, values[0])
    return min(ends) <= value <= max(ends)


def _converted(each: Quantity, gold: Quantity) -> tuple[float, ...] | Outcome:
    """Return the values in the unit of `gold`, or the outcome where they have no such unit."""
    if not each.unit or not gold.unit:
        return each.values
    units = registry()
    own, wanted = units.Unit(each.unit), units.Unit(gold.unit)
    if own.dimensionality != wanted.dimensionality:
        return "undecided" if _substance(own, wanted) else "wrong"
    return tuple(float(units.Quantity(value, own).to(wanted).magnitude) for value in each.values)


def _substance(own: Any, wanted: Any) -> bool:
    """Return whether two units differ only in how an amount of substance is counted."""

    def rest(unit: Any) -> tuple[dict[str, float], bool, float]:
        powers = dict(unit.dimensionality)
        amount = sum(powers.get(each, 0) for each in _SUBSTANCES)
        return (
            {name: power for name, power in powers.items() if name not in _SUBSTANCES},
            bool(amount),
            amount,
        )

    (mine, counted, amount), (others, also, more) = rest(own), rest(wanted)
    if counted and also:
        return mine == others and amount == more
    if counted == also:
        return False
    with_mass, without, power = (others, mine, amount) if counted else (mine, others, more)
    return {**with_mass, "[mass]": with_mass.get("[mass]", 0) - power} in (
        without, {**without, "[mass]": without.get("[mass]", 0)},
    )  # fmt: skip


def _close(value: float, wanted: float, tolerance: float) -> bool:
    return abs(value - wanted) <= tolerance * abs(wanted) + 1e-12
