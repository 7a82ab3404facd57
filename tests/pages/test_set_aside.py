"""What a choice among samples that ask the same leaves out, is out on every page that chooses."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pytest

from diq_core.data.sample import content_id
from diq_core.data.table import load_samples
from diq_core.review.store.changes import open_store
from diq_core.review.store.choosing import choose
from diq_core.review.store.roles import Actor
from diq_core.stages.joining import SAMPLES, load_table
from diq_core.stages.selection import SELECTION
from diq_core.study import Study
from tests.pages.conftest import Opened, words
from tests.pages.test_review import opened
from tests.support.studies import full_study

KIM = Actor("Dr Kim", "admin")
SAID = "left out by a choice among samples that ask the same"


@pytest.fixture
def study(workspace: Path) -> Study:
    return full_study(workspace / "one", samples=60)


def leave_out(study: Study) -> str:
    """Leave out the sample that the selection ranks first, by a choice made after it."""
    rows = load_table(study.find("selection"), SELECTION)
    first, second = rows.filter(rows["kept"]).sort_by("rank")["id"].to_pylist()[:2]
    table = load_table(study.find("dataset"), SAMPLES)
    pair = load_samples(table.filter(pc.is_in(table["id"], pc.cast([first, second], "string"))))
    contents = {sample.id: content_id(sample) for sample in pair}
    store = open_store(study)
    try:
        choose(store, KIM, {contents[first]: "out", contents[second]: "in"}, why="it is outdated",
               version=0, key="choose it")  # fmt: skip
    finally:
        store.close()
    return str(first)


def test_explore_shows_it_as_left_out_and_no_hand_puts_it_in(
    open_page: Opened, study: Study
) -> None:
    first = leave_out(study)
    assert f"<b>1</b> {SAID}" in words(open_page("pages/4_explore.py", panel="summary"))
    app = open_page("pages/4_explore.py", panel="sample", sample=first)
    assert f"Out: {SAID}" in words(app)
    assert app.button(key="place-put in").disabled
    assert "changing that choice, on the page Dataset" in words(app)
    forced = open_page("pages/4_explore.py", **{"in": f'["{first}"]'})
    assert f"to be put in but {SAID}" in words(forced)
    assert not forced.exception


def test_a_review_leaves_it_out_and_the_change_by_hand_counts_it(
    open_page: Opened, study: Study
) -> None:
    assert "none was left out by a choice" in words(opened(open_page, "Certificate"))
    first = leave_out(study)
    app = opened(open_page, "Certificate")
    metrics = {one.label: one.value for one in app.metric}
    assert (metrics["Taken out"], metrics["Put in"]) == ("1", "0")
    assert first in words(app)
    assert f"1 sample {SAID}" in words(opened(open_page))
