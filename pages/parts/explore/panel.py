"""What stands beside the map: the summary of the choice, the list of samples, one sample."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from diq_core.data.table import find_sample
from diq_core.maps.describe import (
    difficulty_words,
    effect_words,
    influence_words,
    level_words,
    score_words,
)
from diq_core.score import AXES, KNOWN, Score
from diq_core.selection.pool import Rows
from diq_core.selection.scores import Floats
from diq_core.selection.summary import Means, by_source, means
from diq_core.stages.joining import SAMPLES, image_file
from diq_core.study import Study
from pages.parts.boxes import show_note
from pages.parts.explore.data import previews
from pages.parts.explore.pictures import Scene
from pages.parts.explore.state import change, control
from pages.parts.palette import QUADRANT_COLOURS
from pages.parts.sample_card import sample_card
from pages.parts.tables import table
from pages.parts.text import escaped, shortened, visible
from pages.parts.words import count, share

_PANELS = {"summary": "Summary", "list": "Samples", "sample": "One sample"}
_LISTS = {"chosen": "Chosen", "region": "In the region", "all": "All", "unscored": "Not scored"}
_ROWS = 8
_SOURCES = 6


def choose_panel(study: Study) -> None:
    """Draw what chooses between summary, list and sample."""
    st.segmented_control(
        "Beside the map", list(_PANELS), format_func=_PANELS.__getitem__, required=True,
        label_visibility="collapsed", width="stretch", **control(study, "panel"),
    )  # fmt: skip


def draw_panel(study: Study, scene: Scene) -> None:
    """Draw the chosen one of summary, list and sample."""
    if scene.view.panel == "summary":
        _summary(scene)
    elif scene.view.panel == "list":
        _list(study, scene)
    else:
        _sample(study, scene)


def _summary(scene: Scene) -> None:
    pool, chosen, scores = scene.pool, scene.selection.kept, scene.pool.scores
    counts = scene.selection.counts
    st.html(
        f'<p class="diq-big"><b>{counts["kept"]:,}</b> of {int(pool.included.sum()):,} samples '
        f"chosen</p>"
    )
    for note in scene.selection.notes:
        st.caption(note)
    if scene.selection.cuts is not None:
        st.html(_quadrant_table(scene))
    st.html(_left_over(scene))
    shown = dict.fromkeys((*AXES, "length", *pool.axes, *scene.selection.needs))
    numbers = {name: scores[name] for name in shown}
    about = [scores.describe(name) for name in shown]
    st.html(_means_table(about, means(numbers, pool.included), means(numbers, chosen)))
    st.html(_source_table(scene))


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
    unscored = int(np.count_nonzero(pool.included & ~pool.both))
    if counts["unscored"]:
        why = "not scored as this strategy needs: never chosen"
    else:
        why = "without both scores, in no quadrant"
    parts = [
        (counts["unscored"] or unscored, why),
        (counts.get("ruled_out", 0), "ruled out by this strategy, whatever the budget"),
        (counts["excluded"], "left out at import"),
        (counts["over_source_limit"], "over the limit of their source"),
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
            f"<tr><td>{escaped(_with_scale(score))}</td><td>{show(before)}</td>"
            f"<td><b>{show(after)}</b></td>"
            f"<td>{_ratio(before, after) if ratio else _change(before, after)}</td></tr>"
        )
    return _table(("Mean of", "pool", "chosen", ""), rows)


def _source_table(scene: Scene) -> str:
    entries = by_source(scene.pool.scores.source, scene.pool.included, scene.selection.kept)
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


def _list(study: Study, scene: Scene) -> None:
    lists = [name for name in _LISTS if name != "region" or scene.inside is not None]
    st.segmented_control(
        "Which samples", lists, format_func=_LISTS.__getitem__, required=True,
        label_visibility="collapsed", **control(study, "listed"),
    )  # fmt: skip
    rows = listed_rows(scene)
    if not len(rows):
        show_note("No sample here", ("Choose another list or change the region.",))
        return
    pages = -(-len(rows) // _ROWS)
    above, below = st.container(), st.container()
    with below:
        page = st.pagination(pages, key=f"explore-page-{scene.view.listed}-{pages}",
                             max_visible_pages=5)  # fmt: skip
        st.caption(f"{count(len(rows), 'samples')}, best first. Choose a row to open it.")
    part = rows[(page - 1) * _ROWS : page * _ROWS]
    with above:
        _grid(study, scene, part)


def listed_rows(scene: Scene) -> Rows:
    """Return the rows of the list that is shown, in the order of the choice."""
    selection, pool = scene.selection, scene.pool
    places = selection.positions
    match scene.view.listed:
        case "region" if scene.inside is not None:
            rows = np.flatnonzero(scene.inside)
        case "unscored":
            return np.flatnonzero(pool.included & ~pool.both)
        case "all":
            rows = np.flatnonzero(pool.included)
        case _:
            rows = np.flatnonzero(selection.kept)
    last = np.where(places[rows] > 0, places[rows], np.iinfo(np.int64).max)
    ordered: Rows = rows[np.argsort(last, kind="stable")]
    return ordered


def _grid(study: Study, scene: Scene, rows: Rows) -> None:
    scores, selection = scene.pool.scores, scene.selection
    ids = scores.ids[rows].tolist()
    names = [f"Q{number}" if number else "–" for number in selection.quadrant[rows].tolist()]
    across, up = (scores.describe(name) for name in scene.pool.axes)
    key = f"explore-grid-{scene.view.listed}-{rows[0]}"

    def open_row() -> None:
        picked = st.session_state[key]["selection"]["rows"]
        if picked:
            change(study, sample=ids[picked[0]], panel="sample")

    st.dataframe(
        {
            "Q": [f"{name} ✓" if kept else name
                  for name, kept in zip(names, selection.kept[rows].tolist(), strict=True)],
            "question": [shortened(text, 64) for text in previews(scene.inputs, rows)],
            "across": _numbers(scores[across.name][rows]),
            "up": _numbers(scores[up.name][rows]),
            "id": [shortened(id, 60) for id in ids],
        },
        key=key, on_select=open_row, selection_mode="single-row", hide_index=True,
        height="content", row_height=70,
        column_config={
            "Q": st.column_config.TextColumn("Q", width=48, help="✓ = chosen"),
            "question": st.column_config.TextColumn("Question", width=150),
            "across": _number_column(across, 46),
            "up": _number_column(up, 60),
            "id": st.column_config.TextColumn("Id", width=110),
        },
        alt="Samples with their scores; choose a row to open it",
    )  # fmt: skip


def _number_column(score: Score, width: int) -> Any:
    bounded = score.least is not None and score.most is not None
    return st.column_config.NumberColumn(
        f"{visible(score.label)[:4]}.", format="%.2f" if bounded else "%.2g", width=width,
        help=f"{visible(_with_scale(score))}; higher = {visible(score.higher)}",
    )  # fmt: skip


def _sample(study: Study, scene: Scene) -> None:
    if scene.opened is None:
        show_note("No sample is open", ("Choose a row under Samples.",))
        return
    rows = listed_rows(scene)
    place = np.flatnonzero(rows == scene.opened)
    at = int(place[0]) if len(place) else -1
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for label, key, step, icon in (
            ("Previous", "K", -1, ":material/arrow_back:"),
            ("Next", "J", 1, ":material/arrow_forward:"),
        ):
            to = at + step if at >= 0 else 0
            st.button(
                label, icon=icon, shortcut=key, key=f"explore-{label.lower()}",
                disabled=not 0 <= to < len(rows), on_click=_go, args=(study, scene, rows, to),
            )  # fmt: skip
        where = f"{at + 1:,} of {len(rows):,}" if at >= 0 else "not in this list"
        st.caption(f"{_LISTS[scene.view.listed]}: {where}")
    sample = find_sample(table(scene.inputs.dataset, SAMPLES), scene.view.sample)
    sample_card(
        sample,
        scores_in_words(scene, scene.opened),
        scene.selection.reason_of(scene.opened),
        images=partial(image_file, scene.inputs.dataset),
    )


def _go(study: Study, scene: Scene, rows: Rows, to: int) -> None:
    change(study, sample=str(scene.pool.scores.ids[rows[to]]))


def scores_in_words(scene: Scene, row: int) -> list[str]:
    """Return one line for each score of a sample."""
    pool, scores = scene.pool, scene.pool.scores

    def ordered(name: str) -> Floats:
        return pool.sorted_inside(name)

    hard, dot = float(scores["difficulty"][row]), float(scores["influence"][row])
    lines = [difficulty_words(hard, ordered("difficulty"))]
    if not math.isnan(hard):
        aspect = scene.view.aspect
        lines[0] = f"Difficulty {hard:.2f}: {lines[0]}; {level_words(aspect, hard)}"
    lines.append(influence_words(dot, ordered("influence")))
    if not math.isnan(dot):
        lines[1] = f"Influence {_signed(dot)}: {lines[1]}; {effect_words(dot)}"
    # Length and what was measured beside influence are told where they take part in the choice.
    further = dict.fromkeys((*scores.about, *pool.axes, *scene.selection.needs))
    for name in further:
        if name not in AXES:
            lines.append(score_words(scores.describe(name), scores[name][row], ordered(name)))
    return [line[0].upper() + line[1:] for line in lines]


def _numbers(values: Floats) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values.tolist()]


def _with_scale(score: Score) -> str:
    if score.least is not None and score.most is not None:
        return f"{score.in_text}, {score.least:g} to {score.most:g}"
    return f"{score.in_text}, {score.unit}" if score.unit else score.in_text


def _shown(score: Score) -> Callable[[float], str]:
    if score.least is None or score.least < 0:
        return _signed
    if score.most is not None:
        return _level
    return _whole if score.unit == KNOWN["length"].unit else _digits


def _digits(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3g}"


def _level(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}"


def _signed(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:+.3g}".replace("-", "−")


def _whole(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:,.0f}"


def _change(before: float, after: float) -> str:
    return "" if math.isnan(before) or math.isnan(after) else _signed(after - before)


def _ratio(before: float, after: float) -> str:
    if math.isnan(before) or math.isnan(after) or not before:
        return ""
    return f"× {after / before:.2f}"
