"""The influence of single tokens: an influence artefact and samples in, their terms out.

Nothing of it is part of an artefact. It follows from one (its plan of batches, its step, its
validation questions) and from the model, and is kept in the study's ``.cache``, where it may be
removed at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from diq_core.artefact import Artefact
from diq_core.config import InfluenceSettings, TokensSettings, build
from diq_core.data.table import load_samples
from diq_core.errors import BadSetting, NotFound
from diq_core.files import read_json
from diq_core.jobs.progress import Progress
from diq_core.models.batching import Batch, BatchPlan, collate
from diq_core.models.chat import Chat
from diq_core.models.kernels import use_threads
from diq_core.models.load import CausalModel, load_causal
from diq_core.models.pieces import pieces_of
from diq_core.models.tokens import Tokens, tokenise
from diq_core.scoring.influence.by_token import token_terms
from diq_core.scoring.influence.direction import Direction
from diq_core.scoring.influence.engine import LARGEST_ERROR, FiniteDifference
from diq_core.stages.deciding import samples_of
from diq_core.stages.influence import VALIDATION
from diq_core.stages.influence_room import refuse_too_large
from diq_core.stages.influence_worker import BATCHES, kept_direction
from diq_core.stages.joining import SCORES, image_file, load_table
from diq_core.stages.showing import sight_of
from diq_core.stages.tokens_cache import Weighed, keep, kept
from diq_core.study import Study

_ANEW = "measure influence again, under another name"
_SAME_DIRECTION = 1e-3
"""Largest relative difference between the length of a gradient now and then."""


def run(
    study: Study, influence: Artefact, settings: TokensSettings, progress: Progress
) -> list[Weighed]:
    """Return the tokens of each sample with their terms, in the order asked for.

    The whole batch in which a sample was scored goes through the model again, so that the terms
    add up to what is stored; its other samples are kept, too.

    Raises:
        NotFound: there is no such sample, or the model or the dataset is gone.
        BadSetting: a sample has no influence, the model is another one, or the terms do not add
            up to what is stored.
        OutOfMemory: the model needs more memory than there is.
    """
    scores = _scores(influence, settings.samples)
    wanted = [id for id in settings.samples if kept(study, influence, id) is None]
    if wanted:
        for each in _weighed(study, influence, wanted, progress):
            _check_sum(each, scores)
            keep(study, influence, each)
    found = [kept(study, influence, id) for id in settings.samples]
    return [each for each in found if each is not None]


def _scores(influence: Artefact, ids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
    """Return id → what is stored of every sample that was scored; refuse `ids` that were not."""
    rows = load_table(influence, SCORES, ["id", "influence", "loss", "reason"]).to_pylist()
    by_id = {row["id"]: row for row in rows}
    if not ids:
        raise BadSetting("No sample is named", which="--sample", todo="name one by its id")
    for id in ids:
        if id not in by_id:
            raise NotFound(
                f"There is no sample {id[:200]!a} among these influence scores",
                which=influence.name,
                todo="see the ids with: diq search",
            )
        if by_id[id]["influence"] is None:
            raise BadSetting(
                f"The sample has no influence, so its words have none: {by_id[id]['reason']}",
                which=id,
                todo="choose one that was scored",
            )
    return {id: row for id, row in by_id.items() if row["influence"] is not None}


def _weighed(
    study: Study, influence: Artefact, ids: Sequence[str], progress: Progress
) -> Iterator[Weighed]:
    settings = build(InfluenceSettings, influence.settings)
    batches = _batches(influence, ids)
    use_threads(settings.threads)
    refuse_too_large(settings)
    progress.say("Loading the model")
    model = _same_model(influence, settings, progress)
    cut = partial(
        tokenise, tokenizer=model.tokenizer, max_tokens=settings.max_tokens,
        chat=Chat(model.tokenizer, settings.thinking),
    )  # fmt: skip
    validation = sight_of(model, settings, partial(image_file, influence))
    held_out = cut(load_samples(load_table(influence, VALIDATION)), sight=validation)
    dataset = study.resolve(influence, "dataset")
    named = samples_of(dataset, {id for batch in batches for id in batch})
    sight = sight_of(model, settings, partial(image_file, dataset))
    ours = cut(list(named.values()), sight=sight).by_id
    direction = kept_direction(model, held_out.tokens, settings, progress)
    _check_direction(influence, direction)
    step = float(influence.manifest["facts"]["engine"]["step"])
    progress.expect(
        sum(map(len, batches)), unit="samples", message="Computing the influence of each word"
    )
    with FiniteDifference(model.model, direction, step=step) as engine:
        for each in batches:
            batch = collate([ours[id] for id in each])
            yield from _of_batch(engine, batch, ours, model.tokenizer)
            progress.advance(len(each), cost=batch.input_ids.size)


def _of_batch(
    engine: FiniteDifference, batch: Batch, ours: Mapping[str, Tokens], tokenizer: Any
) -> Iterator[Weighed]:
    for each in token_terms(engine, batch):
        tokens = ours[each.id]
        yield Weighed(
            each.id,
            tuple(pieces_of(tokenizer, tokens.ids.tolist(), tokens.start)),
            tuple(each.terms.tolist()),
            tuple(each.losses.tolist()),
        )


def _batches(influence: Artefact, ids: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the batches in which these samples were scored, each once."""
    if BATCHES not in influence.manifest["files"]:
        raise BadSetting(
            "These influence scores do not say which samples were scored together",
            which=influence.name,
            todo=_ANEW,
        )
    plan = BatchPlan.from_json(read_json(influence.file(BATCHES)))
    every = [batch for shard in plan.shards for batch in shard.batches]
    return [batch for batch in every if set(ids) & set(batch)]


def _same_model(
    influence: Artefact, settings: InfluenceSettings, progress: Progress
) -> CausalModel:
    model = load_causal(settings.model, tell=progress.say)
    then = influence.manifest["facts"]["model"]
    if model.digest != then["digest"]:
        raise BadSetting(
            f"The model is not the one with which influence was measured ({then['name']!a}): its "
            "files have changed",
            which=settings.model,
            todo=f"put the files back, or {_ANEW}",
        )
    return model


def _check_direction(influence: Artefact, direction: Direction) -> None:
    then = float(influence.manifest["facts"]["validation"]["gradient_norm"])
    if abs(direction.norm - then) > _SAME_DIRECTION * then:
        raise BadSetting(
            f"The validation questions give another direction now: its length is "
            f"{direction.norm:.6g}, and was {then:.6g}",
            which=influence.name,
            todo=_ANEW,
        )


def _check_sum(each: Weighed, scores: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse terms that do not add up to what is stored, beyond what the engine itself is off."""
    stored = scores[each.id]["influence"]
    mean = sum(abs(row["influence"]) for row in scores.values()) / len(scores)
    if abs(each.influence - stored) > LARGEST_ERROR * max(abs(stored), mean):
        raise BadSetting(
            f"The influence of its words adds up to {each.influence:+.4g}, and {stored:+.4g} is "
            "stored",
            which=each.id,
            todo=_ANEW,
        )
