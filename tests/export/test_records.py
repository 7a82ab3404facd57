from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.data.sample import Option, Sample, Turn, prompt_messages, question_text, response_text
from diq_core.export.exporters import EXPORTERS, obstacle, record
from diq_core.export.records import json_line, layout_of

FORMATS = tuple(EXPORTERS)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def built(sample: Sample, format: str) -> dict:
    return record(sample, layout_of([sample], format))


@given(TEXT)
def test_a_json_line_is_one_line_and_reads_back_exactly(text: str) -> None:
    line = json_line({"id": text, "messages": [{"content": text}]})
    assert line.splitlines(keepends=True) == [line]
    assert json.loads(line.encode().decode()) == {"id": text, "messages": [{"content": text}]}


def test_json_refuses_what_is_not_json() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_line({"id": float("nan")})


@pytest.mark.parametrize("format", FORMATS)
def test_every_record_keeps_the_id(format: str, plain_samples: list[Sample]) -> None:
    assert [built(sample, format)["id"] for sample in plain_samples] == [
        "m1",
        "h2",
        "../../etc/passwd",
    ]


def test_trl_messages_are_the_scored_text(plain_samples: list[Sample]) -> None:
    for sample in plain_samples:
        *prompt, response = built(sample, "trl")["messages"]
        assert prompt == prompt_messages(sample)
        assert response == {"role": "assistant", "content": response_text(sample)}


def test_a_picture_stays_with_the_turn_that_shows_it() -> None:
    sample = Sample(
        id="a",
        system="S",
        question="And here?",
        answer="B",
        history=(Turn("user", "What is it?"), Turn("assistant", "A")),
        images=("1.png", "2.png", "3.png"),
        image_places=(0, 2, 2),
    )
    said = [turn["content"] for turn in built(sample, "llama-factory")["messages"]]
    assert said == ["S", "<image>What is it?", "A", "<image><image>And here?", "B"]
    said = [turn["value"] for turn in built(sample, "sharegpt")["conversations"]]
    assert said == ["S", "<image>What is it?", "A", "<image><image>And here?", "B"]
    parts = [turn["content"] for turn in built(sample, "trl")["messages"]]
    assert [[part["type"] for part in each] for each in parts] == [
        ["text"], ["image", "text"], ["text"], ["image", "image", "text"], ["text"],
    ]  # fmt: skip


def test_without_pictures_there_is_no_images_field(plain_samples: list[Sample]) -> None:
    for format in FORMATS:
        if format != "csv":
            assert "images" not in built(plain_samples[0], format)


def test_prompt_and_completion_join_to_the_trl_messages(plain_samples: list[Sample]) -> None:
    for sample in plain_samples:
        split = built(sample, "prompt-completion")
        assert split["prompt"] + split["completion"] == built(sample, "trl")["messages"]
        assert len(split["completion"]) == 1


def test_alpaca_has_exactly_its_three_fields_unless_more_is_needed() -> None:
    simple = Sample(id="a", question="Q", answer="A", reasoning="R")
    assert built(simple, "alpaca") == {
        "id": "a",
        "instruction": "Q",
        "input": "",
        "output": "## Thinking\n\nR\n\n## Final Response\n\nA",
    }


def test_alpaca_fields_are_the_same_in_every_record(plain_samples: list[Sample]) -> None:
    layout = layout_of(plain_samples, "alpaca")
    records = [record(sample, layout) for sample in plain_samples]
    assert {tuple(one) for one in records} == {
        ("id", "instruction", "input", "output", "system", "history")
    }
    assert records[1]["history"] == [["It hurts.", "Where?"]]
    assert records[0]["history"] == []


def test_sharegpt_speakers(plain_samples: list[Sample]) -> None:
    turns = built(plain_samples[1], "sharegpt")["conversations"]
    assert [turn["from"] for turn in turns] == ["system", "human", "gpt", "human", "gpt"]
    assert turns[-1]["value"] == "Wait."


def test_pictures_lead_the_question_and_not_an_earlier_turn() -> None:
    sample = Sample(
        id="v",
        question="And this?",
        answer="No",
        images=("1.png", "2.png"),
        history=(Turn("user", "Hello"), Turn("assistant", "Hi")),
    )
    messages = built(sample, "trl")["messages"]
    assert messages[0]["content"] == [{"type": "text", "text": "Hello"}]
    assert messages[2]["content"] == [
        {"type": "image"},
        {"type": "image"},
        {"type": "text", "text": "And this?"},
    ]
    assert built(sample, "trl")["images"] == ["images/1.png", "images/2.png"]
    assert built(sample, "llama-factory")["messages"][2]["content"] == "<image><image>And this?"
    assert built(sample, "sharegpt")["conversations"][2]["value"] == "<image><image>And this?"


def test_tools_stand_between_question_and_answer_or_the_record_is_refused() -> None:
    used = (Turn("assistant", '{"name": "gap"}'), Turn("tool", "16"))
    sample = Sample(id="t", question="The gap?", answer="16.", images=("1.png",), tool_turns=used)
    messages = built(sample, "trl")["messages"]
    assert [each["role"] for each in messages] == ["user", "assistant", "tool", "assistant"]
    assert [len(each["content"]) for each in messages] == [2, 1, 1, 1]
    assert json.loads(built(sample, "csv")["history"])[1] == {"role": "tool", "content": "16"}
    for format in ("alpaca", "sharegpt", "llama-factory"):
        assert "follows the result of a tool" in str(obstacle(sample, format))


def test_a_picture_of_an_option_is_named_at_its_option() -> None:
    sample = Sample(
        id="o", question="Which one shows air?", answer_label="B",
        options=(Option("A", ""), Option("B", "this one")),
        images=("0.png", "a.png", "b.png"), image_places=(0, 1, 2),
    )  # fmt: skip
    asked = built(sample, "llama-factory")["messages"][0]["content"]
    assert asked == (
        "<image><image><image>Which one shows air?\n\nA. [image 2]\nB. this one [image 3]"
    )


def test_beside_pictures_text_records_have_the_same_shape(pictured: list[Sample]) -> None:
    layout = layout_of(pictured, "trl")
    records = [record(sample, layout) for sample in pictured]
    assert all(isinstance(turn["content"], list) for one in records for turn in one["messages"])
    assert records[1]["images"] == []


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_to_learn_is_an_obstacle(format: str) -> None:
    empty = Sample(id="a", question="Q", reasoning=" \n", answer="\t")
    assert "neither an answer nor reasoning" in str(obstacle(empty, format))
    assert obstacle(dataclasses.replace(empty, reasoning="R"), format) is None
    assert obstacle(dataclasses.replace(empty, answer_label="B"), format) is None
    no_question = dataclasses.replace(empty, question=" ", answer="A")
    assert obstacle(no_question, format) == "it has no question"


@pytest.mark.parametrize("format", ["alpaca", "sharegpt", "llama-factory"])
@pytest.mark.parametrize(
    "roles", [["user"], ["assistant", "user"], ["user", "user"], ["user", "tool"]]
)
def test_turns_must_alternate_where_trainers_demand_it(format: str, roles: list[str]) -> None:
    history = tuple(Turn(role, "x") for role in roles)
    sample = Sample(id="a", question="Q", answer="A", history=history)
    assert "do not alternate" in str(obstacle(sample, format))
    assert obstacle(sample, "trl") is None


def test_an_unknown_role_is_an_obstacle_for_chat_templates() -> None:
    sample = Sample(id="a", question="Q", answer="A", history=(Turn("nurse", "x"),))
    assert "has the role 'nurse'" in str(obstacle(sample, "trl"))
    assert obstacle(sample, "csv") is None


@pytest.mark.parametrize("format", ["sharegpt", "llama-factory"])
def test_text_that_reads_like_a_picture_mark_is_an_obstacle(format: str) -> None:
    sample = Sample(id="a", question="See <image>", answer="A")
    assert "contains <image>" in str(obstacle(sample, format))
    assert obstacle(sample, "trl") is None


def test_alpaca_cannot_carry_pictures() -> None:
    sample = Sample(id="a", question="Q", answer="A", images=("1.png",))
    assert "Alpaca records cannot carry" in str(obstacle(sample, "alpaca"))


def test_the_csv_row_holds_everything_as_text(pictured: list[Sample]) -> None:
    rows = [built(sample, "csv") for sample in pictured]
    assert len({tuple(row) for row in rows}) == 1
    assert all(isinstance(cell, str) for row in rows for cell in row.values())
    assert json.loads(rows[0]["images"]) == ["images/ct/1.png"]
    assert json.loads(rows[2]["history"])[1] == {"role": "assistant", "content": "Where?"}
    assert rows[1]["prompt"] == question_text(pictured[1])
