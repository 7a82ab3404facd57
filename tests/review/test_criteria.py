"""A curator's view of a sample's criteria, the list of a judge's points, and what was judged."""

from __future__ import annotations

from diq_core.asking.replies import Missing
from diq_core.review.form.answer import Criterion
from diq_core.review.form.form import Form
from diq_core.review.machine.critique import Critique, Disagreement, Point, Severity
from diq_core.review.machine.critique_list import critique_list
from diq_core.review.machine.rater import Bench, rater, save_critique
from diq_core.review.store.changes import Store
from diq_core.review.store.reading import Judgement
from diq_core.review.verdicts.criteria import criterion_entries, free_key, samples_with_criteria
from diq_core.review.verdicts.totals import totals
from tests.support.reviews import KIM


def test_criteria_in_force_and_withdrawn_are_told_apart(store: Store):
    for number in (1, 2, 10):
        store.add_criterion(KIM, "s1", Criterion(f"c{number}", f"no. {number}", 5), version=0,
                            key=f"criterion {number}")  # fmt: skip
    first = criterion_entries(store, "s1")[0]
    store.undo(KIM, first.slot, target=first.undo_target or 0, key="withdraw it")
    found = criterion_entries(store, "s1")
    assert [one.slot.scope for one in found] == ["c1", "c2", "c10"]
    assert [one.register.value is None for one in found] == [True, False, False]
    assert found[0].redo_target is not None
    assert samples_with_criteria(store) == {"s1": 2}
    assert criterion_entries(store, "s2") == []


def test_a_key_is_never_given_twice(store: Store):
    assert free_key([]) == "c1"
    store.add_criterion(KIM, "s1", Criterion("c1", "x", 5), version=0, key="criterion 1")
    (one,) = criterion_entries(store, "s1")
    store.undo(KIM, one.slot, target=one.undo_target or 0, key="withdraw it")
    assert free_key(criterion_entries(store, "s1")) == "c2"


def point(kind: Disagreement, severity: Severity) -> Point:
    return Point(kind, severity, "quote", "why", True)


def test_the_gravest_points_come_first(sqlite_store: Store, form: Form):
    bench = Bench(sqlite_store, rater("m"), form)
    minor, severe = point("wrong_fact", "minor"), point("irrelevant", "severe")
    unsafe = point("unsafe_advice", "severe")
    save_critique(bench, "s1", "1-abc", Critique((minor, severe)), {})
    save_critique(bench, "s2", "1-abc", Critique((unsafe,)), {})
    save_critique(bench, "s3", "1-abc", Missing("cut off"), {})
    save_critique(bench, "s4", "2-other", Critique((unsafe,)), {})
    assert critique_list(bench, "1-abc") == [("s2", unsafe), ("s1", severe), ("s1", minor)]


def test_people_and_models_are_counted_apart():
    def said(sample: str, who: str, *, machine: bool = False) -> Judgement:
        return Judgement(sample, who, "1", {}, who, machine, "", 1)

    found = totals([said("s1", "Ann"), said("s1", "Ben"), said("s2", "Ann"),
                   said("s1", "m", machine=True), said("s3", "m", machine=True)])  # fmt: skip
    assert (found.verdicts, found.samples, found.people, found.shared) == (3, 2, 2, 1)
    assert found.by_machines == 2
