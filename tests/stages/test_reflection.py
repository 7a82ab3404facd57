"""Reflective chains before a scripted teacher: each branch taken, counted, resumed, and nothing
lost; the reference stays here but for the last resort."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from PIL import Image

from diq_core.artefact import Artefact
from diq_core.asking.endpoint import Endpoint, EndpointFailed
from diq_core.asking.limits import Limits
from diq_core.config import ImportSettings, ReflectSettings
from diq_core.data.sample import Sample
from diq_core.errors import BadSetting
from diq_core.jobs.progress import silent
from diq_core.stages import dataset as importing
from diq_core.stages import reflection
from diq_core.stages.endpoint_gate import WITHHELD
from diq_core.stages.identifier_log import Answerable, IdentifiersFound
from diq_core.stages.joining import included_samples
from diq_core.stages.reply_cache import StudyReplies
from diq_core.study import Study, create_study
from tests.support.model_server import ModelServer, Said, model_server
from tests.support.teacher import REFERENCE, Teacher, asked_of, sample
from tests.support.training import sample_file

BRANCHES = {
    "at once": "first", "corrected": "corrected", "corrected twice": "corrected",
    "later": "later", "aided": "aided", "never": "wrong", "malformed": "first",
    "garbled": "unread", "cut off": "unread", "refusing": "silent", "slow": "silent",
    "large": "silent", "not unicode": "silent", "dropping": "first",
    "badly written": "not-rewritten",
}  # fmt: skip
"""How a teacher behaves → where its sample ends."""
ESSAY = " ".join(f"word{number}" for number in range(40))
"""A known answer that no rule can compare another with."""


def study_of(place: Path, samples: list[Sample], *, identifiers: bool = False) -> Study:
    """Return a study of these samples; with `identifiers`, also of those that may tell who."""
    made = create_study(place / "study")
    importing.run(
        made, "main",
        ImportSettings(exclude_duplicates=False, exclude_identifiers=not identifiers), silent(),
        source=sample_file(place / "pool.jsonl", samples), validation=[],
    )  # fmt: skip
    return made


def reflect(
    study: Study,
    server: ModelServer,
    *,
    name: str = "reflected",
    at_once: int = 1,
    verifier: bool = False,
    who: Answerable | None = None,
    **more: Any,
) -> Artefact:
    settings = ReflectSettings(model="teacher", verifier="v" if verifier else "", **more)
    how: Any = {"timeout": 0.4, "attempts": 2, "wait": lambda _: None,
                "cache": StudyReplies(study), "limits": Limits(at_once=at_once)}  # fmt: skip
    with Endpoint(server.url, **how) as teacher, Endpoint(server.url, **how) as other:
        return reflection.run(
            study, name, settings, silent(), dataset=study.find("dataset", "main"),
            teacher=teacher, verifier=other if verifier else None, who=who,
        )  # fmt: skip


def rows(made: Artefact, table: str) -> list[dict[str, Any]]:
    return list(pq.read_table(made.path / table).to_pylist())


@pytest.mark.slow
def test_each_branch_is_taken_and_counted_and_nothing_is_lost(tmp_path: Path) -> None:
    study = study_of(tmp_path, [*map(sample, BRANCHES), Sample("essay", "Why?", answer=ESSAY)])
    with model_server(Teacher()) as server:
        made = reflect(study, server)
    outcomes = {row["id"]: row for row in rows(made, "outcomes.parquet")}
    assert {name: row["branch"] for name, row in outcomes.items()} == {**BRANCHES, "essay": None}
    assert "more than a rule can compare" in outcomes["essay"]["reason"]
    counts = made.manifest["counts"]
    assert counts["branches"] == dict(Counter(BRANCHES.values()))
    assert (counts["samples"], counts["asked"]) == (len(BRANCHES) + 1, len(BRANCHES))
    assert (counts["accepted"], counts["in_dataset"]) == (7, 6)
    steps = [row for row in rows(made, "attempts.parquet") if row["id"] == "later"]
    assert [(row["attempt"], row["correction"], row["outcome"]) for row in steps] == [
        (1, 0, "wrong"), (1, 1, "wrong"), (1, 2, "wrong"), (2, 1, "right"), (2, 1, "right"),
    ]  # fmt: skip
    ways = {row["id"]: row["way"] for row in reversed(rows(made, "attempts.parquet"))}
    assert (ways["at once"], ways["malformed"], ways["garbled"]) == ("schema", "repaired", None)
    reasons = {row["id"]: row["reason"] for row in rows(made, "attempts.parquet")}
    assert reasons["large"] == "the reply is too large"
    assert reasons["not unicode"] == "what came back is no chat completion"
    assert reasons["refusing"].startswith("the endpoint refused this request")
    assert reasons["slow"].startswith("no reply came within")
    results = reflection.load_results(made)
    teacher = results["cost"]["teacher"]
    assert teacher["requests"] == sum(row["requests"] for row in rows(made, "attempts.parquet"))
    assert (teacher["prompt_tokens"], teacher["not_counted"]) == (30 * teacher["requests"], 0)
    assert made.faults() == []


def test_accepted_chains_become_a_dataset_that_says_how_each_was_found(tmp_path: Path) -> None:
    study = study_of(tmp_path, [*map(sample, ("corrected", "aided", "never"))])
    with model_server(Teacher()) as server:
        made = reflect(study, server)
    (found,) = included_samples(study.find("dataset", "reflected"))
    assert (found.reasoning, found.answer) == ("Hmm. A small dose, then.", "0.005 g")
    assert found.id != "corrected"
    said = found.meta["reflection"]
    chain = next(row["chain"] for row in rows(made, "outcomes.parquet") if row["chain"])
    assert said == {
        "of": "corrected", "dataset": study.find("dataset", "main").digest, "teacher": "teacher",
        "branch": "corrected", "attempt": 1, "correction": 1, "requests": 3, "chain": chain,
    }  # fmt: skip
    assert found.meta["reasoning_origin"] == "machine: teacher, reflective chain"


def test_aided_chains_are_in_the_dataset_only_if_asked_for(tmp_path: Path) -> None:
    study = study_of(tmp_path, [sample("aided")])
    with model_server(Teacher()) as server:
        reflect(study, server, aided=True)
    (found,) = included_samples(study.find("dataset", "reflected"))
    assert found.meta["reflection"]["branch"] == "aided"


def test_the_reference_goes_over_the_wire_in_the_last_resort_alone(tmp_path: Path) -> None:
    study = study_of(tmp_path, [*map(sample, ("at once", "later", "aided", "never", "malformed"))])
    with model_server(Teacher()) as server:
        reflect(study, server)
    told = [asked_of(body)[0] for body, raw in zip(server.requests, server.raw, strict=True)
            if REFERENCE.encode() in raw]  # fmt: skip
    assert told == ["reference"] * 2
    assert all(b"So." not in raw for raw in server.raw)


def test_a_continuation_is_shown_no_last_verification_and_goes_back_only_later(
    tmp_path: Path,
) -> None:
    study = study_of(tmp_path, [sample("never"), *(sample(f"wrong {n}") for n in range(12))])
    teacher = Teacher()
    teacher._is_right = lambda *_: False  # type: ignore[method-assign]
    with model_server(teacher) as server:
        made = reflect(study, server, last_resort=False)
    for body in server.requests:
        kind, material = asked_of(body)
        if kind == "continue":
            *earlier, last = material["chain"]
            assert "verification" not in last
            assert all(each["verification"] for each in earlier)
    drawn = {(row["correction"], row["strategy"]) for row in rows(made, "attempts.parquet")}
    assert {name for number, name in drawn if number == 1} == {"explore", "verify", "correct"}
    assert {name for number, name in drawn if number == 2} == {
        "explore", "verify", "correct", "back",
    }  # fmt: skip


@pytest.mark.parametrize("stops_after", [1, 5, 12])
def test_a_broken_run_asks_for_the_rest_only(tmp_path: Path, stops_after: int) -> None:
    names = ["at once", "later", "aided", "malformed", "never"]
    whole = study_of(tmp_path / "whole", [*map(sample, names)])
    broken = study_of(tmp_path / "broken", [*map(sample, names)])
    with model_server(Teacher()) as server:
        expected = reflect(whole, server)
    with model_server(Teacher(stops_after=stops_after)) as again:
        with pytest.raises(EndpointFailed, match=r"refused the key.*not asked for again"):
            reflect(broken, again)
        again.script.stops_after = None  # type: ignore[attr-defined]
        made = reflect(broken, again)
    refused = again.raw.pop(stops_after)
    assert again.raw[stops_after] == refused
    assert again.raw == server.raw
    assert made.digest == expected.digest


def test_many_at_once_find_the_same(tmp_path: Path) -> None:
    names = ["at once", "corrected", "aided", "malformed", "never", "garbled"]
    one = study_of(tmp_path / "one", [*map(sample, names)])
    many = study_of(tmp_path / "many", [*map(sample, names)])
    with model_server(Teacher()) as server:
        first = reflect(one, server)
    with model_server(Teacher()) as server:
        second = reflect(many, server, at_once=4)
    assert first.digest == second.digest


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


def test_a_dataset_of_that_name_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    study = study_of(tmp_path, [sample("at once")])
    importing.run(study, "reflected", ImportSettings(), silent(),
                  source=str(tmp_path / "pool.jsonl"), validation=[])  # fmt: skip
    with model_server(Teacher()) as server:
        with pytest.raises(BadSetting, match="There is a dataset of this name"):
            reflect(study, server)
        assert server.requests == []
