"""Samples that ask the same, side by side, and the choice among them on the page."""

from __future__ import annotations

import json
from pathlib import Path

from diq_core.config import ImportSettings
from diq_core.jobs.progress import silent
from diq_core.stages import dataset as importing
from diq_core.stages.choosing import alike
from diq_core.study import Study, create_study
from pages.parts.dataset.differing import marked
from tests.pages.conftest import Opened, words

PAGE = "pages/1_dataset.py"
ASKED = "Which drug is given first to an adult with status epilepticus in the emergency room?"
ROWS = [
    {"id": "lora", "question": ASKED, "answer": "Lorazepam 4 mg"},
    {"id": "pheny", "question": ASKED, "answer": "Phenytoin 4 mg"},
    {"id": "one", "question": "What closes the foramen ovale after birth?", "answer": "Pressure"},
    {"id": "two", "question": "What closes the foramen ovale after birth", "answer": "Pressure",
     "reasoning": "The pressure on the left rises <b>at once</b>."},
]  # fmt: skip


def study_in(workspace: Path) -> Study:
    file = workspace.parent / "pool.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    study = create_study(workspace / "a")
    importing.run(study, "main", ImportSettings(), silent(), source=str(file), validation=())
    return study


def test_only_the_differing_words_are_marked_and_nothing_gets_a_meaning() -> None:
    first, other = "K is 7.1 mmol <b>", "K is 2.1 mmol <b>"
    assert marked(first, other) == "K is <mark>7.1</mark> mmol &lt;b&gt;"
    assert marked("血钾高", "血钾低") == "血钾<mark>高</mark>"
    assert marked("the same", "the same") == "the same"
    assert marked("", "x") == ""
    assert marked("a " * 5000, "b").count("a") > 4000


def test_contradictions_are_shown_side_by_side_chosen_and_taken_back(
    open_page: Opened, workspace: Path
) -> None:
    study = study_in(workspace)
    app = open_page(PAGE, view="Same questions")
    said = words(app)
    assert "**2 groups** of samples ask the same" in said
    assert "<mark>Lorazepam</mark> 4 mg" in said
    assert "<mark>Phenytoin</mark> 4 mg" in said
    button(app, "Keep this choice").click().run()
    assert "Nothing was chosen yet" in words(app)
    app.radio[0].set_value("Only 1")
    field(app, "why-").set_value("in every guideline")
    button(app, "Keep this choice").click().run()
    assert "Your name is missing" in words(app)
    app.text_input(key="choice-who").set_value("Dr Kim")
    button(app, "Keep this choice").click().run()
    first = alike(study, study.find("dataset"))[0]
    assert first.stays == {"lora": "in", "pheny": "out"}
    assert first.choice
    assert (first.choice.by, first.choice.why) == ("Dr Kim", "in every guideline")
    app.get("segmented_control")[1].set_value("Chosen").run()
    assert "Stays: 1. Chosen by Dr Kim" in words(app)
    assert words(app).count("Left out by the choice below") == 1
    app.button(key="choice-back").click().run()
    assert alike(study, study.find("dataset"))[0].choice is None


def field(app, key: str):
    return next(each for each in app.text_input if str(each.key).startswith(key))


def button(app, label: str):
    return next(each for each in app.button if each.label == label)
