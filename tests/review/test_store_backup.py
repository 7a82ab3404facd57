"""A backup holds everything and moves between databases; a damaged one restores nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from diq_core.cli.review import app
from diq_core.errors import BadFile, BadSetting
from diq_core.review.form.form import Form
from diq_core.review.log.audit import Head
from diq_core.review.queue import claiming as queue
from diq_core.review.queue.ordering import Item
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.queue.progress import queues
from diq_core.review.store import backup, reading
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.checking import check_store
from diq_core.study import Study, create_study
from tests.support.kept import draft_of, own_history
from tests.support.reviews import ADA, ANN, BEN, KIM, rate


def _fill(store: Store, form: Form) -> None:
    items = [Item(f"s{number}") for number in range(6)]
    queue.plan(store, KIM, "q", items, QueueSettings("q", "1"), key="p")
    for person in (ANN, BEN):
        for task in queue.claim(store, person, "q", ahead=2):
            rate(store, form, person, task.sample, comment="\x00 naïve")
    (entry, *_) = own_history(store, ANN)
    assert entry.undo_target is not None
    store.undo(ANN, entry.slot, target=entry.undo_target, key="u")
    store.save_draft(ANN, "s5", {"comment": "half \x00"}, form="1", version=0)


def _content(store: Store) -> object:
    return (
        reading.log(store, ADA),
        reading.judgements(store, ADA, "verdict"),
        draft_of(store, ANN, "s5", "1"),
        queues(store),
        reading.log_head(store),
    )


@pytest.mark.parametrize("name", ["b.jsonl", "b.db"])
def test_what_was_saved_comes_back_and_work_goes_on(
    store: Store, form: Form, tmp_path: Path, name: str
) -> None:
    _fill(store, form)
    file = tmp_path / "backups" / name
    if name == "b.db" and not store.database.is_sqlite:
        with pytest.raises(BadSetting, match=r"A PostgreSQL store has no \.db file"):
            backup.backup(store, file)
        return
    head = backup.backup(store, file)
    with pytest.raises(BadSetting, match="exists already"):
        backup.backup(store, file)
    assert sorted(path.name for path in file.parent.iterdir()) == [name]
    other = open_store(create_study(tmp_path / "other"))
    assert backup.restore(other, ADA, file) == head
    assert _content(other) == _content(store)
    assert check_store(other, exported=head) == []
    (task,) = queue.claim(other, BEN, "q")
    rate(other, form, BEN, task.sample)
    with pytest.raises(BadSetting, match="store is not empty"):
        backup.restore(other, ADA, file)
    other.close()


def test_a_backup_of_sqlite_moves_into_postgresql(
    store: Store, study: Study, form: Form, tmp_path: Path
) -> None:
    source = open_store(create_study(tmp_path / "source"))
    _fill(source, form)
    backup.backup(source, tmp_path / "b.jsonl")
    backup.restore(store, ADA, tmp_path / "b.jsonl")
    assert _content(store) == _content(source)
    assert check_store(store) == []
    source.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("na\\\\u00efve", "naive", 1), "checksum differs"),
        (lambda text: text[:-200], "is damaged"),
        (lambda _: "", "is damaged"),
        (lambda text: text.replace('"diq_review":1', '"diq_review":2'), "checksum differs"),
        (lambda text: "\n".join(text.splitlines()[:-3]), "is damaged"),
    ],
)
def test_a_damaged_backup_restores_nothing(
    sqlite_store: Store, form: Form, tmp_path: Path, change: object, words: str
) -> None:
    _fill(sqlite_store, form)
    file = tmp_path / "b.jsonl"
    backup.backup(sqlite_store, file)
    changed = change(file.read_text())  # type: ignore[operator]
    assert changed != file.read_text()
    file.write_text(changed)
    other = open_store(create_study(tmp_path / "other"))
    with pytest.raises(BadFile, match=words):
        backup.restore(other, ADA, file)
    assert reading.log_head(other).seq == 0
    with pytest.raises(BadFile, match="cannot be read"):
        backup.restore(other, ADA, tmp_path / "nowhere")
    other.close()


def test_the_command_line_does_the_same(sqlite_store: Store, form: Form, tmp_path: Path) -> None:
    _fill(sqlite_store, form)
    study = Path(str(sqlite_store.database.url.database)).parent

    def run(*words: str, where: Path = study) -> dict[str, object]:
        result = CliRunner().invoke(app, [*words, "--study", str(where), "--json"])
        assert result.exit_code == 0, result.output
        found: dict[str, object] = json.loads(result.output)
        return found

    head = str(run("audit", "head")["head"])
    assert Head.parse(head) == reading.log_head(sqlite_store)
    assert run("audit", "verify", "--head", head)["whole"] is True
    file = str(tmp_path / "b.jsonl")
    assert run("review", "backup", file)["head"] == head
    other = create_study(tmp_path / "other").path
    assert run("review", "restore", file, where=other)["head"] == head
    assert run("review", "grant", "Ada", "admin", where=other)["role"] == "admin"
    assert run("review", "people", where=other)["people"] == {"Ada": "admin"}
    refused = CliRunner().invoke(
        app, ["review", "grant", "Bob", "viewer", "--as", "Bob", "--study", str(other)]
    )
    assert "You have no role in this study" in str(refused.exception)
    wrong = f"1:{'0' * 64}"
    broken = CliRunner().invoke(app, ["audit", "verify", "--head", wrong, "--study", str(other)])
    assert isinstance(broken.exception, BadFile)
    assert "does not hold (1 breaks)" in str(broken.exception)
    as_json = ["audit", "verify", "--head", wrong, "--study", str(other), "--json"]
    result = CliRunner().invoke(app, as_json)
    assert (result.exit_code, json.loads(result.output)["whole"]) == (2, False)
