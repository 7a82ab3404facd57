"""The two maps of the Explore page: scores and meaning, as pictures for `map.draw_map`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diq_core.maps.axis import Axis, Plain, Ranked, Squeezed
from diq_core.maps.density import density, representatives
from diq_core.selection.pool import Mask, Pool, Rows
from diq_core.selection.quadrants import QUADRANT_WORDS
from diq_core.selection.result import Selection
from diq_core.selection.scores import Floats
from diq_core.selection.summary import percent_below
from pages.parts.explore.data import Inputs, hover_names
from pages.parts.explore.picture import MISSING, Label, Line, Picture, Scale
from pages.parts.explore.state import View
from pages.parts.palette import QUADRANT_COLOURS

DRAWN = 8_000
"""Points drawn at most; beyond, the density of all lies beneath."""
_GRID = (90, 140)
_WORDS = "harder than {0} % · more influential than {1} %"
_CORNERS = {1: "top right", 2: "top left", 3: "bottom right", 4: "bottom left"}


@dataclass(frozen=True)
class Scene:
    """What both maps are drawn from."""

    inputs: Inputs
    view: View
    pool: Pool
    selection: Selection
    inside: Mask | None
    opened: int | None

    @property
    def name(self) -> str:
        """Changes exactly when a map's points, colours or marks may change."""
        knobs = self.view.settings.model_dump_json()
        parts = (*self.inputs.digests, knobs, self.view.scale, str(self.opened))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def axes_of(pool: Pool, scale: str) -> tuple[Axis, Axis]:
    """Return the axes of difficulty and influence; the pool holds at least one sample."""
    if scale == "ranks":
        return Ranked.of(pool.sorted_difficulty), Ranked.of(pool.sorted_influence)
    ends = float(pool.sorted_difficulty[0]), float(pool.sorted_difficulty[-1])
    return Plain(*_with_room(*ends, 0.0)), Squeezed.of(pool.sorted_influence)


def scores_picture(scene: Scene, axes: tuple[Axis, Axis]) -> Picture:
    """Return difficulty across, influence up, with both cuts and the four quadrants."""
    across, up = axes
    pool, chosen = scene.pool, scene.selection.kept
    x, y = across.place(pool.difficulty), up.place(pool.influence)
    # Above and below there is room for the quadrants' names, so that they cover no point.
    spans = _span(x), _span(y, 0.13)
    rows = representatives(x, y, chosen, DRAWN)
    marked = _marked_by(scene, "meaning")
    words = ("Influence", "Difficulty")
    if scene.view.scale == "ranks":
        titles = ("Difficulty rank, in percent: harder →", "Influence rank, in percent: more →")
    else:
        titles = ("Difficulty: expected level, 1 easy to 5 hard →",
                  "Influence: a training step lowers the validation loss →")  # fmt: skip
    return Picture(
        across=Scale(titles[0], spans[0], across.ticks()),
        up=Scale(titles[1], spans[1], up.ticks()),
        x=x[rows],
        y=y[rows],
        quadrant=scene.selection.quadrant[rows],
        chosen=chosen[rows],
        marked=marked[rows],
        names=hover_names(scene.inputs, rows),
        ranks=_ranks(scene, rows),
        words=_WORDS,
        token=f"{scene.name}-{_digest(marked)}",
        density=density(x, y, *spans, _GRID) if len(rows) < int(pool.both.sum()) else None,
        opened=_place(scene, x, y),
        lines=_lines(scene, across, up),
        labels=_labels(scene),
        note=_note(scene, len(rows), int(pool.both.sum()), marked),
        alt=f"Map of {words[0].lower()} against {words[1].lower()}; the same can be reached by "
        "the numeric ranges and the list of samples",
    )


def meaning_picture(scene: Scene, places: tuple[Floats, Floats]) -> Picture:
    """Return the samples laid out so that similar texts lie close together."""
    chosen = scene.selection.kept
    x, y = (np.where(scene.pool.included, axis, np.nan) for axis in places)
    spans = _span(x), _span(y)
    rows = representatives(x, y, chosen, DRAWN)
    marked = _marked_by(scene, "scores")
    return Picture(
        across=Scale("", spans[0]),
        up=Scale("", spans[1]),
        x=x[rows],
        y=y[rows],
        quadrant=scene.selection.quadrant[rows],
        chosen=chosen[rows],
        marked=marked[rows],
        names=hover_names(scene.inputs, rows),
        ranks=_ranks(scene, rows),
        words=_WORDS,
        token=f"{scene.name}-{_digest(marked)}",
        density=density(x, y, *spans, _GRID) if len(rows) < np.isfinite(x).sum() else None,
        opened=_place(scene, x, y),
        note=_note(scene, len(rows), int(np.isfinite(x).sum()), marked, "similar texts lie close"),
        alt="Map of meaning: samples with similar texts lie close together",
    )


def _note(scene: Scene, drawn: int, there: int, marked: Mask, about: str = "") -> str:
    """Return how to read the map, in one line that fits beside the chart's tools."""
    parts = ["Strong dots: chosen", about, "ringed: in the region" if marked.any() else ""]
    if drawn < there:
        parts.append(f"{drawn:,} of {there:,} drawn, the shade shows all")
    known = [part for part in parts if part]
    if scene.view.maps == "both":
        # Two maps side by side leave room for one short part.
        known = [known[-1] if drawn == there else known[-2]]
    line = " · ".join(known)
    return line[0].upper() + line[1:]


def _marked_by(scene: Scene, space: str) -> Mask:
    """Return which samples a region on the other map marks."""
    if scene.inside is None or scene.view.space != space:
        return np.zeros(len(scene.pool.scores), dtype=bool)
    return scene.inside


def _ranks(scene: Scene, rows: Rows) -> NDArray[np.int16]:
    pool = scene.pool
    hard = _percents(pool.scores.difficulty[rows], pool.sorted_difficulty)
    influential = _percents(pool.scores.influence[rows], pool.sorted_influence)
    return np.column_stack([hard, influential])


def _percents(values: Floats, ordered: Floats) -> NDArray[np.int16]:
    known = ~np.isnan(values)
    found = np.full(len(values), MISSING, dtype=np.int16)
    if len(ordered):
        found[known] = percent_below(values[known], ordered)
    return found


def _place(scene: Scene, x: Floats, y: Floats) -> tuple[float, float] | None:
    if scene.opened is None or np.isnan(x[scene.opened]) or np.isnan(y[scene.opened]):
        return None
    return float(x[scene.opened]), float(y[scene.opened])


def _lines(scene: Scene, across: Axis, up: Axis) -> tuple[Line, ...]:
    cuts, view = scene.selection.cuts, scene.view
    if cuts is None:
        return ()
    ends = np.array([cuts.difficulty]), np.array([cuts.influence])
    narrow = view.maps == "both"
    hard = "hard →" if narrow else f"hard from here ({cuts.difficulty:.2f})"
    influential = (
        "influential ↑" if narrow else f"influential from here ({_signed(cuts.influence)})"
    )
    lines = [
        Line(hard, x=float(across.place(ends[0])[0])),
    ]
    # Among similar lengths the cut on influence is another value for each length: no line.
    if not cuts.by_length:
        lines.append(Line(influential, y=float(up.place(ends[1])[0])))
    if view.scale == "values" and isinstance(up, Squeezed):
        lines += [Line("squeezed beyond", y=edge, faint=True) for edge in up.squeezed]
    return tuple(lines)


def _labels(scene: Scene) -> tuple[Label, ...]:
    counts, narrow = scene.selection.quadrant_counts, scene.view.maps == "both"
    labels = []
    for number, words in QUADRANT_WORDS.items():
        name = f"Q{number}"
        dot = f'<span style="color:{QUADRANT_COLOURS[name]}">●</span> <b>{name}</b>'
        pool, kept = f"{counts['pool'][name]:,}", f"<b>{counts['kept'][name]:,}</b> chosen"
        text = f"{dot} {pool}<br>{kept}" if narrow else f"{dot} {words}<br>{pool} · {kept}"
        labels.append(Label(_CORNERS[number], text))
    return tuple(labels)


def _span(values: Floats, room: float = 0.03) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, 1.0
    return _with_room(float(known.min()), float(known.max()), room)


def _with_room(low: float, high: float, share: float) -> tuple[float, float]:
    room = (high - low) * share
    # One sample, or many with one and the same score, still need an axis with a length.
    if high <= low:
        room = max(abs(low), 1.0) * 0.5
    return low - room, high + room


def _digest(mask: Mask) -> str:
    if not mask.any():
        return "none"
    return hashlib.sha256(np.packbits(mask).tobytes()).hexdigest()[:12]


def _signed(value: float) -> str:
    return f"{value:+.3g}".replace("-", "−")
