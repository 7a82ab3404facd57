"""Pass rates of a model behind an endpoint: the same tables, and no answer is paid for twice."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from diq_core.artefact import Artefact
from diq_core.asking.endpoint import Endpoint, EndpointFailed
from diq_core.cli import app
from diq_core.config import PassrateSettings
from diq_core.data.sample import Option, Sample
from diq_core.errors import BadSetting
from diq_core.jobs.progress import silent
from diq_core.stages import passrate_asking
from diq_core.stages.identifier_log import IdentifiersFound
from diq_core.stages.reply_cache import StudyReplies
from diq_core.study import Study
from tests.stages.test_reflection import ESSAY, study_of
from tests.support.model_server import ModelServer, Said, completion, model_server

OPTIONS = (Option("A", "Fever"), Option("B", "Cough"))
ASKED = [Sample(f"q{each}", f"Which {each}?", reasoning="So.", options=OPTIONS, answer_label="B")
         for each in range(3)]  # fmt: skip


def drawn(_number: int, body: dict[str, Any]) -> Said:
    """Answer by the seed, as a model does that draws."""
    chance = random.Random(body["seed"])
    return completion(chance.choice(["B", "A", "I am not sure."]))


def ask(study: Study, server: ModelServer, name: str = "pass-rate", **more: Any) -> Artefact:
    settings = PassrateSettings(**{"model": "student", "answers": 4, **more})
    with Endpoint(server.url, attempts=1, timeout=5, cache=StudyReplies(study)) as endpoint:
        return passrate_asking.run(
            study, name, settings, silent(), dataset=study.find("dataset", "main"),
            endpoint=endpoint,
        )  # fmt: skip


def test_each_question_is_asked_with_seeds_of_its_own_and_becomes_a_score(tmp_path: Path) -> None:
    study = study_of(tmp_path, [*ASKED, Sample("essay", "Why?", answer=ESSAY)])
    with model_server(drawn) as server:
        made = ask(study, server)
    assert len({body["seed"] for body in server.requests}) == len(server.requests) == 12
    assert all(body["messages"][-1]["content"].startswith("Which") for body in server.requests)
    answers = pq.read_table(made.path / "answers.parquet").to_pylist()
    rates = {row["id"]: row for row in pq.read_table(made.path / "scores.parquet").to_pylist()}
    for id in ("q0", "q1", "q2"):
        outcomes = [each["outcome"] for each in answers if each["id"] == id]
        assert rates[id]["pass-rate"] == outcomes.count("right") / 4
    assert "more than a rule can compare" in rates["essay"]["reason"]
    assert made.manifest["facts"]["cost"] == {
        "requests": 12, "prompt_tokens": 360, "tokens": 84, "not_counted": 0,
    }  # fmt: skip
    assert study.find("scores", "pass-rate").manifest["counts"]["scored"] == 3


def test_a_broken_run_asks_for_the_rest_only_and_ends_the_same(tmp_path: Path) -> None:
    whole, broken = study_of(tmp_path / "a", ASKED), study_of(tmp_path / "b", ASKED)
    with model_server(drawn) as server:
        expected = ask(whole, server)
        url = server.url
        first = [*server.raw]
        server.raw.clear()
        server.script = lambda n, body: Said("", 401) if n == 12 + 5 else drawn(n, body)
        with pytest.raises(EndpointFailed, match="1 of 3 samples are done"):
            ask(broken, server)
        made = ask(broken, server)
        assert url == server.url
    server.raw.pop(5)
    assert server.raw == first
    assert made.digest == expected.digest


def test_a_rate_lacks_none_of_its_answers(tmp_path: Path) -> None:
    def script(number: int, body: dict[str, Any]) -> Said:
        error = {"error": {"code": "content_filter"}}
        return Said(error, 400) if number == 2 else drawn(number, body)

    study = study_of(tmp_path, ASKED)
    with model_server(script) as server:
        made = ask(study, server)
    rows = pq.read_table(made.path / "scores.parquet").to_pylist()
    assert [row["pass-rate"] is None for row in rows] == [True, False, False]
    assert rows[0]["reason"].startswith("an answer is missing: the endpoint refused this request")


def test_what_may_identify_a_patient_is_not_sent(tmp_path: Path) -> None:
    tells = Sample("tells", "Mr. Osgood Thornbury, MRN: 4471902, coughs?", options=OPTIONS,
                   answer_label="B")  # fmt: skip
    study = study_of(tmp_path, [*ASKED, tells], identifiers=True)
    with model_server(drawn) as server:
        with pytest.raises(IdentifiersFound, match="sample 'tells'"):
            ask(study, server)
        assert server.requests == []
        made = ask(study, server, "without", leave_out_identifiers=True)
        assert all(b"Thornbury" not in raw for raw in server.raw)
    rows = {row["id"]: row for row in pq.read_table(made.path / "scores.parquet").to_pylist()}
    assert rows["tells"]["reason"] == "it may tell who a patient is, and was not sent"


def test_the_command_asks_where_it_is_told_and_needs_a_name(tmp_path: Path) -> None:
    study = study_of(tmp_path, ASKED)
    with model_server(drawn) as server:
        command = ["passrate", "--study", str(study.path), "--endpoint", server.url, "--json"]
        unnamed = CliRunner().invoke(app, command)
        assert isinstance(unnamed.exception, BadSetting)
        assert "not named" in str(unnamed.exception)
        shared = CliRunner().invoke(app, [*command, "--model", "m", "--on", "ray"])
        assert "asked by one process alone" in str(shared.exception)
        unread = CliRunner().invoke(app, [*command, "--model", "m", "--max-pixels", "1000"])
        assert "--max-pixels means nothing at an endpoint" in str(unread.exception)
        done = CliRunner().invoke(app, [*command, "--model", "m", "--answers", "2"])
    here = CliRunner().invoke(app, ["passrate", "--study", str(study.path), "--per-minute", "9"])
    assert "--per-minute means nothing without --endpoint" in str(here.exception)
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["counts"]["scored"] == 3
