"""Corrections are applied as they were written, and the datasheet counts what is exported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.data.sample import Option, Sample, response_text
from diq_core.export.verdicts import Verdicts, corrected, review_facts, write_verdicts

CASE = Sample(
    id="s1", question="What now?", answer="Wait", answer_label="A",
    options=(Option("A", "Wait"), Option("B", "Operate")),
)  # fmt: skip


def row(id: str, reviewer: str, outcome: str | None, **more: Any) -> dict[str, Any]:
    return {"id": id, "form": "1", "reviewer": reviewer, "machine": False, "third_person": False,
            "scales": {}, "verdict": "accept", "flags": [], "outcome": outcome, "settled": False,
            **more}  # fmt: skip


def change(id: str, field: str, text: str) -> dict[str, Any]:
    return {"id": id, "applied": True, "field": field, "original": "", "text": text}


def verdicts(*corrections: dict[str, Any], rows: tuple[dict[str, Any], ...] = ()) -> Verdicts:
    return Verdicts("3:ab", "1", rows, corrections, ("s1", "gone"))


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("Operate", "B. Operate"),
        ("operate.", "B. operate."),
        ("(b)", "B. Operate"),
        ("B. Operate at once", "B. Operate at once"),
        ("Wait a day", "Wait a day"),
        ("wait", "A. wait"),
    ],
)
def test_a_corrected_answer_never_keeps_the_label_of_another_option(
    text: str, response: str
) -> None:
    (sample,) = corrected([CASE], verdicts(change("s1", "answer", text)))
    assert response_text(sample) == response


def test_only_what_is_to_be_applied_is_applied() -> None:
    left = {"id": "s1", "applied": False, "reason": "they differ"}
    assert corrected([CASE], verdicts(left, change("other", "answer", "x"))) == [CASE]
    (sample,) = corrected([CASE], verdicts(change("s1", "reasoning", "It grows.")))
    assert response_text(sample).startswith("## Thinking\n\nIt grows.\n\n")
    assert sample.answer_label == "A"


def test_the_datasheet_counts_people_and_exported_samples_only() -> None:
    said = verdicts(
        change("s1", "answer", "x"), change("s1", "reasoning", "y"),
        {"id": "s2", "applied": False, "reason": "they differ"},
        rows=(row("s1", "reviewer 1", "accepted with edit"),
              row("s1", "reviewer 2", "accepted with edit", settled=True),
              row("s2", "reviewer 1", "rejected"), row("s3", "m", None, machine=True),
              row("dropped", "reviewer 3", "rejected")),
    )  # fmt: skip
    exported = [Sample(id=id, question="?") for id in ("s1", "s2", "s3")]
    facts = review_facts(said, exported)
    assert (facts.samples, facts.people, facts.verdicts, facts.machine_verdicts) == (2, 2, 3, 1)
    assert (facts.rejected, facts.undecided, facts.taken_out, facts.settled) == (1, 0, 1, 1)
    assert (facts.corrected, facts.not_corrected) == (1, 1)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(texts, texts)
def test_what_a_manifest_keeps_gives_the_same_files(
    tmp_path_factory: pytest.TempPathFactory, name: str, text: str
) -> None:
    said = verdicts(change("s1", "answer", text), rows=(row("s1", name, "accepted"),))
    kept = json.dumps(said.as_dict(), sort_keys=True, ensure_ascii=False)
    again = Verdicts.from_dict(json.loads(kept))
    assert again.as_dict() == said.as_dict()
    one, two = (tmp_path_factory.mktemp("files") for _ in range(2))
    assert write_verdicts(said, one) == write_verdicts(again, two)
    for file in one.iterdir():
        assert file.read_bytes() == (two / file.name).read_bytes()
        lines = file.read_text(encoding="utf-8").splitlines()
        assert len(lines) == 1
    assert json.loads((one / "corrections.jsonl").read_text(encoding="utf-8"))["text"] == text


def test_an_earlier_attempt_leaves_nothing(tmp_path: Path) -> None:
    write_verdicts(verdicts(change("s1", "answer", "x")), tmp_path)
    assert write_verdicts(verdicts(), tmp_path) == ("verdicts.jsonl",)
    assert [file.name for file in tmp_path.iterdir()] == ["verdicts.jsonl"]
