"""A file that is added to a dataset: a new dataset that names the old one, checked as a whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from diq_core.artefact import Artefact
from diq_core.cli import app
from diq_core.config import ImportSettings
from diq_core.data.table import load_samples
from diq_core.errors import UserError
from diq_core.jobs.progress import Progress, Snapshot, silent
from diq_core.lineage import go_together
from diq_core.managing import trash
from diq_core.stages import dataset as importing
from diq_core.stages.joining import SAMPLES, load_table
from diq_core.study import Study, create_study
from tests.export.conftest import PIXEL
from tests.support.studies import add_difficulty


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return create_study(tmp_path / "study")


def write(path: Path, *rows: dict[str, Any]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def add(study: Study, name: str, source: str, onto: Artefact | None = None, **how: Any) -> Artefact:
    settings = ImportSettings(**how)
    return importing.run(study, name, settings, silent(), source=source, validation=(), onto=onto)


def ids(dataset: Artefact) -> list[str]:
    return [each.id for each in load_samples(load_table(dataset, SAMPLES))]


def included(dataset: Artefact) -> list[str]:
    return [each.id for each in load_samples(load_table(dataset, SAMPLES), excluded=False)]


GOUT = {"id": "a", "question": "Which drug is for gout?", "answer": "Colchicine"}
ASTHMA = {"id": "b", "question": "Which drug is for asthma attacks?", "answer": "Salbutamol"}


def test_the_new_dataset_has_both_in_their_order_and_names_the_old(
    study: Study, tmp_path: Path
) -> None:
    first = add(study, "main", write(tmp_path / "one.jsonl", GOUT))
    # Another layout: each file is read by its own.
    chat = {"messages": [{"role": "user", "content": "What helps against migraine?"},
                         {"role": "assistant", "content": "Triptans"}]}  # fmt: skip
    both = add(study, "both", write(tmp_path / "two.jsonl", chat), first)
    assert ids(both)[0] == "a"
    assert len(ids(both)) == 2
    assert both.input("onto") == study.reference(first)
    assert ids(first) == ["a"]
    counts = both.manifest["counts"]
    assert (counts["rows"], counts["samples"], counts["included"]) == (1, 2, 2)


def test_a_duplicate_across_the_files_is_the_later_ones(study: Study, tmp_path: Path) -> None:
    first = add(study, "main", write(tmp_path / "one.jsonl", GOUT))
    both = add(study, "both", write(tmp_path / "two.jsonl", {**GOUT, "id": "z"}, ASTHMA), first)
    assert ids(both) == ["a", "z", "b"]
    assert included(both) == ["a", "b"]


def test_an_id_that_occurs_in_both_is_given_anew_to_the_later(study: Study, tmp_path: Path) -> None:
    first = add(study, "main", write(tmp_path / "one.jsonl", GOUT, {**ASTHMA, "id": "a~2"}))
    other = {"id": "a", "question": "What helps against migraine?", "answer": "Triptans"}
    both = add(study, "both", write(tmp_path / "two.jsonl", other), first)
    assert ids(both) == ["a", "a~2", "a~3"]
    assert both.manifest["counts"]["findings"]["duplicate-id"] == 1


def test_what_was_chosen_before_still_holds(study: Study, tmp_path: Path) -> None:
    one = write(tmp_path / "one.jsonl", GOUT, {**GOUT, "id": "kept"}, {**ASTHMA, "id": "out"})
    first = add(study, "main", one, keep=("kept",), leave_out=("out",))
    assert included(first) == ["a", "kept"]
    more = {"id": "m", "question": "What helps against migraine?", "answer": "Triptans"}
    both = add(study, "both", write(tmp_path / "two.jsonl", more), first)
    assert included(both) == ["a", "kept", "m"]
    last = {"id": "n", "question": "Which vitamin is missing in scurvy?", "answer": "Ascorbic acid"}
    assert included(add(study, "all", write(tmp_path / "three.jsonl", last), both)) == [
        "a", "kept", "m", "n"
    ]  # fmt: skip


def test_images_come_along(study: Study, tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(PIXEL)
    row = {"id": "v", "question": "What is it?", "answer": "A point", "images": ["x.png"]}
    first = add(study, "main", write(tmp_path / "one.jsonl", row))
    both = add(study, "both", write(tmp_path / "two.jsonl", ASTHMA), first)
    (image,) = load_samples(load_table(both, SAMPLES))[0].images
    assert both.file(f"images/{image}").read_bytes() == first.file(f"images/{image}").read_bytes()


def test_one_after_another_is_the_same_whatever_it_is_called(study: Study, tmp_path: Path) -> None:
    first = add(study, "main", write(tmp_path / "one.jsonl", GOUT))
    two = write(tmp_path / "two.jsonl", ASTHMA)
    assert add(study, "both", two, first).digest == add(study, "again", two, first).digest


def test_a_file_without_samples_adds_nothing_and_leaves_nothing(
    study: Study, tmp_path: Path
) -> None:
    first = add(study, "main", write(tmp_path / "one.jsonl", GOUT))
    with pytest.raises(UserError):
        add(study, "both", write(tmp_path / "two.jsonl", {"question": "", "answer": ""}), first)
    assert [one.name for one in study.artefacts("dataset")] == ["main"]
    assert not (study.path / "dataset" / "both.part").exists()


def test_the_old_one_is_kept_and_its_scores_are_not_those_of_the_new(
    study: Study, tmp_path: Path
) -> None:
    first = add(study, "main", write(tmp_path / "one.jsonl", {**GOUT, "id": "s0001"}))
    scores = add_difficulty(study, first)
    both = add(study, "both", write(tmp_path / "two.jsonl", ASTHMA), first)
    assert go_together(study, scores, first)
    assert not go_together(study, scores, both)
    with pytest.raises(UserError, match="both"):
        trash.delete(study, "dataset", "main")


def test_the_command_adds_and_a_failed_one_is_no_main(study: Study, tmp_path: Path) -> None:
    where = ["--study", str(study.path)]
    bad = write(tmp_path / "bad.jsonl", {"question": ""})
    assert CliRunner().invoke(app, ["dataset", bad, *where]).exception
    assert study.artefacts("dataset") == []
    one = write(tmp_path / "one.jsonl", GOUT)
    assert CliRunner().invoke(app, ["dataset", one, *where]).exit_code == 0
    two = write(tmp_path / "two.jsonl", ASTHMA)
    done = CliRunner().invoke(app, ["dataset", two, *where, "--onto", "main", "--name", "both"])
    assert done.exit_code == 0, done.exception
    assert ids(study.find("dataset", "both")) == ["a", "b"]


def test_a_manifest_cannot_repeat_what_it_does_not_hold(study: Study, tmp_path: Path) -> None:
    first = add(study, "main", write(tmp_path / "one.jsonl", GOUT))
    both = add(study, "both", write(tmp_path / "two.jsonl", ASTHMA), first)
    importing.require_not_added(first.manifest["inputs"])
    with pytest.raises(UserError, match=r"adding a file to another dataset.*dataset/main.*--onto"):
        importing.require_not_added(both.manifest["inputs"])


def test_an_import_counts_from_its_first_row(study: Study, tmp_path: Path) -> None:
    told: list[str] = []
    progress = Progress(
        None, Snapshot("running", "", ""), watch=lambda job: told.append(job.message)
    )
    source = write(tmp_path / "one.jsonl", GOUT, ASTHMA)
    importing.run(study, "main", ImportSettings(), progress, source=source, validation=())
    said = dict.fromkeys(told)
    assert list(said)[1:4] == ["Reading", "Reading: 1", "Comparing: 1"]
    assert list(said)[-1] == "Writing"
