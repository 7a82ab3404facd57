"""Reflective chains are read by a person before training, or somebody says why not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner

from diq_core.artefact import Artefact
from diq_core.cli import app
from diq_core.config import ExportSettings, ImportSettings, SelectSettings
from diq_core.data.sample import Sample
from diq_core.errors import BadSetting
from diq_core.export.verdicts import Verdicts
from diq_core.jobs.progress import silent
from diq_core.review.form.form import load_form
from diq_core.stages import dataset as importing
from diq_core.stages import export as exporting
from diq_core.stages import selection as selecting
from diq_core.stages.joining import included_samples
from diq_core.stages.reflection_gate import has_chains, require_read
from diq_core.study import Study, create_study
from tests.support.model_server import ModelServer, model_server
from tests.support.teacher import Teacher, sample
from tests.support.training import sample_file


def command(study: Study, server: ModelServer, *more: str) -> list[str]:
    return ["reflect", "--study", str(study.path), "--dataset", "main", "--endpoint", server.url,
            "--model", "teacher", "--json", *more]  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    place = tmp_path_factory.mktemp("reflected")
    made = create_study(place / "study")
    importing.run(
        made, "main", ImportSettings(exclude_duplicates=False), silent(), validation=[],
        source=sample_file(place / "pool.jsonl", [*map(sample, ("at once", "aided", "never"))]),
    )  # fmt: skip
    with model_server(Teacher()) as server:
        guessed = CliRunner().invoke(app, command(made, server, "--estimate"))
        assert json.loads(guessed.output)["most"] == 3 * (1 + 3 * 2 + 1 + 3)
        for more, words in (
            (["--verifier-at-once", "2"], "--verifier-at-once means nothing without --verifier"),
            (["--reader", "small"], "--reader means nothing without --method stability"),
        ):
            refused = CliRunner().invoke(app, command(made, server, *more))
            assert words in str(refused.exception)
        assert server.requests == []
        done = CliRunner().invoke(app, command(made, server, "--aided"))
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["results"]["branches"] == {"first": 1, "aided": 1, "wrong": 1}
    settings = SelectSettings(strategy="full")
    inputs = selecting.inputs(made, settings, "reflected", None, None)
    selecting.run(made, "all", settings, silent(), **inputs)
    return made


def export(study: Study, name: str, verdicts: Verdicts | None = None, **more: Any) -> Artefact:
    settings = ExportSettings(verdicts=verdicts is not None, **more)
    return exporting.run(
        study, name, settings, silent(), selection=study.find("selection", "all"),
        verdicts=verdicts,
    )  # fmt: skip


def read_by(study: Study, *, machine: bool = False, only: int = 2) -> Verdicts:
    ids = [each.id for each in included_samples(study.find("dataset", "reflected"))][:only]
    rows = tuple(
        {"id": id, "form": load_form().version, "reviewer": "reviewer 1", "machine": machine,
         "third_person": False, "scales": {}, "verdict": "accept", "flags": [],
         "outcome": "accepted", "settled": False}
        for id in ids
    )  # fmt: skip
    return Verdicts("1 0", load_form().version, rows, (), ())


@pytest.mark.parametrize(("machine", "only", "left"), [(False, 0, 2), (False, 1, 1), (True, 2, 2)])
def test_chains_that_nobody_read_are_refused(
    study: Study, machine: bool, only: int, left: int
) -> None:
    with pytest.raises(BadSetting, match=rf"{left} of 2 reflective chains were written by a mach"):
        export(study, "refused", read_by(study, machine=machine, only=only))
    assert not study.folder("export", "refused").with_name("refused.part").exists()


def test_chains_that_people_read_pass_and_the_datasheet_says_so(study: Study) -> None:
    made = export(study, "read", read_by(study))
    assert made.manifest["facts"]["reflection"] == {
        "chains": 2, "read": 2, "aided": 1, "waived": "",
    }  # fmt: skip
    assert "read by a person: 2; written once the reference was seen: 1" in (
        made.path / "DATASHEET.md"
    ).read_text(encoding="utf-8")


def test_a_waiver_is_kept_with_its_reason(study: Study) -> None:
    reason = "A rehearsal; nothing of it is trained on"
    typed = ["export", "--study", str(study.path), "--name", "waived", "--waive-review", reason]
    done = CliRunner().invoke(app, typed)
    assert done.exit_code == 0, done.output
    made = study.find("export", "waived")
    assert made.manifest["facts"]["reflection"]["waived"] == reason
    assert f"The others were not read: {reason}" in (made.path / "DATASHEET.md").read_text()


def test_what_was_never_a_chain_needs_no_reading(study: Study) -> None:
    plain = [Sample("a", "Why?", answer="So.")]
    assert require_read(plain, None, "").facts == {}
    assert not has_chains(study.find("dataset", "main"))
    assert has_chains(study.find("dataset", "reflected"))


def test_a_waiver_where_all_were_read_is_not_kept(study: Study) -> None:
    chains = included_samples(study.find("dataset", "reflected"))
    assert require_read(chains, read_by(study), "no time").waived == ""
    odd = [replace(chains[0], meta={"reflection": "a column of somebody else's"})]
    with pytest.raises(BadSetting, match="1 of 1 reflective chains"):
        require_read(odd, None, " ")
