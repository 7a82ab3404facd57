"""What a column of numbers says of samples: words, sign, unit, range, and why it may be missing.

The numbers themselves lie in tables, one row a sample, and in `selection.scores.Scores`. A score
that is not described here comes with its description: in the manifest of what was imported, or
from the package that measures it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Best = Literal["high", "low"]


@dataclass(frozen=True, slots=True)
class Score:
    """The description of a score.

    Attributes:
        name: of the column, and on the command line.
        label: what a person calls it, e.g. ``"Pass rate"``.
        higher: what a higher number means, as the rest of "higher = …".
        unit: what one is of, e.g. ``"words"``; empty = none.
        least, most: the range; None = unbounded.
        best: which end a strategy that orders by it takes first.
        than: what a better sample is than others, e.g. "harder"; empty = made of the label.
        sides: what samples are called that lie on the better side of a cut, and on the other;
            empty = made of the label.
        missing: what is said of a sample without it; empty = made of the label.
        undefined: why it can be missing although its sample was measured; empty = it cannot.
        todo: how to get it.
    """

    name: str
    label: str
    higher: str
    unit: str = ""
    least: float | None = None
    most: float | None = None
    best: Best = "high"
    than: str = ""
    sides: tuple[str, str] | tuple[()] = ()
    missing: str = ""
    undefined: str = ""
    todo: str = "Score the samples first"

    @property
    def better(self) -> str:
        """What samples on the better side of a cut are called."""
        return self.sides[0] if self.sides else f"{self.best} {self.in_text}"

    @property
    def worse(self) -> str:
        """What the other samples are called."""
        other = "low" if self.best == "high" else "high"
        return self.sides[1] if self.sides else f"{other} {self.in_text}"

    @property
    def comparative(self) -> str:
        """What a better sample is than others, e.g. "harder", "lower pass rate"."""
        return self.than or f"{'higher' if self.best == 'high' else 'lower'} {self.in_text}"

    @property
    def without(self) -> str:
        """What is said of a sample that has no such score."""
        return self.missing or f"no {self.in_text}"

    @property
    def in_text(self) -> str:
        """The label inside a sentence: small, but for an abbreviation such as IFD."""
        return self.label if self.label[:2].isupper() else self.label[:1].lower() + self.label[1:]

    @property
    def scale(self) -> str:
        """Unit and range, e.g. ``"expected level, 1 to 5"``; empty where neither is known."""
        ends = ""
        if self.least is not None and self.most is not None:
            ends = f"{self.least:g} to {self.most:g}"
        elif self.least is not None:
            ends = f"from {self.least:g}"
        elif self.most is not None:
            ends = f"up to {self.most:g}"
        return ", ".join(part for part in (self.unit, ends) if part)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values, without what is empty."""
        return {key: value for key, value in asdict(self).items() if value not in ("", (), None)}


def _difficulty(name: str, label: str) -> Score:
    return Score(
        name,
        label,
        "harder",
        "expected level",
        1.0,
        5.0,
        than="harder" if name in ("difficulty", "overall") else "",
        sides=("hard", "easy") if name in ("difficulty", "overall") else (),
        missing=f"no {label.lower()} score" if name == "difficulty" else "",
    )


_ALL = (
    _difficulty("difficulty", "Difficulty"),
    Score(
        "influence",
        "Influence",
        "a training step lowers the validation loss",
        than="more influential",
        sides=("influential", "weak"),
        missing="no influence score",
    ),
    Score(
        "length",
        "Length of response",
        "longer",
        "words",
        0.0,
        than="longer",
        sides=("long", "short"),
        missing="no response",
    ),
    _difficulty("knowledge", "Knowledge needed"),
    _difficulty("reasoning", "Reasoning needed"),
    _difficulty("overall", "Overall difficulty"),
    Score(
        "cosine",
        "Cosine of influence",
        "a training step lowers the validation loss, whatever its length",
        "",
        -1.0,
        1.0,
        missing="no cosine score",
        undefined="no cosine: its own gradient is zero",
        todo="Measure influence with --also cosine first",
    ),
    Score(
        "ifd",
        "IFD",
        "the question helps less with the response",
        "",
        0.0,
        missing="no IFD score",
        undefined="no IFD: its response has no loss without the question either",
        todo="Measure influence with --also ifd first",
    ),
    Score(
        "loss",
        "Loss of response",
        "less likely to the model",
        "nats per token",
        0.0,
        todo="Measure influence first",
    ),
)

KNOWN: dict[str, Score] = {score.name: score for score in _ALL}
"""The scores that this package makes, by name."""

TASK = "influence:"
"""How the names of scores begin that say the influence on one task of the validation questions."""


def task_score(name: str) -> Score:
    """Return the description of the score called `name`, which begins with `TASK`."""
    task = name.removeprefix(TASK)
    return Score(
        name,
        f"Influence on {task}",
        f"a training step lowers the loss on the validation questions of {task}",
        than=f"more helpful for {task}",
        missing="no influence score",
        todo=f"Measure influence with --by-task {task!r} first",
    )


def known_score(name: str) -> Score | None:
    """Return the description of a score that this package makes; None = it is imported."""
    return task_score(name) if name.startswith(TASK) else KNOWN.get(name)


PASS_RATE = "pass-rate"
"""The score of this name says how often a model answers rightly; see `stages.passrate`."""

Axes = tuple[str, str]
AXES: Axes = ("difficulty", "influence")
"""The two scores that make the quadrants, unless others are named: across, and up."""


def quadrant_words(across: Score, up: Score) -> dict[int, str]:
    """Return what the samples of each quadrant are called: 1 = on the better side of both cuts."""
    return {
        1: f"{across.better} and {up.better}",
        2: f"{across.worse} and {up.better}",
        3: f"{across.better} and {up.worse}",
        4: f"{across.worse} and {up.worse}",
    }
