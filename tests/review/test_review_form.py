"""The form is well made, and an answer that does not fit it is refused with the field's name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from diq_core.errors import BadFile, BadSetting
from diq_core.review.form.answer import Criterion, check_answer
from diq_core.review.form.form import FORM_FILE, Form, load_form
from tests.support.reviews import answer


def test_the_shipped_form_has_what_the_paper_rates(form: Form) -> None:
    assert [scale.key for scale in form.scales] == [
        "differential_diagnosis",
        "safety_check",
        "evidence_citation",
    ]
    for scale in form.scales:
        assert [level.level for level in scale.levels] == [1, 2, 3, 4, 5]
        for level in scale.levels:
            # One sentence: a full stop at its end and nowhere else.
            assert level.anchor.endswith(".")
            assert level.anchor.count(". ") == 0
    assert [verdict.key for verdict in form.verdicts] == [
        "accept",
        "accept_with_edit",
        "reject",
        "unsure",
    ]
    assert {flag.key for flag in form.flags} == {
        "factually_wrong",
        "unsafe",
        "flawed_question",
        "phi",
        "not_medical",
    }
    assert {mark.key for mark in form.marks} == {"wrong", "unsupported", "unsafe"}


def test_the_digest_follows_the_words_and_not_the_layout(tmp_path: Path, form: Form) -> None:
    values = json.loads(FORM_FILE.read_text(encoding="utf-8"))
    (tmp_path / "same.json").write_text(json.dumps(values), encoding="utf-8")
    assert load_form(tmp_path / "same.json").digest == form.digest
    values["form"]["scales"][0]["levels"][0]["anchor"] += "!"
    (tmp_path / "other.json").write_text(json.dumps(values), encoding="utf-8")
    assert load_form(tmp_path / "other.json").digest != form.digest


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("version",), "", "version must be 1 to 40"),
        (("scales", 0, "levels", 1, "level"), 3, "levels of differential_diagnosis must count"),
        (("scales", 1, "levels", 1, "anchor"), " ", "every level of safety_check needs an anchor"),
        (("flags", 1, "key"), "factually_wrong", "used twice: factually_wrong, factually_wrong"),
        (("flags", 0, "contradicts"), ["maybe"], "contradicts a verdict that does not exist"),
        (("marks",), [], "missing or used twice: none"),
        (("comment_limit",), None, "not a review form: TypeError"),
    ],
)
def test_a_form_that_is_none_is_refused(
    tmp_path: Path, path: tuple[Any, ...], value: Any, words: str
) -> None:
    values = json.loads(FORM_FILE.read_text(encoding="utf-8"))
    target = values["form"]
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value
    (tmp_path / "form.json").write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(BadFile, match=words):
        load_form(tmp_path / "form.json")


def test_a_complete_answer_is_put_in_order(form: Form) -> None:
    criterion = Criterion("dose", "Names the dose.", 5)
    values = answer(
        flags=["phi", "unsafe"],
        marks=[[2, "wrong"], (1, "unsafe"), [2, "wrong"]],
        criteria={"dose": False},
        comment="\x00\u202e<script>",
    )
    checked = check_answer(form, values, criteria=[criterion], steps=2)
    assert checked.flags == ("unsafe", "phi")
    assert checked.marks == ((1, "unsafe"), (2, "wrong"))
    assert checked.as_dict()["comment"] == "\x00\u202e<script>"
    assert check_answer(form, checked.as_dict(), criteria=[criterion]) == checked


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        (answer(verdict="maybe"), "verdict", "'maybe' is not possible here.*accept_with_edit"),
        ({"scales": {}}, "verdict", "Nothing is chosen"),
        ({"verdict": "reject"}, "differential_diagnosis", "'Differential diagnosis' has no level"),
        (answer(level=6), "differential_diagnosis", "a level from 1 to 5"),
        (answer(level=True), "differential_diagnosis", "True is not possible"),
        (answer(scales={"style": 3}), "scales", "'style' is not possible here"),
        (answer("accept", flags=["unsafe"]), "verdict", "'Unsafe' contradicts the verdict"),
        (answer(flags=["rude"]), "flags", "'rude' is not possible here"),
        (answer(flags="unsafe"), "flags", "a list of flags"),
        (answer(marks=[[4, "wrong"]]), "marks", "the reasoning has 3"),
        (answer(marks=[[1, "nice"]]), "marks", "'nice' is not possible"),
        (answer(marks=[[1]]), "marks", "a step's number and a mark"),
        (answer(criteria={"x": True}), "criteria", "a criterion of this sample"),
        (answer(comment="x" * 20001), "comment", "at most 20000 characters"),
        (answer(comment=None), "comment", "text of at most"),
        (answer(score=3), "score", "one of the fields"),
    ],
)
def test_what_does_not_fit_is_refused_by_field(
    form: Form, values: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(BadSetting, match=words) as caught:
        check_answer(form, values, steps=3)
    assert caught.value.which == field


def test_a_sample_without_reasoning_is_not_asked_about_it(form: Form) -> None:
    assert [scale.key for scale in form.asked(0)] == ["safety_check"]
    assert form.asked(1) == form.asked(None) == form.scales
    values = {"verdict": "reject", "scales": {"safety_check": 2}}
    levels = check_answer(form, values, steps=0).scales
    assert levels == {"differential_diagnosis": None, "safety_check": 2, "evidence_citation": None}
    for steps in (1, None):
        with pytest.raises(BadSetting, match="'Differential diagnosis' has no level"):
            check_answer(form, values, steps=steps)
    with pytest.raises(BadSetting, match="'Safety check' has no level"):
        check_answer(form, {"verdict": "reject"}, steps=0)


def test_which_scales_are_asked_is_no_new_wording(tmp_path: Path, form: Form) -> None:
    values = json.loads(FORM_FILE.read_text(encoding="utf-8"))
    values["form"]["scales"][0]["of_reasoning"] = False
    (tmp_path / "form.json").write_text(json.dumps(values), encoding="utf-8")
    assert load_form(tmp_path / "form.json").digest == form.digest
    # Stores that were made before the form knew this remember the version by this digest.
    assert form.digest == "323d38aaf5da5c48367ed13d77227a045a6ec05bbae6cc0c54a0cce0e11d7c3f"


@pytest.mark.parametrize(
    "values", [{"verdict": "unsure"}, {"verdict": "reject", "flags": ["not_medical"]}]
)
def test_scales_may_stay_empty_where_they_make_no_sense(form: Form, values: dict[str, Any]) -> None:
    assert set(check_answer(form, values).scales.values()) == {None}


@pytest.mark.parametrize(
    ("key", "text", "points", "words"),
    [("", "t", 1, "a name of"), ("k", " ", 1, "a statement"), ("k", "t", 0, "but not 0"),
     ("k", "t", 11, "from -10 to 10"), ("k", "t", True, "a whole number")],
)  # fmt: skip
def test_a_criterion_needs_name_text_and_weight(
    key: str, text: str, points: int, words: str
) -> None:
    with pytest.raises(BadSetting, match=words):
        Criterion(key, text, points)
