"""Fix a selection: scores in, one row for every sample out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypedDict

import pyarrow.parquet as pq

from diq_core import plugins
from diq_core.artefact import Artefact
from diq_core.config import SelectSettings
from diq_core.draft import Draft, begin, discard
from diq_core.errors import NotFound, UserError
from diq_core.jobs.progress import Progress
from diq_core.kinds import Kind
from diq_core.review.store.roles import Actor
from diq_core.score import KNOWN, PASS_RATE, TASK, known_score
from diq_core.selection.choose import select
from diq_core.selection.contents import NOTHING, QUADRANT, Contents
from diq_core.selection.pool import Pool
from diq_core.selection.result import Selection
from diq_core.selection.scores import Scores
from diq_core.selection.strategies import PLUGINS, Strategy, by_score, find_strategy, strategies
from diq_core.stages.asked import asked_columns, pinned
from diq_core.stages.columns import EVERYWHERE
from diq_core.stages.joining import MADE_BY, described_score, load_scores
from diq_core.stages.searching import contents as contents_of
from diq_core.study import Study

SELECTION = "selection.parquet"
OWN = "scores/"
"""What the role of an own score begins with among the inputs of a selection."""


class Inputs(TypedDict):
    """What a selection is made of; a score that the strategy does not need may be missing."""

    dataset: Artefact
    difficulty: Artefact | None
    influence: Artefact | None
    own: tuple[Artefact, ...]


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
    needs = needed(settings)
    own = tuple(_own_score(study, name) for name in _own_names(study, settings))
    hard = _scores(study, "difficulty", difficulty, needs_any(needs, "difficulty"))
    dots = _scores(study, "influence", influence, needs_any(needs, "influence"))
    scores = [found for found in (hard, dots, *own) if found]
    made_of = [study.resolve(found, "dataset") for found in scores]
    pool = study.find("dataset", dataset) if dataset or not made_of else made_of[0]
    for found in scores:
        if study.resolve(found, "dataset").digest != pool.digest:
            raise NotFound(
                f"The {_words(found)} '{found.name}' were not made of the dataset '{pool.name}'",
                which=str(study.path),
                todo=_of_this_dataset(found),
            )
    return {"dataset": pool, "difficulty": hard, "influence": dots, "own": own}


def needed(settings: SelectSettings) -> tuple[str, ...]:
    """Return the names of the scores that a selection is made by: those of its strategy, and what
    this package measures of what its filters and quotas ask for.

    Raises:
        BadSetting: there is no such strategy, or a filter or quota is none.
    """
    by_rule = find_strategy(settings.strategy).needed(settings.axes)
    asked = asked_columns(settings)
    by_filter = [name for name in asked if known_score(name) and name not in EVERYWHERE]
    in_quadrants = settings.axes if QUADRANT in asked else ()
    return tuple(dict.fromkeys((*by_rule, *by_filter, *in_quadrants)))


def inputs_of(study: Study, selection: Artefact) -> Inputs:
    """Return what a fixed selection was made of.

    Raises:
        NotFound: an input is gone or was replaced.
    """
    roles = [role for role in selection.manifest["inputs"] if role.startswith(OWN)]
    return {
        "dataset": study.resolve(selection, "dataset"),
        "difficulty": _resolved(study, selection, "difficulty"),
        "influence": _resolved(study, selection, "influence"),
        "own": tuple(study.resolve(selection, role) for role in sorted(roles)),
    }


def offered_strategies(study: Study) -> list[Strategy]:
    """Return every strategy that can choose here: ours, those of packages, one for each own score.

    What needs a score that has to be measured or imported first is left out until it is there.
    """
    own = study.artefacts("scores")
    known = KNOWN.keys() | {each.name for each in own}
    ready = [each for each in strategies().values() if known >= set(each.needs)]
    return [*ready, *(by_score(described_score(each)) for each in own)]


def choose(
    scores: Scores | Pool, settings: SelectSettings, contents: Contents = NOTHING
) -> Selection:
    """Apply the settings to the scores: the one call that the page and the command share.

    Args:
        contents: what filters and quotas may look at, see `searching.contents`.
    """
    told = settings.model_dump(exclude={"aspect", "length", "judged_at"})
    return select(scores, **{**told, "axes": settings.axes}, contents=contents)


def with_placements(
    study: Study,
    settings: SelectSettings,
    inputs: Inputs,
    actor: Actor,
    *,
    from_review: bool,
    drop_rejected: bool,
    set_aside: Collection[str] = (),
) -> tuple[SelectSettings, dict[str, Any]]:
    """Return `settings` with what people placed in the review, and what to record of it.

    Args:
        inputs: what the selection will be made of.
        actor: who asks.
        from_review: add what was put in or out by hand.
        drop_rejected: leave out what at least half of its raters, or the third person, rejected;
            what somebody put in by hand stays in.
        set_aside: ids that stay out even where somebody put them in by hand.

    Raises:
        NotFound: nothing was reviewed in this study.
        NotAllowed: the actor may not see others' judgements.
    """
    from diq_core.stages.reviewed import placements

    scores = load_scores(
        **inputs, aspect=settings.aspect, only=needed(settings), length=settings.length
    )
    placed, facts = placements(
        study, scores, actor, by_hand=from_review, drop_rejected=drop_rejected,
        set_aside=set_aside,
    )  # fmt: skip
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
    own: Sequence[Artefact] = (),
    review: Mapping[str, Any] | None = None,
) -> Artefact:
    """Write ``selection.parquet``: id, kept, rank, quadrant, priority, reason.

    Args:
        own: artefacts of the kind ``scores``, see `inputs`.
        review: from what state of the reviews the placements in `settings` were taken, see
            `with_placements`; None = from none.
    """
    contents = contents_of(study, dataset)
    settings = pinned(settings, contents)
    given = {"dataset": dataset, "difficulty": difficulty, "influence": influence}
    given |= {f"{OWN}{each.name}": each for each in own}
    draft = begin(
        study.folder("selection", name),
        kind="selection",
        settings=settings.model_dump(mode="json"),
        inputs={role: study.reference(found) for role, found in given.items() if found},
    )
    if not isinstance(draft, Draft):
        return draft
    progress.say("Choosing")
    scores = load_scores(
        dataset, difficulty, influence, settings.aspect, own,
        only=needed(settings), length=settings.length,
    )  # fmt: skip
    try:
        selection = choose(scores, settings, contents)
    except UserError:
        # There is nothing to continue: other settings must be free to take the name.
        discard(study.folder("selection", name))
        raise
    pq.write_table(selection.table(), draft.path / SELECTION)
    return draft.finish(
        counts={**selection.counts, "quadrants": selection.quadrant_counts},
        facts={
            "notes": list(selection.notes),
            "cuts": _cut_values(selection),
            **({"length": scores.length_unit} if "length" in needed(settings) else {}),
            **plugins.used((PLUGINS, settings.strategy)),
            **({"review": dict(review)} if review else {}),
        },
    )


def _cut_values(selection: Selection) -> dict[str, float | None] | None:
    """Return name of a score → value at its cut, as it is given and not oriented."""
    cuts, (across, up) = selection.cuts, selection.pool.axes
    if cuts is None:
        return None
    # In a derived column there is no one value of the score at which a sample becomes good.
    return {
        across: selection.pool.as_given(across, cuts.across),
        up: None if cuts.derived else selection.pool.as_given(up, cuts.up),
    }


def needs_any(needs: Collection[str], kind: str) -> bool:
    """Return whether one of the scores `needs` is in the artefacts of that kind."""
    by_task = kind == "influence" and any(name.startswith(TASK) for name in needs)
    return by_task or not set(MADE_BY[kind]).isdisjoint(needs)


def _own_names(study: Study, settings: SelectSettings) -> list[str]:
    """Return the own scores that the strategy needs, and those that filters and quotas name."""
    asked = set(asked_columns(settings)) - set(EVERYWHERE)
    named = [each.name for each in study.artefacts("scores") if each.name.casefold() in asked]
    needs = [name for name in needed(settings) if known_score(name) is None]
    return list(dict.fromkeys((*needs, *named)))


def _own_score(study: Study, name: str) -> Artefact:
    found = [each.name for each in study.artefacts("scores")]
    if name not in found:
        there = f"use one of: {', '.join(found)}; or " if found else ""
        raise NotFound(
            f"This study has no score '{name}'",
            which=str(study.path),
            todo=f"{there}{_making(study, name)}",
        )
    return study.find("scores", name)


def _making(study: Study, name: str) -> str:
    if name == PASS_RATE:
        return f"measure it with: diq passrate --study {study.path}"
    return f"import it with: diq scores FILE --study {study.path} --name {name}"


def _words(found: Artefact) -> str:
    return "scores" if found.kind == "scores" else f"{found.kind} scores"


def _of_this_dataset(found: Artefact) -> str:
    if found.kind == "scores":
        return "import scores of this dataset under another name"
    return f"name scores of this dataset with --{found.kind}, or compute them"


def _resolved(study: Study, selection: Artefact, role: str) -> Artefact | None:
    return study.resolve(selection, role) if selection.input(role) else None


def _scores(study: Study, kind: Kind, name: str | None, needed: bool) -> Artefact | None:
    if name is None and not needed and not study.artefacts(kind):
        return None
    return study.find(kind, name)
