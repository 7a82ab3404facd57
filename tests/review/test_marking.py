"""Flags, notes and samples sent to review: in the log, a person's own, undone, never doubled."""

from __future__ import annotations

import pytest

from diq_core.errors import BadSetting
from diq_core.review.log.events import UNDOABLE
from diq_core.review.queue.ordering import Item
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.queue.progress import queues
from diq_core.review.queue.sending import PICKED, Sent, send
from diq_core.review.refusals import Conflict, NotAllowed
from diq_core.review.store.changes import Store
from diq_core.review.store.checking import check_store
from diq_core.review.store.marking import NOTE_LIMIT, flag, flagged, flags, note, notes
from diq_core.review.store.roles import Actor

ANN, BEN = Actor("Ann", "admin"), Actor("Ben", "reviewer")
VIEWER = Actor("Vera", "viewer")
QUEUE = QueueSettings(PICKED, "1", order="listed", samples="dataset/main", digest="d" * 64)


def test_a_flag_is_set_taken_off_and_undone(store: Store) -> None:
    [first, second] = flag(store, ANN, ["a", "b"], True, key="1")
    assert flag(store, ANN, ["a", "b"], True, key="2") == []
    assert [each.sample for each in flags(store, ANN)] == flagged(store) == ["a", "b"]
    flag(store, ANN, ["b"], False, key="3")
    assert flagged(store) == ["a"]
    undone = store.undo(ANN, first.slot, target=first.target, key="4")
    assert flagged(store) == []
    store.undo(ANN, first.slot, target=undone.seq, key="5")
    assert flagged(store) == ["a"]
    with pytest.raises(Conflict, match="not the last any more"):
        store.undo(ANN, second.slot, target=second.target, key="6")
    assert check_store(store) == []


def test_marks_are_a_persons_own(store: Store) -> None:
    flag(store, ANN, ["a"], True, key="1")
    flag(store, BEN, ["a"], True, key="2")
    note(store, ANN, "a", " Odd dose. ", key="3")
    assert [each.reviewer for each in flags(store, ANN, sample="a")] == ["Ann", "Ben"]
    # A reviewer sees nobody else's, as with verdicts.
    assert [each.reviewer for each in flags(store, BEN)] == ["Ben"]
    assert notes(store, BEN) == []
    assert [each.value for each in notes(store, ANN)] == [{"text": "Odd dose."}]
    flag(store, BEN, ["a"], False, key="4")
    assert flagged(store) == ["a"]


def test_a_note_is_replaced_taken_away_and_bounded(store: Store) -> None:
    note(store, ANN, "a", "One", key="1")
    [last] = note(store, ANN, "a", "Two", key="2")
    assert notes(store, ANN)[0].value == {"text": "Two"}
    store.undo(ANN, last.slot, target=last.target, key="3")
    assert notes(store, ANN)[0].value == {"text": "One"}
    note(store, ANN, "a", "  ", key="4")
    assert notes(store, ANN) == []
    assert note(store, ANN, "b", "", key="5") == []
    with pytest.raises(BadSetting, match=r"The note has 5,001 characters"):
        note(store, ANN, "a", "x" * (NOTE_LIMIT + 1), key="6")
    assert check_store(store) == []


def test_who_only_looks_marks_nothing(store: Store) -> None:
    with pytest.raises(NotAllowed, match="may not review samples"):
        flag(store, VIEWER, ["a"], True, key="1")
    with pytest.raises(NotAllowed, match="may not review samples"):
        note(store, VIEWER, "a", "x", key="2")
    with pytest.raises(NotAllowed, match="may not plan a queue"):
        send(store, BEN, [Item("a")], QUEUE, key="3")


def test_what_is_sent_to_review_is_queued_once(store: Store) -> None:
    assert send(store, ANN, [Item("a", "Q1", "x")], QUEUE, key="1") == Sent(PICKED, 1, 0)
    assert send(store, ANN, [Item("a"), Item("b")], QUEUE, key="2") == Sent(PICKED, 1, 1)
    assert send(store, ANN, [Item("a")], QUEUE, key="3") == Sent(PICKED, 0, 1)
    other = QueueSettings(PICKED, "1", order="listed", samples="dataset/b", digest="e" * 64)
    assert send(store, ANN, [Item("a")], other, key="4") == Sent(f"{PICKED} 2", 1, 0)
    assert send(store, ANN, [Item("c")], other, key="5") == Sent(f"{PICKED} 2", 1, 0)
    assert {name: each.tasks for name, each in queues(store).items()} == {
        PICKED: 2,
        f"{PICKED} 2": 2,
    }
    assert check_store(store) == []


def test_flags_and_notes_can_be_undone() -> None:
    assert {"flag", "note"} <= UNDOABLE
