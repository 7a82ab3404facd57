"""Measure pass rates: a dataset in, how often a model answers each question rightly out.

Several answers to each question are drawn and judged by the one verifier. The share of right ones
is a score like any other: an axis of the map, a second opinion on difficulty, and the ground of
the strategy ``pass-rate``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from diq_core.artefact import Artefact
from diq_core.config import PassrateSettings, ScoresSettings, build
from diq_core.data.sample import Sample
from diq_core.draft import Draft, begin, refusable
from diq_core.evaluation.verify.target import target_of
from diq_core.evaluation.verify.verdict import Target
from diq_core.evaluation.verify.verifying import VERIFIER, verify
from diq_core.jobs.executors import HERE, Executor
from diq_core.jobs.place import Place
from diq_core.jobs.progress import Progress
from diq_core.jobs.work import SCRATCH, Shard, Work
from diq_core.models.files import find_causal
from diq_core.models.generating import draw_answers
from diq_core.models.kernels import use_threads
from diq_core.models.load import CausalModel, load_causal
from diq_core.models.sight import Sight
from diq_core.models.tokens import tokenise
from diq_core.score import PASS_RATE
from diq_core.stages import scores
from diq_core.stages.joining import SCORES, image_file, included_samples
from diq_core.stages.showing import asked_with_images, sight_of
from diq_core.stages.unseen import UNSEEN, unseen
from diq_core.study import Study

ANSWERS = "answers.parquet"
_OUTCOMES = ("right", "wrong", "undecided")
_ANSWER = pa.struct({"text": pa.string(), "outcome": pa.string(), "said": pa.string()})
ANSWERED = pa.schema({"id": pa.string(), "answers": pa.list_(_ANSWER), "reason": pa.string()})
"""What a shard holds: one row a sample, with its answers or the reason why there is none."""
_COUNTS = pa.schema(
    {"id": pa.string(), PASS_RATE: pa.float32(), **dict.fromkeys(_OUTCOMES, pa.int32()),
     "reason": pa.string()}
)  # fmt: skip


def run(
    study: Study,
    name: str,
    settings: PassrateSettings,
    progress: Progress,
    *,
    dataset: Artefact,
    executor: Executor = HERE,
) -> Artefact:
    """Write ``answers.parquet`` (every answer with its verdict) and ``scores.parquet``: id, the
    pass rate, how many answers were right, wrong and undecided, and the reason where none was
    asked for. The rate is added to the study as the score `name`.

    An undecided answer is none that passes. A killed run goes on at the shard where it stopped.

    Args:
        executor: who writes the answers; see `jobs.executors`.
    """
    files = find_causal(settings.model, progress.say)
    draft = begin(
        study.folder("passrate", name),
        kind="passrate",
        settings=settings.model_dump(mode="json"),
        inputs={
            "dataset": study.reference(dataset),
            "model": {"path": settings.model, "digest": files.digest},
        },
    )
    made = draft
    if isinstance(draft, Draft):
        with refusable(draft):
            asked = {"samples": asked_samples(dataset, settings)}
            not_seen = unseen(asked, lambda: files, settings.images, which=dataset.name,
                              schema=draft.schema)  # fmt: skip
        done = executor.compute(
            Work.of(draft, study, f"{__name__}:{open_worker.__name__}"), progress
        )
        shown = {} if not_seen else asked_with_images(asked)
        made = finish(draft, done.table, {**done.facts, **not_seen, **shown})
    assert isinstance(made, Artefact)
    return added(study, name, made, dataset, progress)


def added(
    study: Study, name: str, made: Artefact, dataset: Artefact, progress: Progress
) -> Artefact:
    """Add finished pass rates to the study as the score `name`, and return them."""
    about = {UNSEEN: made.manifest["facts"][UNSEEN]} if UNSEEN in made.manifest["facts"] else {}
    described = ScoresSettings(
        column=PASS_RATE, label="Pass rate without images" if about else "Pass rate",
        higher="the model answers it rightly more often",
        best="low", unit="share of answers", least=0.0, most=1.0,
    )  # fmt: skip
    scores.run(study, name, described, progress, dataset=dataset,
               source=str(made.path / SCORES), also=about)  # fmt: skip
    return made


def finish(draft: Draft, table: pa.Table, facts: Mapping[str, Any]) -> Artefact:
    """Write both tables of one row a sample (see `ANSWERED`) and return the artefact."""
    pq.write_table(answers_of(table), draft.path / ANSWERS)
    rates = rates_of(table)
    pq.write_table(rates, draft.path / SCORES)
    missing = rates[PASS_RATE].null_count
    totals = {each: pc.sum(rates[each]).as_py() or 0 for each in _OUTCOMES}
    return draft.finish(
        counts={"scored": len(rates) - missing, "not_scored": missing, **totals},
        facts={**facts, "verifier": VERIFIER},
        scratch=SCRATCH,
    )


def answers_of(table: pa.Table) -> pa.Table:
    """Return one row an answer: the sample's id, a number from 0, text, verdict, what was read."""
    rows = [
        {"id": row["id"], "number": number, **answer}
        for row in table.to_pylist()
        for number, answer in enumerate(row["answers"] or ())
    ]
    kinds = {"id": pa.string(), "number": pa.int32(), **{each.name: each.type for each in _ANSWER}}
    return pa.Table.from_pylist(rows, pa.schema(kinds))


def rates_of(table: pa.Table) -> pa.Table:
    """Return one row a sample: the share of right answers, how many of each, or why none."""
    rows = []
    for row in table.to_pylist():
        outcomes = Counter(each["outcome"] for each in row["answers"] or ())
        rate = outcomes["right"] / outcomes.total() if outcomes else None
        counted = {each: outcomes[each] for each in _OUTCOMES}
        rows.append({"id": row["id"], PASS_RATE: rate, **counted, "reason": row["reason"]})
    return pa.Table.from_pylist(rows, _COUNTS)


@dataclass(frozen=True, eq=False)
class _Worker:
    model: CausalModel
    sight: Sight | None
    settings: PassrateSettings
    parts: Sequence[Sequence[Sample]]
    progress: Progress

    @property
    def shards(self) -> list[Shard]:
        return [Shard(len(part)) for part in self.parts]

    @property
    def facts(self) -> dict[str, Any]:
        return {"model": self.model.facts}

    def __call__(self, number: int) -> pa.Table:
        rows = []
        for sample in self.parts[number]:
            rows.append({"id": sample.id, **self._answered(sample)})
            self.progress.advance(1)
        return pa.Table.from_pylist(rows, ANSWERED)

    def _answered(self, sample: Sample) -> dict[str, Any]:
        target, settings = target_of(sample), self.settings
        if not isinstance(target, Target):
            return {"reason": target}
        read = tokenise(
            [sample], self.model.tokenizer, max_tokens=settings.max_tokens, sight=self.sight
        )
        if not read.tokens:
            return {"reason": read.unscored[0].reason}
        (tokens,) = read.tokens
        texts = draw_answers(
            self.model, tokens, count=settings.answers,
            max_new_tokens=settings.max_new_tokens, temperature=settings.temperature,
            seed=f"{settings.seed}/{sample.id}",
        )  # fmt: skip
        return {"answers": verified(texts, target)}


def verified(texts: Sequence[str], target: Target) -> list[dict[str, str]]:
    """Return written answers to one question, each with its verdict and what was read of it."""
    found = [(text, verify(text, target)) for text in texts]
    return [{"text": text, "outcome": verdict.outcome, "said": verdict.said}
            for text, verdict in found]  # fmt: skip


def asked_samples(dataset: Artefact, settings: PassrateSettings) -> list[Sample]:
    """Return the samples that a model is to answer, in their order."""
    return included_samples(dataset)[: settings.limit]


@contextmanager
def open_worker(work: Work, _place: Place, progress: Progress) -> Iterator[_Worker]:
    """Yield what answers the questions of one shard; see `jobs.work`."""
    settings = build(PassrateSettings, work.settings)
    use_threads(settings.threads)
    progress.say("Loading the model")
    model = load_causal(settings.model, tell=progress.say)
    dataset = work.input("dataset")
    sight = sight_of(model, settings, partial(image_file, dataset))
    samples = asked_samples(dataset, settings)
    size = settings.shard_size
    parts = [samples[start : start + size] for start in range(0, len(samples), size)]
    progress.say("Answering")
    yield _Worker(model, sight, settings, parts, progress)
