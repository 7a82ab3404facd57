"""Work of version 0.1.0 opens, is found again, goes on where it stopped, and can be reproduced.

tests/fixtures/v1 was made by that version (see its README.md) and is never made again.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import load_file
from typer.testing import CliRunner

from diq_core.artefact import open_artefact
from diq_core.cli import app as command_line
from diq_core.study import open_study

FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / "v1"
WANTED: dict[str, Any] = json.loads((FIXTURE / "expected.json").read_text(encoding="utf-8"))
FINISHED = {(each["kind"], each["name"]): each for each in WANTED["finished"]}
# Figures that are derived from what is kept: how intervals are made, how they are named and what
# they let one conclude has changed since, and with it these; the answers behind them have not.
DERIVED = {
    "evaluation": {"results.json"},
    # What an export may hold of patients' identifiers is looked for since, and said there.
    "export": {"DATASHEET.md"},
    "experiment": {"results.json", "report.md", "report.html"},
    "quality": {"results.json"},
}

pytestmark = pytest.mark.xdist_group("yesterday")


def diq(folder: Path, arguments: list[str], judge: str = "") -> str:
    """Run a command there, as yesterday: with relative paths; the judge is asked where it is."""
    arguments = [
        f"--endpoint={judge}" if each.startswith("--endpoint=") else each for each in arguments
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr("sys.argv", ["diq", *arguments])
        result = CliRunner().invoke(command_line, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def judge() -> Iterator[str]:
    """The address of the scripted judge that the fixture was made with."""
    spec = importlib.util.spec_from_file_location("make_v1", FIXTURE / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with module.served(0) as address:
        yield address


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(FIXTURE, tmp_path_factory.mktemp("yesterday") / "v1"))


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def assert_same(found: Path, kind: str, name: str) -> None:
    """Assert that an artefact holds what yesterday's unbroken one of that name holds."""
    files = FINISHED[kind, name]["files"]
    artefact, before = open_artefact(found), open_artefact(FIXTURE / "finished" / kind / name)
    assert artefact.settings == before.settings
    assert artefact.manifest["inputs"] == before.manifest["inputs"]
    counts, counted = artefact.manifest["counts"], before.manifest["counts"]
    assert {key: counts[key] for key in counted} == counted
    names = {file.relative_to(found).as_posix() for file in found.rglob("*") if file.is_file()}
    assert names - {"manifest.json"} == set(files)
    for file, wanted in files.items():
        if file in DERIVED.get(kind, ()) or digest(found / file) == wanted:
            continue
        # On another processor the last bits of a sum may differ, nothing else.
        assert file in WANTED["numbers"].get(kind, ()), f"{file} differs"
        assert_close(found / file, FIXTURE / "finished" / kind / name / file)


# Written answers are read by today's rules, which choose and explain otherwise; the texts stay.
READ = ("chosen", "correct", "reason")


def _without_readings(table: pa.Table) -> pa.Table:
    if "scoring" not in table.schema.names or "generated" not in table["scoring"].to_pylist():
        return table
    return table.drop_columns(list(READ))


def _values(column: pa.ChunkedArray) -> np.ndarray:
    flat = pc.list_flatten(column) if pa.types.is_list(column.type) else column
    return flat.to_numpy()


def assert_close(found: Path, wanted: Path) -> None:
    if found.suffix == ".parquet":
        one, other = (_without_readings(pq.read_table(file)) for file in (found, wanted))
        assert one.schema == other.schema
        columns = {name: (_values(one[name]), _values(other[name])) for name in one.schema.names}
    elif found.suffix == ".safetensors":
        first, second = load_file(found), load_file(wanted)
        assert first.keys() == second.keys()
        columns = {name: (first[name], second[name]) for name in first}
    else:
        lines = [[json.loads(line) for line in file.read_text().splitlines()]
                 for file in (found, wanted)]  # fmt: skip
        assert len(lines[0]) == len(lines[1])
        columns = {
            f"{number} {key}": (np.array(line[key]), np.array(lines[1][number][key]))
            for number, line in enumerate(lines[0])
            for key in line
        }
    for name, (values, expected) in columns.items():
        if values.dtype.kind == "f":
            np.testing.assert_allclose(values, expected, rtol=1e-3, atol=1e-6, err_msg=name)
        else:
            np.testing.assert_array_equal(values, expected, err_msg=name)


@pytest.mark.parametrize("study", ["finished", "half"])
def test_a_study_opens_and_says_where_it_stands(copy: Path, study: str) -> None:
    steps = json.loads(diq(copy, ["status", "--study", study, "--json"]))["steps"]
    before = next(each for each in WANTED["reads"]
                  if each["argv"][0] == "status" and each["argv"][-1].endswith(study))  # fmt: skip
    said = {step["key"]: step["summary"] for step in before["json"]["steps"]}
    for step in steps:
        if step["state"] == "done":
            # What an experiment made stood among the rest; now it stands under the experiment.
            assert step["summary"].split("; ")[0] == said[step["key"]].split("; ")[0]


def test_its_reviews_are_whole_and_end_at_the_same_head(copy: Path) -> None:
    said = json.loads(diq(copy, ["audit", "verify", "--study", "finished", "--json"]))
    assert (said["whole"], said["head"]) == (True, WANTED["finished_reviews"]["head"])


def test_the_commands_of_yesterday_find_what_they_made(tmp_path: Path, judge: str) -> None:
    copy = Path(shutil.copytree(FIXTURE, tmp_path / "v1"))
    for each in WANTED["finished"]:
        said = json.loads(diq(copy, [*each["argv"], "--json"], judge))
        assert said["digest"] == each["digest"], (each["kind"], each["name"])
        assert (
            digest(copy / "finished" / each["kind"] / each["name"] / "manifest.json")
            == (each["digest"])
        )


@pytest.fixture(scope="module")
def continued(tmp_path_factory: pytest.TempPathFactory, judge: str) -> Path:
    """The half-done study, after each command was typed again."""
    copy = Path(shutil.copytree(FIXTURE, tmp_path_factory.mktemp("half") / "v1"))
    for each in WANTED["half"]:
        assert (copy / "half" / each["kind"] / f"{each['name']}.part").is_dir()
        diq(copy, each["argv"], judge)
    return copy / "half"


@pytest.mark.parametrize(
    ("kind", "name"), [(each["kind"], each["name"]) for each in WANTED["half"]]
)
def test_what_was_half_done_ends_as_if_nothing_had_happened(
    continued: Path, kind: str, name: str
) -> None:
    assert_same(continued / kind / name, kind, name)


def test_a_judge_that_was_interrupted_asks_only_for_the_rest(tmp_path: Path, judge: str) -> None:
    copy = Path(shutil.copytree(FIXTURE, tmp_path / "v1"))
    about = WANTED["finished_reviews"]
    said = json.loads(diq(copy, [*about["judge"]["argv"], "--json"], judge))
    assert said["counts"] == about["judge"]["counts"]
    # The log of yesterday is the beginning of today's.
    diq(copy, ["audit", "verify", "--study", "finished", "--head", about["head"]])


@pytest.mark.parametrize("name", ["main", "alpaca", "reviewed"])
def test_an_export_is_reproduced_from_its_manifest(copy: Path, name: str) -> None:
    said = json.loads(diq(copy, [
        "reproduce", f"finished/export/{name}/manifest.json", "--source", "pool.jsonl",
        "--study", f"again-{name}", "--validation", "validation.jsonl",
        "--benchmark", "benchmark.jsonl", "--benchmark", "second.jsonl", "--json",
    ]))  # fmt: skip
    assert said["identical"], said


def test_its_backup_can_be_restored(copy: Path) -> None:
    diq(copy, ["new", "restored"])
    diq(copy, ["review", "restore", "--study", "restored", "reviews.jsonl", "--as=Ada"])
    assert json.loads(diq(copy, ["audit", "verify", "--study", "restored", "--json"]))["whole"]
    assert open_study(copy / "restored").title == "restored"
