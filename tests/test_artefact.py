"""Artefacts are whole or unfinished, never something in between, and equal for equal settings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from diq_core import artefact, files
from diq_core import draft as drafts
from diq_core.errors import BadFile, NotFound, SettingsDiffer

INPUTS = {"dataset": {"path": "dataset/main", "digest": "abc"}}


def _draft(path: Path, **settings: object) -> drafts.Draft:
    draft = drafts.begin(path, kind="difficulty", settings=settings, inputs=INPUTS)
    assert isinstance(draft, drafts.Draft)
    return draft


def _finished(path: Path, **settings: object) -> artefact.Artefact:
    draft = _draft(path, **settings)
    (draft.path / "scores.txt").write_text("1 2 3")
    return draft.finish(counts={"scored": 3}, facts={"seed": 0})


def test_a_folder_has_its_final_name_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "difficulty" / "main"
    draft = _draft(path, limit=3)
    assert not path.exists()
    assert drafts.is_unfinished(path)
    (draft.path / "scores.txt").write_text("1 2 3")
    made = draft.finish(counts={"scored": 3})
    assert made.path == path
    assert not drafts.is_unfinished(path)
    assert sorted(file.name for file in path.iterdir()) == ["manifest.json", "scores.txt"]
    assert made.manifest["settings"] == {"limit": 3}
    assert made.input("dataset") == INPUTS["dataset"]
    assert made.input("influence") is None


def test_the_same_settings_give_the_same_bytes_in_another_folder(tmp_path: Path) -> None:
    one, two = _finished(tmp_path / "a" / "x", limit=3), _finished(tmp_path / "b" / "x", limit=3)
    for file in one.path.iterdir():
        assert file.read_bytes() == (two.path / file.name).read_bytes()
    assert one.digest == two.digest


def test_the_same_request_returns_what_is_there(tmp_path: Path) -> None:
    made = _finished(tmp_path / "x", limit=3)
    again = drafts.begin(tmp_path / "x", kind="difficulty", settings={"limit": 3}, inputs=INPUTS)
    assert again == made


def test_other_settings_are_refused_and_both_are_shown(tmp_path: Path) -> None:
    _finished(tmp_path / "x", limit=3)
    with pytest.raises(SettingsDiffer, match=r"exists already.*setting limit was 3, now 4.*--name"):
        _draft(tmp_path / "x", limit=4)


def test_an_unfinished_attempt_is_continued_or_refused(tmp_path: Path) -> None:
    first = _draft(tmp_path / "x", limit=3)
    (first.path / "shard").write_text("kept")
    second = _draft(tmp_path / "x", limit=3)
    assert second.resumed
    assert (second.path / "shard").read_text() == "kept"
    with pytest.raises(SettingsDiffer, match=r"was begun.*limit was 3, now 5.*--restart"):
        _draft(tmp_path / "x", limit=5)
    drafts.discard(tmp_path / "x")
    assert not _draft(tmp_path / "x", limit=5).resumed


def test_scratch_is_removed_and_every_file_is_vouched_for(tmp_path: Path) -> None:
    draft = _draft(tmp_path / "x")
    (draft.path / "shards").mkdir()
    (draft.path / "shards" / "0").write_text("scratch")
    (draft.path / "sub").mkdir()
    (draft.path / "sub" / "file").write_text("kept")
    made = draft.finish(counts={}, scratch=("shards",))
    assert not (made.path / "shards").exists()
    assert list(made.manifest["files"]) == ["sub/file"]
    assert made.faults() == []
    (made.path / "sub" / "file").write_text("changed")
    assert made.faults() == ["sub/file was changed"]


def test_who_comes_late_to_shared_work_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = _draft(tmp_path / "x")
    (draft.path / "scores.txt").write_text("kept")
    clear = drafts._clear

    def cleared_too_early(folder: Path, scratch: tuple[str, ...]) -> None:
        clear(folder, scratch)
        if folder == draft.path:
            # Another worker decides anew what was just removed, and is still writing a shard.
            (folder / "check.json").write_text("{}")
            (folder / "shards").mkdir()
            (folder / "shards" / "0").write_text("late")
            (folder / f".direction.1{files.HALF}").write_text("la")

    monkeypatch.setattr(drafts, "_clear", cleared_too_early)
    made = draft.finish(counts={}, scratch=("shards", "check.json"))
    assert list(made.manifest["files"]) == ["scores.txt"]
    assert sorted(file.name for file in made.path.iterdir()) == ["manifest.json", "scores.txt"]


def test_what_a_killed_process_left_half_written_does_not_enter_the_artefact(
    tmp_path: Path,
) -> None:
    draft = _draft(tmp_path / "x")
    with files.atomic(draft.path / "scores.txt") as partial:
        partial.write_text("whole")
        (draft.path / partial.name.replace("scores", "other")).write_text("half")
    made = draft.finish(counts={})
    assert list(made.manifest["files"]) == ["scores.txt"]
    assert sorted(file.name for file in made.path.iterdir()) == ["manifest.json", "scores.txt"]


def test_a_missing_or_damaged_artefact_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no finished difficulty called 'x'"):
        artefact.open_artefact(tmp_path / "difficulty" / "x")
    made = _finished(tmp_path / "x")
    (made.path / "manifest.json").write_text('{"kind": ')
    with pytest.raises(BadFile, match=r"damaged.*manifest\.json.*make it again"):
        _ = artefact.Artefact(made.path).manifest


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def fail() -> None:
        with files.atomic(path) as partial:
            partial.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]
