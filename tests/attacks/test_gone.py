"""A study that is moved, deleted or changed while it is open: nothing is acknowledged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from diq_core.cli import app
from diq_core.review.refusals import StoreUnavailable
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.roles import Actor
from diq_core.study import open_study
from tests.support.tampering import vouched_anew

ADMIN = Actor("admin@example.org", "admin")
ENDS = {
    "moved": lambda study: study.rename(study.with_name("elsewhere")),
    "deleted": shutil.rmtree,
    "only the database": lambda study: (study / "review.db").unlink(),
    "only its study.toml": lambda study: (study / "study.toml").unlink(),
    "replaced": lambda study: (
        shutil.copy(study / "review.db", study / "copy"),
        (study / "copy").replace(study / "review.db"),
    ),
}


@pytest.fixture
def store(study: Path) -> Iterator[Store]:
    opened = open_store(open_study(study), patience=1.0)
    opened.grant(ADMIN, "admin@example.org", "admin", version=0, key="1")
    yield opened
    opened.close()


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_nothing_is_acknowledged_into_nowhere(study: Path, store: Store, end: object) -> None:
    end(study)  # type: ignore[operator]
    with pytest.raises(StoreUnavailable, match="moved, deleted or replaced.*nothing was saved"):
        store.grant(ADMIN, "two@example.org", "reviewer", version=0, key="2")
    assert not study.exists() or end is not ENDS["deleted"]


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_nothing_is_acknowledged_that_ends_up_nowhere(
    study: Path, store: Store, end: object
) -> None:
    def ends_meanwhile(_ledger: object) -> str:
        end(study)  # type: ignore[operator]
        return "acknowledged"

    with pytest.raises(StoreUnavailable, match="nothing was saved"):
        store.change(ADMIN, ends_meanwhile)


def test_when_the_study_is_back_it_goes_on(study: Path, store: Store) -> None:
    away = study.rename(study.with_name("away"))
    with pytest.raises(StoreUnavailable):
        store.grant(ADMIN, "two@example.org", "reviewer", version=0, key="2")
    away.rename(study)
    store.grant(ADMIN, "two@example.org", "reviewer", version=0, key="2")


def verified(study: Path) -> tuple[int, list[str]]:
    result = CliRunner().invoke(app, ["verify", "--study", str(study), "--json"])
    return result.exit_code, json.loads(result.output)["faults"]


def test_a_sound_study_is_verified(study: Path, store: Store) -> None:
    assert verified(study) == (0, [])


@pytest.mark.parametrize(
    "file",
    [
        "dataset/main/samples.parquet",
        "dataset/main/problems.parquet",
        "difficulty/main/scores.parquet",
        "influence/main/batches.json",
        "selection/diq-10/selection.parquet",
        "selection/diq-10/manifest.json",
        "review.db",
    ],
)
def test_what_was_changed_is_listed(study: Path, store: Store, file: str) -> None:
    store.close()
    content = bytearray((study / file).read_bytes())
    content[len(content) // 2] ^= 0xFF
    (study / file).write_bytes(content if file != "review.db" else b"SQLite format 3\0" + b"x" * 99)
    code, faults = verified(study)
    assert code == 2
    assert any(file.split("/")[-1] in fault for fault in faults)


def test_a_replaced_input_is_listed(study: Path) -> None:
    vouched_anew(study / "dataset" / "main", later=1)
    code, faults = verified(study)
    assert code == 2
    assert any("difficulty/main: The dataset" in fault for fault in faults)
