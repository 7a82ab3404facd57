"""The page Dataset on mixtures: the form that orders one, and what one took."""

from __future__ import annotations

from pathlib import Path

import pytest

from diq_core.study import Study
from tests.pages.conftest import Opened, words
from tests.stages.test_mix import SOURCES, made_study, mixed
from tests.support.studies import add_job

PAGE = "pages/1_dataset.py"
Started = list[tuple[str, str, list[str]]]


@pytest.fixture
def study(workspace: Path) -> Study:
    return made_study(workspace / "a")


def test_a_mixture_is_ordered_as_it_is_typed(
    open_page: Opened, study: Study, started: Started
) -> None:
    app = open_page(PAGE)
    assert "Nothing is chosen yet" in words(app)
    app.multiselect(key="mix-datasets").select("texts").select("scans").run()
    # What has images is taken for medical images, and may be called otherwise.
    assert app.selectbox(key="mix-kind-scans").value == "medical-multimodal"
    app.text_input(key="mix-amount-texts").set_value("70 %")
    app.text_input(key="mix-balance-texts").set_value("subject")
    app.number_input(key="mix-total").set_value(50).run()
    assert "To be taken: texts 35, scans 15 (has 12)." in words(app)
    app.selectbox(key="mix-if_short").select("scale").run()
    app.button(key="start-mix").click().run()
    assert not app.exception
    assert started == [
        ("mix", "mixture",
         ["mix", "--study", str(study.path), "--name", "mixture",
          "--source=texts=70%,kind=medical-text,balance=subject",
          "--source=scans,kind=medical-multimodal", "--total", "50", "--if-short", "scale"])
    ]  # fmt: skip


def test_amounts_that_do_not_fit_are_said_before_anything_begins(
    open_page: Opened, study: Study
) -> None:
    assert study.path
    app = open_page(PAGE)
    app.multiselect(key="mix-datasets").select("texts").run()
    app.text_input(key="mix-amount-texts").set_value("much").run()
    assert "is no amount" in words(app)
    app.text_input(key="mix-amount-texts").set_value("30%").run()
    assert "A share needs a total" in words(app)
    assert not [each for each in app.button if each.key == "start-mix"]
    (shape,) = (each for each in app.get("segmented_control") if each.key == "mix-shape")
    shape.set_value("InfiMed's shape").run()
    assert "InfiMed names these four parts and 188,000 samples, and publishes no ratios" in words(
        app
    )


def test_a_mixture_says_what_it_took_and_what_was_decided(open_page: Opened, study: Study) -> None:
    mixed(study, *SOURCES, preset="infimed", total=33)
    app = open_page(PAGE, dataset="mixture", view="Mixture")
    assert not app.exception
    said = words(app)
    assert "scans has 12 of 15: the mixture is 3 smaller" in said
    assert "Layout: mixture (3 datasets were mixed)" in said
    table = next(each for each in app.dataframe if "Kind" in each.value)
    assert list(table.value["Taken"]) == [12, 12, 6]
    assert app.get("plotly_chart")
    # A dataset that was imported has no such part.
    plain = open_page(PAGE, dataset="texts", view="Mixture")
    assert "no part of this page" in words(plain)


def test_a_failed_mixture_says_why(open_page: Opened, study: Study) -> None:
    add_job(
        study, "mix", name="mixture", state="failed", message="A source that has a share has none"
    )
    assert "A source that has a share has none" in words(open_page(PAGE))
