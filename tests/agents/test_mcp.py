"""An agent at its tools: a real client, the real command, over stdin and stdout."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import jsonschema
import pytest

from diq_core.agents import making, serving
from diq_core.config import ImportSettings
from diq_core.fields import help_of
from diq_core.jobs import control, queue
from diq_core.jobs.order import Order
from diq_core.jobs.progress import silent
from diq_core.kinds import ROWS
from diq_core.stages import dataset as importing
from diq_core.stages import identifier_log
from diq_core.stages.identifier_log import Answerable
from diq_core.study import Study, create_study, open_study
from tests.support.studies import full_study

READING = ["status", "artefacts", "artefact", "rows", "search", "samples", "compare_selections",
           "jobs"]  # fmt: skip
ROOT = Path(__file__).parents[2]
Talk = Callable[[Any], Awaitable[Any]]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return full_study(tmp_path_factory.mktemp("agents") / "study")


def with_client(study: Study, talk: Talk, *words: str) -> Any:
    """Return what `talk` returns of a session with ``diq mcp``."""
    from mcp import ClientSession
    from mcp.client.stdio import StdioServerParameters, stdio_client

    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "diq_core", "mcp", "--study", str(study.path), *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )

    async def session() -> Any:
        async with stdio_client(server) as (came, sent), ClientSession(came, sent) as client:
            await client.initialize()
            return await talk(client)

    # A thread of its own: the browser's tests leave a loop running in theirs.
    with ThreadPoolExecutor(1) as alone:
        return alone.submit(anyio.run, session).result()


def ask(study: Study, tool: str, *, writes: bool = False, **given: Any) -> tuple[Any, bool]:
    """Call a tool as the server does."""
    text, is_error = serving.called(study, serving.tools(writes), tool, given)
    return (text if is_error else json.loads(text)), is_error


@pytest.mark.slow
def test_a_client_sees_only_tools_that_look_and_reads_with_them(study: Study) -> None:
    async def talk(client: Any) -> Any:
        tools = (await client.list_tools()).tools
        status = await client.call_tool("status", {})
        refused = await client.call_tool("export", {})
        unknown = await client.call_tool("rows", {"kind": "export", "ids": ["s0001"]})
        return tools, status, refused, unknown

    before = {path: path.stat().st_mtime_ns for path in study.path.rglob("*")}
    tools, status, refused, unknown = with_client(study, talk)
    assert [each.name for each in tools] == READING
    assert all(each.annotations.read_only_hint for each in tools)
    said = json.loads(status.content[0].text)
    assert (said["title"], status.is_error) == ("Cardiology pool", False)
    assert refused.is_error
    assert "with --allow-write" in refused.content[0].text
    assert unknown.is_error
    assert "has no row for each sample" in unknown.content[0].text
    assert {path: path.stat().st_mtime_ns for path in study.path.rglob("*")} == before


@pytest.mark.slow
def test_a_client_that_may_write_starts_the_job_of_a_button(tmp_path: Path) -> None:
    study = create_study(tmp_path / "study")
    rows = [{"question": f"Which drug is for case {n}?", "answer": f"Drug {n}"} for n in range(3)]
    pool = tmp_path / "pool.jsonl"
    pool.write_text("".join(json.dumps(row) + "\n" for row in rows))

    async def talk(client: Any) -> Any:
        names = [each.name for each in (await client.list_tools()).tools]
        said = await client.call_tool("dataset", {"source": str(pool), "limit": 2, "name": "two"})
        state = ""
        with anyio.fail_after(120):
            while state not in ("done", "failed"):
                jobs = json.loads((await client.call_tool("jobs", {})).content[0].text)["jobs"]
                state = next((each["state"] for each in jobs if each["name"] == "two"), "")
                await anyio.sleep(0.1)
        return names, json.loads(said.content[0].text), state

    names, said, state = with_client(study, talk, "--allow-write")
    assert names == READING + [row.typed.replace(" ", "_") for row in ROWS]
    assert (said, state) == ({"kind": "dataset", "name": "two", "started": True}, "done")
    assert open_study(study.path).find("dataset", "two").manifest["counts"]["samples"] == 2


def test_every_schema_is_one_and_has_the_words_of_the_help() -> None:
    tools = serving.tools(True)
    for tool in tools.values():
        jsonschema.Draft202012Validator.check_schema(dict(tool.schema))
    for facts in ROWS:
        listed = tools[facts.typed.replace(" ", "_")].schema["properties"]
        for kind in (facts.settings, facts.inputs):
            for name in kind.model_fields:
                if name in making.PERSONS:
                    assert name not in listed
                else:
                    assert listed[name]["description"] == help_of(kind, name)


def test_what_only_a_person_says_is_no_argument(study: Study) -> None:
    for name in making.PERSONS:
        said, is_error = ask(study, "export", writes=True, **{name: "officer"})
        assert is_error
        assert f"Only a person says this, on a page or in a terminal ({name})" in said
    said, is_error = ask(study, "export", writes=True, fromat="csv")
    assert is_error
    assert "There is no such argument of export ('fromat')" in said


def test_a_tool_gives_the_order_of_a_button_and_long_ones_wait(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[str, Order]] = []
    monkeypatch.setattr(control, "start", lambda _, order: given.append(("starts", order)))
    monkeypatch.setattr(queue, "enqueue", lambda _, order: given.append(("waits", order)))
    ask(study, "export", writes=True, format="csv", selection="main", name="b")
    ask(study, "run", writes=True, export="main", epochs=2)
    assert given == [
        ("starts", Order("export", "b", {"format": "csv"}, {"selection": "main"})),
        ("waits", Order("run", "main", {"epochs": 2}, {"export": "main"})),
    ]
    said, is_error = ask(study, "run", writes=True, epochs=-1)
    assert is_error
    assert "epochs" in said


def test_what_was_made_is_listed_and_shown(study: Study) -> None:
    listed, _ = ask(study, "artefacts", kind="selection")
    assert [each["name"] for each in listed["artefacts"]] == ["main"]
    shown, _ = ask(study, "artefact", kind="selection")
    assert shown["settings"]["budget"] == "10"
    rows, _ = ask(study, "rows", kind="selection", ids=["s0003", "nobody"])
    assert [row["id"] for row in rows["rows"]] == ["s0003"]
    assert rows["unknown"] == ["nobody"]
    found, _ = ask(study, "search", limit=5)
    assert (found["found"], len(found["ids"])) == (40, 5)
    said, is_error = ask(study, "artefact", kind="../x")
    assert is_error
    assert "no such kind" in said


def test_texts_that_may_tell_who_a_patient_is_are_withheld(tmp_path: Path) -> None:
    rows = [{"id": "a", "question": "Mrs. Helen Carter coughs. Why?", "answer": "A cold"},
            {"id": "b", "question": "Which drug is for gout?", "answer": "Colchicine"}]  # fmt: skip
    pool = tmp_path / "pool.jsonl"
    pool.write_text("".join(json.dumps(row) + "\n" for row in rows))
    study = create_study(tmp_path / "study")
    settings = ImportSettings(exclude_identifiers=False)
    importing.run(study, "main", settings, silent(), source=str(pool), validation=())
    said, _ = ask(study, "samples", ids=["a", "b", "c"])
    assert [each["id"] for each in said["samples"]] == ["b"]
    assert (said["withheld"], said["unknown"]) == (1, ["c"])
    assert said["why_withheld"] == "they may tell who a patient is"
    assert "Helen" not in json.dumps(said)
    from diq_core.privacy.finder import find

    key = identifier_log.digest_key()
    digests = [each.digest for each in find(rows[0]["question"], key=key)]
    identifier_log.decide(study, Answerable("officer", "made up"), "none", "name", digests)
    said, _ = ask(study, "samples", ids=["a"])
    assert [each["id"] for each in said["samples"]] == ["a"]


def test_a_fault_of_ours_is_said_without_its_details(
    study: Study, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from dataclasses import replace

    def fail(*_: Any) -> Any:
        raise KeyError("a text of a sample")

    known = {"status": replace(serving.tools(False)["status"], run=fail)}
    text, is_error = serving.called(study, known, "status", {})
    assert (is_error, "our fault" in text, "a text" in text) == (True, True, False)
    assert "KeyError" in capsys.readouterr().err


def test_the_package_is_an_extra(monkeypatch: pytest.MonkeyPatch, study: Study) -> None:
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(Exception, match=r"mcp is not installed.*diq-studio\[agents\]"):
        serving.run(study, allow_write=False)
