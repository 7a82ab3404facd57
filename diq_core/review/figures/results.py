"""From verdicts to the tables of the results page; every number of the page is made here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from diq_core.review.figures.drift import Drift, Review, TimeSpent, drift, time_spent
from diq_core.review.figures.effect import Effect, Score, effects
from diq_core.review.form.form import Form
from diq_core.review.store.reading import Judgement
from diq_core.statistics.agreement import (
    Agreement,
    cohen_kappa,
    gwet_ac,
    krippendorff_alpha,
    percent_agreement,
)
from diq_core.statistics.ratings import Category, Ratings, ratings_of
from diq_core.statistics.resampling import DEFAULT, Bootstrap

PEOPLE, MACHINE = "people", "machine judge"
_Row = tuple[str, str, Category | None]


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """Agreement on one scale or flag, or on the verdict.

    Attributes:
        title: what was rated.
        exact: share of pairs that agree exactly.
        kappa: Cohen's kappa, quadratic weights on scales.
        alpha: Krippendorff's alpha, ordinal on scales.
        gwet: Gwet's AC2, quadratic weights on scales; AC1 elsewhere.
    """

    title: str
    exact: Agreement
    kappa: Agreement
    alpha: Agreement
    gwet: Agreement


def agreement_rows(
    form: Form, verdicts: Sequence[Judgement], how: Bootstrap = DEFAULT
) -> list[AgreementRow]:
    """Return the agreement among people per scale, on the verdict and per flag."""
    people = [one for one in verdicts if not one.machine]
    return [_row(title, found, is_scale, how) for title, found, is_scale in _rated(form, people)]


def judge_rows(
    form: Form, verdicts: Sequence[Judgement], how: Bootstrap = DEFAULT
) -> dict[str, list[AgreementRow]]:
    """Return, for each machine judge, its agreement with people: each pair is one of both.

    Its partner on a sample is the people's median level (the lower one of two), or their most
    frequent answer; so a sample counts once, however many people rated it.
    """
    judges = sorted({one.reviewer for one in verdicts if one.machine})
    people = [one for one in verdicts if not one.machine]
    found = {}
    for judge in judges:
        own = [one for one in verdicts if one.machine and one.reviewer == judge]
        pairs = zip(_rows(form, people), _rows(form, own), strict=True)
        found[judge] = [
            _row(title, _both(_middle(all_), mine, categories), is_scale, how)
            for (title, all_, categories, is_scale), (_, mine, _, _) in pairs
        ]
    return found


def effect_rows(
    form: Form,
    verdicts: Sequence[Judgement],
    chosen: Mapping[str, bool],
    how: Bootstrap = DEFAULT,
) -> dict[str, dict[str, Effect]]:
    """Return how chosen samples differ from the rest: scale's title → group → effect.

    Args:
        chosen: sample → whether the selection keeps it; others do not count.
    """  # fmt: skip
    found = {}
    for scale in form.scales:
        scores = [
            Score(one.sample, one.reviewer, float(level), chosen[one.sample],
                  MACHINE if one.machine else PEOPLE)
            for one in verdicts
            if one.sample in chosen and (level := _levels(one).get(scale.key)) is not None
        ]  # fmt: skip
        found[scale.title] = effects(scores, how)
    return found


@dataclass(frozen=True, slots=True)
class ReviewerRow:
    """One reviewer: how long a sample takes them, and whether their judgement moves."""

    name: str
    machine: bool
    verdicts: int
    time: TimeSpent
    drift: Drift


def reviewer_rows(verdicts: Sequence[Judgement], how: Bootstrap = DEFAULT) -> list[ReviewerRow]:
    """Return one row for each reviewer, by name; drift is on the mean of the scales, 1 to 5."""
    people = [one for one in verdicts if not one.machine]
    reviews = [
        Review(one.sample, one.reviewer, sum(levels) / len(levels), _time(one.at))
        for one in people
        if (levels := [level for level in _levels(one).values() if level is not None])
    ]
    rows = []
    for machine, name in sorted({(one.machine, one.reviewer) for one in verdicts}):
        own = [one for one in verdicts if (one.machine, one.reviewer) == (machine, name)]
        spent = time_spent([one.value.get("seconds") for one in own])
        moved = drift([] if machine else reviews, name, scale=(1, 5), how=how)
        rows.append(ReviewerRow(name, machine, len(own), spent, moved))
    return rows


def _levels(one: Judgement) -> Mapping[str, int | None]:
    levels: Mapping[str, int | None] = one.value["answer"]["scales"]
    return levels


def _time(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()


def _row(title: str, ratings: Ratings, is_scale: bool, how: Bootstrap) -> AgreementRow:
    weights: Any = "quadratic" if is_scale else "identity"
    return AgreementRow(
        title,
        percent_agreement(ratings, "identity", how),
        cohen_kappa(ratings, weights, how),
        krippendorff_alpha(ratings, "ordinal" if is_scale else "nominal", how),
        gwet_ac(ratings, weights, how),
    )


def _rated(form: Form, verdicts: Sequence[Judgement]) -> list[tuple[str, Ratings, bool]]:
    return [
        (title, ratings_of(rows, categories), is_scale)
        for title, rows, categories, is_scale in _rows(form, verdicts)
    ]


def _rows(
    form: Form, verdicts: Sequence[Judgement]
) -> list[tuple[str, list[_Row], tuple[Category, ...], bool]]:
    """Return (title, rows, categories, whether it is a scale) for all that is rated."""
    found: list[tuple[str, list[_Row], tuple[Category, ...], bool]] = []
    for scale in form.scales:
        rows: list[_Row] = [
            (one.sample, one.reviewer, _levels(one).get(scale.key)) for one in verdicts
        ]
        found.append((scale.title, rows, tuple(one.level for one in scale.levels), True))
    rows = [(one.sample, one.reviewer, one.value["answer"]["verdict"]) for one in verdicts]
    found.append(("Verdict", rows, tuple(one.key for one in form.verdicts), False))
    for flag in form.flags:
        rows = [
            (one.sample, one.reviewer, flag.key in one.value["answer"]["flags"]) for one in verdicts
        ]
        found.append((f"Flag: {flag.label}", rows, (False, True), False))
    return found


def _both(people: Iterable[_Row], judge: Iterable[_Row], categories: Any) -> Ratings:
    mine = {row[0]: row for row in judge}
    pairs = [pair for row in people if row[0] in mine for pair in (row, mine[row[0]])]
    return ratings_of(pairs, categories)


def _middle(rows: Iterable[_Row]) -> list[_Row]:
    """Return one rating for each sample: the middle level, or the most frequent answer."""
    given: dict[str, list[Category]] = {}
    for sample, _, rating in rows:
        if rating is not None:
            given.setdefault(sample, []).append(rating)
    return [(sample, "\x00people", _typical(ratings)) for sample, ratings in sorted(given.items())]


def _typical(ratings: list[Category]) -> Category:
    if all(isinstance(one, int) and not isinstance(one, bool) for one in ratings):
        ordered = sorted(ratings, key=float)
        return ordered[(len(ordered) - 1) // 2]
    return max(sorted(set(ratings), key=str), key=ratings.count)
