from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from diq_core.cli import app as command_line
from diq_core.data.table import find_sample
from diq_core.review.form.form import load_form
from diq_core.review.queue.claiming import plan
from diq_core.review.queue.material import items_of
from diq_core.review.queue.plans import QueueSettings
from diq_core.review.queue.progress import queues
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.reading import judgements, manual_choices, people
from diq_core.review.store.roles import Actor
from diq_core.stages.joining import load_table
from diq_core.study import Study
from pages.parts.review.setup import pool
from tests.pages.conftest import Opened, words
from tests.support.reviews import answer
from tests.support.studies import HOSTILE, full_study, sample

FORM = load_form()
KIM = Actor("Kim", "admin")
FILE = "pages/5_review.py"
VIEWS = ("Review", "Set up", "Results", "Judge", "Settle", "Certificate", "People and log")
PARTS = [
    ("Set up", "setup", "Case criteria"),
    ("Results", "results", "Side by side"),
    ("Results", "results", "Agreement"),
    ("Results", "results", "Reviewers"),
]


@pytest.fixture
def study(workspace: Path) -> Study:
    return full_study(workspace / "one", samples=60)


@pytest.fixture
def store(study: Study) -> Store:
    return open_store(study)


def opened(open_page: Opened, view: str = "Review", name: str = "Dr Dora", **query: str) -> AppTest:
    app = open_page(FILE, study="one", reviewer=name, view=view, **query)
    assert not app.exception
    assert "our fault" not in words(app)
    return app


def kept_ids(study: Study) -> list[str]:
    return [one.id for one in pool(study, "main") if one.chosen]


def has_reasoning(id: str) -> bool:
    return bool(sample(int(id[1:])).reasoning)


def rate_all(study: Study, store: Store, scope: Any = "both") -> None:
    """Two people and a machine rate; the second person is stricter, all write hostile comments."""
    items = items_of(pool(study, "main"), scope, rest=12)
    plan(store, KIM, "first", items, QueueSettings("first", FORM.version, overlap=2), key="plan 1")
    for name, level, machine in (("Ann", 4, False), (HOSTILE[0], 2, False), ("judge", 3, True)):
        for item in items:
            verdict = "accept" if level > 2 else "reject"
            values = answer(verdict, level, comment=HOSTILE[1])
            store.submit(Actor(name, "reviewer", machine), item.sample, values, form=FORM,
                         version=0, key=f"{name[:9]} {item.sample} key", seconds=7.0)  # fmt: skip


def test_it_asks_for_a_name_first(open_page: Opened, study: Study):
    app = open_page(FILE, study="one")
    app.text_input[0].input("Dr Dora")
    app.button[0].click().run()
    assert app.query_params["reviewer"] == "Dr Dora"
    assert "Dr Dora" in words(app)


def test_a_blank_name_is_no_name(open_page: Opened, study: Study):
    app = open_page(FILE, study="one")
    app.text_input[0].input("   ")
    app.button[0].click().run()
    assert "reviewer" not in app.query_params


def test_the_first_review_is_one_click_away(open_page: Opened, study: Study, store: Store):
    app = opened(open_page)
    app.button(key="setup-start").click().run()
    assert not app.exception
    found = queues(store)["review 1"]
    assert found.tasks == len([id for id in kept_ids(study) if has_reasoning(id)])
    assert found.settings.blind
    assert app.session_state["view"] == "Review"


def test_what_is_judged_first_has_reasoning_unless_asked_otherwise(
    open_page: Opened, study: Study, store: Store
):
    kept = kept_ids(study)
    bare = [id for id in kept if not has_reasoning(id)]
    app = opened(open_page, "Set up")
    assert app.checkbox(key="setup-reasoning").value
    assert f"Left out: {len(bare)} samples without reasoning." in words(app)
    app.checkbox(key="setup-reasoning").uncheck().run()
    assert "Left out" not in words(app)
    app.button(key="setup-start").click().run()
    assert queues(store)["review 1"].tasks == len(kept)


def test_whoever_settles_a_sample_without_reasoning_is_not_asked_about_it(
    open_page: Opened, study: Study, store: Store
):
    for name, level in (("Ann", 4), ("Ben", 2)):
        values = {"verdict": "accept" if level > 2 else "reject", "scales": {"safety_check": level}}
        store.submit(Actor(name, "reviewer"), "s0004", values, form=FORM, version=0, steps=0,
                     key=f"verdict by {name}")  # fmt: skip
    app = opened(open_page, "Settle")
    asked = [one.key for one in app.segmented_control if str(one.key).startswith("settle-")]
    assert asked == ["settle-safety_check-s0004", "settle-verdict-s0004"]
    app.segmented_control(key="settle-safety_check-s0004").set_value(3)
    app.segmented_control(key="settle-verdict-s0004").set_value("reject")
    next(one for one in app.button if one.label == "Settle it").click().run()
    assert not app.exception
    (settled,) = judgements(store, KIM, "adjudication")
    assert settled.value["answer"]["scales"]["evidence_citation"] is None


def test_pairs_can_be_set_up(open_page: Opened, study: Study, store: Store):
    app = opened(open_page, "Set up")
    app.radio(key="setup-scope").set_value("pairs").run()
    app.number_input(key="setup-overlap").set_value(2)
    app.button(key="setup-start").click().run()
    assert not app.exception
    assert queues(store)["review 1"].settings.overlap == 2


@pytest.mark.parametrize("view", VIEWS)
def test_every_part_opens_without_any_verdict(open_page: Opened, study: Study, view: str):
    opened(open_page, view)


@pytest.mark.parametrize("view", VIEWS)
def test_hostile_names_and_comments_are_shown_as_text(
    open_page: Opened, study: Study, store: Store, view: str
):
    rate_all(study, store)
    app = opened(open_page, view, name=HOSTILE[0])
    assert "<script>" not in words(app)


@pytest.mark.parametrize(("view", "key", "part"), PARTS)
def test_every_part_of_a_tab_opens_and_hostile_text_in_it_is_inert(
    open_page: Opened, study: Study, store: Store, view: str, key: str, part: str
):
    opened(open_page, view, **{key: part})
    rate_all(study, store)
    app = opened(open_page, view, name=HOSTILE[0], **{key: part})
    assert app.session_state[key] == part
    assert "<script>" not in words(app)


def test_results_keep_people_and_machine_apart(open_page: Opened, study: Study, store: Store):
    rate_all(study, store)
    app = opened(open_page, "Results")
    said = words(app)
    assert "<bdi>People</bdi>" in said
    assert "Judge judge: its ratings may not be used" in said
    assert "Nobody has set how far it must agree with people" in said
    shown = {metric.label: metric.value for metric in app.metric}
    assert (shown["Reviewers"], shown["Verdicts"], shown["Verdicts of models"]) == ("2", "44", "22")
    app = opened(open_page, "Results", results="Agreement")
    assert "<bdi>22</bdi>" in words(app)
    assert "<bdi>66</bdi>" not in words(app)
    # Three raters make three pairs of each sample; only where somebody asks for it.
    app.checkbox(key="agreement-mixed").check().run()
    assert "<bdi>66</bdi>" in words(app)
    assert "<bdi>22</bdi>" not in words(app)


def test_a_third_person_settles(open_page: Opened, study: Study, store: Store):
    rate_all(study, store, "kept")
    assert "nothing for you to settle" in words(opened(open_page, "Settle", name="Ann"))
    app = opened(open_page, "Settle")
    for scale in range(3):
        app.segmented_control[1 + scale].set_value(4)
    app.segmented_control[4].set_value("accept")
    next(one for one in app.button if one.label == "Settle it").click().run()
    assert not app.exception
    (settled,) = judgements(store, KIM, "adjudication")
    assert (settled.by, settled.value["answer"]["verdict"]) == ("Dr Dora", "accept")


def test_a_third_person_says_whose_correction_counts(open_page: Opened, study: Study, store: Store):
    text = find_sample(load_table(study.find("dataset"), "samples.parquet"), "s0001").reasoning
    for name, level in (("Ann", 4), ("Ben", 2)):
        actor = Actor(name, "reviewer")
        store.edit(actor, "s0001", "reasoning", original=text, text=f"By {name}.", version=0,
                   key=f"edit by {name}")  # fmt: skip
        store.submit(actor, "s0001", answer("accept_with_edit", level), form=FORM, version=0,
                     key=f"verdict by {name}")  # fmt: skip
    app = opened(open_page, "Settle")
    for scale in range(3):
        app.segmented_control[1 + scale].set_value(4)
    app.segmented_control[4].set_value("accept_with_edit")
    app.selectbox(key="settle-whose-s0001").set_value("Ben")
    next(one for one in app.button if one.label == "Settle it").click().run()
    assert not app.exception
    (settled,) = judgements(store, KIM, "adjudication")
    assert settled.value["edits"] == {"reasoning": "By Ben."}


def test_rejected_samples_are_taken_out(open_page: Opened, study: Study, store: Store):
    rate_all(study, store, "kept")
    app = opened(open_page, "Certificate")
    app.button(key="take-out").click().run()
    assert not app.exception
    assert set(manual_choices(store).values()) == {"out"}
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Kept before"] == shown["Taken out"]


def test_what_the_verdicts_change_is_kept_as_a_new_selection(
    open_page: Opened, study: Study, store: Store, started: list[tuple[str, str, list[str]]]
):
    rate_all(study, store, "kept")
    store.set_manual(KIM, "s0003", "in", why="rare and important", version=0, key="place it now")
    app = opened(open_page, "Certificate")
    app.button(key="fix-reviewed").click().run()
    assert not app.exception
    ((kind, name, command),) = started
    assert (kind, name) == ("selection", "main-reviewed")
    assert {"--from-review", "--drop-rejected"} <= {*command}
    # The command makes what the page showed.
    shown = {metric.label: metric.value for metric in app.metric}
    done = CliRunner().invoke(command_line, command)
    assert done.exit_code == 0, done.output
    made = study.find("selection", "main-reviewed")
    table = load_table(made, "selection.parquet")
    before = load_table(study.find("selection", "main"), "selection.parquet")
    kept, was = (set(one.filter(one["kept"])["id"].to_pylist()) for one in (table, before))
    assert str(len(kept)) == shown["Kept after"]
    assert str(len(was)) == shown["Kept before"]
    assert "s0003" in kept
    assert shown["Put in"] == str(len({"s0003"} - was))
    assert len(kept - was - {"s0003"}) == int(shown["Moved up instead"])
    assert not kept & set(made.manifest["settings"]["rejected"])


def test_a_certificate_begins_with_a_review(open_page: Opened, study: Study, store: Store):
    app = opened(open_page, "Certificate")
    next(one for one in app.button if one.label == "Begin a certificate").click().run()
    assert not app.exception
    assert queues(store)["certificate main"].settings.order == "listed"
    assert "At most 100.0 %" in words(opened(open_page, "Certificate"))


def test_the_log_is_checked_and_a_change_is_found(open_page: Opened, study: Study, store: Store):
    rate_all(study, store)
    app = opened(open_page, "People and log")
    app.button(key="verify").click().run()
    assert "The log is whole" in words(app)
    with store.database.engine.begin() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for name in list(names.scalars()):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql(
            "UPDATE events SET payload = CAST(payload || ' ' AS BLOB) WHERE seq = 3"
        )
    app.button(key="verify").click().run()
    assert "The log was changed" in words(app)


def test_without_a_role_there_is_nothing_to_do(open_page: Opened, study: Study, store: Store):
    store.grant(KIM, "Kim", "admin", version=0, key="grant it")
    assert "You have no role in this study" in words(opened(open_page))


def test_a_viewer_sees_results_only(open_page: Opened, study: Study, store: Store):
    store.grant(KIM, "Kim", "admin", version=0, key="grant it")
    store.grant(KIM, "Dr Dora", "viewer", version=0, key="grant her")
    app = opened(open_page, "Set up", setup="Case criteria")
    assert app.session_state["view"] == "Results"
    assert not [one for one in app.button if one.key == "setup-start"]
    assert "A criterion is a statement" not in words(app)
    judge = opened(open_page, "Judge")
    assert "No model has judged yet" in words(judge)
    assert not [one for one in judge.text_input if one.key == "judge-endpoint"]


def test_a_reviewer_sees_nobody_elses_verdicts(open_page: Opened, study: Study, store: Store):
    rate_all(study, store)
    store.grant(KIM, "Kim", "admin", version=0, key="grant it")
    store.grant(KIM, "Dr Dora", "reviewer", version=0, key="grant her")
    app = opened(open_page, "Results")
    assert app.session_state["view"] == "Review"
    assert "Ann" not in words(app)


def test_the_first_role_is_an_admins(open_page: Opened, study: Study, store: Store):
    app = opened(open_page, "People and log")
    next(one for one in app.button if one.label == "Give this role").click().run()
    assert people(store) == {"Dr Dora": "admin"}


def test_the_overview_counts_what_was_judged(open_page: Opened, study: Study, store: Store):
    assert "optional" in words(open_page(study="one"))
    rate_all(study, store, "kept")
    assert "samples judged by 3 people" in words(open_page(study="one"))
