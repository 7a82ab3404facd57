"""From a review to a selection and an export through the real command line, and back again."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from diq_core.artefact import Artefact
from diq_core.cli import main
from diq_core.review.form.form import load_form
from diq_core.review.store.changes import Store, open_store
from diq_core.study import Study, open_study
from tests.support.reviews import ADA, ANN, BEN, EVE, KIM, answer, rate

# Its studies are expensive and shared: one worker makes them.
pytestmark = pytest.mark.xdist_group("reviewed-choice")
FORM = load_form()
HOSTILE = "=Ann\u202e <script>\ud800"


def diq(*arguments: str | Path, code: int = 0) -> str:
    """Run the command in this process, as `python -m diq_core` would."""
    out, err = StringIO(), StringIO()
    argv = ["diq", *map(str, arguments)]
    with patch.object(sys, "argv", argv), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
            ended: Any = 0
        except SystemExit as done:
            ended = done.code or 0
    assert ended == code, out.getvalue() + err.getvalue()
    return out.getvalue() if code == 0 else err.getvalue()


def made(*arguments: str | Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(diq(*arguments, "--json"))
    return result


def lines(artefact: Artefact, file: str) -> list[dict[str, Any]]:
    text = (artefact.path / file).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def reply(artefact: Artefact, id: str) -> str:
    row = next(row for row in lines(artefact, "train.jsonl") if row["id"] == id)
    return str(row["messages"][-1]["content"])


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve samples; q00 has the longest response, q11 the shortest."""
    file = tmp_path_factory.mktemp("pool") / "pool.jsonl"
    rows = [
        {"id": f"q{number:02}", "question": f"Case {number}: a patient of {20 + 3 * number} years "
         f"with finding {chr(65 + number)} asks what to do next about it?",
         "options": {"A": f"wait {number} days", "B": f"operate in {number} days"},
         "answer_idx": "B", "answer": f"operate in {number} days",
         "reasoning": " ".join(["because it is urgent,"] * (15 - number)) + " so act."}
        for number in range(12)
    ]  # fmt: skip
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, source: Path) -> Study:
    """A study whose selection "before" keeps q00 to q04, reviewed."""
    path = tmp_path_factory.mktemp("first") / "study"
    made("new", path, "--title", "Reviewed")
    made("import", source, "--study", path)
    made("select", "--study", path, "--name", "before", "--strategy", "longest", "--budget", "5")
    return open_study(path)


@pytest.fixture(scope="module")
def store(study: Study) -> Store:
    """The reviews: q00 corrected, q01 rejected, q02 settled, q03 disputed corrections, q04 free."""
    store = open_store(study)
    text = {id: row["reasoning"] for id, row in _samples(study).items()}

    def edit(actor: Any, id: str, field: str, original: str, to: str) -> None:
        store.edit(actor, id, field, original=original, text=to, version=0, key=f"{field} {id}")

    edit(ANN, "q00", "reasoning", text["q00"], "Because it is urgent.")
    edit(ANN, "q00", "answer", "operate in 0 days", "A. wait 0 days")
    rate(store, FORM, ANN, "q00", verdict="accept_with_edit", level=4, comment="Dr Ann's secret")
    rate(store, FORM, BEN, "q00", verdict="accept", level=5)
    rate(store, FORM, ANN, "q01", verdict="reject")
    edit(BEN, "q02", "reasoning", text["q02"], "Settled text.")
    rate(store, FORM, BEN, "q02", verdict="accept_with_edit")
    rate(store, FORM, ANN, "q02", verdict="reject")
    store.adjudicate(EVE, "q02", answer("accept_with_edit"), form=FORM, version=0, key="settle q02")
    for actor, words in ((ANN, "One text."), (BEN, "Another text.")):
        edit(actor, "q03", "reasoning", text["q03"], words)
        rate(store, FORM, actor, "q03", verdict="accept_with_edit")
    edit(BEN, "q05", "reasoning", "a text of another dataset", "Not for this one.")
    rate(store, FORM, BEN, "q05", verdict="accept_with_edit")
    store.adjudicate(EVE, "q06", answer("accept_with_edit"), form=FORM, version=0,
                     key="settle q06", edits={"meta": "no text"})  # fmt: skip
    for id, choice in (("q11", "in"), ("q04", "out"), ("other", "out")):
        store.set_manual(KIM, id, choice, why="the tutor says so", version=0, key=f"place {id}")
    return store


def _samples(study: Study) -> dict[str, dict[str, Any]]:
    import pyarrow.parquet as pq

    rows = pq.read_table(study.find("dataset").path / "samples.parquet").to_pylist()
    return {row["id"]: row for row in rows}


@pytest.fixture(scope="module")
def chosen(study: Study, store: Store) -> Artefact:
    command = ("--strategy", "longest", "--budget", "5", "--from-review")
    made("select", "--study", study.path, "--name", "after", *command)
    return study.find("selection", "after")


def rows_of(selection: Artefact) -> dict[str, dict[str, Any]]:
    import pyarrow.parquet as pq

    return {row["id"]: row for row in
            pq.read_table(selection.path / "selection.parquet").to_pylist()}  # fmt: skip


def test_what_was_placed_in_review_is_frozen_in_the_selection(
    study: Study, store: Store, chosen: Artefact
) -> None:
    rows = rows_of(chosen)
    assert {id for id, row in rows.items() if row["kept"]} == {"q00", "q01", "q02", "q03", "q11"}
    assert rows["q04"]["reason"] == "Out: taken out by hand after review"
    assert rows["q11"]["reason"] == "In: put in by hand after review, rank 5 of 5"
    assert chosen.manifest["settings"]["put_in"] == ["q11"]
    assert chosen.manifest["settings"]["taken_out"] == ["q04"]
    facts = chosen.manifest["facts"]["review"]
    assert facts["passed_over"] == {"other": "not in this dataset"}
    assert facts["head"] == diq("audit", "head", "--study", study.path).strip()
    # The same placements, typed.
    typed = ("--put-in", "q11", "--take-out=q04", "--strategy", "longest", "--budget", "5")
    made("select", "--study", study.path, "--name", "typed", *typed)
    assert rows_of(study.find("selection", "typed")) == rows


def test_what_was_rejected_can_be_left_out_too(study: Study, store: Store) -> None:
    command = ("--strategy", "longest", "--budget", "5", "--drop-rejected")
    made("select", "--study", study.path, "--name", "no-rejected", *command)
    selection = study.find("selection", "no-rejected")
    assert selection.manifest["settings"]["rejected"] == ["q01"]
    assert "taken_out" not in selection.manifest["settings"]
    assert rows_of(selection)["q01"]["reason"] == "Out: rejected by its reviewers"


def test_mistakes_are_told_and_nothing_is_made(study: Study, tmp_path: Path) -> None:
    select = ("select", "--study", study.path, "--strategy", "longest", "--budget", "5")
    words = diq(*select, "--name", "no", "--put-in", "nobody", "--take-out", "q00", code=2)
    assert "not in this dataset ('nobody')" in words
    words = diq(*select, "--name", "no", "--put-in", "q00", "--take-out", "q00", code=2)
    assert "A sample is both put in and taken out ('q00')" in words
    assert not study.folder("selection", "no").exists()
    words = diq("export", "--study", study.path, "--reviewer-names", code=2)
    assert "means nothing without --verdicts" in words
    made("new", tmp_path / "empty")
    made("import", study.find("dataset").path / "samples.parquet", "--study", tmp_path / "empty")
    words = diq("select", "--study", tmp_path / "empty", "--strategy", "longest", "--from-review",
                code=2)  # fmt: skip
    assert "Nothing was reviewed in this study yet" in words
    assert not (tmp_path / "empty" / "review.db").exists()


def test_an_export_carries_verdicts_and_corrections_and_can_be_made_again(
    study: Study, store: Store, chosen: Artefact, source: Path, tmp_path: Path
) -> None:
    made("export", "--study", study.path, "--selection", "after", "--verdicts")
    export = study.find("export", "main")
    assert reply(export, "q00") == (
        "## Thinking\n\nBecause it is urgent.\n\n## Final Response\n\nA. wait 0 days"
    )
    assert "Settled text." in reply(export, "q02")
    assert "because it is urgent, because" in reply(export, "q03")

    rows = lines(export, "verdicts.jsonl")
    assert [(row["id"], row["reviewer"], row["verdict"], row["outcome"]) for row in rows] == [
        ("q00", "reviewer 1", "accept_with_edit", "accepted with edit"),
        ("q00", "reviewer 2", "accept", "accepted with edit"),
        ("q01", "reviewer 1", "reject", "rejected"),
        ("q02", "reviewer 1", "reject", "accepted with edit"),
        ("q02", "reviewer 2", "accept_with_edit", "accepted with edit"),
        ("q02", "reviewer 3", "accept_with_edit", "accepted with edit"),
        ("q03", "reviewer 1", "accept_with_edit", "accepted with edit"),
        ("q03", "reviewer 2", "accept_with_edit", "accepted with edit"),
    ]
    assert [row["third_person"] for row in rows].count(True) == 1
    assert {row["id"] for row in rows if row["settled"]} == {"q02"}
    corrections = {(row["id"], row.get("field")): row for row in lines(export, "corrections.jsonl")}
    assert set(corrections) == {
        ("q00", "answer"), ("q00", "reasoning"), ("q02", "reasoning"), ("q03", None)
    }  # fmt: skip
    assert "corrections differ" in corrections["q03", None]["reason"]
    assert corrections["q00", "answer"]["original"] == "operate in 0 days"
    for file in export.path.rglob("*"):
        assert "Dr Ann" not in file.read_text(encoding="utf-8"), file.name

    sheet = (export.path / "DATASHEET.md").read_text(encoding="utf-8")
    assert "Reviewed by at least one person: 4 (80.0 %); 8 verdicts of 3 people" in sheet
    assert "Rejected and still in: 1" in sheet
    assert "The scores of 2 samples belong to the original text" in sheet
    assert f"`{diq('audit', 'head', '--study', study.path).strip()}`" in sheet
    described = json.loads((export.path / "croissant.json").read_text(encoding="utf-8"))
    names = {file["name"] for file in described["distribution"]}
    assert {"verdicts.jsonl", "corrections.jsonl"} <= names

    command = ["reproduce", str(export.path / "manifest.json"), "--source", str(source),
               "--study", str(tmp_path / "again"), "--json"]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "diq_core", *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["identical"]
    assert not (tmp_path / "again" / "review.db").exists()
    for kind, name in (("selection", "after"), ("export", "main")):
        assert (tmp_path / "again" / kind / name / "manifest.json").read_bytes() == (
            study.folder(kind, name) / "manifest.json"
        ).read_bytes()

    changed = json.loads((export.path / "manifest.json").read_text(encoding="utf-8"))
    changed["facts"]["verdicts"]["corrections"][0]["text"] = "Something else"
    (tmp_path / "manifest.json").write_text(json.dumps(changed), encoding="utf-8")
    words = diq("reproduce", tmp_path / "manifest.json", "--source", source,
                "--study", tmp_path / "other", code=2)  # fmt: skip
    assert "The verdicts in this manifest were changed or are missing" in words


def test_an_export_keeps_the_verdicts_it_was_made_with(
    study: Study, store: Store, chosen: Artefact
) -> None:
    command = ("export", "--study", study.path, "--selection", "after", "--name", "kept",
               "--verdicts")  # fmt: skip
    first = made(*command)
    assert made(*command)["digest"] == first["digest"]
    rate(store, FORM, BEN, "q11", verdict="accept")
    words = diq(*command, code=2)
    assert "The export 'kept' exists already with other settings: input verdicts was" in words


def test_a_correction_of_another_text_is_not_applied(study: Study, store: Store) -> None:
    made("select", "--study", study.path, "--name", "all", "--strategy", "full")
    made("export", "--study", study.path, "--selection", "all", "--name", "all", "--verdicts")
    export = study.find("export", "all")
    why = {row["id"]: row["reason"] for row in lines(export, "corrections.jsonl")
           if not row["applied"]}  # fmt: skip
    assert "written for another text" in why["q05"]
    assert "there is no text called 'meta'" in why["q06"]
    assert "because it is urgent, because" in reply(export, "q05")


def test_without_verdicts_an_export_says_nothing_of_them(
    study: Study, store: Store, chosen: Artefact
) -> None:
    made("export", "--study", study.path, "--selection", "after", "--name", "plain")
    export = study.find("export", "plain")
    assert export.manifest["settings"] == {"format": "trl"}
    assert "operate in 0 days" in reply(export, "q00")
    assert not (export.path / "verdicts.jsonl").exists()
    assert "Review by clinicians" not in (export.path / "DATASHEET.md").read_text(encoding="utf-8")
    assert "Put in by hand, whatever the scores say: 1" in (export.path / "DATASHEET.md").read_text(
        encoding="utf-8"
    )


def test_names_of_reviewers_are_data_and_need_a_role(
    study: Study, store: Store, chosen: Artefact
) -> None:
    """Last, because it gives roles."""
    odd = type(ANN)(HOSTILE, "reviewer")
    rate(store, FORM, odd, "q11", verdict="unsure")
    for name, role in (("Ada", "admin"), ("Dr Ann", "reviewer"), ("Vic", "viewer")):
        store.grant(ADA, name, role, version=0, key=f"grant {name}")  # type: ignore[arg-type]
    command = ("export", "--study", study.path, "--selection", "after", "--name", "named",
               "--verdicts", "--reviewer-names", "--release-role", "tester",
               "--release-reason", "nobody here is real")  # fmt: skip
    assert "may not see other people's judgements" in diq(*command, "--as=Dr Ann", code=2)
    assert not study.folder("export", "named").exists()
    made(*command, "--as", "Vic")
    names = {row["reviewer"] for row in lines(study.find("export", "named"), "verdicts.jsonl")}
    assert names == {"Dr Ann", "Dr Ben", "Dr Eve", HOSTILE.replace("\ud800", "\ufffd")}
