"""Samples and answers that may tell who a patient is are asked about only if somebody answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from diq_core.asking.endpoint import Endpoint
from diq_core.cli import app
from diq_core.config import JudgeSettings, PairSettings, build
from diq_core.errors import BadSetting
from diq_core.jobs.progress import silent
from diq_core.privacy.finder import find
from diq_core.stages import answers as answering
from diq_core.stages import judge as judging
from diq_core.stages.identifier_log import (
    Answerable,
    IdentifiersFound,
    decide,
    digest_key,
    entries,
)
from diq_core.study import Study, create_study
from tests.support.model_server import ModelServer, completion, model_server
from tests.support.reviews import ADA, answer
from tests.support.studies import (
    add_dataset,
    add_difficulty,
    add_influence,
    add_selection,
)
from tests.support.written import add_written, write_questions

NAME, NUMBER = "Osgood Thornbury", "4471902"
TELLS = f"Mr. {NAME}, MRN: {NUMBER}, has a fever. What is it?"
GOOD = completion({**answer("reject", 4), "comment": "Silent on red flags."})
ROLE, REASON = "data protection officer", "all of them agreed in writing"


@pytest.fixture(autouse=True)
def secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIQ_SECRET_FILE", str(tmp_path / "secret"))


@pytest.fixture
def study(tmp_path: Path) -> Study:
    found = create_study(tmp_path / "study")
    dataset = add_dataset(found, samples=20, questions=[TELLS] * 20)
    add_selection(found, dataset, add_difficulty(found, dataset), add_influence(found, dataset))
    return found


def judge(study: Study, server: ModelServer, **more: Any) -> dict[str, int]:
    settings = build(JudgeSettings, {"endpoint": server.url, "model": "m", "limit": 2, **more})
    client = Endpoint(server.url, timeout=10, attempts=1)
    return judging.run(
        study, study.find("selection"), settings, silent(), person=ADA, endpoint=client
    )


def holding(folder: Path) -> set[str]:
    """Return what of a folder holds what was found; the samples themselves do."""
    return {
        path.relative_to(folder).parts[0]
        for path in folder.rglob("*")
        if path.is_file()
        and any(each.encode() in path.read_bytes() for each in (NAME, "Thornbury", NUMBER))
    }


def test_nothing_is_asked_and_the_refusal_names_sample_field_and_class(study: Study) -> None:
    with model_server(lambda _number, _body: GOOD) as server:
        with pytest.raises(
            IdentifiersFound,
            match=r"2 samples may tell who a patient is: 2 × name of a person, 2 × "
            r"medical record number \(the first: sample 's00\d\d', question, name of a person\)",
        ) as refused:
            judge(study, server, critique=False)
        assert server.requests == []
    assert NAME not in str(refused.value)
    assert NUMBER not in str(refused.value)
    assert entries(study) == []


def test_a_release_lets_it_pass_and_is_kept_in_the_log(study: Study) -> None:
    with model_server(lambda _number, _body: GOOD) as server:
        counts = judge(study, server, release_role=ROLE, release_reason=REASON)
        assert len(server.requests) == 2
    assert counts["judged"] == 2
    (entry,) = entries(study)
    assert (entry["entry"], entry["door"], entry["by"]) == ("release", "endpoint", ADA.name)
    assert (entry["role"], entry["reason"], entry["samples"]) == (ROLE, REASON, 2)
    assert holding(study.path) <= {"dataset"}


def test_what_may_tell_is_left_out_and_is_missing_with_that_reason(tmp_path: Path) -> None:
    study = create_study(tmp_path / "study")
    texts = [TELLS if number % 2 else f"What explains sign {number}?" for number in range(20)]
    dataset = add_dataset(study, samples=20, questions=texts)
    add_selection(study, dataset, add_difficulty(study, dataset), add_influence(study, dataset))
    with model_server(lambda _number, _body: GOOD) as server:
        counts = judge(study, server, limit=6, rest=6, leave_out_identifiers=True, critique=True)
        sent = json.dumps(server.requests)
    assert 0 < counts["judged"] < 6
    assert counts["judged"] + counts["missing"] == 6
    assert counts["compared"] + counts["not_compared"] == 6
    assert NAME not in sent
    assert entries(study) == []


def test_what_is_decided_to_be_none_passes_without_a_release(study: Study) -> None:
    who = Answerable(ROLE, "they are made up")
    for kind in ("name", "record"):
        digests = [one.digest for one in find(TELLS, key=digest_key()) if one.kind == kind]
        decide(study, who, "none", kind, digests)  # type: ignore[arg-type]
    with model_server(lambda _number, _body: GOOD) as server:
        assert judge(study, server)["judged"] == 2


def test_a_release_wants_a_role_and_a_reason_that_name_nobody(study: Study) -> None:
    with model_server(lambda _number, _body: GOOD) as server:
        with pytest.raises(BadSetting, match="Role and reason belong together"):
            judge(study, server, release_role=ROLE)
        with pytest.raises(BadSetting, match="The reason itself holds"):
            judge(study, server, release_role=ROLE, release_reason=TELLS)
        assert server.requests == []


def test_answers_of_a_model_are_held_back_and_a_release_stands_in_the_manifest(
    tmp_path: Path,
) -> None:
    study = create_study(tmp_path / "study")
    questions = write_questions(tmp_path, 2)
    add_written(study, "tuned", questions, ["A", f"It is Mr. {NAME}.\n\nMRN: {NUMBER}\n\nA"])
    add_written(study, "base", questions, ["A", "B"])
    answering.run(
        study, "main", PairSettings(), silent(), first=study.find("evaluation", "tuned"),
        second=study.find("evaluation", "base"), benchmarks=[str(questions)],
    )  # fmt: skip

    def diq(*words: str) -> Any:
        with model_server(lambda _number, _body: completion("no")) as server:
            done = CliRunner().invoke(
                app, ["quality", "judge", "--model", "m", "--endpoint", server.url, "--json",
                      "--study", str(study.path), *words],
            )  # fmt: skip
        return done, server.requests

    before = holding(study.path)
    refused, requests = diq()
    assert isinstance(refused.exception, IdentifiersFound)
    assert NAME not in refused.output + str(refused.exception)
    assert requests == []
    assert holding(study.path) == before == {"evaluation", "answers"}
    passed, requests = diq("--leave-out-identifiers", "--name", "without")
    assert passed.exit_code == 0, passed.output + repr(passed.exception)
    assert requests
    assert NAME not in json.dumps(requests)
    without = study.find("quality", "without").manifest
    assert without["facts"]["identifiers"]["open"] == {}
    assert len(without["facts"]["identifiers"]["withheld"]) == 1
    assert without["counts"]["reasons"]["it may tell who a patient is, and was not sent"] == 4
    passed, requests = diq(
        "--release-role", ROLE, "--release-reason", REASON, "--as", "Ada", "--name", "main"
    )
    assert passed.exit_code == 0, passed.output + repr(passed.exception)
    assert requests
    (entry,) = entries(study)
    assert entry["by"] == "Ada"
    facts = study.find("quality").manifest["facts"]["identifiers"]
    assert facts["release"] == {"role": ROLE, "reason": REASON}
    assert facts["samples"] == 1
    assert holding(study.path) == before
    assert NAME not in json.dumps(study.find("quality").manifest)
