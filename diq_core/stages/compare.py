"""Compare two evaluations of the same questions: nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from diq_core.artefact import Artefact
from diq_core.errors import BadSetting
from diq_core.evaluation.conclude import Measure, against_chance, amount, conclusion, percent
from diq_core.evaluation.figures import accuracy
from diq_core.stages.evaluation import ANSWERS, read_results
from diq_core.stages.joining import load_table
from diq_core.statistics.intervals import Quantity
from diq_core.statistics.paired import Difference, paired
from diq_core.statistics.resampling import Bootstrap
from diq_core.statistics.verdict import adjusted_cell, corrected, p_cell

LOSS = "answer loss"

Key = tuple[str, str, str | None]
"""Benchmark, question, scoring."""


@dataclass(frozen=True, slots=True)
class Row:
    """One benchmark, measured in one way.

    Attributes:
        scoring: how answers were taken, or "answer loss".
        first, second: accuracy, or mean loss in nats a token.
        adjusted: p-value, corrected (Holm) for the rows with enough questions; None for others.
        chance: sentences about both models and guessing; empty for losses.
    """

    benchmark: str
    scoring: str
    first: float
    second: float
    difference: Difference
    adjusted: float | None
    sentence: str
    chance: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two evaluations side by side.

    Attributes:
        left_out: questions that only one of them answered.
        cautions: how they were asked differently, as sentences.
    """

    first: str
    second: str
    rows: tuple[Row, ...]
    left_out: int
    cautions: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def text(self) -> str:
        """Return the table, then what can be concluded."""
        head = ("benchmark", "scoring", self.first, self.second, "difference",
                "95 % interval", "p", "p (Holm)", "questions")  # fmt: skip
        lines = [head, *(_cells(row) for row in self.rows)]
        widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
        table = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        ]
        said = [f"{row.benchmark}, {row.scoring}: {row.sentence}" for row in self.rows]
        chance = [f"{row.benchmark}, {row.scoring}: {each}" for row in self.rows
                  for each in row.chance]  # fmt: skip
        return "\n".join([*table, "", *said, *([""] if chance else []), *chance, *self.cautions])


def compare(
    first: Artefact,
    second: Artefact,
    *,
    common: bool = False,
    how: Bootstrap = Bootstrap(),  # noqa: B008
) -> Comparison:
    """Return every figure that both evaluations have, as first minus second.

    Args:
        common: compare the questions that both answered, where their sets differ.

    Raises:
        BadSetting: the questions, their right answers or the scorings differ.
    """
    one, other = _answers(first), _answers(second)
    shared = [key for key in one if key in other]
    alone = len(one.keys() ^ other.keys())
    if alone and not (common and shared):
        raise _other_questions(first, second, one, other)
    for key in shared:
        if one[key]["gold"] != other[key]["gold"]:
            raise BadSetting(
                f"The right answer of question '{key[1]}' is {one[key]['gold']!r} in one "
                f"evaluation and {other[key]['gold']!r} in the other",
                which=key[0],
                todo="evaluate both on the same file",
            )
    chances = {name: found["chance"] for name, found in read_results(first)["benchmarks"].items()}
    names = (first.name, second.name)
    rows = [
        each
        for part in _parts(shared)
        for each in _rows(part, one, other, names, chances[part[0][0]], how)
    ]
    doubts, p_values = corrected([row.difference for row in rows], [""] * len(rows))
    return Comparison(
        *names,
        tuple(_concluded(*each, names) for each in zip(rows, doubts, p_values, strict=True)),
        alone,
        _cautions(first, second),
    )


def _answers(evaluation: Artefact) -> dict[Key, dict[str, Any]]:
    columns = ["benchmark", "id", "scoring", "gold", "chosen", "correct", "answer_loss"]
    rows = load_table(evaluation, ANSWERS, columns).to_pylist()
    return {(row["benchmark"], row["id"], row["scoring"]): row for row in rows}


def _other_questions(
    first: Artefact,
    second: Artefact,
    one: Mapping[Key, Any],
    other: Mapping[Key, Any],
) -> BadSetting:
    mine, yours = ({key[:2] for key in keys} for keys in (one, other))
    both = len(mine & yours)
    if mine == yours:
        ways = [sorted({str(key[2]) for key in keys}) for keys in (one, other)]
        return BadSetting(
            f"The answers were taken in different ways: {', '.join(ways[0])} against "
            f"{', '.join(ways[1])}",
            which=f"{first.name} and {second.name}",
            todo="compare what both have with --common, or evaluate both alike"
            if one.keys() & other.keys()
            else "evaluate both in the same way",
        )
    return BadSetting(
        f"The evaluations asked different questions: {both} are common, {len(mine) - both} only "
        f"in '{first.name}', {len(yours) - both} only in '{second.name}'",
        which=f"{first.name} and {second.name}",
        todo="compare the common ones with --common, or evaluate both on the same files"
        if both
        else "evaluate both on the same files",
    )


def _parts(keys: Sequence[Key]) -> list[list[Key]]:
    """Return the keys of each benchmark and scoring, in their order."""
    found: dict[tuple[str, str | None], list[Key]] = {}
    for key in keys:
        found.setdefault((key[0], key[2]), []).append(key)
    return list(found.values())


def _rows(
    keys: Sequence[Key],
    one: Mapping[Key, dict[str, Any]],
    other: Mapping[Key, dict[str, Any]],
    names: tuple[str, str],
    chance: float,
    how: Bootstrap,
) -> list[Row]:
    benchmark, _, scoring = keys[0]
    rows = []
    if scoring is not None and len(keys) > 1:
        sides = [[bool(each[key]["correct"]) for key in keys] for each in (one, other)]
        figures = [accuracy(side, chance=chance) for side in sides]
        said = tuple(map(against_chance, names, figures))
        values = (figures[0].accuracy, figures[1].accuracy)
        scores = [np.array(side, dtype=np.float64) for side in sides]
        rows.append(_row(benchmark, scoring, "accuracy", scores, values, how, said))
    measured = [key for key in keys
                if None not in (one[key]["answer_loss"], other[key]["answer_loss"])]  # fmt: skip
    if _first_scoring(one, keys) and len(measured) > 1:
        losses = [np.array([each[key]["answer_loss"] for key in measured])
                  for each in (one, other)]  # fmt: skip
        means = (float(losses[0].mean()), float(losses[1].mean()))
        rows.append(_row(benchmark, LOSS, LOSS, losses, means, how))  # type: ignore[arg-type]
    return rows


def _first_scoring(answers: Mapping[Key, Any], keys: Sequence[Key]) -> bool:
    """Return whether these are a benchmark's first rows: the loss is the same in all scorings."""
    first = next(key for key in answers if key[0] == keys[0][0])
    return first[2] == keys[0][2]


def _row(
    benchmark: str,
    scoring: str,
    measure: Measure,
    scores: Sequence[np.ndarray],
    values: tuple[float, float],
    how: Bootstrap,
    chance: tuple[str, ...] = (),
) -> Row:
    quantity: Quantity = "share" if measure == "accuracy" else "loss"
    found = paired(scores[0], scores[1], how, quantity)
    return Row(benchmark, scoring, *values, found, None, "", chance)


def _concluded(row: Row, too_few: str, p: float | None, names: tuple[str, str]) -> Row:
    """Return `row` with its corrected p-value and what follows from it."""
    said = conclusion(
        row.difference, _measure(row), first=names[0], second=names[1],
        corrected=p, too_few=too_few,
    )  # fmt: skip
    return replace(row, adjusted=p, sentence=said)


def _measure(row: Row) -> Measure:
    return "answer loss" if row.scoring == LOSS else "accuracy"


def _cautions(first: Artefact, second: Artefact) -> tuple[str, ...]:
    told = []
    for name in ("template", "max_tokens", "max_new_tokens"):
        one, other = (each.settings[name] for each in (first, second))
        if one != other:
            told.append(
                f"They were asked differently: {name} was {one!r} and {other!r}; the difference "
                "may come from that."
            )
    rules = [_reading(each) for each in (first, second)]
    if None not in rules and rules[0] != rules[1]:
        told.append(
            f"Their written answers were read by different rules ({rules[0]} and {rules[1]}); the "
            "difference may come from that: evaluate the older one again under another name."
        )
    return tuple(told)


def _reading(evaluation: Artefact) -> int | None:
    """Return the version of the rules that read its written answers; None = it has none."""
    if "generated" not in evaluation.settings["scorings"]:
        return None
    return int(evaluation.manifest["facts"].get("reading", 1))


def _cells(row: Row) -> tuple[str, ...]:
    loss, measure = row.scoring == LOSS, _measure(row)
    found = row.difference
    one, other = (f"{value:.4f}" if loss else percent(value) for value in (row.first, row.second))
    return (
        row.benchmark, row.scoring, one, other, amount(found.value, measure),
        f"{amount(found.low, measure)} to {amount(found.high, measure)}",
        p_cell(found.p), adjusted_cell(row.adjusted), str(found.questions),
    )  # fmt: skip
