"""The certificate on the review page: begun, drawn further, and an old file spoken of."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from diq_core.review.certificate.draws import certification_of
from diq_core.review.certificate.state import FLAGGED, Certification
from diq_core.review.form.form import load_form
from diq_core.review.queue.claiming import claim
from diq_core.review.store.changes import Store, open_store
from diq_core.review.store.roles import Actor
from diq_core.study import Study
from pages.parts.review import certificate as review_certificate
from pages.parts.review.setup import pool
from tests.pages.conftest import Opened, words
from tests.support.reviews import ADA, answer
from tests.support.studies import full_study

FORM = load_form()


@pytest.fixture
def study(workspace: Path) -> Study:
    return full_study(workspace / "one", samples=60)


@pytest.fixture
def store(study: Study) -> Store:
    return open_store(study)


def opened(open_page: Opened, name: str = "Ada") -> AppTest:
    app = open_page("pages/5_review.py", study="one", reviewer=name, view="Certificate")
    assert not app.exception
    return app


def begun(study: Study, store: Store) -> Certification:
    found = certification_of(store, [one.id for one in pool(study, "main") if one.chosen])
    assert found is not None
    return found


def press(app: AppTest, label: str) -> None:
    next(one for one in app.button if one.label == label).click().run()
    assert not app.exception


def test_it_is_begun_reviewed_and_drawn_further(
    open_page: Opened, study: Study, store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(review_certificate, "BATCH", 4)
    chosen = [one.id for one in pool(study, "main") if one.chosen]
    model = Actor("model", "reviewer", machine=True)
    store.submit(model, chosen[0], answer("reject"), form=FORM, version=0, key="m")
    press(opened(open_page), "Begin a certificate")
    certification = begun(study, store)
    assert (certification.selection, certification.version, len(certification.draws)) == (
        "main",
        1,
        4,
    )
    assert certification.members[FLAGGED] == [chosen[0]]
    app = opened(open_page)
    assert "4 samples drawn and not counted yet" in words(app)
    assert not [one for one in app.button if one.label.startswith("Draw ")]
    for task in claim(store, ADA, certification.queue, ahead=4):
        values = answer("accept", 5)
        store.submit(ADA, task.sample, values, form=FORM, version=0, key=task.sample)
    press(opened(open_page), "Draw 4 more to review")
    assert begun(study, store).version == 2
    assert begun(study, store).draws[:4] == certification.draws


def test_who_may_not_plan_begins_nothing(open_page: Opened, store: Store):
    store.grant(ADA, "Ada", "admin", version=0, key="a")
    store.grant(ADA, "Vic", "viewer", version=0, key="v")
    app = opened(open_page, "Vic")
    assert "A curator or an admin can begin one" in words(app)
    assert "Begin a certificate" not in [one.label for one in app.button]


def test_a_certificate_in_an_old_file_is_spoken_of(open_page: Opened, study: Study):
    assert "certificates/main.json" not in words(opened(open_page))
    (study.path / "certificates").mkdir()
    (study.path / "certificates" / "main.json").write_text("{}", encoding="utf-8")
    assert "certificates/main.json was kept outside the log" in words(opened(open_page))
