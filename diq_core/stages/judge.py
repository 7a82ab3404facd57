"""Have a language model review the samples of a selection; what it says goes into the review store.

Every verdict is saved as it comes, so whatever ends a run, the same command goes on from there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from diq_core.artefact import Artefact
from diq_core.asking.allowed import require_allowed
from diq_core.asking.asker import CUT, Asker
from diq_core.asking.completion import Reply, Sampling
from diq_core.asking.endpoint import Endpoint
from diq_core.asking.limits import Limits
from diq_core.asking.prompts import Prompt
from diq_core.asking.replies import Missing
from diq_core.config import JudgeSettings
from diq_core.data.sample import Sample
from diq_core.data.steps import split_steps
from diq_core.jobs.order import Order, order_for
from diq_core.jobs.progress import Progress
from diq_core.review.form.answer import Criterion
from diq_core.review.form.form import Form, load_form
from diq_core.review.machine import rater as machine
from diq_core.review.machine.critique import critique_prompt, read_critique
from diq_core.review.machine.judge import judge_messages, judge_prompt, read_answer
from diq_core.review.machine.rater import Bench
from diq_core.review.queue.ordering import Item
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.roles import Actor
from diq_core.stages.endpoint_gate import WITHHELD, require_may_leave
from diq_core.stages.identifier_log import answerable
from diq_core.stages.judge_requests import (
    comparable,
    critique_request,
    judged_items,
    judged_samples,
    requests,
)
from diq_core.study import Study


def job_name(model: str) -> str:
    """Return the name of the job in which `model` judges: readable, and one for each model."""
    plain = re.sub(r"[^A-Za-z0-9-]+", "-", model).strip("-")[:40]
    return f"judge-{plain}-{hashlib.sha256(model.encode()).hexdigest()[:8]}"


def judge_order(selection: str, settings: JudgeSettings, *, person: str = "") -> Order:
    """Return the order that has a model judge `selection`.

    Args:
        person: who asks for it; empty = whoever's process it is.

    Raises:
        BadSetting: the endpoint's address is no plain one, or may not be asked.
    """
    require_allowed(settings.endpoint)
    name = job_name(settings.model)
    return order_for("review", name, settings, selection=selection, as_=person)


def run(
    study: Study,
    selection: Artefact,
    settings: JudgeSettings,
    progress: Progress,
    *,
    person: Actor,
    endpoint: Endpoint | None = None,
) -> dict[str, int]:
    """Have the model judge what it has not judged yet; return how many there are of each kind.

    Args:
        person: who asks for it; must be allowed to plan queues.
        endpoint: where the model is asked; None = the one in the settings.

    Returns:
        ``asked`` (samples), ``judged`` and ``missing`` (now), ``kept`` (judged before by the
        same prompt, form and text); with critique also ``compared`` and ``not_compared``.

    Raises:
        EndpointFailed: the endpoint is unusable; what was finished is kept.
        IdentifiersFound: a sample may tell who a patient is; nothing was asked.
        NotAllowed: a role is missing.
    """
    form = load_form()
    with endpoint or Endpoint(
        settings.endpoint,
        timeout=settings.timeout,
        attempts=settings.attempts,
        role="judge",
        limits=Limits(settings.per_minute),
    ) as asked:
        store = open_store(study)
        try:
            items = judged_items(study, store, selection, settings, form, person)
            work = _Work(store, form, asked, settings, person, progress)
            samples = judged_samples(study, selection, items)
            who = answerable(settings.release_role, settings.release_reason, person.name)
            looked = require_may_leave(
                study, requests(store, form, settings, samples), asked, who,
                leave_out=settings.leave_out_identifiers,
            )  # fmt: skip
            work.withheld = frozenset(looked["withheld"])
            return work.all(items, samples)
        finally:
            store.close()


class _Work:
    """One run: the samples of all repeats, then the critiques.

    Attributes:
        withheld: ids that nothing is asked about, for what they hold.
    """

    def __init__(
        self,
        store: Store,
        form: Form,
        endpoint: Endpoint,
        settings: JudgeSettings,
        person: Actor,
        progress: Progress,
    ) -> None:
        self.store, self.form, self.endpoint = store, form, endpoint
        self.settings, self.person, self.progress = settings, person, progress
        self.asker = Asker(endpoint, settings.model)
        self.withheld = frozenset[str]()

    def all(self, items: Sequence[Item], samples: Sequence[Sample]) -> dict[str, int]:
        """Do everything; return what there is of each kind."""
        counts = {"asked": len(samples), "judged": 0, "missing": 0, "kept": 0}
        rounds = self.settings.repeats + self.settings.critique
        self.progress.expect(
            len(samples) * rounds, unit="requests", message=f"Asking {self.settings.model!a}"
        )
        criteria = machine.criteria_of(self.store, [one.id for one in samples])
        prompt = judge_prompt()
        for repeat in range(1, self.settings.repeats + 1):
            bench = self._bench(repeat)
            machine.enlist(bench, self.person, items)
            for name, count in self._judge(bench, repeat, prompt, samples, criteria).items():
                counts[name] += count
        if self.settings.critique:
            counts |= self._compare(samples)
        return counts

    def _bench(self, repeat: int) -> Bench:
        return Bench(self.store, machine.rater(self.settings.model, repeat), self.form)

    def _judge(
        self,
        bench: Bench,
        repeat: int,
        prompt: Prompt,
        samples: Sequence[Sample],
        criteria: Mapping[str, list[Criterion]],
    ) -> dict[str, int]:
        counts = {"judged": 0, "missing": 0, "kept": 0}
        done, failed = machine.verdicts_of(bench), machine.missing_of(bench)
        # What failed before comes last, so that it cannot keep the others from being judged.
        for sample in sorted(samples, key=lambda one: one.id in failed):
            own = criteria[sample.id]
            messages = judge_messages(self.form, prompt, sample, own)
            asked = machine.asked(messages)
            if done.get(sample.id, {}).get("judge", {}).get("asked") == asked:
                counts["kept"] += 1
            else:
                read = self._judge_one(bench, sample, own, messages, (prompt, asked, repeat))
                counts["judged" if read else "missing"] += 1
            self.progress.advance(1)
        return counts

    def _judge_one(
        self,
        bench: Bench,
        sample: Sample,
        criteria: Sequence[Criterion],
        messages: Sequence[Mapping[str, str]],
        request: tuple[Prompt, str, int],
    ) -> bool:
        """Ask, save, and return whether there is a verdict now."""
        reply = self._ask(sample, messages, request[2])
        how = self._how(reply, *request)
        text, steps = _said(reply), len(split_steps(sample.reasoning))
        answer = text if isinstance(text, Missing) else read_answer(
            self.form, text, criteria=criteria, steps=steps
        )  # fmt: skip
        if isinstance(answer, Missing):
            machine.save_missing(bench, sample.id, answer, how)
            return False
        seconds = reply.seconds if isinstance(reply, Reply) else 0.0
        machine.save_verdict(bench, sample.id, answer, how, seconds=seconds)
        return True

    def _compare(self, samples: Sequence[Sample]) -> dict[str, int]:
        bench, prompt = self._bench(1), critique_prompt()
        done = machine.critiques_of(bench, prompt.name)
        counts = {"compared": 0, "not_compared": 0}
        for sample in samples:
            messages = critique_request(prompt, sample)
            asked = machine.asked(messages)
            before = done.get(sample.id, {})
            read = before.get("critique") is not None and before["judge"]["asked"] == asked
            if not read:
                reply = self._ask(sample, messages, 1) if comparable(sample) else _NOTHING
                text = _said(reply)
                found = text if isinstance(text, Missing) else read_critique(
                    text, sample.reasoning
                )  # fmt: skip
                how = self._how(reply, prompt, asked, 1)
                machine.save_critique(bench, sample.id, prompt.name, found, how)
                read = not isinstance(found, Missing)
            counts["compared" if read else "not_compared"] += 1
            self.progress.advance(1)
        return counts

    def _ask(
        self, sample: Sample, messages: Sequence[Mapping[str, str]], repeat: int
    ) -> Reply | Missing:
        if sample.images:
            return Missing("the sample has images, which are not sent to the model")
        if sample.id in self.withheld:
            return Missing(WITHHELD)
        return self.asker.ask(messages, self._sampling(repeat))

    def _sampling(self, repeat: int) -> Sampling:
        settings = self.settings
        return Sampling(settings.temperature, settings.seed + repeat - 1, settings.max_tokens)

    def _how(
        self, reply: Reply | Missing, prompt: Prompt, asked: str, repeat: int
    ) -> dict[str, Any]:
        sampling = self._sampling(repeat)
        answered = reply if isinstance(reply, Reply) else None
        return {
            "model": self.settings.model,
            "reported_model": answered.model if answered else None,
            "endpoint": self.endpoint.url,
            "prompt": prompt.name,
            "asked": asked,
            "repeat": repeat,
            "temperature": sampling.temperature,
            "seed": sampling.seed,
            "max_tokens": sampling.max_tokens,
            "tokens": answered.tokens if answered else None,
        }


_NOTHING = Missing("the sample has no reasoning or no answer to compare it with")


def _said(reply: Reply | Missing) -> str | Missing:
    """Return the words of a whole reply; a cut one holds no answer."""
    if isinstance(reply, Missing):
        return reply
    return reply.text if reply.whole else CUT
