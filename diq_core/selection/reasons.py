"""Why each sample is in or out: one readable line a row, built for whole columns at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from diq_core.selection.chosen import Chosen
from diq_core.selection.placements import BY_RULE, PUT_IN, REJECTED, TAKEN_OUT
from diq_core.selection.pool import Mask, Rows
from diq_core.selection.quadrants import QUADRANTS, count_quadrants
from diq_core.selection.scores import Scores, Texts, is_absent

Places = NDArray[np.int64]
Part = tuple[Mask, pa.Array]
_LEFT_OUT = {
    TAKEN_OUT: "Out: taken out by hand after review",
    REJECTED: "Out: rejected by its reviewers",
}


def texts(selection: Chosen, rows: Rows, places: Places) -> pa.Array:
    """Return the reason of each row as an Arrow string array.

    Args:
        selection: what was chosen.
        rows: the rows asked for.
        places: for each of them its place among all candidates, 1 = first, 0 = no candidate.
    """
    masks, pieces = [], []
    for mask, text in _parts(selection, rows, places):
        masks.append(np.flatnonzero(mask))
        pieces.append(text)
    where = np.empty(len(rows), dtype=np.int64)
    where[np.concatenate(masks)] = np.arange(len(rows))
    return pa.concat_arrays(pieces).take(pa.array(where))


def _parts(selection: Chosen, rows: Rows, places: Places) -> Iterator[Part]:
    """Yield disjoint masks over ``rows`` that cover them all, each with its texts."""
    included = selection.pool.included[rows]
    candidate = selection.order.candidates[rows]
    placed = selection.placed.code[rows]
    kept = selection.kept[rows]
    out = candidate & ~kept
    filled = selection.counts["kept"] == selection.asked
    limited = out & (places < selection.last) if filled else out
    yield from _kept(selection, rows, kept & candidate)
    yield from _placed(selection, rows, placed)
    yield from _beaten(selection, rows, places, out & ~limited)
    yield limited, _limited(selection, rows[limited], places[limited])
    unscored = included & ~candidate & (placed == BY_RULE)
    for rule in selection.order.ruled_out:
        mask = unscored & rule.mask[rows]
        yield mask, pa.repeat(f"Out: {rule.why}", int(np.count_nonzero(mask)))
        unscored &= ~mask
    yield unscored, _unscored(selection, rows[unscored])
    excluded = selection.pool.scores.excluded[rows[~included]]
    yield ~included, _line("Out: excluded at import — ", _one_line(excluded))


def _kept(selection: Chosen, rows: Rows, mask: Mask) -> Iterator[Part]:
    total = selection.counts["kept"]
    for group, ending in _by_tier(selection, rows, mask):
        ranks = _numbers(selection.rank[rows[group]])
        yield group, _line("In: rank ", ranks, f" of {total}{ending}")


def _placed(selection: Chosen, rows: Rows, code: NDArray[np.int8]) -> Iterator[Part]:
    put_in = code == PUT_IN
    ranks = _numbers(selection.rank[rows[put_in]])
    total = selection.counts["kept"]
    yield put_in, _line("In: put in by hand after review, rank ", ranks, f" of {total}")
    for number, words in _LEFT_OUT.items():
        mask = code == number
        yield mask, pa.repeat(words, int(np.count_nonzero(mask)))


def _by_tier(selection: Chosen, rows: Rows, mask: Mask) -> Iterator[tuple[Mask, str]]:
    if selection.order.tier is None:
        yield mask, f" {selection.phrase}"
        return
    tiers = selection.order.tier[rows]
    for number, words in selection.pool.quadrant_words.items():
        yield mask & (tiers == number), f", Q{number} ({words})"


def _beaten(selection: Chosen, rows: Rows, places: Places, mask: Mask) -> Iterator[Part]:
    asked = selection.asked
    by_hand = int(np.count_nonzero(selection.placed.put_in))
    if selection.order.tier is None:
        ranked = _numbers(places[mask])
        of_which = f", {by_hand} of it put in by hand" if by_hand else ""
        ending = f" {selection.phrase}; the budget was {asked}{of_which}"
        yield mask, _line("Out: ranked ", ranked, ending)
        return
    tiers = selection.order.tier[rows]
    kept = count_quadrants(selection.quadrant[selection.kept & selection.order.candidates])
    used = [number for number in QUADRANTS if kept[f"Q{number}"]]
    hands = [f"{by_hand} put in by hand"] if by_hand else []
    for number in QUADRANTS:
        group = mask & (tiers == number)
        by = ["samples ranked higher"] if number in used else [f"Q{n}" for n in used]
        ending = f"; the budget of {asked} was filled by {_listed([*by, *hands])}"
        yield group, _line(f"Out: Q{number}, ranked ", _numbers(places[group]), ending)


def _limited(selection: Chosen, rows: Rows, places: Places) -> pa.Array:
    sources = selection.pool.scores.source[rows]
    named = np.where(is_absent(sources), "samples without a source", sources)
    limit = f"; the limit of {selection.per_source} per source was reached for "
    if selection.order.tier is None:
        start, middle = "Out: ranked ", f" {selection.phrase}{limit}"
    else:
        starts = pa.array([f"Out: Q{number}, ranked " for number in range(5)])
        start, middle = starts.take(pa.array(selection.order.tier[rows])), limit
    return _line(start, _numbers(places), middle, _one_line(named))


def _unscored(selection: Chosen, rows: Rows) -> pa.Array:
    scores, needs = selection.pool.scores, selection.needs
    codes = np.zeros(len(rows), dtype=np.int64)
    for bit, name in enumerate(needs):
        codes |= np.isnan(scores[name][rows]).astype(np.int64) << bit
    words = [
        " and ".join(scores.describe(n).without for bit, n in enumerate(needs) if code >> bit & 1)
        for code in range(1 << len(needs))
    ]
    default = pa.array(words).take(pa.array(codes))
    known = [_one_line(texts) for texts in _why(scores, needs, rows)]
    return _line("Out: not scored — ", pc.coalesce(*known, default))


def _why(scores: Scores, needs: tuple[str, ...], rows: Rows) -> list[Texts]:
    """Return what is known of why these rows miss the scores that are needed."""
    if not scores.why:
        return [scores.why_missing[rows]]
    nothing = np.full(1, None, dtype=object)
    return [
        np.where(np.isnan(scores[name][rows]), why[rows], nothing)
        for name, why in scores.why.items()
        if name in needs
    ]


def _one_line(values: Texts) -> pa.Array:
    trimmed = pc.utf8_trim_whitespace(pa.array(values, type=pa.string()))
    return pc.replace_substring_regex(trimmed, r"\s+", " ")


def _numbers(values: NDArray[np.integer]) -> pa.Array:
    return pa.array(values).cast(pa.string())


def _line(*pieces: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*pieces, "")


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
