"""An order names the files of its study from the study, so that both may be moved."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from diq_core.config import EvaluateSettings, ImportSettings
from diq_core.errors import BadFile
from diq_core.jobs import ledger, queue, standing
from diq_core.jobs.order import Order, order_for, read_order
from diq_core.jobs.running import running
from diq_core.study import Study, create_study, open_study


@pytest.fixture
def study(tmp_path: Path) -> Study:
    found = create_study(tmp_path / "study")
    found.uploads_folder.mkdir()
    (found.uploads_folder / "pool.csv").write_text("question,answer\n")
    (tmp_path / "else.csv").write_text("question,answer\n")
    return found


def imports(source: object, **more: object) -> Order:
    return order_for("dataset", "main", ImportSettings(), source=str(source), **more)


def moved(study: Study) -> Study:
    target = study.path.with_name("moved")
    study.path.rename(target)
    return open_study(target)


def test_a_job_of_a_moved_study_names_its_file_where_it_lies_now(study: Study) -> None:
    outside = str(study.path.parent / "else.csv")
    order = imports(study.uploads_folder / "pool.csv", validation=(outside,))
    with running(study, order):
        pass
    written = (study.job_folder("dataset", "main") / "progress.json").read_text()
    assert str(study.path) not in written
    there = moved(study)
    (job,) = standing.all_jobs(there)
    assert job.order is not None
    command = job.order.command(there)
    assert str(there.path / "uploads" / "pool.csv") in command
    assert f"--validation={outside}" in command
    assert not any(str(study.path / "uploads") in part for part in command)


def test_an_entry_of_the_queue_does_so_too_and_is_found_again(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "wake", lambda _study: False)
    order = order_for(
        "evaluation", "main", EvaluateSettings(),
        benchmark=[str(study.uploads_folder / "pool.csv")],
    )  # fmt: skip
    entry = queue.enqueue(study, order)
    assert queue.enqueue(study, order) == entry
    there = moved(study)
    (kept,) = ledger.entries(there)
    assert f"--benchmark={there.path / 'uploads' / 'pool.csv'}" in kept.order.command(there)
    assert kept.order.reaches() == ["uploads/pool.csv in this study"]


def test_a_path_from_the_working_directory_lies_in_the_study_as_well(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(study.path.parent)
    assert imports("study/uploads/pool.csv").kept(study).inputs == {
        "source": "study:uploads/pool.csv"
    }


@pytest.mark.parametrize("source", ["embedded", "org/name", "else.csv", "/nowhere/pool.csv"])
def test_what_lies_in_no_study_stays_as_it_is(study: Study, source: str) -> None:
    assert imports(source).kept(study) == imports(source)


@pytest.mark.parametrize("inner", ["../secret", "/etc/passwd", "a/../../b", ""])
def test_a_name_that_leads_out_of_the_study_is_refused(inner: str) -> None:
    order = asdict(imports(f"study:{inner}"))
    with pytest.raises(BadFile, match="not run: The name of a file leads out of the study"):
        read_order(json.loads(json.dumps(order)), which="entries.json")


def test_a_link_in_the_study_is_not_followed(study: Study) -> None:
    (study.path / "uploads" / "link.csv").symlink_to(study.path.parent / "else.csv")
    with pytest.raises(BadFile, match="It is a link"):
        imports("study:uploads/link.csv").command(study)
