"""Replaying the log gives the state that was kept, and the undo of an undo changes nothing."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from diq_core.errors import BadSetting
from diq_core.review.log.events import EMPTY, Event, Register, Slot, State, apply
from diq_core.review.log.transcript import load, payload_of

HISTORIES = 10_000
SLOTS = (
    Slot("verdict", "Ann", "s1", "1"),
    Slot("verdict", "Ben", "s1", "1"),
    Slot("edit", "Ann", "s1", "answer"),
    Slot("manual", "", "s1", ""),
)


class Naive:
    """What an editor's undo does, in the plainest way: two lists of (value, undo's name)."""

    def __init__(self) -> None:
        self.past: list[tuple[Any, int]] = []
        self.future: list[tuple[Any, int]] = []

    def set(self, value: Any, seq: int) -> None:
        self.past.append((value, seq))
        self.future.clear()

    def undo(self, seq: int) -> None:
        self.future.append((self.past.pop()[0], seq))

    def redo(self, seq: int) -> None:
        self.past.append((self.future.pop()[0], seq))

    @property
    def value(self) -> Any:
        return self.past[-1][0] if self.past else None


History = tuple[list[Event], State, dict[Slot, Naive]]


def _event(seq: int, slot: Slot, value: Any = None, undoes: int | None = None) -> Event:
    at = f"2026-01-01T00:00:00.{seq:06d}+00:00"
    return Event(seq, at, slot.reviewer or "Kim", "admin", False, f"k{seq}", slot, value, undoes)


def _history(chooser: random.Random) -> History:
    state, models, events = State(), {slot: Naive() for slot in SLOTS}, []
    for seq in range(1, chooser.randint(2, 16)):
        slot = chooser.choice(SLOTS)
        model = models[slot]
        what = chooser.random()
        if what < 0.35 and model.past:
            event = _event(seq, slot, undoes=model.past[-1][1])
            model.undo(seq)
        elif what < 0.6 and model.future:
            event = _event(seq, slot, undoes=model.future[-1][1])
            model.redo(seq)
        else:
            event = _event(seq, slot, {"level": chooser.randint(1, 5), "text": "\x00\ud800"})
            model.set(event.value, seq)
        events.append(event)
        state.add(event)
    return events, state, models


@pytest.fixture(scope="module")
def histories() -> list[History]:
    chooser = random.Random(0)
    return [_history(chooser) for _ in range(HISTORIES)]


def test_replay_gives_the_kept_state_in_10000_random_histories(histories: list[History]) -> None:
    for events, state, models in histories:
        again = State()
        for event in events:
            again.add(event)
        assert again == state
        for slot, model in models.items():
            register = state.register(slot)
            assert register.value == model.value
            assert [step.value for step in register.undone] == [value for value, _ in model.future]
            assert register.version == sum(event.slot == slot for event in events)


def test_events_survive_storage(histories: list[History]) -> None:
    for events, _, _ in histories[:1000]:
        assert [load(payload_of(event)) for event in events] == events


def test_the_undo_of_an_undo_is_identity_in_10000_random_histories(
    histories: list[History],
) -> None:
    for _, state, _ in histories:
        for slot, register in state.registers.items():
            for steps in (register.done, register.undone):
                if steps:
                    once = apply(register, _event(100, slot, undoes=steps[-1].by))
                    twice = apply(once, _event(101, slot, undoes=100))
                    assert _content(twice) == _content(register)


def _content(register: Register) -> Any:
    return [
        [(step.origin, step.at, step.actor, step.value) for step in steps]
        for steps in (register.done, register.undone)
    ]


def test_only_the_last_change_can_be_undone() -> None:
    slot = SLOTS[0]
    register = apply(apply(EMPTY, _event(1, slot, {"a": 1})), _event(2, slot, {"a": 2}))
    with pytest.raises(BadSetting, match=r"Only the last change can be undone.*event 1"):
        apply(register, _event(3, slot, undoes=1))
    with pytest.raises(BadSetting, match="neither sets nor undoes"):
        apply(register, _event(3, slot))


def test_a_register_survives_storage() -> None:
    _, state, _ = _history(random.Random(2))
    for register in state.registers.values():
        assert Register.from_dict(json.loads(json.dumps(register.as_dict()))) == register
