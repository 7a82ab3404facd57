"""An export leaves for the hub or a folder elsewhere: what is sent, and what stops it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
import yaml
from typer.testing import CliRunner, Result

from diq_core.artefact import MANIFEST, Artefact
from diq_core.asking.allowed import ENDPOINTS_VARIABLE
from diq_core.asking.keys import ORIGINS_VARIABLE
from diq_core.cli import app
from diq_core.config import ExportSettings, ImportSettings, SelectSettings
from diq_core.jobs.progress import silent
from diq_core.review.form.form import load_form
from diq_core.review.store.changes import open_store
from diq_core.stages import dataset as importing
from diq_core.stages import export as exporting
from diq_core.stages import export_push, identifier_log
from diq_core.stages import selection as selecting
from diq_core.stages.identifier_log import Answerable, IdentifiersFound
from diq_core.study import Study, create_study
from tests.support.elsewhere import COMMIT, Elsewhere, hub, object_store
from tests.support.raw_server import raw_server
from tests.support.reviews import ANN, rate

TOKEN, NAME = "hf_very_secret", "Mrs. Helen Carter"
WHO = Answerable("data protection officer", "the texts are made up", "Ann")


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    """A study with a selection of three samples, one of which names a patient."""
    monkeypatch.setenv("DIQ_SECRET_FILE", str(tmp_path / "secret"))
    rows = [{"question": f"Which drug is for case {n}?", "answer": f"Drug {n}"} for n in range(2)]
    rows.append({"question": f"{NAME} coughs. What does she have?", "answer": "A cold"})
    file = tmp_path / "pool.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    study = create_study(tmp_path / "study", title="Drugs")
    settings = ImportSettings(exclude_identifiers=False)
    dataset = importing.run(study, "main", settings, silent(), source=str(file), validation=())
    selecting.run(
        study, "main", SelectSettings(strategy="random", budget="100%"), silent(),
        dataset=dataset, difficulty=None, influence=None,
    )  # fmt: skip
    return study


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Elsewhere]:
    """A hub that a token is for."""
    with hub() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setenv(ORIGINS_VARIABLE, f"{server.url}=HF_TOKEN")
        yield server


def diq(study: Study, *words: str) -> Result:
    return CliRunner().invoke(app, ["export", "--study", str(study.path), *words])


def unlooked(study: Study, name: str = "main") -> Artefact:
    """Write an export as a version did that looked for no identifiers."""
    chosen = study.find("selection")
    return exporting.run(study, name, ExportSettings(), silent(), selection=chosen, then={})


def everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_an_export_becomes_a_private_data_set_with_its_datasheet_as_the_card(
    study: Study, there: Elsewhere
) -> None:
    said = diq(study, "--leave-out-identifiers", "--push", "org/name")
    assert said.exit_code == 0, said.output
    assert f"Pushed to {there.url}/datasets/org/name/commit/{COMMIT}" in said.output
    assert (there.made[0]["visibility"], there.made[0]["type"]) == ("private", "dataset")
    export = study.find("export")
    card = there.files.pop("README.md").decode()
    assert there.files == {
        name: (export.path / name).read_bytes() for name in (*export.manifest["files"], MANIFEST)
    }
    _, head, text = card.split("---\n", 2)
    assert text.strip() == export.file("DATASHEET.md").read_text().strip()
    assert yaml.safe_load(head) == {
        "pretty_name": "Drugs: main", "tags": ["diq-studio"],
        "configs": [{"config_name": "default",
                     "data_files": [{"split": "train", "path": "train.jsonl"}]}],
    }  # fmt: skip
    assert NAME.encode() not in b"".join(there.files.values())


def test_the_token_goes_to_the_hub_and_stays_nowhere(study: Study, there: Elsewhere) -> None:
    said = diq(study, "--leave-out-identifiers", "--push", "org/name", "--json")
    assert json.loads(said.output)["pushed"].endswith(COMMIT)
    assert f"Bearer {TOKEN}" in there.tokens
    sent = b"".join(there.files.values()) + everything_in(study.path) + said.output.encode()
    assert TOKEN.encode() not in sent
    there.refuses = 403
    said = diq(study, "--leave-out-identifiers", "--push", "org/name")
    assert "The hub refuses to be written to (403)" in str(said.exception)
    assert TOKEN not in str(said.exception) + everything_in(study.path).decode("latin-1")


def test_what_is_there_already_is_sent_as_it_is(study: Study, there: Elsewhere) -> None:
    store = open_store(study)
    ids = exporting.kept_samples(study.find("selection"), study.find("dataset"))[1]["id"]
    rate(store, load_form(), ANN, ids[0].as_py())
    words = ("--leave-out-identifiers", "--verdicts")
    assert diq(study, *words).exit_code == 0
    digest = study.find("export").digest
    # A verdict that came since belongs into another export.
    rate(store, load_form(), ANN, ids[1].as_py())
    store.close()
    said = diq(study, *words, "--push", "hf://datasets/org/name")
    assert said.exit_code == 0, said.exception
    assert study.find("export").digest == digest
    assert "verdicts.jsonl" in there.files


def test_an_export_of_a_version_that_looked_for_nothing_is_looked_through(
    study: Study, there: Elsewhere
) -> None:
    export = unlooked(study)
    assert NAME in export.file("train.jsonl").read_text()
    with pytest.raises(IdentifiersFound, match=r"1 sample may tell who a patient is.*org/name"):
        export_push.run(study, export, "org/name", silent())
    assert there.asked == []
    export_push.run(study, export, "org/name", silent(), who=WHO)
    (entry,) = identifier_log.entries(study)
    assert (entry["entry"], entry["door"], entry["what"]) == ("release", "push", "org/name")
    assert (entry["role"], entry["by"]) == (WHO.role, "Ann")
    assert NAME.encode() in there.files["train.jsonl"]


def test_a_decision_that_came_after_the_export_counts(study: Study, there: Elsewhere) -> None:
    export = unlooked(study)
    seen = exporting.look_ahead(study, study.find("selection"), "trl")
    assert seen.open
    from diq_core.privacy.finder import find

    text = f"{NAME} coughs. What does she have?"
    digests = [each.digest for each in find(text, key=identifier_log.digest_key())]
    identifier_log.decide(study, WHO, "none", "name", digests)
    assert export_push.run(study, export, "org/name", silent()).endswith(COMMIT)
    identifier_log.decide(study, WHO, "identifier", "name", digests)
    with pytest.raises(IdentifiersFound):
        export_push.run(study, export, "org/name", silent())


def test_an_export_with_open_findings_writes_and_sends_nothing(
    study: Study, there: Elsewhere
) -> None:
    said = diq(study, "--push", "org/name")
    assert "may tell who a patient is" in str(said.exception)
    assert (there.asked, study.artefacts("export")) == ([], [])


@pytest.mark.parametrize(
    ("where", "changes", "said"),
    [
        ("org", {}, r"no name of a data set on the hub \('org'\)"),
        ("org/../x", {}, "no name of a data set"),
        ("hf://models/org/name", {}, "Only a data set of the hub is written to"),
        ("http://example.org/x", {}, "an address of this kind"),
        ("org/name", {"DIQ_ENDPOINTS": "https://models.example"}, "does not ask this endpoint"),
        ("s3://bucket/x", {"DIQ_ENDPOINTS": ""}, "does not ask this endpoint"),
        ("org/name", {"DIQ_ENDPOINT_KEYS": ""}, "There is no token for the hub.*DIQ_ENDPOINT_KEYS"),
        ("org/name", {"HF_HUB_OFFLINE": "1"}, "The hub is not asked from here"),
        ("org/name", {"HF_ENDPOINT": "http://169.254.169.254"}, "which is not asked"),
    ],
)
def test_where_nothing_may_be_sent_nothing_is_written_either(
    where: str, changes: dict[str, str], said: str, study: Study, there: Elsewhere,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name, value in changes.items():
        monkeypatch.setenv(name, value)
    done = diq(study, "--leave-out-identifiers", "--push", where)
    with pytest.raises(Exception, match=said):
        raise done.exception or AssertionError(done.output)
    assert (there.asked, study.artefacts("export")) == ([], [])


def test_large_files_go_where_the_hub_says_if_that_may_be_asked(
    study: Study, there: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.large = f"{there.url}/large"
    assert diq(study, "--leave-out-identifiers", "--push", "org/name").exit_code == 0
    large = [content for name, content in there.files.items() if name.startswith("/large/")]
    assert study.find("export").file("train.jsonl").read_bytes() in large
    monkeypatch.setenv(ENDPOINTS_VARIABLE, there.url)
    with raw_server() as other:
        there.large = f"http://127.0.0.1:{other.port}"
        said = diq(study, "--leave-out-identifiers", "--push", "org/name")
        assert "does not ask this endpoint" in str(said.exception)
        assert other.connections == 0


def test_no_redirect_is_followed(study: Study, there: Elsewhere) -> None:
    there.refuses = 307
    said = diq(study, "--leave-out-identifiers", "--push", "org/name")
    assert f"another place, which is not followed ({there.url})" in str(said.exception)
    assert not any("/else" in each for each in there.asked)


def test_a_folder_elsewhere_gets_the_files_and_no_other_exports(study: Study) -> None:
    files = fsspec.filesystem("memory")
    where = "memory://sent/first"
    try:
        for _ in range(2):
            assert diq(study, "--leave-out-identifiers", "--push", where).exit_code == 0
        export = study.find("export")
        names = {f"/sent/first/{name}" for name in (*export.manifest["files"], MANIFEST)}
        assert set(files.find("/sent")) == names | {"/sent/first/README.md"}
        done = diq(study, "--leave-out-identifiers", "--name", "b", "--format", "csv",
                   "--push", where)  # fmt: skip
        assert "There are other files already (memory://sent/first)" in str(done.exception)
    finally:
        files.store.clear()


@pytest.mark.slow
def test_a_bucket_gets_it_too(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    facts: dict[str, Any] = {"AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": TOKEN}
    with object_store() as store:
        for name, value in {**facts, "AWS_ENDPOINT_URL": store.url}.items():
            monkeypatch.setenv(name, value)
        done = diq(study, "--leave-out-identifiers", "--push", "s3://bucket/first")
        assert done.exit_code == 0, done.exception
        held = {name.removeprefix("bucket/first/") for name in store.files}
        assert {"train.jsonl", "README.md", MANIFEST} <= held
        assert all(TOKEN not in each for each in store.tokens)
        assert not any(each == "PUT /bucket" for each in store.asked)


def test_an_import_from_elsewhere_is_the_import_of_the_same_file(
    study: Study, tmp_path: Path
) -> None:
    files = fsspec.filesystem("memory")
    files.pipe("/pools/pool.jsonl", (tmp_path / "pool.jsonl").read_bytes())
    settings = ImportSettings(exclude_identifiers=False)
    try:
        again = importing.run(
            study, "again", settings, silent(), source="memory://pools/pool.jsonl", validation=()
        )
        held = importing.run(
            study, "held", settings, silent(), source=str(tmp_path / "pool.jsonl"),
            validation=["memory://pools/pool.jsonl"],
        )  # fmt: skip
    finally:
        files.store.clear()
    assert again.digest == study.find("dataset", "main").digest
    assert held.manifest["counts"]["included"] == 0
