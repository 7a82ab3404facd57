"""The gate at import and export: what is found, who decides, what is written and what is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from diq_core.artefact import Artefact
from diq_core.config import ExportSettings, ImportSettings, SelectSettings
from diq_core.data.table import load_samples
from diq_core.errors import BadFile, BadSetting, UserError
from diq_core.jobs.progress import silent
from diq_core.stages import dataset as importing
from diq_core.stages import deciding, identifier_log
from diq_core.stages import export as exporting
from diq_core.stages import selection as selecting
from diq_core.stages.identifier_log import LOG, Answerable, IdentifiersFound
from diq_core.stages.identifiers import fields_of, findings_in
from diq_core.study import Study, create_study

SEEDED = ("Helen Carter", "4471-22819", "219-09-9999", "Jane Roe", "helen@example.org", "415")
WHO = Answerable("data protection officer", "the texts are made up", "Ann")


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four clean samples, and one each with an identifier in a text and in a kept column."""
    rows: list[dict[str, Any]] = [
        {"question": f"Which finding number {n} of a course speaks for {what}?",
         "answer": f"The finding of {what}", "reasoning": f"It goes with {what}."}
        for n, what in enumerate(("gout", "asthma", "sepsis", "Bartonella after Crohn disease"))
    ]  # fmt: skip
    rows[0]["link"] = "https://www.example.org/book"
    rows.append({"question": "Mrs. Helen Carter (MRN 4471-22819) coughs. What does she have?",
                 "answer": "Ask helen@example.org or +1 (415) 555-0134"})  # fmt: skip
    rows.append({"question": "What is the usual treatment of a migraine with aura?",
                 "answer": "Rest", "ssn": "219-09-9999", "patientName": "Jane Roe"})  # fmt: skip
    file = tmp_path_factory.mktemp("pool") / "pool.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.setenv("DIQ_SECRET_FILE", str(tmp_path / "secret"))
    return create_study(tmp_path / "study")


def imported(study: Study, pool: Path, name: str = "main", **settings: Any) -> Artefact:
    said = ImportSettings(**settings)
    return importing.run(study, name, said, silent(), source=str(pool), validation=())


def all_of(study: Study, dataset: Artefact) -> Artefact:
    settings = SelectSettings(strategy="random", budget="100%")
    return selecting.run(study, dataset.name, settings, silent(), dataset=dataset,
                         difficulty=None, influence=None)  # fmt: skip


def decide(study: Study, dataset: Artefact, ruling: Any, *kinds: str) -> None:
    rows = deciding.listed(study, dataset, deciding.findings_of(dataset))
    for kind in kinds:
        deciding.decide(study, dataset, deciding.chosen(rows, kind, ()), ruling, WHO)


def outside_the_data(study: Study) -> Iterator[tuple[Path, bytes]]:
    """Yield every file of the study that is not the samples themselves."""
    for path in study.path.rglob("*"):
        if path.is_file() and path.name not in ("samples.parquet", "train.jsonl"):
            yield path, path.read_bytes()


def test_what_may_tell_who_a_patient_is_is_left_out_with_its_reason(
    study: Study, pool: Path
) -> None:
    dataset = imported(study, pool)
    table = pq.read_table(dataset.path / "samples.parquet")
    reasons = table["excluded"].to_pylist()
    assert reasons == [None] * 4 + ["it may tell who a patient is"] * 2
    assert dataset.manifest["counts"]["excluded"] == {"it may tell who a patient is": 2}
    found = findings_in(dataset)
    assert found is not None
    assert [(each.what.field, each.what.kind) for each in found] == [
        ("meta.0", "url"), ("question", "name"), ("question", "record"), ("answer", "email"),
        ("answer", "phone"), ("meta.0", "ssn"), ("meta.1", "name"),
    ]  # fmt: skip


def test_a_place_is_that_of_the_text(study: Study, pool: Path) -> None:
    dataset = imported(study, pool)
    samples = {
        each.id: each for each in load_samples(pq.read_table(dataset.path / "samples.parquet"))
    }
    said = []
    for each in findings_in(dataset) or ():
        texts = {name: text for name, _, text in fields_of(samples[each.id])}
        said.append(texts[each.what.field][each.what.start : each.what.end])
    assert said == [
        "https://www.example.org/book", "Helen Carter", "4471-22819", "helen@example.org",
        "+1 (415) 555-0134", "219-09-9999", "Jane Roe",
    ]  # fmt: skip


def test_the_same_import_gives_the_same_bytes_under_any_secret(
    study: Study, pool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = imported(study, pool)
    monkeypatch.setenv("DIQ_SECRET_FILE", str(tmp_path / "other"))
    second = imported(create_study(tmp_path / "second"), pool)
    assert first.digest == second.digest


def test_kept_samples_are_listed_and_in_use(study: Study, pool: Path) -> None:
    dataset = imported(study, pool, exclude_identifiers=False)
    counts = dataset.manifest["counts"]
    assert (counts["included"], counts["findings"]["identifier-kept"]) == (6, 2)


def test_nothing_found_stands_outside_the_data(study: Study, pool: Path) -> None:
    dataset = imported(study, pool, exclude_identifiers=False)
    decide(study, dataset, "identifier", "name")
    selection = all_of(study, dataset)
    with pytest.raises(IdentifiersFound) as refused:
        exporting.run(study, "no", ExportSettings(), silent(), selection=selection)
    released = ExportSettings(release_role=WHO.role, release_reason=WHO.reason)
    exporting.run(study, "yes", released, silent(), selection=selection, by="Ann")
    told = [(path.name, content) for path, content in outside_the_data(study)]
    assert {"manifest.json", "problems.parquet", "DATASHEET.md", LOG} <= {name for name, _ in told}
    for secret in SEEDED:
        assert secret not in str(refused.value)
        for name, content in told:
            assert secret.encode() not in content, f"{secret} stands in {name}"


def test_a_file_that_is_refused_is_quoted_without_what_was_found(
    study: Study, tmp_path: Path
) -> None:
    file = tmp_path / "left.jsonl"
    row = {"question": "What is it?", "answer": "Gout", "note": "Mrs. Helen Carter coughs. " * 9}
    file.write_text(json.dumps(row) + "\n", encoding="utf-8")
    with pytest.raises(UserError, match="holds more text than what was used") as error:
        imported(study, file)
    assert "Helen Carter" not in str(error.value)
    assert "name of a person" in str(error.value)


def test_a_decision_counts_in_the_next_import(study: Study, pool: Path) -> None:
    dataset = imported(study, pool)
    decide(study, dataset, "none", "name", "ssn")
    again = imported(study, pool, "again")
    assert again.manifest["counts"]["included"] == 5
    assert again.input("decisions") is not None
    rows = deciding.listed(study, again, deciding.findings_of(again))
    assert [each.standing for each in rows if each.finding.what.kind == "name"] == ["none"] * 2


def test_what_is_only_likely_can_be_called_an_identifier(study: Study, pool: Path) -> None:
    dataset = imported(study, pool)
    decide(study, dataset, "identifier", "url")
    assert imported(study, pool, "again").manifest["counts"]["included"] == 3


def test_a_decision_of_another_machine_counts_for_nothing_and_is_said(
    study: Study, pool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(study, imported(study, pool), "none", "ssn")
    assert identifier_log.foreign(study) == 0
    monkeypatch.setenv("DIQ_SECRET_FILE", str(tmp_path / "other"))
    assert len(identifier_log.decisions(study)) == 0
    assert identifier_log.foreign(study) == 1


def test_an_export_is_refused_in_one_sentence_and_leaves_nothing(study: Study, pool: Path) -> None:
    selection = all_of(study, imported(study, pool, exclude_identifiers=False))
    with pytest.raises(IdentifiersFound, match=r"1 sample may tell who a patient is: .*e-mail"):
        exporting.run(study, "main", ExportSettings(), silent(), selection=selection)
    assert not [*(study.path / "export").iterdir()]
    assert identifier_log.entries(study) == []


def test_an_export_can_leave_them_out(study: Study, pool: Path) -> None:
    selection = all_of(study, imported(study, pool, exclude_identifiers=False))
    settings = ExportSettings(leave_out_identifiers=True)
    export = exporting.run(study, "main", settings, silent(), selection=selection)
    # The kept columns of the other one are not written, so it may be.
    assert export.manifest["counts"]["exported"] == 5
    dropped = json.loads((export.path / "dropped.jsonl").read_text())
    assert dropped["reason"] == "it may tell who a patient is"
    assert export.manifest["facts"]["identifiers"]["withheld"] == [dropped["id"]]
    assert "Helen" not in (export.path / "train.jsonl").read_text()


def test_who_answers_for_an_export_stands_in_log_datasheet_and_manifest(
    study: Study, pool: Path
) -> None:
    selection = all_of(study, imported(study, pool, exclude_identifiers=False))
    settings = ExportSettings(release_role=WHO.role, release_reason=WHO.reason)
    export = exporting.run(study, "main", settings, silent(), selection=selection, by="Ann")
    (entry,) = identifier_log.entries(study)
    assert (entry["by"], entry["door"], entry["what"]) == ("Ann", "export", "main")
    assert entry["open"] == {"email": 1, "name": 1, "phone": 1, "record": 1}
    release = {"role": WHO.role, "reason": WHO.reason}
    assert export.manifest["facts"]["identifiers"]["release"] == release
    sheet = (export.path / "DATASHEET.md").read_text()
    assert "the texts are made up" in sheet
    assert "no statement that none is left" in sheet
    assert "not searched here for personal data" not in sheet


@pytest.mark.parametrize(
    ("role", "reason", "words"),
    [("", "made up", "A role of 1 to 500"), ("officer", " ", "A reason of 1 to 500"),
     ("officer", "Mrs. Helen Carter agreed", "reason itself holds what may tell")],
)  # fmt: skip
def test_who_answers_says_in_which_role_and_why(role: str, reason: str, words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        Answerable(role, reason)


def test_a_changed_log_lets_nothing_pass(study: Study, pool: Path) -> None:
    dataset = imported(study, pool)
    decide(study, dataset, "none", "ssn", "name")
    log = study.path / LOG
    whole = log.read_text()
    log.write_text(whole.replace('"ssn"', '"url"'))
    with pytest.raises(BadFile, match="was changed .*line 2.*Put the original file back"):
        identifier_log.decisions(study)
    log.write_text("".join(whole.splitlines(keepends=True)[1:]))
    with pytest.raises(BadFile, match="log of decisions about identifiers was changed"):
        identifier_log.decisions(study)
    # A line that was not written to its end was never said.
    log.write_text(whole + '{"number": 3, "at"')
    assert len(identifier_log.entries(study)) == 2
    decide(study, dataset, "identifier", "url")
    assert [each["number"] for each in identifier_log.entries(study)] == [1, 2, 3]


def test_a_dataset_that_was_imported_without_looking_is_looked_at_on_export(
    study: Study, pool: Path
) -> None:
    settings = ImportSettings()
    dataset = importing.run(study, "old", settings, silent(), source=str(pool), validation=(),
                            gated=False)  # fmt: skip
    assert findings_in(dataset) is None
    assert len(deciding.findings_of(dataset)) == 7
    with pytest.raises(IdentifiersFound, match="may tell who a patient is"):
        exporting.run(study, "main", ExportSettings(), silent(), selection=all_of(study, dataset))
