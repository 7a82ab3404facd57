"""Pass rates of a model behind an endpoint: several drawn answers to each question, judged alike.

Every reply is kept as it comes, so whatever ends a run, the same command goes on from there and
asks for the rest only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from diq_core.artefact import Artefact
from diq_core.asking.asker import Asker
from diq_core.asking.completion import Reply, Sampling
from diq_core.asking.endpoint import Endpoint
from diq_core.asking.parts import Message, image_part, with_pictures
from diq_core.asking.replies import Missing
from diq_core.config import PassrateInputs, PassrateSettings
from diq_core.data.redrawing import Unreadable
from diq_core.data.sample import Sample, prompt_messages, question_text
from diq_core.draft import Draft, begin
from diq_core.errors import BadSetting
from diq_core.evaluation.verify.target import target_of
from diq_core.evaluation.verify.verdict import Target
from diq_core.jobs.progress import Progress
from diq_core.reflection.figures import Cost
from diq_core.reflection.strategy import seed_for
from diq_core.stages.asked_endpoint import GIVE_UP, ask_all
from diq_core.stages.endpoint_gate import WITHHELD, Asked, drawn_in, require_may_leave
from diq_core.stages.identifier_log import Answerable
from diq_core.stages.joining import image_file
from diq_core.stages.passrate import ANSWERED, added, asked_samples, finish, verified
from diq_core.stages.unseen import read_as_text
from diq_core.study import Study


def run(
    study: Study,
    name: str,
    settings: PassrateSettings,
    progress: Progress,
    *,
    dataset: Artefact,
    endpoint: Endpoint,
    who: Answerable | None = None,
) -> Artefact:
    """Write what `passrate.run` writes, by the answers of a model behind `endpoint`.

    Args:
        endpoint: where it is asked; stays open.
        who: who lets samples leave that may tell who a patient is; None = nobody.

    Raises:
        BadSetting: the model is not named.
        EndpointFailed: the endpoint is unusable; says how many samples are done.
        IdentifiersFound: a sample may tell who a patient is; nothing was asked.
    """
    _require_named(settings)
    draft = begin(
        study.folder("passrate", name),
        kind="passrate",
        settings=settings.model_dump(mode="json"),
        inputs={
            "dataset": study.reference(dataset),
            "model": {"path": f"an endpoint's {settings.model}", "digest": ""},
        },
    )
    made = draft
    if isinstance(draft, Draft):
        made = _made(study, draft, settings, progress, dataset, endpoint, who)
    assert isinstance(made, Artefact)
    return added(study, name, made, dataset, progress)


def require_here(how: PassrateInputs) -> None:
    """Refuse what shares the work: an endpoint is asked by one process.

    Raises:
        BadSetting: something of the sort is set.
    """
    if how.on != "here" or how.rank is not None or how.shards is not None:
        raise BadSetting(
            "An endpoint is asked by one process alone",
            which="--endpoint",
            todo="leave --on, --rank and --shards away; --at-once sets how many requests are "
            "under way",
        )


def _require_named(settings: PassrateSettings) -> None:
    if settings.model == PassrateSettings.model_fields["model"].default:
        raise BadSetting(
            "The model at the endpoint is not named", which="--model", todo="give its name there"
        )


def _made(
    study: Study,
    draft: Draft,
    settings: PassrateSettings,
    progress: Progress,
    dataset: Artefact,
    endpoint: Endpoint,
    who: Answerable | None,
) -> Artefact:
    samples = asked_samples(dataset, settings)
    shows = settings.images == "read"
    verifiable = [each for each in samples if isinstance(target_of(each), Target)]
    looked = require_may_leave(
        study, map(_asked, verifiable), endpoint, who,
        leave_out=settings.leave_out_identifiers,
        drawn=drawn_in(study, dataset, verifiable if shows else ()),
    )  # fmt: skip
    asking = _Asking(settings, Asker(endpoint, settings.model, give_up=GIVE_UP), dataset,
                     frozenset(looked["withheld"]))  # fmt: skip
    table, replies = _all(asking, samples, progress)
    facts: dict[str, Any] = {
        "model": {"name": settings.model, "endpoint": endpoint.url,
                  "reported": sorted({each.model for each in replies})},
        "cost": asdict(Cost.of(replies)), "identifiers": looked,
        **({} if shows else read_as_text("samples", samples)),
    }  # fmt: skip
    return finish(draft, table, facts)


def _asked(sample: Sample) -> Asked:
    texts = {"question": question_text(sample), "system": sample.system}
    return Asked(sample.id, texts, prompt_messages(sample))


class _Asking:
    """Asks about one sample at a time; many threads may use it."""

    def __init__(
        self, settings: PassrateSettings, asker: Asker, dataset: Artefact, withheld: frozenset[str]
    ) -> None:
        self.settings, self.asker, self._dataset = settings, asker, dataset
        self._withheld = withheld

    def __call__(self, sample: Sample) -> tuple[dict[str, Any], list[Reply]]:
        """Return a row of `ANSWERED` and the replies it is made of."""
        target = target_of(sample)
        messages = self._messages(sample)
        if not isinstance(target, Target):
            return {"id": sample.id, "reason": target}, []
        if isinstance(messages, str):
            return {"id": sample.id, "reason": messages}, []
        said = [self.asker.ask(messages, self._sampling(sample, number))
                for number in range(self.settings.answers)]  # fmt: skip
        missing = next((each.reason for each in said if isinstance(each, Missing)), "")
        replies = [each for each in said if isinstance(each, Reply)]
        if missing:
            # A rate of fewer answers than asked for would be another number.
            return {"id": sample.id, "reason": f"an answer is missing: {missing}"}, replies
        texts = [each.text for each in replies]
        return {"id": sample.id, "answers": verified(texts, target)}, replies

    def _messages(self, sample: Sample) -> list[Message] | str:
        if sample.id in self._withheld:
            return WITHHELD
        shown = sample.images if self.settings.images == "read" else ()
        try:
            pictures = [image_part(image_file(self._dataset, each).read_bytes()) for each in shown]
        except Unreadable as error:
            return f"an image of it {error}"
        return with_pictures(prompt_messages(sample), pictures)

    def _sampling(self, sample: Sample, number: int) -> Sampling:
        how = self.settings
        seed = seed_for(sample.id, seed=how.seed, attempt=number, correction=0, what="pass rate")
        return Sampling(how.temperature, seed, how.max_new_tokens)


def _all(
    asking: _Asking, samples: Sequence[Sample], progress: Progress
) -> tuple[pa.Table, list[Reply]]:
    progress.expect(len(samples), unit="samples", message=f"Asking {asking.settings.model!a}")
    rows, replies = [], list[Reply]()
    for row, said in ask_all(asking, samples, at_once=asking.asker.endpoint.at_once):
        rows.append(row)
        replies += said
        progress.advance(1)
    return pa.Table.from_pylist(rows, ANSWERED), replies
