"""Fix a selection: scores in, one row for every sample out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict, get_args

import pyarrow.parquet as pq

from diq_core.artefact import Artefact, Draft, begin, discard
from diq_core.config import Also, SelectSettings
from diq_core.errors import NotFound, UserError
from diq_core.jobs.progress import Progress
from diq_core.kinds import Kind
from diq_core.review.store.roles import Actor
from diq_core.selection.choose import select
from diq_core.selection.pool import Pool
from diq_core.selection.quadrants import Cuts
from diq_core.selection.result import Selection
from diq_core.selection.scores import Scores
from diq_core.selection.strategies import find_strategy
from diq_core.stages.joining import load_scores
from diq_core.study import Study

SELECTION = "selection.parquet"


class Inputs(TypedDict):
    """What a selection is made of; a score that the strategy does not need may be missing."""

    dataset: Artefact
    difficulty: Artefact | None
    influence: Artefact | None


def inputs(
    study: Study,
    settings: SelectSettings,
    dataset: str | None,
    difficulty: str | None,
    influence: str | None,
) -> Inputs:
    """Find what the selection is made of; names may be None where only one thing can be meant.

    Raises:
        NotFound: something the strategy needs is missing, or the scores are of another dataset.
    """
    needs = find_strategy(settings.strategy).needs
    scores = {
        "difficulty": _scores(study, "difficulty", difficulty, "difficulty" in needs),
        "influence": _scores(
            study, "influence", influence, not {"influence", *get_args(Also)}.isdisjoint(needs)
        ),
    }
    made_of = [study.resolve(found, "dataset") for found in scores.values() if found]
    pool = study.find("dataset", dataset) if dataset or not made_of else made_of[0]
    for kind, found in scores.items():
        if found and study.resolve(found, "dataset").digest != pool.digest:
            raise NotFound(
                f"The {kind} scores '{found.name}' were not made of the dataset '{pool.name}'",
                which=str(study.path),
                todo=f"name scores of this dataset with --{kind}, or compute them",
            )
    return {
        "dataset": pool,
        "difficulty": scores["difficulty"],
        "influence": scores["influence"],
    }


def choose(scores: Scores | Pool, settings: SelectSettings) -> Selection:
    """Apply the settings to the scores: the one call that the page and the command share."""
    return select(scores, **settings.model_dump(exclude={"aspect"}))


def with_placements(
    study: Study,
    settings: SelectSettings,
    inputs: Inputs,
    actor: Actor,
    *,
    from_review: bool,
    drop_rejected: bool,
) -> tuple[SelectSettings, dict[str, Any]]:
    """Return `settings` with what people placed in the review, and what to record of it.

    Args:
        inputs: what the selection will be made of.
        actor: who asks.
        from_review: add what was put in or out by hand.
        drop_rejected: leave out what at least half of its raters, or the third person, rejected;
            what somebody put in by hand stays in.

    Raises:
        NotFound: nothing was reviewed in this study.
        NotAllowed: the actor may not see others' judgements.
    """
    from diq_core.stages.reviewed import placements

    scores = load_scores(**inputs, aspect=settings.aspect)
    placed, facts = placements(
        study, scores, actor, by_hand=from_review, drop_rejected=drop_rejected
    )
    return placed.over(settings), facts


def run(
    study: Study,
    name: str,
    settings: SelectSettings,
    progress: Progress,
    *,
    dataset: Artefact,
    difficulty: Artefact | None,
    influence: Artefact | None,
    review: Mapping[str, Any] | None = None,
) -> Artefact:
    """Write ``selection.parquet``: id, kept, rank, quadrant, priority, reason.

    Args:
        review: from what state of the reviews the placements in `settings` were taken, see
            `with_placements`; None = from none.
    """
    given = {"dataset": dataset, "difficulty": difficulty, "influence": influence}
    draft = begin(
        study.folder("selection", name),
        kind="selection",
        settings=settings.model_dump(mode="json"),
        inputs={role: study.reference(found) for role, found in given.items() if found},
    )
    if not isinstance(draft, Draft):
        return draft
    progress.say("Choosing")
    scores = load_scores(dataset, difficulty, influence, settings.aspect)
    try:
        selection = choose(scores, settings)
    except UserError:
        # There is nothing to continue: other settings must be free to take the name.
        discard(study.folder("selection", name))
        raise
    pq.write_table(selection.table(), draft.path / SELECTION)
    return draft.finish(
        counts={**selection.counts, "quadrants": selection.quadrant_counts},
        facts={
            "notes": list(selection.notes),
            "cuts": _cut_values(selection.cuts),
            **({"review": dict(review)} if review else {}),
        },
    )


def _cut_values(cuts: Cuts | None) -> dict[str, float | None] | None:
    if cuts is None:
        return None
    # Among similar lengths there is no one value of influence at which a sample becomes high.
    return {"difficulty": cuts.difficulty, "influence": None if cuts.by_length else cuts.influence}


def _scores(study: Study, kind: Kind, name: str | None, needed: bool) -> Artefact | None:
    if name is None and not needed and not study.artefacts(kind):
        return None
    return study.find(kind, name)
