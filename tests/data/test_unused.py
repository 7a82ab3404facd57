"""What was not used of a file: listed, or asked about; never lost in silence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diq_core.data.formats import Parts, choose_format
from diq_core.data.formats.gold import note_gold
from diq_core.data.formats.judged import note_judgement
from diq_core.data.formats.settling import settle
from diq_core.data.importing import Imported, import_samples
from diq_core.data.unused import ColumnsLeft, Ledger
from diq_core.errors import BadSetting, UserError

ASKED, SAID = "Which nerve is hurt when the foot drops after a plaster?", "The peroneal nerve."
LONG = "The nerve winds round the neck of the fibula, where the plaster pressed on it. " * 2


def written(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "pool.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def imported(folder: Path, extra: dict[str, Any], **choice: Any) -> Imported:
    row = {"question": ASKED, "answer": SAID, **extra}
    return import_samples(written(folder, row), compare=False, **choice)


def test_what_is_harmless_is_listed_with_its_share_and_an_example(tmp_path: Path) -> None:
    found = imported(tmp_path, {"ward": "north\u202e", "answered_by": None})
    (ward,) = found.unused
    assert (ward.column, ward.rows, ward.example, ward.why) == ("ward", 1, "north⟦U+202E⟧", "")
    assert ward.share == pytest.approx(8 / (len(ASKED) + len(SAID) + 8))
    assert found.samples[0].meta == {"ward": "north\u202e"}


@pytest.mark.parametrize(
    ("value", "words", "line"),
    [
        ("films/1.png", "holds files or bytes", "--map images=x or --ignore x"),
        (["films/1.png"], "holds files or bytes", "--map images=x or --ignore x"),
        ({"path": "films/1.jpg"}, "holds files or bytes", "--map images=x or --ignore x"),
        ("data:image/png;base64,iVBO", "holds files or bytes", "--map images=x or --ignore x"),
        ("clips/1.mp4", "holds files or bytes", r"stay unused: --ignore x"),
        ({"A": "Tibial", "B": "Sural"}, "holds answer options", "--map options=x or --ignore x"),
        (["Tibial", SAID], "holds answer options", "--map options=x or --ignore x"),
        ("A. Tibial\nB. Sural", "holds answer options", "--map options=x or --ignore x"),
        ([{"tool_calls": [{"id": 1}]}], "holds tools", "unused: --ignore x"),
        (LONG, "more text than what was used", "--map reasoning=x or --ignore x"),
    ],
)
def test_what_matters_stops_the_import_until_it_is_mapped_or_ignored(
    tmp_path: Path, value: Any, words: str, line: str
) -> None:
    with pytest.raises(ColumnsLeft, match=f"'x' .*{words}.*{line}"):
        imported(tmp_path, {"x": value})
    found = imported(tmp_path, {"x": value}, ignore=["x"])
    assert [each.column for each in found.unused] == ["x"]
    assert found.samples[0].meta == {"x": value}


def test_a_judgement_in_words_of_its_own_is_asked_about(tmp_path: Path) -> None:
    with pytest.raises(ColumnsLeft, match="'quality' judges the answer.*--ignore quality"):
        imported(tmp_path, {"quality": "third rate"})


@pytest.mark.parametrize("copy", [f"Q: {ASKED}\nA: {SAID} " + LONG, ASKED, SAID])
def test_a_copy_of_what_was_used_is_not_asked_about(tmp_path: Path, copy: str) -> None:
    assert imported(tmp_path, {"text": copy}).unused[0].why == ""


def test_the_last_row_counts_as_the_first(tmp_path: Path) -> None:
    plain = {"question": ASKED, "answer": SAID}
    rows = [{**plain, "question": f"{ASKED} {number}"} for number in range(300)]
    path = written(tmp_path, *rows, {**plain, "film": "a.png"})
    with pytest.raises(ColumnsLeft, match="'film' holds files"):
        import_samples(path, compare=False)


def test_what_is_ignored_is_not_used_either(tmp_path: Path) -> None:
    found = imported(tmp_path, {"explanation": LONG}, ignore=["explanation"])
    assert found.samples[0].reasoning == ""
    assert found.samples[0].meta == {"explanation": LONG}
    assert imported(tmp_path, {"explanation": LONG}).samples[0].reasoning == LONG.strip()
    with pytest.raises(BadSetting, match="'explanation' is both mapped and ignored"):
        imported(tmp_path, {"explanation": LONG}, ignore=["explanation"],
                 mapping={"reasoning": "explanation"})  # fmt: skip


def test_of_an_object_that_is_used_in_part_the_rest_is_listed(tmp_path: Path) -> None:
    row = {"data": {"q": ASKED, "a": SAID, "n": {"ward": "north"}}, "turns": ["x", "y"]}
    mapping = {"question": "data.q", "answer": "data.a", "source": "turns[0]"}
    found = import_samples(written(tmp_path, row), mapping=mapping, compare=False)
    assert {each.column: each.example for each in found.unused} == {
        "data.n": "north", "turns": "y",
    }  # fmt: skip


def test_columns_without_number_are_kept_in_bounded_memory() -> None:
    ledger = Ledger()
    for number in range(3000):
        ledger.note(
            {"question": ASKED, f"c{number}": "v"}, Parts(question=ASKED, used={"question"})
        )
    found = ledger.unused()
    assert len(found) == 1001
    assert sum(each.rows for each in found) == 3000


NAMES = st.sampled_from(
    ["answer", "Answer", "response", "option", "label", "film", "notes", "tools", "context", "ref"]
)
VALUES = st.one_of(
    st.text(max_size=200), st.integers(), st.booleans(), st.none(), st.lists(st.text(max_size=9)),
    st.dictionaries(st.sampled_from("ABCD"), st.text(max_size=9)), st.just("a/b.png"),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_every_column_is_used_or_listed_or_stops(
    tmp_path_factory: pytest.TempPathFactory, extra: dict[str, Any]
) -> None:
    row = {"question": ASKED, **extra}
    path = written(tmp_path_factory.mktemp("any"), row)
    try:
        found = import_samples(path, compare=False)
    except UserError:
        return
    parts = choose_format([row]).format.convert(row)
    settle(parts)
    note_judgement(parts, row)
    note_gold(parts, row)
    listed = {each.column for each in found.unused}
    filled = {name for name, value in row.items() if value not in (None, "", [], {})}
    assert filled <= listed | (parts.used or set())
    assert not listed & {"question"}
