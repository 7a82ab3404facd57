"""What is missing of an extra is said with the line that installs it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from diq_core.errors import BadSetting
from diq_core.extras import need
from diq_core.review.store.changes import open_store
from diq_core.review.store.place import DATABASES
from diq_core.study import create_study


@pytest.fixture
def _nothing_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)


def test_what_is_there_is_not_asked_for() -> None:
    need("json", "server")


@pytest.mark.usefixtures("_nothing_there")
def test_a_package_that_is_missing_names_its_install_line() -> None:
    said = r"""^ray is not installed \(extra 'ray'\)\. Run `pip install "diq-studio\[ray\]"`\.$"""
    with pytest.raises(BadSetting, match=said):
        need("ray", "ray")


@pytest.mark.usefixtures("_nothing_there")
def test_a_study_with_a_store_on_postgresql_needs_the_extra_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = create_study(tmp_path / "study")
    file = study.path / "study.toml"
    url = 'store = "postgresql+psycopg://me@127.0.0.1:1/x"'
    file.write_text(f"{url}\n{file.read_text()}", encoding="utf-8")
    monkeypatch.setenv(DATABASES, "postgresql+psycopg://me@127.0.0.1:1/x")
    with pytest.raises(BadSetting, match=r"psycopg is not installed.*diq-studio\[server\]"):
        open_store(study)
