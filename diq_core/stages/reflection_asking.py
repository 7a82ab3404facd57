"""The two who are asked in a search: a teacher, and a verifier where no rule decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from diq_core.artefact import Artefact
from diq_core.asking.asker import Asker
from diq_core.asking.completion import Sampling
from diq_core.asking.endpoint import Endpoint
from diq_core.asking.parts import Messages, Part, image_part
from diq_core.asking.structured import Structured, ask_object
from diq_core.config import ReflectSettings
from diq_core.data.redrawing import Unreadable
from diq_core.data.sample import Sample, answer_text, question_text
from diq_core.evaluation.verify.target import target_of
from diq_core.evaluation.verify.verdict import Target
from diq_core.evaluation.verify.verifying import verify
from diq_core.reflection import requests
from diq_core.reflection.chain import VERDICT, Found, Judge, Judged, Outcome
from diq_core.reflection.requests import Problem
from diq_core.reflection.search import Plan, search
from diq_core.reflection.stability import Stability, stabilise
from diq_core.stages.asked_endpoint import GIVE_UP
from diq_core.stages.endpoint_gate import Asked
from diq_core.stages.joining import image_file

NO_PICTURES = "it has images, which are not shown to the teacher (--images)"
NO_REFERENCE = "it has no known answer"
_VERDICT_TOKENS = 200
"""Tokens of a verifier's reply: one word in an object, with room for a model that thinks aloud."""


@dataclass(frozen=True)
class Bench:
    """Who is asked in one run; many threads may ask.

    Attributes:
        verifier: None where only rules decide.
        reader: who answers from masked explanations.
    """

    settings: ReflectSettings
    teacher: Asker
    verifier: Asker | None
    reader: Asker

    @classmethod
    def of(cls, settings: ReflectSettings, teacher: Endpoint, verifier: Endpoint | None) -> Bench:
        """Return both, each at its endpoint."""
        asked = Asker(teacher, settings.model, give_up=GIVE_UP)
        judge = reader = None
        if verifier is not None and settings.verifier:
            judge = Asker(verifier, settings.verifier, give_up=GIVE_UP)
        if verifier is not None and settings.reader:
            reader = Asker(verifier, settings.reader, give_up=GIVE_UP)
        return cls(settings, asked, judge, reader or asked)

    def teach(self, messages: Messages, schema: Mapping[str, Any], seed: int) -> Structured:
        """Return what the teacher says; see `chain.Teacher`."""
        how = self.settings
        sampling = Sampling(how.temperature, seed, how.max_tokens, how.top_p)
        return ask_object(self.teacher, messages, schema, sampling)

    def read(self, messages: Messages, schema: Mapping[str, Any], seed: int) -> Structured:
        """Return what the reader says, with log-probabilities where they are given."""
        sampling = Sampling(0.0, seed, self.settings.max_tokens, logprobs=True)
        return ask_object(self.reader, messages, schema, sampling)

    def find(self, problem: Problem) -> Found:
        """Return what became of one sample, by the method that was asked for."""
        judge, how = self.judge_of(problem), plan_of(self.settings)
        if isinstance(how, Stability):
            return stabilise(problem, self.teach, self.read, judge, how)
        return search(problem, self.teach, judge, how)

    def judge_of(self, problem: Problem) -> Judge:
        """Return what says whether a conclusion is the problem's reference: the rule first."""
        target = target_of(problem.sample)

        def judge(conclusion: str) -> Judged:
            if isinstance(target, Target):
                verdict = verify(conclusion, target)
                if verdict.outcome != "undecided":
                    return Judged(verdict.outcome)
            if self.verifier is None:
                return Judged("undecided", "")
            sampling = Sampling(0.0, self.settings.seed, _VERDICT_TOKENS)
            messages = requests.conclude(problem, conclusion)
            said = ask_object(self.verifier, messages, VERDICT, sampling)
            outcome: Outcome = said.values["verdict"] if said.values else "undecided"
            return Judged(outcome, "model", said.replies)

        return judge


def plan_of(settings: ReflectSettings) -> Plan | Stability:
    """Return how long is searched, and by which method."""
    if settings.method == "stability":
        return Stability(settings.last_resort, settings.seed)
    return Plan(settings.attempts, settings.corrections, settings.last_resort, settings.seed)


def why_not_asked(sample: Sample, settings: ReflectSettings) -> str:
    """Return why nothing is asked about a sample; "" = it is asked about."""
    target = target_of(sample)
    if not answer_text(sample).strip():
        return NO_REFERENCE
    if not isinstance(target, Target) and not settings.verifier:
        return f"no rule can verify an answer to it: {target}"
    return NO_PICTURES if sample.images and not settings.images else ""


def problem_of(sample: Sample, dataset: Artefact) -> Problem | str:
    """Return a sample as it is asked about, or why it cannot be: an image of it is unreadable."""
    try:
        pictures: list[Part] = [
            image_part(image_file(dataset, name).read_bytes()) for name in sample.images
        ]
    except Unreadable as error:
        return f"an image of it {error}"
    return Problem(sample, answer_text(sample), pictures)


def texts_asked(samples: Sequence[Sample]) -> Iterator[Asked]:
    """Yield what the teacher will be asked first about samples, and last with the reference."""
    for sample in samples:
        problem = Problem(sample, answer_text(sample))
        texts = {"question": question_text(sample), "answer": problem.reference,
                 "system": sample.system}  # fmt: skip
        yield Asked(sample.id, texts, requests.begin(problem))
        yield Asked(sample.id, texts, requests.with_reference(problem, ()))


def texts_verified(samples: Sequence[Sample]) -> Iterator[Asked]:
    """Yield what the verifier will be asked about samples, without what a teacher concludes."""
    for sample in samples:
        problem = Problem(sample, answer_text(sample))
        texts = {"question": question_text(sample), "answer": problem.reference}
        yield Asked(sample.id, texts, requests.conclude(problem, ""))
