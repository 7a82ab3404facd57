"""The store keeps every judgement byte-true, once, and overwrites nothing unseen."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from diq_core.errors import BadFile, BadSetting
from diq_core.review.form.answer import Criterion
from diq_core.review.form.form import Form
from diq_core.review.log.events import Slot
from diq_core.review.refusals import Conflict, NotAllowed, StoreUnavailable
from diq_core.review.store import reading
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.checking import check_store
from diq_core.review.store.place import DATABASES
from diq_core.review.store.roles import Actor
from diq_core.study import Study, create_study
from tests.support.kept import criteria_of, draft_of, own_edits, own_entry, own_history
from tests.support.reviews import ADA, ANN, BEN, EVE, KIM, answer, rate

HOSTILE = [
    "'; DROP TABLE events; --",
    "<script>alert(1)</script> ![x](http://evil.example/x.png)",
    "NUL \x00 inside, bell \x07, lone \ud800 surrogate",
    "left \u202eright-to-left\u202c, Zoe\u0308 is not Zo\u00eb, \U0001f600",
    "%s {0} {{x}} \\ \\u0041 \" '",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_text_comes_back_byte_true(store: Store, form: Form, words: str) -> None:
    person = Actor(words, "reviewer")
    values = {"form": form, "version": 0}
    store.submit(person, words, answer(comment=words), key=words, **values)  # type: ignore[arg-type]
    store.edit(person, words, words, original="a", text=words, version=0, key="e")
    store.save_draft(person, words, {words: words}, form="1", version=0)
    (found,) = reading.judgements(store, ADA, "verdict")
    assert (found.reviewer, found.sample) == (words, words)
    assert found.value["answer"]["comment"] == words
    edit = own_edits(store, person, words)[words].register.value
    assert edit is not None
    assert edit["text"] == words
    assert draft_of(store, person, words, "1").content == {words: words}
    assert check_store(store) == []


def test_names_that_look_alike_are_different_people(store: Store, form: Form) -> None:
    for name in ("Zoe\u0308", "Zo\u00eb", "Zoe"):
        rate(store, form, Actor(name, "reviewer"), "s1")
    assert len(reading.judgements(store, ADA, "verdict")) == 3


def test_a_repeated_save_adds_nothing_and_gives_the_first_receipt(store: Store, form: Form) -> None:
    first = rate(store, form, ANN, "s1", key="k")
    again = rate(store, form, ANN, "s1", key="k")
    assert again == replace(first, repeated=True)
    with pytest.raises(Conflict, match="key was used for another one"):
        rate(store, form, ANN, "s1", key="k", verdict="unsure")
    with pytest.raises(Conflict, match="key was used for another one"):
        rate(store, form, ANN, "s2", key="k")
    # The key is Ann's own: Ben's equal key is another one.
    assert not rate(store, form, BEN, "s1", key="k").repeated


def test_a_reply_that_was_lost_after_the_commit_is_no_second_verdict(
    store: Store, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    once, calls = store.database._once, []

    def unlucky(work: Any, *, writes: bool) -> Any:
        result = once(work, writes=writes)
        calls.append(result)
        if len(calls) == 1:
            raise OperationalError("COMMIT", {}, Exception(), connection_invalidated=True)
        return result

    monkeypatch.setattr(store.database, "_once", unlucky)
    assert rate(store, form, ANN, "s1").repeated
    assert len(calls) == 2
    monkeypatch.undo()
    assert len(reading.judgements(store, ADA, "verdict")) == 1


def test_a_stale_version_overwrites_nothing_and_shows_both(store: Store, form: Form) -> None:
    rate(store, form, ANN, "s1", level=2)
    with pytest.raises(Conflict, match=r"version 1, you saw 0.*yours.*: 5.*stored.*: 2") as caught:
        rate(store, form, ANN, "s1", key="other window", level=5)
    assert caught.value.version == 1
    assert caught.value.theirs["answer"]["scales"]["safety_check"] == 2
    rate(store, form, ANN, "s1", version=1, level=5)
    assert own_entry(store, ANN, "verdict", "s1", "1").register.version == 2


def test_undo_works_in_a_later_session_and_undoing_it_restores(
    study: Study, store: Store, form: Form
) -> None:
    rate(store, form, ANN, "s1", level=2)
    rate(store, form, ANN, "s1", version=1, level=4)
    before = own_entry(store, ANN, "verdict", "s1", "1").register
    store.close()
    later = open_store(study)
    (entry,) = own_history(later, ANN)
    target = entry.undo_target
    assert target is not None
    undone = later.undo(ANN, entry.slot, target=target, key="u1")
    assert later.undo(ANN, entry.slot, target=target, key="u1").repeated
    shown = own_entry(later, ANN, "verdict", "s1", "1")
    assert shown.register.value is not None
    assert shown.register.value["answer"]["scales"]["safety_check"] == 2
    assert shown.redo_target == undone.seq
    with pytest.raises(Conflict, match="is not the last any more"):
        later.undo(ANN, entry.slot, target=target, key="u2")
    later.undo(ANN, entry.slot, target=undone.seq, key="u3")
    after = own_entry(later, ANN, "verdict", "s1", "1").register
    assert [step.value for step in after.done] == [step.value for step in before.done]
    assert after.undone == ()
    assert check_store(later) == []
    later.close()


def test_others_may_not_undo_what_is_mine(store: Store, form: Form) -> None:
    saved = rate(store, form, ANN, "s1")
    slot = Slot("verdict", "Dr Ann", "s1", "1")
    with pytest.raises(NotAllowed, match="may not undo what somebody else did"):
        store.undo(BEN, slot, target=saved.seq, key="u")
    assert store.undo(ADA, slot, target=saved.seq, key="u").version == 2
    with pytest.raises(BadSetting, match="cannot be undone"):
        store.undo(ADA, Slot("role", "", "Ada", ""), target=1, key="u")


def test_random_histories_in_the_database_agree_with_the_log(store: Store, form: Form) -> None:
    chooser = random.Random(0)
    people = (ANN, BEN)
    expected: dict[tuple[str, str], list[int]] = {}
    for number in range(60):
        person, sample = chooser.choice(people), f"s{chooser.randrange(4)}"
        entry = own_entry(store, person, "verdict", sample, "1")
        levels = expected.setdefault((person.name, sample), [])
        if chooser.random() < 0.4 and entry.undo_target:
            store.undo(person, entry.slot, target=entry.undo_target, key=f"k{number}")
            levels.pop()
        else:
            version, level = entry.register.version, chooser.randint(1, 5)
            rate(store, form, person, sample, version=version, key=f"k{number}", level=level)
            levels.append(level)
    found = {
        (one.reviewer, one.sample): one.value["answer"]["scales"]["safety_check"]
        for one in reading.judgements(store, ADA, "verdict")
    }
    assert found == {who: levels[-1] for who, levels in expected.items() if levels}
    assert check_store(store) == []


def test_accept_with_edit_needs_an_edit(store: Store, form: Form) -> None:
    with pytest.raises(BadSetting, match="Nothing in this sample was edited"):
        rate(store, form, ANN, "s1", verdict="accept_with_edit")
    with pytest.raises(BadSetting, match="The text was not changed"):
        store.edit(ANN, "s1", "answer", original="a", text="a", version=0, key="e")
    store.edit(ANN, "s1", "answer", original="10 mg", text="5 mg", version=0, key="e")
    rate(store, form, ANN, "s1", verdict="accept_with_edit")
    with pytest.raises(BadSetting, match="Nothing in this sample was edited"):
        rate(store, form, BEN, "s1", verdict="accept_with_edit")


def test_a_draft_is_kept_until_submitted_and_never_written_over(store: Store, form: Form) -> None:
    assert draft_of(store, ANN, "s1", "1").version == 0
    first = store.save_draft(ANN, "s1", {"comment": "a"}, form="1", version=0)
    with pytest.raises(Conflict, match="draft was changed meanwhile"):
        store.save_draft(ANN, "s1", {"comment": "b"}, form="1", version=0)
    second = store.save_draft(ANN, "s1", {"comment": "ab"}, form="1", version=first.version)
    assert draft_of(store, BEN, "s1", "1").content is None
    rate(store, form, ANN, "s1")
    assert draft_of(store, ANN, "s1", "1").content is None
    with pytest.raises(Conflict, match="draft was changed meanwhile"):
        store.save_draft(ANN, "s1", {"comment": "late"}, form="1", version=second.version)


def test_a_form_cannot_change_its_words_without_a_new_version(store: Store, form: Form) -> None:
    rate(store, form, ANN, "s1")
    with pytest.raises(BadSetting, match="its version is still 1"):
        rate(store, replace(form, title="other"), BEN, "s1")
    rate(store, replace(form, title="other", version="2"), ANN, "s1", key="2")
    assert len(reading.judgements(store, ADA, "verdict")) == 2
    assert len(reading.judgements(store, ADA, "verdict", scope="2")) == 1


def test_the_third_person_is_a_third_person(store: Store, form: Form) -> None:
    values = {"form": form, "version": 0, "key": "a"}
    rate(store, form, EVE, "s1")
    with pytest.raises(NotAllowed, match="You rated this sample yourself"):
        store.adjudicate(EVE, "s1", answer(), **values)  # type: ignore[arg-type]
    rate(store, form, ANN, "s2")
    store.adjudicate(EVE, "s2", answer(), edits={"answer": "5 mg"}, **values)  # type: ignore[arg-type]
    with pytest.raises(NotAllowed, match="You settled this sample"):
        rate(store, form, EVE, "s2")
    (settled,) = reading.judgements(store, ADA, "adjudication")
    assert (settled.by, settled.reviewer) == ("Dr Eve", "")
    assert settled.value["edits"] == {"answer": "5 mg"}


def test_criteria_are_asked_weighted_and_withdrawn(store: Store, form: Form) -> None:
    criterion = Criterion("dose", "Names the dose.", 5)
    saved = store.add_criterion(KIM, "s1", criterion, version=0, key="c")
    assert criteria_of(store, "s1") == [criterion]
    rate(store, form, ANN, "s1", criteria={"dose": True})
    store.undo(KIM, Slot("criterion", "", "s1", "dose"), target=saved.seq, key="u")
    assert criteria_of(store, "s1") == []
    with pytest.raises(BadSetting, match="a criterion of this sample"):
        rate(store, form, BEN, "s1", criteria={"dose": True})


def test_manual_choices_need_a_reason(store: Store) -> None:
    with pytest.raises(BadSetting, match="A reason is missing"):
        store.set_manual(KIM, "s1", "out", why=" ", version=0, key="m")
    with pytest.raises(BadSetting, match="is no choice"):
        store.set_manual(KIM, "s1", "perhaps", why="x", version=0, key="m")
    store.set_manual(KIM, "s1", "out", why="duplicate", version=0, key="m1")
    store.set_manual(KIM, "s2", "in", why="rare", version=0, key="m2")
    store.set_manual(KIM, "s1", "auto", why="was not", version=1, key="m3")
    assert reading.manual_choices(store) == {"s2": "in"}


def test_a_reviewer_sees_nobody_elses_judgement(store: Store, form: Form) -> None:
    rate(store, form, ANN, "s1")
    rate(store, form, Actor("gpt", "reviewer", machine=True), "s1")
    assert [one.reviewer for one in reading.judgements(store, BEN, "verdict")] == []
    assert [one.reviewer for one in reading.judgements(store, ANN, "verdict")] == ["Dr Ann"]
    found = reading.judgements(store, KIM, "verdict", sample="s1")
    assert [(one.reviewer, one.machine) for one in found] == [("Dr Ann", False), ("gpt", True)]
    with pytest.raises(NotAllowed, match="see other people's judgements"):
        reading.log(store, ANN)
    assert [event.seq for event in reading.log(store, KIM, after=1)] == [2, 3]


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_a_time_that_is_none_is_refused(store: Store, form: Form, seconds: float) -> None:
    with pytest.raises(BadSetting, match="is no duration"):
        store.submit(ANN, "s", answer(), form=form, version=0, key="k", seconds=seconds)


def test_names_and_texts_beyond_all_measure_are_refused(store: Store, form: Form) -> None:
    with pytest.raises(BadSetting, match="1 to 300 characters"):
        Actor("x" * 301, "reviewer")
    with pytest.raises(BadSetting, match="name is too long"):
        rate(store, form, ANN, "s" * 1001)
    with pytest.raises(BadSetting, match="too large to be saved"):
        store.edit(ANN, "s", "answer", original="", text="x" * 4_000_001, version=0, key="e")
    longest = Actor("\u00eb" * 50, "reviewer")
    rate(store, form, longest, "\x00" * 166)


def test_tables_of_a_newer_version_are_left_alone(study: Study, store: Store) -> None:
    def newer(connection: Connection) -> None:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    store.database.write(newer)
    with pytest.raises(BadFile, match=r"newer version.*Update this installation"):
        open_store(study)


def test_what_cannot_be_reached_is_said_without_the_password(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = create_study(tmp_path / "s")
    toml = 'store = "postgresql+psycopg://me:secret@127.0.0.1:1/x"'
    (study.path / "study.toml").write_text(toml)
    monkeypatch.setenv(DATABASES, "postgresql+psycopg://me@127.0.0.1:1/x")
    with pytest.raises(StoreUnavailable, match="stayed busy or out of reach") as caught:
        open_store(Study(study.path), patience=0)
    assert "secret" not in str(caught.value)
    for url in ("sqlite:////etc/passwd", "mysql://x", "not a url"):
        (study.path / "study.toml").write_text(f'store = "{url}"')
        with pytest.raises(BadSetting, match="not a PostgreSQL URL"):
            open_store(Study(study.path))


def test_a_database_that_is_none_is_said_so(tmp_path: Any) -> None:
    study = create_study(tmp_path / "s")
    (study.path / "review.db").write_bytes(b"not a database" * 100)
    with pytest.raises(BadFile, match=r"damaged.*Restore it from a backup"):
        open_store(study)
