"""Reflective chains before a scripted teacher: each branch taken, counted, resumed, and nothing
lost; the reference stays here but for the last resort."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from diq_core.artefact import Artefact
from diq_core.asking.endpoint import Endpoint, EndpointFailed
from diq_core.asking.limits import Limits
from diq_core.config import ImportSettings, ReflectSettings
from diq_core.data.sample import Sample
from diq_core.errors import BadSetting
from diq_core.jobs.progress import silent
from diq_core.stages import dataset as importing
from diq_core.stages import reflection
from diq_core.stages.identifier_log import Answerable
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


@pytest.mark.slow
def test_a_killed_process_asks_for_the_rest_only(tmp_path: Path) -> None:
    study = study_of(tmp_path, [*map(sample, ("at once", "later", "aided"))])
    teacher, dies = Teacher(), 4

    def script(number: int, body: dict[str, Any]) -> Said:
        if number == dies:
            os.kill(begun.pid, signal.SIGKILL)
            return Said("", 503)
        return teacher(number, body)

    with model_server(script) as server:
        command = [sys.executable, "-m", "diq_core", "reflect", "--study", str(study.path),
                   "--dataset", "main", "--endpoint", server.url, "--model", "teacher"]  # fmt: skip
        begun = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert begun.wait(120) == -signal.SIGKILL
        again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert "3 of 3 chains accepted" in again.stdout
    lost = server.raw.pop(dies)
    assert server.raw[dies] == lost
    assert len(set(server.raw)) == len(server.raw)


def test_many_at_once_find_the_same(tmp_path: Path) -> None:
    names = ["at once", "corrected", "aided", "malformed", "never", "garbled"]
    one = study_of(tmp_path / "one", [*map(sample, names)])
    many = study_of(tmp_path / "many", [*map(sample, names)])
    with model_server(Teacher()) as server:
        first = reflect(one, server)
    with model_server(Teacher()) as server:
        second = reflect(many, server, at_once=4)
    assert first.digest == second.digest


def test_a_dataset_of_that_name_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    study = study_of(tmp_path, [sample("at once")])
    importing.run(study, "reflected", ImportSettings(), silent(),
                  source=str(tmp_path / "pool.jsonl"), validation=[])  # fmt: skip
    with model_server(Teacher()) as server:
        with pytest.raises(BadSetting, match="There is a dataset of this name"):
            reflect(study, server)
        assert server.requests == []
