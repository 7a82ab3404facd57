"""Rated questions: the file that the difficulty classifier learns from.

JSON Lines, one question a line: ``id``, ``question``, where it has them ``options`` (an object
of label and text) and ``context``; ``knowledge``, ``reasoning`` and ``overall``, each a list
with one level 1–5 for each rater; and, where known, ``flawed`` (true or false), ``pass_rate``
(share of model runs that answered it right) and ``source``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diq_core.data.sample import Option, Sample, question_text
from diq_core.errors import BadFile
from diq_core.files import read_text
from diq_core.scoring.difficulty.rubric import ASPECTS
from diq_core.statistics.levels import LEVELS

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """One rated question.

    Attributes:
        id: unique within the file.
        text: context, question and options as the classifier reads them; never the answer.
        ratings: aspect → one level 1–5 for each rater; all aspects, at least one rater.
        flawed: whether it cannot be answered as it stands; None = nobody said.
        pass_rate: share of model runs that answered it right, 0–1; None = unknown.
        source: where the question comes from, else "".
    """

    id: str
    text: str
    ratings: Mapping[str, tuple[int, ...]]
    flawed: bool | None = None
    pass_rate: float | None = None
    source: str = ""

    @property
    def raters(self) -> int:
        """How many raters rated every aspect."""
        return min(len(levels) for levels in self.ratings.values())


def target_distributions(labels: list[LabelledQuestion]) -> NDArray[Any]:
    """Return the share of raters at each level, float32, shape (questions, 3, 5).

    Aspects are in the order of `ASPECTS`; each (question, aspect) sums to 1.
    """
    import numpy as np

    shares = np.zeros((len(labels), len(ASPECTS), len(LEVELS)), dtype=np.float32)
    for row, label in enumerate(labels):
        for column, aspect in enumerate(ASPECTS):
            levels = label.ratings[aspect]
            for level in levels:
                shares[row, column, level - 1] += 1 / len(levels)
    return shares


def usable(labels: list[LabelledQuestion]) -> NDArray[Any]:
    """Return which ratings say how hard the question is as it stands; bool, (questions, 3).

    All do, except `overall` of a flawed question: it was rated as if the question were mended,
    so it is the difficulty of another text.
    """
    import numpy as np

    mask = np.ones((len(labels), len(ASPECTS)), dtype=bool)
    mask[[bool(label.flawed) for label in labels], ASPECTS.index("overall")] = False
    return mask


def read_labels(path: Path) -> list[LabelledQuestion]:
    """Return all rated questions of a file, in its order.

    Raises:
        BadFile: it is missing, empty, not JSON Lines, or a line lacks a field, has a level
            outside 1–5 or repeats an id; says which line and field.
    """
    # Not splitlines: a question may hold a line separator that ends no JSON line.
    lines = read_text(path).split("\n")
    labels = [
        _label(line, f"{path.name}, line {number}")
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not labels:
        raise BadFile("The file of labels is empty", which=path.name, todo="name another one")
    seen: set[str] = set()
    for label in labels:
        if label.id in seen:
            raise _bad("Two questions have the same id", f"{path.name}, id '{label.id}'")
        seen.add(label.id)
    return labels


def _label(line: str, where: str) -> LabelledQuestion:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _bad(f"The line is not JSON: {error}", where) from None
    if not isinstance(row, dict):
        raise _bad("The line is not a JSON object", where)
    for name in ("id", "question"):
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise _bad("The field must be text and not empty", f"{where}, field '{name}'")
    return LabelledQuestion(
        id=row["id"],
        text=_text(row, where),
        ratings={aspect: _levels(row, aspect, where) for aspect in ASPECTS},
        flawed=_flawed(row, where),
        pass_rate=_pass_rate(row, where),
        source=str(row.get("source") or ""),
    )


def _text(row: dict[str, Any], where: str) -> str:
    options = row.get("options") or {}
    if not isinstance(options, dict):
        raise _bad("The options must be an object of label and text", f"{where}, field 'options'")
    return question_text(
        Sample(
            id=row["id"],
            question=row["question"],
            options=tuple(Option(str(label), str(text)) for label, text in options.items()),
            context=str(row.get("context") or ""),
        )
    )


def _levels(row: dict[str, Any], aspect: str, where: str) -> tuple[int, ...]:
    levels = row.get(aspect)
    whole = isinstance(levels, list) and all(type(level) is int for level in levels)
    if not levels or not whole or not set(levels) <= set(LEVELS):
        raise _bad(
            f"The ratings must be a list of levels 1 to 5, not {levels!r}",
            f"{where}, field '{aspect}'",
        )
    return tuple(levels)


def _flawed(row: dict[str, Any], where: str) -> bool | None:
    flawed = row.get("flawed")
    if flawed is not None and not isinstance(flawed, bool):
        raise _bad(f"The flag must be true or false, not {flawed!r}", f"{where}, field 'flawed'")
    return flawed


def _pass_rate(row: dict[str, Any], where: str) -> float | None:
    rate = row.get("pass_rate")
    if rate is None:
        return None
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
        raise _bad(
            f"The pass rate must be a number from 0 to 1, not {rate!r}",
            f"{where}, field 'pass_rate'",
        )
    return float(rate)


def _bad(what: str, where: str) -> BadFile:
    return BadFile(what, which=where, todo="correct this line and run the same command again")
