"""Nothing in which an identifier is found goes over the wire, unless somebody answers for it."""

from __future__ import annotations

import json
import logging
from functools import partial
from typing import Any

import pytest

from diq_core.asking.asker import Asker
from diq_core.asking.completion import Sampling
from diq_core.asking.endpoint import Endpoint
from diq_core.asking.screen import MayIdentify, Screen
from diq_core.privacy.finder import find
from diq_core.privacy.gate import Decisions
from diq_core.review.form.form import load_form
from diq_core.review.machine.critique import critique_messages, critique_prompt
from diq_core.review.machine.judge import judge_messages, judge_prompt
from tests.support.asking import recorder
from tests.support.raw_server import RawServer

__all__ = ["recorder"]

NAME, NUMBER = "Osgood Thornbury", "4471902"
KEY = b"k"


def told(text: str) -> list[dict[str, str]]:
    return [{"role": "system", "content": "Rate it."}, {"role": "user", "content": text}]


@pytest.mark.parametrize(
    "text",
    [
        f"Mr. {NAME} has gout.",
        f"MRN: {NUMBER}",
        json.dumps({"question": f"Seen today:\nPatient: {NAME}\nMRN {NUMBER}"}),
        json.dumps({"question": "Frau Müller klagt über Husten"}, ensure_ascii=True),
        json.dumps({"question": "姓名：欧阳小燕"}, ensure_ascii=True),
        json.dumps({"outer": json.dumps({"said": f"Signed:\nDr. {NAME}"})}),
    ],
)
def test_a_request_with_a_finding_never_reaches_the_wire(
    recorder: RawServer, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with Endpoint(f"http://127.0.0.1:{recorder.port}/v1", attempts=1) as endpoint:
        for ask in (partial(endpoint.ask, "m"), Asker(endpoint, "m").ask):
            with pytest.raises(MayIdentify, match="may tell who a patient is") as refused:
                ask(told(text), Sampling())
            for piece in (NAME, NUMBER, "Müller", "欧阳"):
                assert piece not in f"{refused.value}{caplog.text}"


def test_what_somebody_decided_or_answers_for_passes_and_nothing_else() -> None:
    messages = told(f"Mr. {NAME} has gout.")
    (one,) = find(messages[1]["content"], key=KEY)
    Screen(Decisions({one.digest: "none"}, KEY)).require(messages, which="x")
    Screen(Decisions({}, KEY), {one.digest}).require(messages, which="x")
    for screen in (
        Screen(Decisions({one.digest: "identifier"}, KEY)),
        Screen(Decisions({}, b"other"), {one.digest}),
    ):
        with pytest.raises(MayIdentify, match="name of a person"):
            screen.require(messages, which="x")
    with pytest.raises(MayIdentify, match="medical record number"):
        Screen(Decisions({}, KEY), {one.digest}).require(told(f"MRN: {NUMBER}"), which="x")


def test_the_prompts_of_the_house_hold_no_finding(samples_of_nobody: list[Any]) -> None:
    form = load_form()
    for sample in samples_of_nobody:
        Screen().require(judge_messages(form, judge_prompt(), sample), which="x")
        Screen().require(
            critique_messages(critique_prompt(), question=sample.question,
                              response=sample.reasoning, reference=sample.answer), which="x",
        )  # fmt: skip


@pytest.fixture
def samples_of_nobody() -> list[Any]:
    from diq_core.data.sample import Sample

    return [Sample(id="a", question="What is fever?", reasoning="First, heat.", answer="Heat.")]
