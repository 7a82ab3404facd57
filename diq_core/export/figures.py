"""Figures of an export as Markdown: the counts, tables and lines that its datasheet is made of."""

from __future__ import annotations

from collections.abc import Iterator

from diq_core.export.facts import NOT_STATED, Counts, Cut, DatasheetFacts, Lengths, Scorer
from diq_core.markdown import plain, table
from diq_core.score import quadrant_words

_ROWS = 20


def samples(count: int) -> str:
    """Return ``"1 sample"``, ``"1,200 samples"``."""
    return f"{count:,} sample{'' if count == 1 else 's'}"


def part(count: int, total: int) -> str:
    """Return a count and its share, as ``"3 (75.0 %)"``."""
    return f"{count:,} ({100 * count / total:.1f} %)" if total else f"{count:,}"


def count_table(head: str, counts: Counts, unit: str = "samples") -> str:
    """Return a table of the first 20 counts and one row for the rest."""
    total = sum(counts.values())
    entries = list(counts.items())
    rows = [(plain(name) or NOT_STATED, part(count, total)) for name, count in entries[:_ROWS]]
    if rest := entries[_ROWS:]:
        left = sum(count for _, count in rest)
        rows.append((f"{len(rest):,} more", part(left, total)))
    return table((head, unit), rows)


def counts_or_none(
    head: str, counts: Counts, otherwise: str, unit: str = "samples"
) -> Iterator[str]:
    """Yield the table of `counts`, or the sentence `otherwise` where there is nothing."""
    yield count_table(head, counts, unit) if counts else f"{otherwise}."


def quadrant_table(facts: DatasheetFacts) -> str:
    """Return how the exported samples and the pool lie in the quadrants."""

    def shown(counts: Counts, key: str) -> str:
        return part(counts.get(key, 0), sum(counts.values())) if counts else "not known"

    called = {f"Q{n}": f"Q{n} {plain(w)}" for n, w in quadrant_words(*facts.axes).items()}
    called["unscored"] = "without scores"
    rows = [
        (words, shown(facts.quadrants, key), shown(facts.pool_quadrants, key))
        for key, words in called.items()
        if key != "unscored" or _has_unscored(facts)
    ]
    return table(("quadrant", "exported", "pool"), rows)


def _has_unscored(facts: DatasheetFacts) -> bool:
    return bool(facts.quadrants.get("unscored") or facts.pool_quadrants.get("unscored"))


def length_table(exported: Lengths | None, pool: Lengths | None) -> str:
    """Return how long the responses are, and those of the pool beside them."""
    spreads = [
        (name, spread) for name, spread in (("exported", exported), ("pool", pool)) if spread
    ]
    unit = max((spread.unit for _, spread in spreads), key=len, default="words")
    heads = ("samples", "mean", "10th percentile", "median", "90th percentile")
    return table(
        (f"{unit} a response", *heads),
        [
            (name, f"{each.samples:,}", f"{each.mean:.1f}", f"{each.low:,}",
             f"{each.median:,.1f}", f"{each.high:,}")
            for name, each in spreads
        ],
    )  # fmt: skip


def scorer_line(scorer: Scorer | None) -> str:
    """Return which model scored, with all that must be known to repeat it."""
    if scorer is None:
        return "not scored."
    details = [f"{plain(name)} {plain(value)}" for name, value in scorer.details.items()]
    digest = [f"SHA-256 {plain(scorer.digest)}"] if scorer.digest else []
    return "; ".join([plain(scorer.name), *digest, *details]) + "."


def cut_line(what: str, word: str, cut: Cut | None) -> list[str]:
    """Return where a score counts as high, as one line; none where nothing was cut."""
    if cut is None:
        return []
    value = "" if cut.value is None else f", which is {cut.value:.6g}"
    return [f"{what} cut: {word} from percentile {cut.percent:g} of the scored pool{value}"]
