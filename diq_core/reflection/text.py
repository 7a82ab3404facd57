"""What became of reflective chains, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from diq_core.reflection.chain import ACCEPTED, BRANCHES


def as_text(results: Mapping[str, Any]) -> str:
    """Return acceptance and losses by branch, and the cost."""
    return "\n".join(_lines(results))


def _lines(results: Mapping[str, Any]) -> Iterator[str]:
    asked, accepted = results["asked"], results["accepted"]
    share = f" ({accepted / asked:.1%})" if asked else ""
    kept = f"{results['in_dataset']:,} in the dataset"
    yield f"{accepted:,} of {asked:,} chains accepted{share}; {kept}"
    for name, words in BRANCHES.items():
        if number := results["branches"].get(name):
            yield f"  {'accepted' if name in ACCEPTED else 'lost'}: {words}: {number:,}"
    for reason, number in results["unasked"].items():
        yield f"  not asked: {reason}: {number:,}"
    for who, cost in results["cost"].items():
        if cost["requests"]:
            said = f", {cost['not_counted']:,} of them without a count" * bool(cost["not_counted"])
            yield (
                f"  {who}: {cost['requests']:,} replies, {cost['prompt_tokens']:,} tokens read and "
                f"{cost['tokens']:,} written{said}"
            )
