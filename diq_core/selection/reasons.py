"""Why each sample is in or out: one readable line a row, built for whole columns at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from diq_core.selection.chosen import Chosen
from diq_core.selection.placements import (
    BY_RULE,
    NOT_ASKED_FOR,
    PUT_IN,
    REJECTED,
    SET_ASIDE,
    TAKEN_OUT,
)
from diq_core.selection.pool import Mask, Rows
from diq_core.selection.quadrants import QUADRANTS, count_quadrants
from diq_core.selection.scores import Scores, Texts, is_absent

Places = NDArray[np.int64]
Part = tuple[Mask, pa.Array]
_LEFT_OUT = {
    TAKEN_OUT: "Out: taken out by hand after review",
    REJECTED: "Out: rejected by its reviewers",
    NOT_ASKED_FOR: "Out: it does not fit the filter",
    SET_ASIDE: "Out: left out by a choice among samples that ask the same",
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
    for full, ending in _limits(selection, rows):
        stopped = limited & full
        yield stopped, _limited(selection, rows[stopped], places[stopped], ending.filter(stopped))
        limited &= ~stopped
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
        asked = f" ({_filter_words(selection)})" if number == NOT_ASKED_FOR else ""
        yield mask, pa.repeat(words + asked, int(np.count_nonzero(mask)))


def _filter_words(selection: Chosen) -> str:
    words = selection.settings.get("words", "")
    parts = [*([f"words: {words}"] if words else []), *selection.settings.get("where", ())]
    return " ".join("; ".join(parts).split())


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
    by_quota = selection.by_quota
    if selection.order.tier is None:
        ranked = _numbers(places[mask])
        told = [*([f"{by_hand} of it put in by hand"] if by_hand else []),
                *([f"{by_quota} of it kept for quotas"] if by_quota else [])]  # fmt: skip
        ending = f" {selection.phrase}; the budget was {', '.join([str(asked), *told])}"
        yield mask, _line("Out: ranked ", ranked, ending)
        return
    tiers = selection.order.tier[rows]
    kept = count_quadrants(selection.quadrant[selection.kept & selection.order.candidates])
    used = [number for number in QUADRANTS if kept[f"Q{number}"]]
    hands = [f"{by_hand} put in by hand"] if by_hand else []
    hands += [f"{by_quota} kept for quotas"] if by_quota else []
    for number in QUADRANTS:
        group = mask & (tiers == number)
        by = ["samples ranked higher"] if number in used else [f"Q{n}" for n in used]
        ending = f"; the budget of {asked} was filled by {_listed([*by, *hands])}"
        yield group, _line(f"Out: Q{number}, ranked ", _numbers(places[group]), ending)


def _limits(selection: Chosen, rows: Rows) -> Iterator[tuple[Mask, pa.Array]]:
    """Yield for each quota which of the rows are of a part that is full, and words for each row."""
    has_source_limit = selection.per_source is not None
    for number, (parts, full) in enumerate(zip(selection.parts, selection.full, strict=True)):
        if number == 0 and has_source_limit:
            sources = selection.pool.scores.source[rows]
            named = np.where(is_absent(sources), "samples without a source", sources)
            limit = f"; the limit of {selection.per_source} per source was reached for "
            yield full[rows], _line(limit, _one_line(named))
        else:
            names = pa.array([f"{parts.words(part)} at most {most:,}"
                              for part, most in enumerate(parts.most.tolist())])  # fmt: skip
            asked = names.take(pa.array(parts.code[rows]))
            yield full[rows], _line("; the quota was reached: ", _one_line(asked))


def _limited(selection: Chosen, rows: Rows, places: Places, ending: pa.Array) -> pa.Array:
    if selection.order.tier is None:
        start, middle = "Out: ranked ", f" {selection.phrase}"
    else:
        starts = pa.array([f"Out: Q{number}, ranked " for number in range(5)])
        start, middle = starts.take(pa.array(selection.order.tier[rows])), ""
    return _line(start, _numbers(places), middle, ending)


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


def _one_line(values: Texts | pa.Array) -> pa.Array:
    texts = values if isinstance(values, pa.Array) else pa.array(values, type=pa.string())
    trimmed = pc.utf8_trim_whitespace(texts)
    return pc.replace_substring_regex(trimmed, r"\s+", " ")


def _numbers(values: NDArray[np.integer]) -> pa.Array:
    return pa.array(values).cast(pa.string())


def _line(*pieces: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*pieces, "")


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
