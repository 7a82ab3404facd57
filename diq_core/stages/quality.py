"""Have a language model judge pairs of answers: every reply kept, then who is preferred.

Each pair is asked in both orders and each answer is rated alone, as often as there are repeats.
A reply is kept as it comes, so whatever ends a run, the same command goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow.parquet as pq

from diq_core.artefact import Artefact
from diq_core.asking.allowed import require_allowed
from diq_core.asking.asker import Asker
from diq_core.asking.completion import Reply, Sampling
from diq_core.asking.endpoint import Endpoint, EndpointFailed
from diq_core.asking.reply_log import ReplyLog
from diq_core.config import QualitySettings
from diq_core.data.sample import question_text
from diq_core.data.text import mend
from diq_core.draft import Draft, begin
from diq_core.files import write_json
from diq_core.jobs.order import Order, order_for
from diq_core.jobs.progress import Progress
from diq_core.quality.asking import compare_prompt, rate_prompt
from diq_core.quality.requests import Request, read_reply, requests
from diq_core.quality.results import judgement_table, results_of
from diq_core.review.form.form import load_form
from diq_core.review.log.canonical import digest
from diq_core.review.machine.rater import rater
from diq_core.stages.answers import load_pairs
from diq_core.stages.endpoint_gate import (
    WITHHELD,
    Asked,
    Looked,
    look_ahead,
    require_may_leave,
)
from diq_core.stages.evaluation import RESULTS
from diq_core.stages.identifier_log import Answerable
from diq_core.statistics.resampling import Bootstrap
from diq_core.study import Study

JUDGEMENTS = "judgements.parquet"
_LOG = "replies.jsonl"
_NOT_SENT = {"text": None, "whole": False, "model": None, "endpoint": "", "reason": WITHHELD}


def judge_order(
    name: str,
    settings: QualitySettings,
    answers: str,
    endpoint: str,
    *,
    as_: str | None = None,
    release_role: str = "",
    release_reason: str = "",
) -> Order:
    """Return the order that has a model judge the pairs `answers`.

    Args:
        as_: who lets identifiers leave, by their name in the study.
        release_role, release_reason: in which role, and why; empty = nobody does.

    Raises:
        BadSetting: the endpoint's address is no plain one, or may not be asked.
    """
    require_allowed(endpoint)
    return order_for(
        "quality", name, settings, answers=answers, endpoint=endpoint, as_=as_,
        release_role=release_role, release_reason=release_reason,
    )  # fmt: skip


def run(
    study: Study,
    name: str,
    settings: QualitySettings,
    progress: Progress,
    *,
    answers: Artefact,
    endpoint: Endpoint,
    who: Answerable | None = None,
) -> Artefact:
    """Write ``judgements.parquet`` (one row for each reply, readable or not) and ``results.json``
    (see `results_of`).

    Args:
        answers: pairs that `answering.run` made.
        endpoint: where the model is asked; stays open.
        who: who lets answers leave that may tell who a patient is; None = nobody.

    Raises:
        EndpointFailed: the endpoint is unusable; says how many replies are kept.
        IdentifiersFound: an answer may tell who a patient is; nothing was asked.
    """
    form = load_form()
    draft = begin(
        study.folder("quality", name),
        kind="quality",
        settings=settings.model_dump(mode="json"),
        inputs={
            "answers": study.reference(answers),
            "form": {"path": f"version {form.version}", "digest": form.digest},
            "prompts": {"path": ", ".join(_prompts()), "digest": digest(_prompts())},
        },
    )
    if not isinstance(draft, Draft):
        return draft
    pairs = load_pairs(answers)
    wanted = list(requests(form, pairs, repeats=settings.repeats, scales=settings.scales))
    # Repeats are asked the same.
    first = (one for one in wanted if one.repeat == 1)
    looked = require_may_leave(
        study, map(_asked, first), endpoint, who, leave_out=settings.leave_out_identifiers
    )
    log = ReplyLog(draft.path / _LOG)
    withheld = frozenset(looked["withheld"])
    sent = [one for one in wanted if one.pair.question not in withheld]
    _ask_all(sent, log, Asker(endpoint, settings.model), settings, progress)
    replies_of = {one.key: _NOT_SENT for one in wanted} | log.replies
    said = [(one, read_reply(form, one, replies_of[one.key])) for one in wanted]
    how = Bootstrap(resamples=settings.resamples, seed=settings.seed)
    results = results_of(form, pairs, said, scales=settings.scales, how=how) | {
        "judge": _judge(settings, log),
        "first": answers.manifest["facts"]["first"],
        "second": answers.manifest["facts"]["second"],
        "no_pair": answers.manifest["counts"]["reasons"],
    }
    pq.write_table(judgement_table(form, said, replies_of), draft.path / JUDGEMENTS)
    write_json(draft.path / RESULTS, results)
    replies = results["replies"]
    return draft.finish(
        counts={"pairs": len(pairs), "requests": replies["asked"], "read": replies["read"],
                "missing": sum(replies["missing"].values()), "reasons": replies["missing"]},
        facts={"judge": results["judge"], "identifiers": looked},
        scratch=(_LOG,),
    )  # fmt: skip


def ahead(study: Study, answers: Artefact, settings: QualitySettings) -> Looked:
    """Return what the gate would see of a judging, before anything is asked; nothing is kept."""
    wanted = requests(load_form(), load_pairs(answers), repeats=1, scales=settings.scales)
    return look_ahead(study, map(_asked, wanted))


def load_results(artefact: Artefact) -> dict[str, Any]:
    """Return ``results.json`` of a finished judgement."""
    return artefact.results(RESULTS)


def _ask_all(
    wanted: Sequence[Request],
    log: ReplyLog,
    asker: Asker,
    settings: QualitySettings,
    progress: Progress,
) -> None:
    """Ask what has no reply yet; what fails is asked once more at the end."""
    unique = {one.key: one for one in wanted}
    left = [key for key in unique if not log.has(key)]
    progress.expect(
        len(unique),
        unit="requests",
        finished=len(unique) - len(left),
        message=f"Asking {settings.model!a}",
    )
    for last in (False, True):
        for key in left:
            try:
                log.add(key, _ask(unique[key], asker, settings))
            except EndpointFailed as error:
                raise _failed(error, sum(map(log.has, unique)), len(unique)) from None
            if last or log.has(key):
                progress.advance(1)
        left = [key for key in left if not log.has(key)]


def _ask(request: Request, asker: Asker, settings: QualitySettings) -> dict[str, Any]:
    sampling = Sampling(
        settings.temperature, settings.seed + request.repeat - 1, settings.max_tokens
    )
    reply = asker.ask(request.messages, sampling)
    where = {"endpoint": asker.endpoint.url}
    if isinstance(reply, Reply):
        said = {"text": mend(reply.text)[0], "whole": reply.whole, "model": mend(reply.model)[0]}
        return where | said | {"reason": None}
    return where | {"text": None, "whole": False, "model": None, "reason": reply.reason}


def _asked(request: Request) -> Asked:
    pair = request.pair
    texts = {"question": question_text(pair.first)}
    for name, sample in (("first", pair.first), ("second", pair.second)):
        texts |= {f"{name} reasoning": sample.reasoning, f"{name} answer": sample.answer}
    return Asked(pair.question, texts, request.messages)


def _failed(error: EndpointFailed, kept: int, total: int) -> EndpointFailed:
    return EndpointFailed(
        f"{error.what}. {kept} of {total} replies are there and kept",
        which=error.which,
        todo=f"{error.todo}; it asks for the other {total - kept} only",
    )


def _judge(settings: QualitySettings, log: ReplyLog) -> dict[str, Any]:
    """Return who judged: a machine, named as in the review store."""
    replies = log.replies.values()
    return {
        "name": rater(settings.model).name,
        "machine": True,
        "model": settings.model,
        "reported_models": sorted({one["model"] for one in replies if one["model"]}),
        "endpoints": sorted({one["endpoint"] for one in replies}),
        "prompts": _prompts(),
        "repeats": settings.repeats,
        "temperature": settings.temperature,
        "seed": settings.seed,
    }


def _prompts() -> list[str]:
    return [f"compare {compare_prompt().name}", f"rate {rate_prompt().name}"]
