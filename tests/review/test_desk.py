from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from diq_core.data.sample import Sample
from diq_core.errors import NotFound
from diq_core.review.desk.incoming import Desk, take
from diq_core.review.desk.outgoing import to_browser
from diq_core.review.form.form import Form
from diq_core.review.queue.claiming import claim, plan
from diq_core.review.queue.ordering import Item
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.refusals import StoreUnavailable
from diq_core.review.store.changes import Store
from diq_core.review.store.reading import judgements, log
from tests.support.kept import own_edits, own_entry
from tests.support.reviews import ANN, BEN, KIM, answer

POOL = {
    f"s{number}": Sample(
        id=f"s{number}", question=f"Question {number}?", answer="Rest.", source="secret source",
        reasoning="One finding.\n\nAnother finding.\n\nA conclusion.",
    )
    for number in range(6)
}  # fmt: skip


def find(id: str) -> Sample:
    if id not in POOL:
        raise NotFound("There is no such sample", which=id, todo="import it")
    return POOL[id]


@pytest.fixture
def desk(store: Store, form: Form) -> Desk:
    items = [Item(id) for id in POOL]
    plan(store, KIM, "first", items, QueueSettings("first", form.version), key="plan-key")
    return Desk(store, ANN, form, "first", find)


def verdict(sample: str = "s1", **more: Any) -> dict[str, Any]:
    values = more.pop("values", answer("reject"))
    return {"kind": "verdict", "sample": sample, "values": values, "version": 0, "seconds": 9.5,
            "key": f"key of {sample}", **more}  # fmt: skip


def shown(desk: Desk, ahead: int = 20) -> dict[str, Any]:
    return to_browser(desk, lambda _sample: [], ahead=ahead)


class TestTake:
    def test_the_same_request_twice_is_saved_once(self, desk: Desk):
        first = take(desk, [verdict()])
        again = take(desk, [verdict()])
        assert first == again
        assert first["key of s1"]["ok"]
        events = [one for one in log(desk.store, KIM) if one.slot.kind == "verdict"]
        assert len(events) == 1
        value = events[0].value or {}
        assert value["seconds"] == 9.5

    def test_an_undo_may_name_what_was_sent_with_it(self, desk: Desk):
        undo = {"kind": "undo", "what": "verdict", "sample": "s1", "of": "key of s1",
                "key": "undo it now"}  # fmt: skip
        requests = [verdict(), undo, verdict(version=2, key="once more", values=answer("accept"))]
        for _ in range(2):
            told = take(desk, requests)
            assert [one["ok"] for one in told.values()] == [True, True, True]
        (found,) = judgements(desk.store, ANN, "verdict")
        assert found.value["answer"]["verdict"] == "accept"
        assert found.version == 3

    def test_an_edit_keeps_the_original_and_can_be_undone(self, desk: Desk):
        text = POOL["s1"].reasoning + " More."
        edit = {"kind": "edit", "sample": "s1", "field": "reasoning", "text": text, "version": 0,
                "key": "edit key"}  # fmt: skip
        told = take(desk, [edit, verdict(values=answer("accept_with_edit"))])
        assert all(one["ok"] for one in told.values())
        value = own_edits(desk.store, ANN, "s1")["reasoning"].register.value or {}
        assert (value["original"], value["text"]) == (POOL["s1"].reasoning, text)
        undo = {"kind": "undo", "what": "edit", "field": "reasoning", "sample": "s1",
                "target": told["edit key"]["seq"], "key": "undo key"}  # fmt: skip
        assert take(desk, [undo])["undo key"]["ok"]
        assert own_edits(desk.store, ANN, "s1")["reasoning"].register.value is None

    def test_another_window_is_not_overwritten(self, desk: Desk):
        take(desk, [verdict()])
        told = take(desk, [verdict(key="other window", values=answer("accept"))])
        assert told["other window"]["conflict"]
        assert told["other window"]["version"] == 1
        (found,) = judgements(desk.store, ANN, "verdict")
        assert found.value["answer"]["verdict"] == "reject"

    def test_one_refusal_does_not_stop_the_rest(self, desk: Desk):
        wrong = verdict("s2", values=answer("reject", level=9))
        told = take(desk, [wrong, verdict("s1")])
        assert not told["key of s2"]["ok"]
        assert "1 to 5" in told["key of s2"]["todo"]
        assert told["key of s1"]["ok"]

    def test_a_step_that_is_not_there_cannot_be_marked(self, desk: Desk):
        told = take(desk, [verdict(values=answer("reject", marks=[[4, "wrong"]]))])
        assert not told["key of s1"]["ok"]

    def test_without_reasoning_its_scales_need_no_level(self, desk: Desk):
        values = {"verdict": "accept", "scales": {"safety_check": 4}}
        assert not take(desk, [verdict(values=values)])["key of s1"]["ok"]
        bare = replace(desk, find=lambda id: replace(find(id), reasoning=""))
        assert take(bare, [verdict(values=values)])["key of s1"]["ok"]

    @pytest.mark.parametrize(
        "request_",
        [
            {"kind": "verdict", "sample": "s1"},
            {"kind": "verdict", "sample": 7, "values": {}, "version": 0},
            {"kind": "edit", "sample": "s1", "field": "id", "text": "x", "version": 0},
            {"kind": "edit", "sample": "s1", "field": "__class__", "text": "x", "version": 0},
            {"kind": "undo", "sample": "s1", "what": "manual", "target": 1},
            {"kind": "undo", "sample": "s1", "what": "verdict", "of": "nobody knows"},
            {"kind": "grant", "sample": "s1"},
            {"kind": None, "sample": "s1"},
            {"kind": "draft", "sample": "s1", "values": 3, "version": 0},
            {"kind": "verdict", "sample": "no such", "values": {}, "version": 0},
        ],
    )
    def test_nonsense_is_refused_and_changes_nothing(self, desk: Desk, request_: dict[str, Any]):
        before = len(log(desk.store, KIM))
        told = take(desk, [{**request_, "key": "some key"}])
        assert told["some key"]["ok"] is False
        assert len(log(desk.store, KIM)) == before

    @pytest.mark.parametrize("key", [None, 5, "short", "x" * 101])
    def test_without_a_proper_key_nothing_is_done(self, desk: Desk, key: Any):
        assert take(desk, [verdict(key=key)]) == {}

    def test_without_the_database_nothing_is_acknowledged(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ):
        def gone(*_: Any, **__: Any) -> None:
            raise StoreUnavailable("The database is gone", which="x", todo="wait")

        monkeypatch.setattr(Store, "submit", gone)
        assert take(desk, [verdict()]) == {}

    def test_a_draft_comes_back_and_is_spent_by_the_verdict(self, desk: Desk):
        draft = {"kind": "draft", "sample": "s1", "values": {"comment": "hm"}, "version": 0,
                 "key": "draft key"}  # fmt: skip
        shown(desk)
        assert take(desk, [draft])["draft key"] == {"ok": True, "version": 1}
        card = next(one for one in shown(desk)["cards"] if one["sample"] == "s1")
        assert card["draft"] == {"version": 1, "values": {"comment": "hm"}}
        take(desk, [verdict()])
        late = take(desk, [{**draft, "version": 1, "key": "late draft"}])
        assert late["late draft"]["conflict"]

    def test_a_skipped_sample_comes_last(self, desk: Desk):
        first = claim(desk.store, ANN, "first")[0].sample
        assert take(desk, [{"kind": "skip", "sample": first, "key": "skip key"}])["skip key"]["ok"]
        order = [one["sample"] for one in shown(desk)["cards"]]
        assert order[-1] == first
        assert len(order) == 6


class TestToBrowser:
    def test_it_is_blind(self, desk: Desk):
        text = repr(shown(desk)["cards"])
        assert "secret source" not in text
        assert "'id'" not in text

    def test_nobody_is_handed_what_another_holds(self, desk: Desk, form: Form):
        other = Desk(desk.store, BEN, form, "first", find)
        mine = {one["sample"] for one in shown(desk, 4)["cards"]}
        theirs = {one["sample"] for one in shown(other, 4)["cards"]}
        assert len(mine) == 4
        assert not mine & theirs
        assert shown(other, 4)["left"] == 2

    def test_progress_and_history_follow(self, desk: Desk):
        shown(desk)
        take(desk, [verdict("s1"), verdict("s2", values=answer("accept"))])
        now = shown(desk)
        assert (now["done"], now["left"]) == (2, 4)
        assert [one["choice"] for one in now["history"]] == ["accept", "reject"]
        target = own_entry(desk.store, ANN, "verdict", "s2", desk.form.version).undo_target
        assert now["history"][0]["target"] == target

    def test_what_was_undone_comes_back_with_its_answer(self, desk: Desk):
        shown(desk)
        told = take(desk, [verdict("s1", values=answer("reject", comment="why"))])
        undo = {"kind": "undo", "what": "verdict", "sample": "s1", "key": "undo key",
                "target": told["key of s1"]["seq"]}  # fmt: skip
        take(desk, [undo])
        now = shown(desk)
        card = next(one for one in now["cards"] if one["sample"] == "s1")
        assert card["answer"]["comment"] == "why"
        assert card["version"] == 2
        assert now["history"] == []

    def test_hidden_characters_are_written_out(self, desk: Desk, monkeypatch: pytest.MonkeyPatch):
        evil = Sample(id="s1", question="a\u202eb", answer="x", reasoning="y" * 30_000)
        monkeypatch.setitem(POOL, "s1", evil)
        card = next(one for one in shown(desk)["cards"] if one["sample"] == "s1")
        assert card["text"]["question"] == "a⟦U+202E⟧b"
        assert card["text"]["more"] == 10_000
        assert "reasoning" not in card["text"]["original"]

    def test_a_sample_that_is_gone_can_be_skipped(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.delitem(POOL, "s1")
        card = next(one for one in shown(desk)["cards"] if one["sample"] == "s1")
        assert card["text"] == {"gone": True}
        assert take(desk, [{"kind": "skip", "sample": "s1", "key": "skip key"}])["skip key"]["ok"]


def test_a_pair_is_judged_by_sides(store: Store, form: Form):
    items = [Item("pair-1", pair=("s0", "s1"))]
    plan(store, KIM, "pairs", items, QueueSettings("pairs", form.version), key="plan-key")
    desk = Desk(store, ANN, form, "pairs", find)
    (card,) = shown(desk)["cards"]
    sides = [side["question"] for side in card["sides"]]
    assert sorted(sides) == ["Question 0?", "Question 1?"]
    left = "a" if sides[0] == "Question 0?" else "b"
    request = {"kind": "preference", "sample": "pair-1", "version": 0, "key": "prefer it",
               "values": {"preference": "left", "comment": ""}}  # fmt: skip
    assert take(desk, [request])["prefer it"]["ok"]
    (found,) = judgements(store, ANN, "preference")
    assert found.value["answer"]["preference"] == left
    assert shown(desk)["history"][0]["choice"] == "left"


class TestUnseen:
    """Nobody judges what they could not see."""

    def test_a_sample_with_a_missing_image_cannot_be_judged(self, desk: Desk):
        blind = replace(desk, unseen=lambda sample: ["ecg.png"] if sample.id == "s1" else [])
        shown(blind)
        refused = take(blind, [verdict("s1")])["key of s1"]
        assert not refused["ok"]
        assert "cannot be judged" in refused["what"]
        assert "ecg.png" in refused["what"]
        assert "put it aside" in refused["todo"]
        assert not judgements(desk.store, ANN, "verdict")
        assert take(blind, [verdict("s2")])["key of s2"]["ok"]
        assert take(blind, [{"kind": "skip", "sample": "s1", "key": "skip key"}])["skip key"]["ok"]

    @pytest.mark.parametrize("side", ["s0", "s1"])
    def test_neither_can_a_pair_of_which_one_side_is_not_seen(
        self, store: Store, form: Form, side: str
    ):
        items = [Item("pair-1", pair=("s0", "s1"))]
        plan(store, KIM, "pairs", items, QueueSettings("pairs", form.version), key="plan-key")
        unseen = lambda sample: ["ecg.png"] if sample.id == side else []  # noqa: E731
        desk = Desk(store, ANN, form, "pairs", find, unseen)
        claim(store, ANN, "pairs")
        request = {"kind": "preference", "sample": "pair-1", "version": 0, "key": "prefer it",
                   "values": {"preference": "left", "comment": ""}}  # fmt: skip
        assert "cannot be judged" in take(desk, [request])["prefer it"]["what"]
        assert not judgements(store, ANN, "preference")


def test_a_plan_of_an_older_version_knows_no_dataset():
    known = QueueSettings("q", "1").as_dict()
    older = {name: value for name, value in known.items() if name not in ("samples", "digest")}
    assert QueueSettings.from_dict(older) == QueueSettings("q", "1")
