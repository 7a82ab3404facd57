"""A judge's replies to pairs of answers: as a table, and what they add up to. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from diq_core.asking.replies import Missing
from diq_core.data.text import mend
from diq_core.quality.asking import OVERALL, Compared, Rated, Side, axes
from diq_core.quality.figures import DEFAULT, Match, Scale, preference, scale
from diq_core.quality.requests import Pair, Request
from diq_core.review.form.form import Form
from diq_core.statistics.resampling import Bootstrap

Said = Sequence[tuple[Request, Compared | Rated | Missing]]
"""Each request with what its reply held."""


def results_of(
    form: Form,
    pairs: Sequence[Pair],
    said: Said,
    *,
    scales: bool,
    how: Bootstrap = DEFAULT,
) -> dict[str, Any]:
    """Return what the replies add up to, as plain values.

    Returns:
        ``questions``; ``replies``: ``asked``, ``read``, ``missing`` (reason → count);
        ``preference``: scale's key or "overall" → `Preference` with its title; ``scales``:
        key → `Scale` with its title (absent where answers were not rated alone).
    """
    titles = {one.key: one.title for one in form.scales} | {OVERALL: "Overall"}
    identical = [pair.question for pair in pairs if pair.identical]
    missing = Counter(found.reason for _, found in said if isinstance(found, Missing))
    results: dict[str, Any] = {
        "questions": len(pairs),
        "identical": len(identical),
        "replies": {
            "asked": len(said),
            "read": len(said) - sum(missing.values()),
            "missing": dict(sorted(missing.items())),
        },
        "preference": {
            axis: {
                "title": titles[axis],
                **asdict(preference(_matches(said, axis), identical, how)),
            }
            for axis in axes(form)
        },
    }
    if scales:
        results["scales"] = {
            one.key: {"title": one.title, **asdict(_scale(said, one.key, how))}
            for one in form.scales
        }
    return results


def judgement_table(form: Form, said: Said, replies: Mapping[str, Mapping[str, Any]]) -> pa.Table:
    """Return one row for each reply, readable or not; ``better_…`` is by where the answers stood.

    Args:
        replies: request's key → the reply as it was kept.
    """
    rows = [_row(form, request, replies[request.key], found) for request, found in said]
    return pa.Table.from_pylist(rows, _schema(form))


def _schema(form: Form) -> pa.Schema:
    texts = ("pair", "question", "what", "asked")
    return pa.schema(
        [
            *((name, pa.string()) for name in texts),
            ("repeat", pa.int32()),
            *((f"better_{axis}", pa.string()) for axis in axes(form)),
            *((f"level_{one.key}", pa.int32()) for one in form.scales),
            *((name, pa.string()) for name in ("comment", "reason", "text", "reported_model")),
        ]
    )


def _row(
    form: Form, request: Request, reply: Mapping[str, Any], said: Compared | Rated | Missing
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "pair": request.pair.name,
        "question": request.pair.question,
        "what": request.what,
        "repeat": request.repeat,
        "asked": request.key.split()[0],
        "text": reply["text"],
        "reported_model": reply["model"],
    }
    if isinstance(said, Missing):
        return row | {"reason": said.reason}
    row["comment"] = mend(said.comment)[0]
    if isinstance(said, Compared):
        return row | {f"better_{axis}": said.better[axis] for axis in axes(form)}
    return row | {f"level_{one.key}": said.levels[one.key] for one in form.scales}


def _matches(said: Said, axis: str) -> list[Match]:
    """Return the pairs of which both orders could be read."""
    sides: dict[tuple[str, int], dict[str, Side]] = {}
    for request, found in said:
        if isinstance(found, Compared):
            place = (request.pair.question, request.repeat)
            sides.setdefault(place, {})[request.what] = found.better[axis]
    return [
        Match(question, both["as given"], both["turned"])
        for (question, _), both in sides.items()
        if len(both) == 2
    ]


def _scale(said: Said, key: str, how: Bootstrap) -> Scale:
    return scale(_levels(said, "first", key), _levels(said, "second", key), how)


def _levels(said: Said, side: str, key: str) -> dict[str, list[float]]:
    levels: dict[str, list[float]] = {}
    for request, found in said:
        if isinstance(found, Rated) and request.what == side:
            levels.setdefault(request.pair.question, []).append(float(found.levels[key]))
    return levels
