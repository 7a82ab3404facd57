"""The two maps of the Explore page: scores and meaning, as pictures for `map.draw_map`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diq_core.maps.axis import Axis, Flipped, Squeezed
from diq_core.maps.colour import Coding
from diq_core.maps.density import Counts
from diq_core.maps.region import Box
from diq_core.score import Score
from diq_core.selection.pool import Mask, Pool, Rows
from diq_core.selection.result import Selection
from diq_core.selection.scores import Floats
from diq_core.selection.summary import percent_below
from pages.parts.explore.data import Inputs
from pages.parts.explore.ground import Ground, margins_of, meaning_ground, scores_ground
from pages.parts.explore.naming import topics_of
from pages.parts.explore.picture import MISSING, Label, Line, Picture, Scale, Spot
from pages.parts.explore.state import View
from pages.parts.explore.values import Space
from pages.parts.palette import QUADRANT_COLOURS, QUADRANTS, colours_of

_CORNERS = {1: "top right", 2: "top left", 3: "bottom right", 4: "bottom left"}


@dataclass(frozen=True)
class Scene:
    """What both maps are drawn from.

    Attributes:
        inside: bool[n], what is marked; None = nothing is.
        opened: row of the opened sample.
        coding: the colours, where they are not those of the quadrants.
        is_asked: whether all that is set was understood; else filters and quotas are left out.
    """

    inputs: Inputs
    view: View
    pool: Pool
    selection: Selection
    inside: Mask | None
    opened: int | None
    coding: Coding | None = None
    is_asked: bool = True

    @property
    def asked_for(self) -> Mask:
        """bool[n]: in use, and not left out by a filter: what is drawn, listed and chosen from."""
        return self.pool.included & ~self.selection.placed.not_asked_for

    @property
    def fitting(self) -> int | None:
        """How many samples fit the filter; None = there is none."""
        settings = self.selection.settings
        is_filtered = "where" in settings or "words" in settings
        return int(self.asked_for.sum()) if is_filtered else None

    @property
    def is_narrow(self) -> bool:
        """Whether the maps have little room: there are two, or a sample is read beside them."""
        return self.view.maps == "both" or self.view.panel == "sample"

    def token(self, space: Space, looked: Box | None = None) -> str:
        """Return what changes exactly when anything on the map of `space` may change.

        Args:
            looked: the part of it in which more points are drawn.
        """
        knobs = self.view.settings.model_dump_json()
        there = "" if self.fitting is None else _digest(self.asked_for)
        looks = (self.view.scale, self.view.maps, str(self.is_narrow), str(self.opened), there,
                 self.view.colour, str(looked))  # fmt: skip
        name = _name(*self.inputs.digests, knobs, *looks)
        return f"{name}-{_digest(self.marked(space))}"

    def frame(self, space: Space) -> str:
        """Return what changes exactly when the axes of the map of `space` may change."""
        if space == "meaning":
            return _name(*self.inputs.digests)
        of = (self.view.aspect, *self.pool.axes, self.view.scale)
        return _name(*self.inputs.scored.digests, *of)

    def marked(self, space: Space) -> Mask:
        """Return bool[n]: what is marked on the map of `space`: the samples in a region that was
        drawn on the other one, and what was found on both."""
        is_found = self.view.marks and bool(self.view.find or self.view.where)
        if self.inside is None or not (is_found or self.view.space != space):
            return np.zeros(len(self.pool.scores), dtype=bool)
        return self.inside


def _title(score: Score, scale: str) -> str:
    if scale == "ranks":
        return f"{score.label} rank, in percent: {score.better} →"
    what = f"{score.label}, {score.scale}" if score.scale else score.label
    # Of a score whose lowest is best, the lower values are further right or up.
    return f"{what}: {score.higher} →" if score.best == "high" else f"{what}: ← {score.higher}"


def ground_of(scene: Scene) -> Ground:
    """Return where the samples lie on the map of scores, those that a filter leaves."""
    return _filtered(
        scene, scores_ground(scene.inputs, scene.view.aspect, scene.pool.axes, scene.view.scale)
    )


def meaning_ground_of(scene: Scene) -> Ground | None:
    """Return where they lie on the map of meaning; None = there is no such map."""
    ground = meaning_ground(scene.inputs)
    return None if ground is None else _filtered(scene, ground)


def _filtered(scene: Scene, ground: Ground) -> Ground:
    return ground if scene.fitting is None else ground.among(scene.asked_for)


def scores_picture(scene: Scene, looked: Box | None = None) -> Picture:
    """Return the two scores, across and up, with both cuts and the four quadrants.

    Args:
        looked: the part of it in which more points are drawn.
    """
    ground, pool, chosen = ground_of(scene), scene.pool, scene.selection.kept
    (across, up), spans, (x, y) = ground.axes, ground.spans, ground.places
    rows = ground.drawn(chosen, looked)
    marked = scene.marked("scores")
    scores = [pool.scores.describe(name) for name in pool.axes]
    titles = [_title(score, scene.view.scale) for score in scores]
    return Picture(
        frame=scene.frame("scores"),
        token=scene.token("scores", looked),
        across=Scale(titles[0], spans[0], across.ticks()),
        up=Scale(titles[1], spans[1], up.ticks()),
        rows=rows,
        x=x[rows],
        y=y[rows],
        code=_codes(scene)[rows],
        colours=QUADRANTS if scene.coding is None else colours_of(scene.coding),
        chosen=chosen[rows],
        marked=marked[rows],
        ranks=_ranks(scene, rows),
        words=_words(pool),
        density=ground.shade,
        looked=looked,
        opened=_place(scene, x, y),
        lines=_lines(scene, across, up),
        labels=_labels(scene),
        margins=_margins(ground, chosen),
        note=_note(scene, ground, rows, looked, marked),
        alt=f"Map of {scores[1].in_text} against {scores[0].in_text}; the same can be reached by "
        "the numeric ranges and the list of samples",
    )


def _margins(ground: Ground, chosen: Mask) -> tuple[tuple[Counts, Counts], ...]:
    rows = np.flatnonzero(chosen)
    x, y = ground.places
    few = margins_of(x[rows], y[rows], ground.spans)
    return tuple(zip(ground.margins, few, strict=True))


def meaning_picture(scene: Scene, ground: Ground, looked: Box | None = None) -> Picture:
    """Return the samples laid out so that similar texts lie close together."""
    spots = tuple(Spot(topic.x, topic.y, ", ".join(topic.terms))
                  for topic in topics_of(scene.inputs))  # fmt: skip
    chosen, spans, (x, y) = scene.selection.kept, ground.spans, ground.places
    rows = ground.drawn(chosen, looked)
    marked = scene.marked("meaning")
    return Picture(
        frame=scene.frame("meaning"),
        token=scene.token("meaning", looked),
        across=Scale("", spans[0]),
        up=Scale("", spans[1]),
        rows=rows,
        x=x[rows],
        y=y[rows],
        code=_codes(scene)[rows],
        colours=QUADRANTS if scene.coding is None else colours_of(scene.coding),
        chosen=chosen[rows],
        marked=marked[rows],
        ranks=_ranks(scene, rows),
        words=_words(scene.pool),
        density=ground.shade,
        looked=looked,
        opened=_place(scene, x, y),
        note=_note(scene, ground, rows, looked, marked, "similar texts lie close"),
        spots=spots,
        alt="Map of meaning: samples with similar texts lie close together"
        + (f"; the topics are {'; '.join(spot.text for spot in spots)}" if spots else ""),
    )


def _codes(scene: Scene) -> NDArray[np.int8]:
    return scene.selection.quadrant if scene.coding is None else scene.coding.code


def _note(
    scene: Scene, ground: Ground, rows: Rows, looked: Box | None, marked: Mask, about: str = ""
) -> str:
    """Return how to read the map, in one line that fits beside the chart's tools."""
    parts = ["Strong dots: chosen", about, "ringed: in the region" if marked.any() else ""]
    drawn, there = len(rows), len(ground.crowd.rows)
    is_thinned = drawn < there
    if is_thinned and looked is None:
        parts.append(f"{drawn:,} of {there:,} drawn, the shade shows all")
    elif looked is not None:
        x, y = ground.places
        drawn, there = int(looked.mask(x[rows], y[rows]).sum()), int(looked.mask(x, y).sum())
        parts.append(f"{drawn:,} of the {there:,} here drawn")
    known = [part for part in parts if part]
    if scene.view.maps == "both":
        # Two maps side by side leave room for one short part.
        known = [known[-2 if is_thinned and looked is None else -1]]
    line = " · ".join(known)
    return line[0].upper() + line[1:]


def _ranks(scene: Scene, rows: Rows) -> NDArray[np.int8]:
    pool = scene.pool
    hard = _percents(pool.oriented(pool.axes[0])[rows], pool.sorted_across)
    influential = _percents(pool.oriented(pool.axes[1])[rows], pool.sorted_up)
    return np.column_stack([hard, influential])


def _words(pool: Pool) -> str:
    """Return the sentence about a sample's ranks: "harder than 80 % · more influential …"."""
    better = (pool.scores.describe(name).comparative for name in pool.axes)
    return " · ".join(f"{words} than {{{at}}} %" for at, words in enumerate(better))


def _percents(values: Floats, ordered: Floats) -> NDArray[np.int8]:
    known = ~np.isnan(values)
    found = np.full(len(values), MISSING, dtype=np.int8)
    if len(ordered):
        found[known] = percent_below(values[known], ordered)
    return found


def _place(scene: Scene, x: Floats, y: Floats) -> tuple[float, float] | None:
    if scene.opened is None or np.isnan(x[scene.opened]) or np.isnan(y[scene.opened]):
        return None
    return float(x[scene.opened]), float(y[scene.opened])


def _lines(scene: Scene, across: Axis, up: Axis) -> tuple[Line, ...]:
    cuts = scene.selection.cuts
    if cuts is None:
        return ()
    pool, narrow = scene.pool, scene.is_narrow
    first, second = (pool.scores.describe(name) for name in pool.axes)
    hard = pool.as_given(first.name, cuts.across)
    label = f"{first.better} →" if narrow else f"{first.better} from here ({_value(first, hard)})"
    lines = [Line(label, x=float(across.place(np.array([hard]))[0]))]
    # Among similar lengths the cut on influence is another value for each length: no line.
    if not cuts.derived:
        much = pool.as_given(second.name, cuts.up)
        wide = f"{second.better} from here ({_value(second, much)})"
        label = f"{second.better} ↑" if narrow else wide
        lines.append(Line(label, y=float(up.place(np.array([much]))[0])))
    lines += [Line("outliers, drawn closer", x=edge, faint=True) for edge in _squeezed(across)]
    lines += [Line("outliers, drawn closer", y=edge, faint=True) for edge in _squeezed(up)]
    return tuple(lines)


def _squeezed(axis: Axis) -> tuple[float, ...]:
    inner = axis.inner if isinstance(axis, Flipped) else axis
    return inner.squeezed if isinstance(inner, Squeezed) else ()


def _value(score: Score, value: float) -> str:
    """Return a value at a cut; one that can be negative has its sign."""
    if score.least is None or score.least < 0:
        return _signed(value)
    return f"{value:.2f}" if score.most is not None else f"{value:.4g}"


def _labels(scene: Scene) -> tuple[Label, ...]:
    counts, narrow = scene.selection.quadrant_counts, scene.is_narrow
    labels = []
    for number, words in scene.pool.quadrant_words.items():
        name = f"Q{number}"
        colour = QUADRANT_COLOURS[name] if scene.coding is None else ""
        pool, kept = f"{counts['pool'][name]:,}", f"{counts['kept'][name]:,}"
        beside, before = (pool, "") if narrow else (words, f"{pool} · ")
        labels.append(Label(_CORNERS[number], colour, name, beside, before, kept))
    return tuple(labels)


def _name(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _digest(mask: Mask) -> str:
    if not mask.any():
        return "none"
    return hashlib.sha256(np.packbits(mask).tobytes()).hexdigest()[:12]


def _signed(value: float) -> str:
    return f"{value:+.3g}".replace("-", "−")
