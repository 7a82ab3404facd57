"""Endpoints of a search that decide, refuse, send elsewhere or see: what leaves and counts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from diq_core.asking.endpoint import EndpointFailed
from diq_core.data.sample import Sample
from diq_core.stages import dataset as importing
from diq_core.stages import reflection
from diq_core.stages.endpoint_gate import WITHHELD
from diq_core.stages.identifier_log import Answerable, IdentifiersFound
from diq_core.stages.joining import included_samples
from tests.stages.test_reflection import ESSAY, reflect, rows, study_of
from tests.support.model_server import Said, completion, model_server
from tests.support.teacher import Teacher, asked_of, link, sample


def test_what_is_right_in_most_answers_is_kept_by_the_reading_that_is_surest(
    tmp_path: Path,
) -> None:
    study = study_of(tmp_path, [*map(sample, ("stable", "unsure", "unstable", "garbled"))])
    with model_server(Teacher()) as server:
        made = reflect(study, server, method="stability")
    outcomes = {row["id"]: row["branch"] for row in rows(made, "outcomes.parquet")}
    assert outcomes == {
        "stable": "stable", "unsure": "aided", "unstable": "unstable", "garbled": "unread",
    }  # fmt: skip
    steps = [row for row in rows(made, "attempts.parquet") if row["id"] == "stable"]
    assert [row["strategy"] for row in steps] == ["begin"] * 8 + ["answer"] * 6 + ["rewrite"]
    assert [row["entropy"] for row in steps[8:14]] == pytest.approx([1, 1, 0.1, 1, 1, 1])
    told = [asked_of(body)[1] for body in server.requests if asked_of(body)[0] == "explain"]
    assert {each["explanation"] for each in told} == {
        "The dose is asked for.\n\nIt is [answer], then."
    }
    (found,) = included_samples(study.find("dataset", "reflected"))
    assert found.meta["reflection"]["branch"] == "stable"


def test_a_server_without_schemas_is_asked_without_and_its_words_are_read(tmp_path: Path) -> None:
    study = study_of(tmp_path, [*map(sample, ("at once", "malformed"))])
    with model_server(Teacher(takes_schema=False)) as server:
        made = reflect(study, server)
    assert ["response_format" in body for body in server.requests].count(True) == 1
    ways = [row["way"] for row in rows(made, "attempts.parquet")]
    assert ways == ["parsed", "parsed", "repaired", "parsed"]


@pytest.mark.parametrize(
    ("said", "branch"),
    [
        ('{"verdict": "right"}', "first"),
        ('{"verdict": "wrong"}', "wrong"),
        ("It is not true that this is right.", "undecided"),
        ('{"verdict": "true"}', "undecided"),
        ('{"verdict": "right", "because": "true"}', "undecided"),
    ],
)
def test_a_verifier_decides_only_by_a_verdict(tmp_path: Path, said: str, branch: str) -> None:
    study = study_of(tmp_path, [Sample("at once", "Which dose, at once?", answer=ESSAY)])
    teacher = Teacher()

    def script(number: int, body: dict[str, Any]) -> Said:
        if asked_of(body)[0] != "conclude":
            return teacher(number, body)
        choice = {"message": {"content": said}}
        return Said({"choices": [choice]})

    with model_server(script) as server:
        made = reflect(study, server, verifier=True, last_resort=False, attempts=1)
    (row,) = rows(made, "outcomes.parquet")
    assert row["branch"] == branch
    judged = {step["judged_by"] for step in rows(made, "attempts.parquet") if step["outcome"]}
    assert judged == {"model"}
    assert reflection.load_results(made)["cost"]["verifier"]["not_counted"] > 0
    told = {asked_of(body)[0] for body, raw in zip(server.requests, server.raw, strict=True)
            if ESSAY.encode() in raw}  # fmt: skip
    assert told == {"conclude"}


def test_a_teacher_that_sends_elsewhere_gets_nothing_sent_there(tmp_path: Path) -> None:
    study = study_of(tmp_path, [sample("at once")])
    with model_server(Teacher()) as other:
        away = {"Location": f"{other.url}/chat/completions"}
        with (
            model_server(lambda _number, _body: Said("", 307, away)) as server,
            pytest.raises(EndpointFailed, match=r"not followed. 0 of 1 samples are done"),
        ):
            reflect(study, server)
        assert other.requests == []
        reflect(study, other)
    assert len(included_samples(study.find("dataset", "reflected"))) == 1


def test_replies_that_came_with_a_study_are_not_believed(tmp_path: Path) -> None:
    study = study_of(tmp_path, [sample("at once")])
    with model_server(Teacher()) as server:
        reflect(study, server)
        asked = len(server.requests)
        kept = sorted((study.path / ".cache/replies").rglob("*.json"))
        assert len(kept) == asked
        for file in kept:
            assert file.stat().st_mode & 0o077 == 0
            values = json.loads(file.read_text())
            file.write_text(json.dumps({**values, "text": f"{values['text']} "}))
        importing.discard(study.folder("reflection", "reflected"))
        for kind in ("dataset", "reflection"):
            made = study.find(kind, "reflected")  # type: ignore[arg-type]
            made.path.rename(tmp_path / kind)
        reflect(study, server)
    assert len(server.requests) == 2 * asked


def test_images_are_shown_only_if_asked_for_and_looked_at_or_answered_for(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4), 90).save(tmp_path / "heart.png")
    seen = replace(sample("at once"), id="seen", images=("heart.png",))
    study = study_of(tmp_path, [seen])
    with model_server(Teacher()) as server:
        plain = reflect(study, server)
        assert list(plain.manifest["counts"]["unasked"]) == [
            "it has images, which are not shown to the teacher (--images)"
        ]
        with pytest.raises(IdentifiersFound, match="Nobody looked for text drawn into the images"):
            reflect(study, server, name="shown", images=True)
        left = reflect(study, server, name="left", images=True, leave_out_identifiers=True)
        assert left.manifest["counts"]["unasked"] == {WITHHELD: 1}
        assert server.requests == []
        who = Answerable("tester", "the picture is made up", "Ada")
        made = reflect(study, server, name="answered", images=True, who=who)
    parts = server.requests[0]["messages"][1]["content"]
    assert parts[1]["image_url"]["url"].startswith("data:image/png;base64,")
    gate = made.manifest["facts"]["identifiers"]["teacher"]
    assert "not asked for (--read-images)" in gate["images_not_read"]
    (found,) = included_samples(study.find("dataset", "answered"))
    assert len(found.images) == 1


def test_what_nobody_could_decide_is_not_called_wrong(tmp_path: Path) -> None:
    study = study_of(tmp_path, [sample("never"), sample("unclear")])
    teacher = Teacher()

    def script(number: int, body: dict[str, Any]) -> Said:
        kind, material = asked_of(body)
        unclear = "unclear" in material["question"] and kind != "rewrite"
        return completion(link("That depends.")) if unclear else teacher(number, body)

    with model_server(script) as server:
        made = reflect(study, server, last_resort=False, attempts=1)
    assert made.manifest["counts"]["branches"] == {"wrong": 1, "undecided": 1}
    for body in server.requests:
        kind, material = asked_of(body)
        told = body["messages"][1]["content"]
        if kind == "continue":
            assert ("Nobody could tell" in told) == ("unclear" in material["question"])
            assert ("last conclusion is wrong." in told) == ("never" in material["question"])
