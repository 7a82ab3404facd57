"""Samples and findings survive the way to disk and back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.data import table as table_module
from diq_core.data.composition import UNSTATED, compose
from diq_core.data.findings import finding
from diq_core.data.sample import Option, Sample, Turn
from diq_core.data.table import (
    find_sample,
    load_samples,
    problems_table,
    samples_table,
    write_problems,
    write_samples,
)
from diq_core.errors import NotFound

text = st.text(st.characters(codec="utf-8"), max_size=30)
meta = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=5,
)
samples = st.builds(
    Sample,
    id=text,
    question=text,
    answer=text,
    reasoning=text,
    options=st.lists(st.builds(Option, text, text), max_size=3).map(tuple),
    answer_label=text,
    context=text,
    system=text,
    history=st.lists(st.builds(Turn, text, text), max_size=3).map(tuple),
    tool_turns=st.lists(st.builds(Turn, text, text), max_size=2).map(tuple),
    images=st.lists(text, max_size=2).map(tuple),
    image_places=st.lists(st.integers(0, 3), max_size=2).map(tuple),
    source=text,
    subject=text,
    licence=text,
    meta=st.dictionaries(text, meta, max_size=3),
    file=text,
    line=st.integers(0, 2**40),
)


@given(st.lists(samples, max_size=5, unique_by=lambda sample: sample.id))
def test_samples_come_back_as_they_were(given: list[Sample]) -> None:
    table = samples_table(given, {given[0].id: "no answer"} if given else None)
    assert load_samples(table) == given
    assert load_samples(table, excluded=False) == given[1:]
    assert table["excluded"].to_pylist() == ["no answer", *[None] * len(given)][: len(given)]
    for sample in given:
        assert find_sample(table, sample.id) == sample


def test_parquet_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    table = samples_table([Sample(id="a", question="q", meta={"b": [1, None]})])
    for name in ("one", "two"):
        pq.write_table(table, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert load_samples(pq.read_table(tmp_path / "one")) == load_samples(table)


@pytest.mark.parametrize("places", [(), (0,)])
def test_what_is_written_in_parts_is_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, places: tuple[int, ...]
) -> None:
    monkeypatch.setattr(table_module, "_AT_ONCE", 2)
    given = [Sample(id=str(number), question="q") for number in range(4)]
    given.append(Sample(id="4", question="q", images=("a.png",) * len(places), image_places=places))
    found = [finding("no-answer", "m", hint="h", file="f", line=3, id=one.id) for one in given]
    for some in ([], given):
        write_samples(tmp_path / "samples", some, {"1": "no answer"})
        assert pq.read_table(tmp_path / "samples") == samples_table(some, {"1": "no answer"})
    write_problems(tmp_path / "problems", found)
    assert pq.read_table(tmp_path / "problems") == problems_table(found)
    assert pq.read_metadata(tmp_path / "problems").num_row_groups == 3


def test_an_unknown_id_is_said() -> None:
    with pytest.raises(NotFound, match="no sample 'b'"):
        find_sample(samples_table([Sample(id="a", question="q")]), "b")


def test_meta_that_json_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        samples_table([Sample(id="a", question="q", meta={"x": float("nan")})])


def test_findings_are_kept_as_they_were() -> None:
    found = [finding("no-answer", "m", hint="h", file="f", line=3, id="i", field="answer")]
    assert problems_table(found).to_pylist() == [asdict(one) for one in found]
    assert problems_table([]).num_rows == 0


def test_composition_by_hand() -> None:
    table = samples_table(
        [
            Sample(id="a", question="one two", answer="x", source="s", images=("i", "j")),
            Sample(
                id="b", question="one two three four", reasoning="r r", source="s", licence="MIT"
            ),
            Sample(id="c", question="q", options=(Option("A", "x"),), subject="Urology"),
            Sample(id="d", question="left out", source="t"),
        ],
        {"d": "no answer"},
    )
    made = compose(table)
    assert (made.samples, made.excluded, made.images) == (3, 1, 2)
    assert made.sources == [("s", 2), (UNSTATED, 1)]
    assert made.subjects == [(UNSTATED, 2), ("Urology", 1)]
    assert made.licences == [(UNSTATED, 2), ("MIT", 1)]
    assert (made.with_reasoning, made.with_options, made.with_images) == (1, 1, 1)
    question = made.lengths["question"]
    assert (question.count, question.smallest, question.largest) == (3, 1, 4)
    assert question.quantiles[0.5] == 2
    assert sum(question.bins) == 3
    assert len(question.edges) == len(question.bins) + 1
    assert made.lengths["answer"].count == 1
    assert compose(table, excluded=True).samples == 4


def test_composition_of_nothing() -> None:
    made = compose(samples_table([]))
    assert (made.samples, made.excluded, made.sources, made.lengths["answer"].count) == (
        0,
        0,
        [],
        0,
    )
    assert made.lengths["question"].bins == ()
