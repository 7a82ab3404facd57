"""What a choice comes to, beside its pool: quadrants, means, sources, and who is left over."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from diq_core.score import AXES, Score
from diq_core.selection.placements import SET_ASIDE
from diq_core.selection.summary import Means, by_source, means
from pages.parts.explore.data import BY_INPUTS, Inputs, load_pool
from pages.parts.explore.pictures import Scene
from pages.parts.explore.written import signed, with_scale
from pages.parts.palette import QUADRANT_COLOURS
from pages.parts.text import escaped, shortened
from pages.parts.words import share

_SOURCES = 6


def draw_summary(scene: Scene) -> None:
    """Draw the tables of the choice."""
    pool, chosen, scores = scene.pool, scene.selection.kept, scene.pool.scores
    counts, there = scene.selection.counts, scene.asked_for
    fit = "that fit the filter " if counts.get("not_asked_for") else ""
    st.html(
        f'<h2 class="diq-big" tabindex="0"><b>{counts["kept"]:,}</b> of {int(there.sum()):,} '
        f"samples {fit}chosen</h2>"
    )
    for note in scene.selection.notes:
        st.caption(note)
    if scene.selection.cuts is not None:
        st.html(_quadrant_table(scene))
    if left_over := _left_over(scene):
        st.html(left_over)
    shown = tuple(dict.fromkeys((*AXES, "length", *pool.axes, *scene.selection.needs)))
    about = [scores.describe(name) for name in shown]
    before = _pool_means(scene.inputs, scene.view.aspect, shown)
    if scene.fitting is not None:
        before = means({name: scores[name] for name in shown}, scene.asked_for)
    after = means({name: scores[name] for name in shown}, chosen)
    st.html(_means_table(about, before, after))
    st.html(_source_table(scene))


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_INPUTS)
def _pool_means(inputs: Inputs, aspect: str, names: tuple[str, ...]) -> Means:
    pool = load_pool(inputs, aspect)
    return means({name: pool.scores[name] for name in names}, pool.included)


def _quadrant_table(scene: Scene) -> str:
    counts = scene.selection.quadrant_counts
    rows = []
    for number, words in scene.pool.quadrant_words.items():
        name = f"Q{number}"
        pool, kept = counts["pool"][name], counts["kept"][name]
        part = 100 * kept / pool if pool else 0
        rows.append(
            f'<tr><td><i style="background:{QUADRANT_COLOURS[name]}"></i><b>{name}</b> '
            f"{escaped(words)}</td><td>{pool:,}</td><td><b>{kept:,}</b></td>"
            f'<td><span class="diq-bar"><span style="width:{part:.1f}%;'
            f'background:{QUADRANT_COLOURS[name]}"></span></span></td></tr>'
        )
    return _table(("Quadrant", "pool", "chosen", ""), rows)


def _left_over(scene: Scene) -> str:
    counts, pool = scene.selection.counts, scene.pool
    unscored = int(np.count_nonzero(scene.asked_for & ~pool.both))
    if counts["unscored"]:
        why = "not scored as this strategy needs: never chosen"
    else:
        why = "without both scores, in no quadrant"
    parts = [
        (counts["unscored"] or unscored, why),
        (counts.get("ruled_out", 0), "ruled out by this strategy, whatever the budget"),
        (counts["excluded"], "left out at import"),
        (counts["over_source_limit"], "over the limit of their source"),
        (counts.get("over_quota", 0), "over a quota"),
        (counts.get("not_asked_for", 0), "left out by the filter"),
        (
            int(np.count_nonzero(scene.selection.placed.code == SET_ASIDE)),
            "left out by a choice among samples that ask the same",
        ),
    ]
    lines = [f"<li><b>{number:,}</b> {words}</li>" for number, words in parts if number]
    return f'<ul class="diq-left">{"".join(lines)}</ul>' if lines else ""


def _means_table(about: Sequence[Score], pool: Means, chosen: Means) -> str:
    rows = []
    for score in about:
        before, after, show = pool.of[score.name], chosen.of[score.name], _shown(score)
        # Of what is counted from zero without an end, "twice as long" says more than a difference.
        ratio = score.least == 0 and score.most is None
        rows.append(
            f"<tr><td>{escaped(with_scale(score))}</td><td>{show(before)}</td>"
            f"<td><b>{show(after)}</b></td>"
            f"<td>{_ratio(before, after) if ratio else _change(before, after)}</td></tr>"
        )
    return _table(("Mean of", "pool", "chosen", ""), rows)


def _source_table(scene: Scene) -> str:
    among = None if scene.fitting is None else scene.asked_for
    entries = by_source(scene.pool, scene.selection.kept, among)
    pool, chosen = sum(e.pool for e in entries), sum(e.chosen for e in entries)
    rows = []
    for entry in entries[:_SOURCES]:
        before, after = entry.pool / max(1, pool), entry.chosen / max(1, chosen)
        rows.append(
            f"<tr><td>{escaped(shortened(entry.source, 40))}</td>"
            f"<td>{share(entry.pool, pool)}</td><td><b>{share(entry.chosen, chosen)}</b></td>"
            f'<td><span class="diq-bar"><span style="width:{100 * after:.1f}%"></span>'
            f'<em style="left:{100 * before:.1f}%"></em></span></td></tr>'
        )
    if len(entries) > _SOURCES:
        rest = entries[_SOURCES:]
        few = sum(entry.chosen for entry in rest)
        rows.append(
            f"<tr><td>{len(rest)} more</td><td>{share(sum(e.pool for e in rest), pool)}</td>"
            f"<td><b>{share(few, chosen)}</b></td><td></td></tr>"
        )
    return _table(("Source", "pool", "chosen", ""), rows)


def _table(head: Sequence[str], rows: Sequence[str]) -> str:
    cells = "".join(f"<th>{word}</th>" for word in head)
    return f'<table class="diq-sum"><tr>{cells}</tr>{"".join(rows)}</table>'


def _shown(score: Score) -> Callable[[float], str]:
    if score.least is None or score.least < 0:
        return signed
    if score.most is not None:
        return _level
    return _whole if score.name == "length" else _digits


def _digits(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3g}"


def _level(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}"


def _whole(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:,.0f}"


def _change(before: float, after: float) -> str:
    return "" if math.isnan(before) or math.isnan(after) else signed(after - before)


def _ratio(before: float, after: float) -> str:
    if math.isnan(before) or math.isnan(after) or not before:
        return ""
    return f"× {after / before:.2f}"
