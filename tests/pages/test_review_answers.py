"""Two models' answers, sent to the clinicians' queue, as the review page hands them out."""

from __future__ import annotations

import json
from pathlib import Path

from diq_core.config import PairSettings
from diq_core.jobs.progress import silent
from diq_core.review.desk.incoming import Desk
from diq_core.review.desk.outgoing import to_browser
from diq_core.review.form.form import load_form
from diq_core.review.store.changes import open_store
from diq_core.stages import answers as answering
from diq_core.stages.quality_sending import send
from diq_core.study import create_study
from pages.parts.review.room import finder
from tests.support.reviews import ADA, ANN
from tests.support.studies import HOSTILE
from tests.support.written import add_written, write_questions


def test_both_answers_are_shown_and_nothing_tells_which_model_wrote_them(tmp_path: Path) -> None:
    study, questions = create_study(tmp_path / "study"), write_questions(tmp_path, 4)
    evaluations = [add_written(study, "zz-tuned", questions, HOSTILE),
                   add_written(study, "zz-base", questions, ["Plain."] * 4)]  # fmt: skip
    answers = answering.run(
        study, "main", PairSettings(), silent(),
        first=evaluations[0], second=evaluations[1], benchmarks=[str(questions)],
    )  # fmt: skip
    assert send(study, answers, "pairs", person=ADA) == 4
    store = open_store(study)
    try:
        desk = Desk(store, ANN, load_form(), "pairs", finder(study))
        found = to_browser(desk, lambda _sample: [])
    finally:
        store.close()
    assert len(found["cards"]) == 4
    for card in found["cards"]:
        assert card["kind"] == "preference"
        assert [side["question"] for side in card["sides"]] == [card["sides"][0]["question"]] * 2
        said = {side["answer"] for side in card["sides"]}
        assert "Plain." in said
        assert len(said) == 2
    assert "zz-" not in json.dumps(found)
