"""The verb that weighs single tokens: which words of a sample help, and which hurt."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import typer

from diq_core.cli.common import draw, say
from diq_core.cli.verb import Call, verb
from diq_core.config import TokensSettings
from diq_core.data.text import visible
from diq_core.jobs.running import running
from diq_core.study import Study

if TYPE_CHECKING:
    from diq_core.artefact import Artefact
    from diq_core.scoring.influence.passages import Passage
    from diq_core.stages.tokens_cache import Weighed

app = typer.Typer()
_WIDTH = 70


@verb(app, "tokens")
def tokens(call: Call[TokensSettings], influence: str | None) -> None:
    """Say which tokens of a sample's response help and which hurt.

    The terms of the tokens add up to the sample's influence. They are kept, so the same command,
    and the page Explore, have them at once.
    """
    from diq_core.stages import tokens as stage

    study = call.study
    scores = study.find("influence", influence)
    watch = None if call.as_json or not sys.stderr.isatty() else draw
    with running(study, call.order(scores.name), watch=watch) as progress:
        found = stage.run(study, scores, call.settings, progress)
        progress.end("done", result={"samples": len(found)})
    shown = [(each, _passages(study, scores, each)) for each in found]
    result = {"samples": [_as_dict(*each) for each in shown]}
    say(call.as_json, result, "\n".join(line for each in shown for line in _lines(*each)))


def _passages(study: Study, scores: Artefact, weighed: Weighed) -> list[Passage]:
    from diq_core.data.sample import answer_text
    from diq_core.scoring.influence.passages import passages
    from diq_core.stages.deciding import samples_of

    sample = samples_of(study.resolve(scores, "dataset"), {weighed.id})[weighed.id]
    return passages(weighed.pieces, sample.reasoning, answer_text(sample))


def _as_dict(weighed: Weighed, parts: list[Passage]) -> dict[str, Any]:
    return {
        "id": weighed.id,
        "influence": weighed.influence,
        "loss": weighed.loss,
        "passages": [
            {"what": part.what, "step": part.step or None, "influence": _sum(weighed, part)}
            for part in parts
        ],
        "tokens": [
            {"text": piece, "influence": term, "loss": loss}
            for piece, term, loss in zip(weighed.pieces, weighed.terms, weighed.losses, strict=True)
        ],
    }


def _lines(weighed: Weighed, parts: list[Passage]) -> Iterator[str]:
    yield (
        f"{visible(weighed.id)}: influence {weighed.influence:+.4g} over {len(weighed.terms):,} "
        f"tokens, loss {weighed.loss:.3f} nats"
    )
    for part in parts:
        name = f"step {part.step}" if part.step else part.what
        text = " ".join("".join(weighed.pieces[part.first : part.end]).split())
        yield f"  {name:8} {_sum(weighed, part):+11.4g}  {visible(text)[:_WIDTH]}"
    ordered = sorted(range(len(weighed.terms)), key=lambda at: -abs(weighed.terms[at]))
    strongest = (f"{visible(weighed.pieces[at]).strip() or '(blank)'} {weighed.terms[at]:+.3g}"
                 for at in ordered[:8])  # fmt: skip
    yield f"  strongest: {', '.join(strongest)}"


def _sum(weighed: Weighed, part: Passage) -> float:
    return float(sum(weighed.terms[part.first : part.end]))
