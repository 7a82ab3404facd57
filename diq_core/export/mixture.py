"""What a datasheet says of the mixture that the samples were chosen from."""

from __future__ import annotations

from collections.abc import Iterator

from diq_core.export.facts import DatasheetFacts
from diq_core.markdown import plain, table


def mixed(facts: DatasheetFacts) -> Iterator[str]:
    """Yield the paragraphs about the mixture: which sources, of what kind, and how much of each."""
    total = sum(each.taken for each in facts.mixture)
    yield f"The dataset is a mixture of {total:,} samples of {len(facts.mixture)} datasets:"
    yield table(
        ("source", "kind", "asked for", "taken"),
        [
            (plain(each.name), plain(each.kind), f"{each.target:,}", f"{each.taken:,}")
            for each in facts.mixture
        ],
    )
    for note in facts.mixture_notes:
        yield f"{plain(note)}."
