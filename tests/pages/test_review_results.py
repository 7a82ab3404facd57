"""The paper's comparison and pairs on the page, and that nothing is computed twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from diq_core.data.table import samples_table
from diq_core.draft import Draft, begin
from diq_core.review.desk.incoming import Desk
from diq_core.review.desk.outgoing import to_browser
from diq_core.review.form.form import load_form
from diq_core.review.form.gate import Gate
from diq_core.review.queue.claiming import Task, claim, plan
from diq_core.review.queue.material import items_of
from diq_core.review.queue.ordering import Item
from diq_core.review.queue.pairs import prefer
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.refusals import NotAllowed
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.roles import Actor
from diq_core.study import Study
from pages.parts.review import figures as review_figures
from pages.parts.review.room import Room, finder
from pages.parts.review.setup import pool
from tests.pages.conftest import Opened, words
from tests.pages.test_review import opened
from tests.support.reviews import answer
from tests.support.studies import HOSTILE, full_study, sample

FORM = load_form()
KIM = Actor("Kim", "admin")


@pytest.fixture
def study(workspace: Path) -> Study:
    return full_study(workspace / "one", samples=60)


@pytest.fixture
def store(study: Study) -> Iterator[Store]:
    found = open_store(study)
    yield found
    found.close()


def rate(study: Study, store: Store, *, chosen: int = 12, rest: int = 12) -> None:
    """Ann gives chosen samples 4 or 5 and the others 1 or 2."""
    members = pool(study, "main")
    sides = (([one.id for one in members if one.chosen][:chosen], 4),
             ([one.id for one in members if one.chosen is False][:rest], 1))  # fmt: skip
    for ids, level in sides:
        for number, id in enumerate(ids):
            values = answer("reject", level + number % 2)
            store.submit(Actor("Ann", "reviewer"), id, values, form=FORM, version=0,
                         key=f"Ann {id} key")  # fmt: skip


def test_the_papers_comparison_is_drawn_with_interval_and_effect_size(
    open_page: Opened, study: Study, store: Store
):
    rate(study, store)
    app = opened(open_page, "Results")
    said = words(app)
    # 4.5 on average (10 chosen samples) against 1.5 on three scales.
    assert said.count("+3.00") == 3
    assert said.count("<bdi>higher</bdi>") == 3
    assert "<bdi>+1.00</bdi>" in said
    assert "<bdi>10 and 12</bdi>" in said
    assert len(app.get("plotly_chart")) == 1
    assert "No model has judged these samples" in said


@pytest.mark.parametrize(
    ("chosen", "rest", "told"),
    [
        (5, 0, "Only chosen samples were reviewed so far"),
        (0, 5, "Too little is rated for intervals"),
        (4, 5, "4 chosen samples and 5 others are rated so far; intervals need 10 of each"),
    ],
)
def test_it_says_when_there_is_too_little(
    open_page: Opened, study: Study, store: Store, chosen: int, rest: int, told: str
):
    rate(study, store, chosen=chosen, rest=rest)
    said = words(opened(open_page, "Results"))
    assert told in said
    assert "<bdi>higher</bdi>" not in said


def prefer_all(study: Study, store: Store, side: str | None = None, overlap: int = 2) -> None:
    """Two people judge all pairs: for the chosen sample, or always for one side of the screen."""
    items = items_of(pool(study, "main"), "pairs")
    kept = {one.id for one in pool(study, "main") if one.chosen}
    settings = QueueSettings("pairs", FORM.version, overlap=overlap)
    plan(store, KIM, "pairs", items, settings, key="plan pairs")
    for name in ("Ann", HOSTILE[0]):
        person = Actor(name, "reviewer")
        for task in claim(store, person, "pairs", ahead=100):
            assert task.pair is not None
            better = side or ("left" if task.pair[0] in kept else "right")
            prefer(store, person, task, {"preference": better}, form=FORM, version=0,
                   key=f"{name[:5]} {task.sample}")  # fmt: skip


def test_a_preferred_side_is_told_with_interval_pairs_and_people(
    open_page: Opened, study: Study, store: Store
):
    prefer_all(study, store)
    app = opened(open_page, "Results", results="Side by side")
    said = words(app)
    assert "The side &#x27;chosen&#x27; is preferred" in said
    # Wilson: 10 of 10 pairs is 72 % to 100 %.
    assert "<bdi>100 %</bdi><br><small>72 % to 100 % (of no ties)</small>" in said
    shown = {metric.label: metric.value for metric in app.metric}
    assert (shown["Pairs"], shown["Judgements"], shown["People"]) == ("10", "20", "2")
    assert "No habit is seen" in said
    assert "<script>" not in said


def test_a_habit_of_one_side_is_told(open_page: Opened, study: Study, store: Store):
    prefer_all(study, store, side="left")
    said = words(opened(open_page, "Results", results="Side by side"))
    assert "The left side was preferred more often than chance usually explains" in said


def test_pairs_without_a_judgement_say_so(open_page: Opened, study: Study, store: Store):
    said = words(opened(open_page, "Results", results="Side by side"))
    assert "There is no review of pairs yet" in said
    items = items_of(pool(study, "main"), "pairs")
    plan(store, KIM, "pairs", items, QueueSettings("pairs", FORM.version), key="plan pairs")
    said = words(opened(open_page, "Results", results="Side by side"))
    assert "None of the 10 pairs is judged yet" in said


COMPUTED = {
    "Chosen against the rest": "judge_report",
    "Agreement": "agreement_rows",
    "Reviewers": "reviewer_rows",
    "Side by side": "contests",
}


@pytest.mark.parametrize("part", list(COMPUTED))
def test_nothing_is_computed_again_until_the_log_grows(
    open_page: Opened, study: Study, store: Store, monkeypatch: pytest.MonkeyPatch, part: str
):
    prefer_all(study, store)
    rate(study, store)
    calls: list[str] = []
    for name in (COMPUTED[part], "judgements", "totals"):
        work = getattr(review_figures, name)

        def counted(*given: Any, _work: Any = work, _name: str = name, **more: Any) -> Any:
            calls.append(_name)
            return _work(*given, **more)

        monkeypatch.setattr(review_figures, name, counted)
    app = opened(open_page, "Results", results=part)
    first = list(calls)
    assert first.count(COMPUTED[part]) == 1
    app.run()
    opened(open_page, "Results", name="Somebody else", results=part)
    assert calls == first
    other = next(one.id for one in reversed(pool(study, "main")))
    store.submit(Actor("Ben", "reviewer"), other, answer("reject", 3), form=FORM, version=0,
                 key="one more verdict")  # fmt: skip
    app.run()
    assert calls.count(COMPUTED[part]) == 2


def test_figures_of_another_threshold_or_selection_are_others(
    open_page: Opened, study: Study, store: Store
):
    rate(study, store)
    room = Room(study, store, FORM, KIM, "admin")
    strict = review_figures.report_of(room, None, Gate(0.9))
    assert strict["gate"]["threshold"] == 0.9
    assert review_figures.report_of(room, None, Gate(0.5))["gate"]["threshold"] == 0.5
    assert strict["people"]["effects"] == {}
    assert review_figures.report_of(room, study.find("selection"), Gate(0.9))["people"]["effects"]


def test_who_may_not_see_others_never_gets_figures_kept_for_those_who_may(
    study: Study, store: Store
):
    rate(study, store)
    store.grant(KIM, "Kim", "admin", version=0, key="grant it")
    store.grant(KIM, "Rob", "reviewer", version=0, key="grant him")
    boss, rob = Room(study, store, FORM, KIM, "admin"), Room(
        study, store, FORM, Actor("Rob", "reviewer"), "reviewer"
    )  # fmt: skip
    assert review_figures.totals_of(boss).verdicts == 22
    assert review_figures.totals_of(rob).verdicts == 0
    review_figures.report_of(boss, None, Gate())
    with pytest.raises(NotAllowed, match="other people's judgements"):
        review_figures.report_of(rob, None, Gate())


def test_answers_of_two_models_are_found_and_compared_under_their_names(
    open_page: Opened, study: Study, store: Store
):
    written = [replace(sample(number), id=f"{name}:mini/q{number}", reasoning=f"By {name}.")
               for number in range(12) for name in ("tuned", "base")]  # fmt: skip
    draft = begin(study.folder("answers", "main"), kind="answers", settings={}, inputs={})
    assert isinstance(draft, Draft)
    pq.write_table(samples_table(written, {}), draft.path / "samples.parquet")
    draft.finish(counts={}, facts={})
    items = [Item(f"p{number}", pair=(f"tuned:mini/q{number}", f"base:mini/q{number}"))
             for number in range(12)]  # fmt: skip
    plan(store, KIM, "models", items, QueueSettings("models", FORM.version), key="plan models")
    ann = Actor("Ann", "reviewer")
    desk = Desk(store, ann, FORM, "models", finder(study))
    for card in to_browser(desk, lambda _sample: [])["cards"]:
        left = "left" if card["sides"][0]["steps"] == ["By tuned."] else "right"
        task = Task("models", card["sample"], None, blind=True, looks=0, until=0.0)
        prefer(store, ann, task, {"preference": left}, form=FORM, version=0,
               key=f"Ann {card['sample']}")  # fmt: skip
    said = words(opened(open_page, "Results", results="Side by side"))
    assert "The side &#x27;tuned&#x27; is preferred" in said
    assert "<bdi>tuned</bdi> against <bdi>base</bdi>" in said
