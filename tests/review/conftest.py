"""A review store on both databases, with a clock that tests turn by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import URL

from diq_core.review.form.form import Form, load_form
from diq_core.review.store.changes import Store, open_store
from diq_core.study import Study, create_study
from tests.support import postgres


class Clock:
    """Gives a time that moves only when told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    try:
        with postgres.server(durable=False) as url:
            yield url
    except postgres.NoPostgres as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def form() -> Form:
    return load_form()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgresql", marks=[pytest.mark.slow, pytest.mark.xdist_group("postgresql")]),
    ]
)
def study(request: pytest.FixtureRequest, tmp_path: Path) -> Study:
    made = create_study(tmp_path / "study")
    if request.param == "postgresql":
        url = postgres.new_place(request.getfixturevalue("postgres_server"), f"t{uuid4().hex}")
        monkeypatch = request.getfixturevalue("monkeypatch")
        postgres.keep_reviews_in(url, made.path, monkeypatch.setenv)
    return Study(made.path)


@pytest.fixture
def store(study: Study, clock: Clock) -> Iterator[Store]:
    opened = open_store(study, patience=5)
    opened.clock = clock
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    opened = open_store(create_study(tmp_path / "sqlite"), patience=5)
    opened.clock = clock
    yield opened
    opened.close()
