"""What became of the samples, branch by branch, and what it costs: expected, and in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from diq_core.asking.completion import Reply
from diq_core.asking.parts import Messages, texts_of
from diq_core.reflection.chain import BRANCHES, Found, Step

_CHARACTERS = 4
"""Characters of a token, roughly: what a request takes is not known before a model reads it."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What it may cost, before anything is asked; every number is a guess but `samples`.

    Attributes:
        least, most: requests, if all goes as well as it can, and if nothing does.
        prompt_tokens: of the fewest requests, four characters a token.
        written_tokens: the most that the most requests may write.
    """

    samples: int
    least: int
    most: int
    prompt_tokens: int
    written_tokens: int


def estimate(begun: Iterable[Messages], bounds: tuple[int, int], *, max_tokens: int) -> Estimate:
    """Return what searches that begin with these requests may cost; repairs are not counted.

    Args:
        bounds: fewest and most requests for each of them.
    """
    fewest, longest = bounds
    sizes = [sum(len(text) for each in messages for _, text in texts_of(each))
             for messages in begun]  # fmt: skip
    most = len(sizes) * longest
    least = len(sizes) * fewest
    read = fewest * sum(sizes) // _CHARACTERS
    return Estimate(len(sizes), least, most, read, most * max_tokens)


@dataclass(frozen=True, slots=True)
class Cost:
    """What was asked in the end.

    Attributes:
        requests: that got a reply, repairs among them; a reply from the cache counts as one.
        prompt_tokens, tokens: read and written, as the endpoint counts them.
        not_counted: replies of which it did not say how many tokens they took.
    """

    requests: int
    prompt_tokens: int
    tokens: int
    not_counted: int

    @classmethod
    def of(cls, replies: Iterable[Reply]) -> Cost:
        """Return what these replies cost."""
        every = [*replies]
        counted = [each for each in every if None not in (each.tokens, each.prompt_tokens)]
        return cls(
            len(every),
            sum(each.prompt_tokens or 0 for each in every),
            sum(each.tokens or 0 for each in every),
            len(every) - len(counted),
        )


def figures(found: Sequence[Found], unasked: Mapping[str, int]) -> dict[str, Any]:
    """Return how many samples ended on each branch, and how the replies came to fit.

    Args:
        unasked: why nothing was asked → samples.
    """
    branches = Counter(each.branch for each in found)
    steps = [step for each in found for step in each.steps]
    ways = Counter(step.said.way or "not read" for step in steps)
    verified = Counter(step.judged.by or "nobody" for step in steps if step.judged)
    asked = len(found)
    accepted = sum(each.is_accepted for each in found)
    return {
        "asked": asked,
        "accepted": accepted,
        "branches": {name: branches[name] for name in BRANCHES if branches[name]},
        "unasked": dict(sorted(unasked.items())),
        "strategies": _strategies(steps),
        "read": dict(sorted(ways.items())),
        "verified_by": dict(sorted(verified.items())),
        "cost": {
            "teacher": asdict(Cost.of(one for step in steps for one in step.said.replies)),
            "verifier": asdict(
                Cost.of(one for step in steps if step.judged for one in step.judged.replies)
            ),
        },
    }


def _strategies(steps: Iterable[Step]) -> dict[str, dict[str, int]]:
    """Return strategy → how often it was followed, and how often what it led to was right."""
    found: dict[str, dict[str, int]] = {}
    for step in steps:
        counts = found.setdefault(step.strategy, {"asked": 0, "read": 0, "right": 0})
        counts["asked"] += 1
        counts["read"] += step.said.values is not None
        counts["right"] += step.judged is not None and step.judged.outcome == "right"
    return dict(sorted(found.items()))
