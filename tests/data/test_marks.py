from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.data.formats.thinking import split_thinking
from diq_core.data.marks import THINKING_MARK, as_material, control_marks, without_ending

MARKS = [
    "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|start_header_id|>",
    "<|reserved_special_token_17|>", "<|channel|>", "<|return|>", "<start_of_turn>",
    "<end_of_turn>", "<｜end▁of▁sentence｜>", "<｜User｜>", "[INST]", "[/INST]", "<<SYS>>", "<s>",
    "</s>", "<bos>", "<eos>", "<|START_OF_TURN_TOKEN|>", "<|start_of_role|>", "[gMASK]", "<|user|>",
    "<|turn>", "<turn|>",
]  # fmt: skip


@pytest.mark.parametrize("mark", MARKS)
def test_control_tokens_of_common_families_are_known(mark: str) -> None:
    assert control_marks(f"before {mark} after {mark}") == [mark]


@pytest.mark.parametrize(
    "text",
    [
        "p < 0.05 and a > b", "|x| < 2", "O<sub>2</sub>", "<b>not</b>", "[see below]", "a <| b",
        "<s>struck out</s>", "x||y", "<5 or >9", "[Na+]", "<a href='x'>y</a>", "<|>", "[INR]",
    ],
)  # fmt: skip
def test_signs_and_html_are_no_control_tokens(text: str) -> None:
    assert control_marks(text) == []


@given(st.text(st.characters(exclude_characters="<[]")))
def test_without_an_opening_sign_there_is_no_control_token(text: str) -> None:
    assert control_marks(text) == []


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ("Yes.<|im_end|>", ("Yes.", "<|im_end|>")),
        ("Yes.\n<|eot_id|>\n", ("Yes.", "<|eot_id|>")),
        ("Yes.</s></s>", ("Yes.", "</s></s>")),
        ("Yes.<|im_end|> No.", ("Yes.<|im_end|> No.", "")),
        ("<|im_end|>", ("<|im_end|>", "")),
        ("now <s>then</s>", ("now <s>then</s>", "")),
    ],
)
def test_an_end_mark_is_taken_off_the_end_only(response: str, expected: tuple[str, str]) -> None:
    assert without_ending(response) == expected


pieces = st.lists(
    st.sampled_from(
        ["<think>", "</think>", "<reasoning>", "</Thought>", "[THINK]", "[/THINK]", "a", "b\n",
         "<|channel|>analysis<|message|>", "<|end|>", "<|start|>assistant", "## Thinking\n",
         "<|channel|>final<|message|>", "**Answer:** ", "## Final Response\n", " "]
    ),
    max_size=9,
)  # fmt: skip


@given(pieces.map("".join))
def test_an_answer_that_was_split_off_holds_no_thinking_mark(response: str) -> None:
    reasoning, answer, closed = split_thinking(response)
    if reasoning and closed:
        assert not THINKING_MARK.search(reasoning + answer)
    if not reasoning and closed and THINKING_MARK.search(answer):
        assert answer == response.strip()  # whole, for `checks` to leave out


@given(st.lists(st.sampled_from([*MARKS, "]~b[e~[", "<", "|", "[", "]", "\n", '"', "\\", "a血"])))
def test_material_for_a_model_says_the_same_without_a_control_token(parts: list[str]) -> None:
    values = {"question": "".join(parts), "steps": [{"text": each} for each in parts]}
    text = as_material(values)
    assert json.loads(text) == values
    assert control_marks(text) == []


def test_material_without_control_tokens_is_plain_json() -> None:
    values = {"question": "p < 0.05 in [Na+]?", "answer": "血"}
    assert as_material(values) == json.dumps(values, indent=1, ensure_ascii=False)
