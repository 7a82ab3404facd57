"""Which paths of the server a visitor may name: all without a login, few with one."""

from __future__ import annotations

from pathlib import Path

import pytest

from diq_core.errors import BadFile, BadSetting
from diq_core.review.refusals import NotAllowed
from diq_core.review.store.changes import open_store
from diq_core.review.store.roles import Actor, Role
from diq_core.study import Study, create_study
from pages.gate.limits import Limits
from pages.parts import server_path
from pages.parts.server_path import may_read

BEN = "ben@clinic.example"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return create_study(tmp_path / "study", title="Study")


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """The folder that the server's limits name; beside it lies what nobody may read."""
    folder = tmp_path / "shared"
    (folder / "model").mkdir(parents=True)
    (folder / "pool.jsonl").write_text("{}")
    (tmp_path / "shared-not" / "x").mkdir(parents=True)
    (tmp_path / "secret.jsonl").write_text("{}")
    return folder


@pytest.fixture
def behind(monkeypatch: pytest.MonkeyPatch, shared: Path, tmp_path: Path) -> Path:
    """Be Ben, who signed in; return the folder above the shared one."""
    monkeypatch.setattr(server_path, "has_login", lambda: True)
    monkeypatch.setattr(server_path, "read_limits", lambda: Limits(folders=(str(shared),)))
    monkeypatch.setattr(server_path, "current_reviewer", lambda: Actor(BEN, "viewer"))
    return tmp_path


def give(study: Study, role: Role) -> None:
    store = open_store(study)
    boss = Actor("ada@clinic.example", "admin")
    store.grant(boss, boss.name, "admin", version=0, key="first one")
    store.grant(boss, BEN, role, version=0, key="second one")
    store.close()


def test_without_a_login_every_path_may_be_named(study: Study) -> None:
    assert may_read(study, "/etc/passwd") == "/etc/passwd"


@pytest.mark.parametrize("role", [None, "viewer", "reviewer", "adjudicator"])
def test_only_curators_and_admins_name_paths(
    study: Study, behind: Path, shared: Path, role: Role | None
) -> None:
    if role:
        give(study, role)
    with pytest.raises(NotAllowed, match="Only a curator or an admin of this study may name"):
        may_read(study, str(shared / "pool.jsonl"))


@pytest.mark.parametrize("role", ["curator", "admin"])
def test_they_name_what_lies_in_a_named_folder(
    study: Study, behind: Path, shared: Path, role: Role
) -> None:
    give(study, role)
    for path in (shared, shared / "pool.jsonl", shared / "model", shared / "not-yet"):
        assert may_read(study, str(path)) == str(path)


@pytest.mark.parametrize(
    "named",
    ["/etc/passwd", "{}/secret.jsonl", "{}/shared-not/x", "~/pool.jsonl",
     "~root/pool", "pool.jsonl", "./pool", "../x", "..", "\\\\h\\x", "//etc/passwd",
     "{}/SHARED/pool.jsonl", "/proc/self/environ", "../x@train"],
)  # fmt: skip
def test_nothing_else_is_read(study: Study, behind: Path, named: str) -> None:
    give(study, "admin")
    with pytest.raises(BadSetting, match="in none of the folders that this server reads from"):
        may_read(study, named.format(behind))


@pytest.mark.parametrize("way", ["../secret.jsonl", "model/../../secret.jsonl", "..", "model/.."])
def test_no_way_leads_up(study: Study, behind: Path, shared: Path, way: str) -> None:
    give(study, "admin")
    with pytest.raises(BadFile, match="leads out of the folder"):
        may_read(study, f"{shared}/{way}")


def test_no_link_leads_out(study: Study, behind: Path, shared: Path) -> None:
    give(study, "admin")
    (shared / "link").symlink_to(behind / "secret.jsonl")
    (shared / "model" / "weights").symlink_to("/etc")
    for path in (shared / "link", shared / "model", shared / "model" / "weights" / "x", shared):
        with pytest.raises(BadFile, match="It is a link"):
            may_read(study, str(path))


def test_a_hub_is_no_path_unless_it_lies_here(
    study: Study, behind: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for named in ("", "embedded", "org/name", "org/name@train"):
        assert may_read(study, named) == named
    monkeypatch.chdir(behind)
    with pytest.raises(NotAllowed):
        may_read(study, "shared/model")


@pytest.mark.parametrize("url", ["s3://b/pool.jsonl", "hf://datasets/org/name/pool.jsonl"])
def test_an_address_is_for_curators_and_for_servers_on_the_list(
    study: Study, behind: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://store.example")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://store.example")
    monkeypatch.setenv("DIQ_ENDPOINTS", "https://store.example")
    with pytest.raises(NotAllowed, match="a path of the server or an address"):
        may_read(study, url)
    give(study, "curator")
    assert may_read(study, url) == url
    monkeypatch.setenv("DIQ_ENDPOINTS", "")
    with pytest.raises(BadSetting, match="does not ask this endpoint"):
        may_read(study, url)
    with pytest.raises(BadSetting, match="an address of this kind"):
        may_read(study, "file:///etc/passwd")
