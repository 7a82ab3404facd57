"""Every layout with an example of the real thing, how it is recognised, and mappings."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.data.formats import FORMATS, Parts, RowProblem, choose_format
from diq_core.data.formats.counting import proven
from diq_core.data.formats.options import read_options
from diq_core.data.formats.pictures import place_images
from diq_core.data.formats.settling import settle
from diq_core.data.formats.thinking import split_thinking
from diq_core.data.sample import Option, Sample, Turn, response_text
from diq_core.errors import BadSetting, UnknownFormat

VIGNETTE = "A 23-year-old pregnant woman presents with burning upon urination. Best treatment?"
FOUR = (
    Option("A", "Ampicillin"),
    Option("B", "Ceftriaxone"),
    Option("C", "Doxycycline"),
    Option("D", "Nitrofurantoin"),
)
BY_LABEL = {option.label: option.text for option in FOUR}


def convert(*rows: dict[str, Any], **choice: Any) -> tuple[str, Parts]:
    match = choose_format(rows, **choice)
    assert match.reason
    parts = match.format.convert(rows[0])
    settle(parts, proven(match.format.convert(row) for row in rows))
    return match.format.name, parts


def test_own_fields() -> None:
    name, parts = convert(
        {
            "id": 7,
            "source": "mine",
            "question": VIGNETTE,
            "options": BY_LABEL,
            "answer_idx": "D",
            "answer": "Nitrofurantoin",
            "reasoning": "Pregnant, so no doxycycline.",
            "pass_rate": 0.5,
            "meta": {"specialty": "Urology", "pass_rate": 0.1},
            "licence": "MIT",
        }
    )
    assert name == "own"
    assert (parts.id, parts.source, parts.subject, parts.licence) == ("7", "mine", "Urology", "MIT")
    assert (parts.options, parts.answer_label, parts.answer) == (FOUR, "D", "Nitrofurantoin")
    assert parts.meta == {"specialty": "Urology", "pass_rate": 0.5, "meta.pass_rate": 0.1}


def test_ratings_called_reasoning_are_no_reasoning() -> None:
    _, parts = convert({"question": VIGNETTE, "reasoning": [4], "overall": [3]})
    assert parts.reasoning == ""
    assert parts.meta == {"reasoning": [4], "overall": [3]}


def test_reasoning_as_a_list_of_steps() -> None:
    _, parts = convert({"question": VIGNETTE, "reasoning": ["First.", " ", "Then."]})
    assert parts.reasoning == "First.\n\nThen."


def test_messages_with_system_and_several_turns() -> None:
    name, parts = convert(
        {
            "messages": [
                {"role": "system", "content": "You are a doctor."},
                {"role": "user", "content": "I cough."},
                {"role": "assistant", "content": "Since when?"},
                {"role": "user", "content": "Two weeks."},
                {"role": "assistant", "content": "<think>\nTB?\n</think>\n\nLet us do an X-ray."},
            ]
        }
    )
    assert name == "messages"
    assert parts.system == "You are a doctor."
    assert parts.history == (Turn("user", "I cough."), Turn("assistant", "Since when?"))
    assert (parts.question, parts.reasoning) == ("Two weeks.", "TB?")
    assert parts.answer == "Let us do an X-ray."


def test_messages_with_images_in_both_styles() -> None:
    def user(*content: Any) -> dict[str, Any]:
        return {"role": "user", "content": list(content)}

    reply = {"role": "assistant", "content": [{"type": "text", "text": "A fracture."}]}
    ask = {"type": "text", "text": "What is seen?"}
    _, trl = convert({"messages": [user({"type": "image"}, ask), reply], "images": ["a.png"]})
    _, inline = convert({"messages": [user({"type": "image", "image": "a.png"}, ask), reply]})
    for parts in (trl, inline):
        place_images(parts)
        assert (parts.question, parts.answer) == ("What is seen?", "A fracture.")
        assert parts.images == ["a.png"]
    url = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    _, linked = convert({"messages": [user(url, ask), reply]})
    assert linked.images == [{"url": "https://example.org/a.png"}]


def test_messages_with_reasoning_apart() -> None:
    _, parts = convert(
        {
            "messages": [
                {"role": "user", "content": "Why?"},
                {"role": "assistant", "content": "So.", "reasoning_content": "Hmm."},
            ]
        }
    )
    assert (parts.reasoning, parts.answer) == ("Hmm.", "So.")


def test_a_conversation_without_an_answer_is_kept() -> None:
    _, parts = convert({"messages": [{"role": "user", "content": "Why?"}]})
    assert (parts.question, parts.answer) == ("Why?", "")


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ("text", "not a list of messages"),
        ([{"role": "wizard", "content": "x"}], "unknown role 'wizard'"),
        ([{"role": "assistant", "content": "x"}], "does not end with a user's turn"),
        ([], "does not end with a user's turn"),
        ([{"role": "user", "content": [{"type": "audio"}]}], "neither text nor an image"),
        ([{"role": "user", "content": {"type": "text", "words": "x"}}], "the fields type, words"),
        ([{"role": "user"}, {"role": "assistant", "content": "x"}], "has no 'content'"),
        ([{"role": "user", "content": [{"type": "video_url"}]}], "of the type 'video_url'"),
        (
            [
                {"role": "user", "content": "a"},
                {"role": "system", "content": "b"},
                {"role": "assistant", "content": "c"},
            ],
            "does not end with a user's turn",
        ),
        (
            [
                {"role": "user", "content": "a"},
                {"role": "assistant", "tool_calls": [{"function": {"name": "f"}}]},
            ],
            "ends in a tool call",
        ),
        (
            [
                {"role": "user", "content": "a"},
                {"role": "assistant", "tool_calls": [{"function": {"name": "f"}}]},
                {"role": "tool", "content": "1"},
            ],
            "ends in a tool's result",
        ),
        (
            [
                {"role": "user", "content": "a"},
                {"role": "assistant", "tool_calls": [{"function": {"name": "f"}}]},
                {"role": "assistant", "content": "b"},
            ],
            "follows a tool call without the tool's result",
        ),
    ],
)
def test_conversations_that_cannot_be_used(messages: Any, words: str) -> None:
    with pytest.raises(RowProblem, match=words):
        convert({"messages": messages})


def test_an_answer_may_follow_the_results_of_tools() -> None:
    called = {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}
    turns = [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "How can I help?"},
        {"role": "user", "content": "What is the gap?"},
        {"role": "assistant", "content": "<think>look</think>I look it up."},
        called,
        {"role": "tool", "content": "16"},
        {"role": "assistant", "content": "It is 16."},
    ]
    _, parts = convert({"messages": turns})
    assert (parts.question, parts.answer) == ("What is the gap?", "It is 16.")
    assert len(parts.history) == 2
    call = 'I look it up.\n\n{"name": "f", "arguments": "{}"}'
    assert parts.tool_turns == (Turn("assistant", call), Turn("tool", "16"))
    # A training file of it reads back as the same.
    written = [{"role": t.role, "content": t.content} for t in (*parts.history, *parts.tool_turns)]
    written.insert(2, turns[2])
    _, again = convert({"messages": [*written, turns[-1]]})
    assert again.tool_turns == parts.tool_turns
    assert (again.history, again.question) == (parts.history, parts.question)


def test_prompt_and_completion_as_text_and_as_messages() -> None:
    name, plain = convert({"prompt": VIGNETTE, "completion": "Nitrofurantoin."})
    assert name == "prompt-completion"
    _, lists = convert(
        {
            "prompt": [
                {"role": "system", "content": "S"},
                {"role": "user", "content": VIGNETTE},
            ],
            "completion": [{"role": "assistant", "content": "Nitrofurantoin."}],
        }
    )
    assert (plain.question, plain.answer) == (VIGNETTE, "Nitrofurantoin.")
    assert (lists.question, lists.answer, lists.system) == (VIGNETTE, "Nitrofurantoin.", "S")


def test_alpaca() -> None:
    name, parts = convert(
        {"instruction": "Answer truthfully.", "input": VIGNETTE, "output": "Nitrofurantoin."}
    )
    assert name == "alpaca"
    assert parts.question == f"Answer truthfully.\n\n{VIGNETTE}"
    _, parts = convert(
        {"instruction": "Q", "input": "", "output": "A", "history": [["one", "two"]]}
    )
    assert parts.question == "Q"
    assert parts.history == (Turn("user", "one"), Turn("assistant", "two"))


def test_sharegpt() -> None:
    name, parts = convert(
        {
            "conversations": [
                {"from": "human", "value": "<image>\nWhat is seen?"},
                {"from": "gpt", "value": "A fracture."},
            ],
            "system": "S",
            "images": ["a.png"],
        }
    )
    assert name == "sharegpt"
    assert (parts.question, parts.answer) == ("<image>\nWhat is seen?", "A fracture.")
    assert (parts.system, parts.images) == ("S", ["a.png"])


def test_huatuo() -> None:
    row = {"Question": VIGNETTE, "Complex_CoT": "Okay, so …", "Response": "Nitrofurantoin."}
    match = choose_format([row])
    assert match.format.name == "huatuo"
    assert match.reason == "columns Question, Complex_CoT, Response: HuatuoGPT-o1 layout"
    parts = match.format.convert(row)
    assert (parts.question, parts.reasoning) == (VIGNETTE, "Okay, so …")
    assert parts.answer == "Nitrofurantoin."


def test_medreason() -> None:
    name, parts = convert(
        {
            "dataset_name": "medmcqa",
            "id_in_dataset": 7131,
            "question": VIGNETTE,
            "options": "Answer Choices:\nA. Ampicillin\nB. Ceftriaxone\nC. Doxycycline\n"
            "D. Nitrofurantoin",
            "reasoning": "Finding reasoning paths: …",
            "answer": "Nitrofurantoin. Explanation: It is safe in pregnancy.",
        }
    )
    assert name == "medreason"
    assert parts.options == FOUR
    assert (parts.answer, parts.answer_label) == ("Nitrofurantoin", "D")
    assert parts.meta["explanation"] == "It is safe in pregnancy."
    assert (parts.id, parts.source) == ("medmcqa-7131", "medmcqa")


def test_medqa() -> None:
    row = {"question": VIGNETTE, "answer": "Nitrofurantoin", "answer_idx": "D"}
    for options in (BY_LABEL, [{"key": o.label, "value": o.text} for o in FOUR]):
        name, parts = convert({**row, "options": options, "meta_info": "step2&3"})
        assert name == "medqa"
        assert (parts.options, parts.answer_label) == (FOUR, "D")
        assert parts.meta == {"meta_info": "step2&3"}


def test_medqa_with_endings() -> None:
    endings = {f"ending{n}": option.text for n, option in enumerate(FOUR)}
    name, parts = convert({"id": "train-1", "sent1": VIGNETTE, "sent2": "", **endings, "label": 3})
    assert name == "endings"
    assert (parts.question, parts.options, parts.answer_label) == (VIGNETTE, FOUR, "D")
    assert parts.answer == "Nitrofurantoin"
    with pytest.raises(RowProblem, match="label is 4, but there are 4 endings"):
        convert({"sent1": VIGNETTE, **endings, "label": 4})


def medmcqa(cop: int | None) -> dict[str, Any]:
    return {
        "id": "e9ad821a",
        "question": "Which vitamin is supplied from only animal source?",
        "opa": "Vitamin C",
        "opb": "Vitamin B7",
        "opc": "Vitamin B12",
        "opd": "Vitamin D",
        "cop": cop,
        "exp": "Ans. (c) Vitamin B12",
        "subject_name": "Biochemistry",
        "topic_name": "Vitamins",
        "choice_type": "single",
    }


def test_medmcqa_counts_from_0_or_1_as_the_values_prove() -> None:
    name, parts = convert(medmcqa(2), medmcqa(0))
    assert (name, parts.answer_label, parts.answer) == ("medmcqa-0", "C", "Vitamin B12")
    assert (parts.subject, parts.reasoning) == ("Biochemistry", "Ans. (c) Vitamin B12")
    assert parts.meta["reasoning_origin"] == "human explanation"
    name, parts = convert(medmcqa(2), medmcqa(4))
    assert (name, parts.answer_label, parts.answer) == ("medmcqa-1", "B", "Vitamin B7")
    name, parts = convert(medmcqa(-1), medmcqa(-1))
    assert (name, parts.answer_label, parts.answer) == ("medmcqa-0", "", "")


def test_medmcqa_is_never_guessed() -> None:
    for rows in ([medmcqa(2)], [medmcqa(0), medmcqa(4)]):
        with pytest.raises(UnknownFormat, match="medmcqa-0 or medmcqa-1"):
            choose_format(rows)
    assert convert(medmcqa(2), name="medmcqa-1")[1].answer_label == "B"
    with pytest.raises(RowProblem, match="cop is 4, but in this file it runs from 0 to 3"):
        convert(medmcqa(4), name="medmcqa-0")


def test_pubmedqa() -> None:
    name, parts = convert(
        {
            "id": "21645374",
            "QUESTION": "Do mitochondria play a role in remodelling lace plant leaves?",
            "CONTEXTS": ["Programmed cell death is …", "The results …"],
            "LABELS": ["BACKGROUND", "RESULTS"],
            "MESHES": ["Alismataceae"],
            "LONG_ANSWER": "Results depicted mitochondrial dynamics in vivo.",
            "final_decision": "yes",
        }
    )
    assert name == "pubmedqa"
    assert parts.context == "Background: Programmed cell death is …\nResults: The results …"
    assert (parts.answer, parts.answer_label) == ("yes", "A")
    assert parts.reasoning.startswith("Results depicted")
    assert parts.meta["MESHES"] == ["Alismataceae"]


def test_mmlu() -> None:
    row = {"question": "The heart has", "subject": "anatomy", "choices": ["1", "2"], "answer": 1}
    name, parts = convert(row)
    assert name == "mmlu"
    assert (parts.answer_label, parts.answer, parts.subject) == ("B", "2", "anatomy")


def test_unknown_columns_are_listed_with_the_ways_out() -> None:
    with pytest.raises(UnknownFormat, match="columns seen: foo, prose") as caught:
        choose_format([{"foo": 1}, {"prose": "x"}])
    assert "--map question=COLUMN --map answer=COLUMN" in caught.value.todo
    with pytest.raises(BadSetting, match="no format 'nope'.*sharegpt"):
        choose_format([{"question": "x"}], name="nope")


def test_a_mapping_stands_alone_and_keeps_the_rest() -> None:
    row = {"ask": VIGNETTE, "say": "D", "choices": list(BY_LABEL.values()), "answer": "other"}
    mapping = {"question": "ask", "answer": "say", "options": "choices", "subject": "info.field"}
    rows = [{**row, "info": {"field": "Urology"}}]
    name, parts = convert(*rows, mapping=mapping)
    assert name == "mapping"
    assert (parts.answer_label, parts.answer, parts.subject) == ("D", "Nitrofurantoin", "Urology")
    assert parts.meta["column answer"] == "other"


def test_a_mapping_lies_over_a_recognised_format() -> None:
    row = {"instruction": "Q", "output": "A", "topic_2": "Urology", "key": "k1"}
    name, parts = convert(row, mapping={"subject": "topic_2", "id": "key"})
    assert name == "alpaca+mapping"
    assert (parts.question, parts.answer) == ("Q", "A")
    assert (parts.subject, parts.id) == ("Urology", "k1")


def test_a_wrong_mapping_is_refused() -> None:
    with pytest.raises(BadSetting, match="unknown field 'querstion'"):
        choose_format([{"a": 1}], mapping={"querstion": "a"})
    with pytest.raises(BadSetting, match="No row has the column 'b'.*Use one of: a"):
        choose_format([{"a": 1}], mapping={"question": "b"})


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ("<think>a</think>b", ("a", "b", True)),
        (" <think>\na\n</think>\n\n<answer>b</answer>", ("a", "b", True)),
        ("a</think>b", ("a", "b", True)),
        ("<think>a and no end", ("a and no end", "", False)),
        ("## Thinking\n\na\n\n## Final Response\n\nb", ("a", "b", True)),
        ("## Thinking\n\na\n\n## Final Answer\n\nb", ("a", "b", True)),
        ("## Thinking\n\na", ("a", "", False)),
        ("just b", ("", "just b", True)),
        ("b with <think>x</think> inside", ("", "b with <think>x</think> inside", True)),
        ("<think></think>b", ("", "b", True)),
    ],
)
def test_thinking_is_split_off(response: str, expected: tuple[str, str, bool]) -> None:
    assert split_thinking(response) == expected


plain = st.text(st.characters(codec="utf-8", exclude_characters="#<>"), min_size=1).map(str.strip)


@given(reasoning=plain.filter(bool), answer=plain.filter(bool))
def test_splitting_undoes_our_own_layout(reasoning: str, answer: str) -> None:
    sample = Sample(id="x", question="q", reasoning=reasoning, answer=answer)
    assert split_thinking(response_text(sample)) == (reasoning, answer, True)


def test_notes_of_thinking() -> None:
    _, parts = convert({"question": "q", "answer": "<think>never ends"})
    assert [note.rule for note in parts.notes] == ["unclosed-thinking"]
    _, parts = convert({"question": "q", "answer": "<think> </think> so it is"})
    assert [note.rule for note in parts.notes] == ["blank-reasoning"]
    _, parts = convert({"question": "q", "answer": "so it is", "reasoning": " \n "})
    assert [note.rule for note in parts.notes] == ["blank-reasoning"]


@pytest.mark.parametrize(
    ("value", "labels"),
    [
        ({"A": "x", "B": "y", "C": None}, "AB"),
        (["x", "y"], "AB"),
        ('["x", "y"]', "AB"),
        ({"label": ["A", "B"], "text": ["x", "y"]}, "AB"),
        ("A) x\nB) y\nand more", "AB"),
        ("(A) x\n(B) y", "AB"),
        (None, ""),
        ("", ""),
    ],
)
def test_options_in_every_shape(value: Any, labels: str) -> None:
    options = read_options(value)
    assert options is not None
    assert "".join(option.label for option in options) == labels


def test_unclear_options_stay_in_meta() -> None:
    for unclear in ("x or y", [["x"]], {"A": ["x"]}, 3):
        _, parts = convert({"question": "q", "options": unclear, "answer": "x"})
        assert parts.options == ()
        assert parts.meta["options"] == unclear
        assert [note.rule for note in parts.notes] == ["options-unreadable"]


def test_an_answer_index_without_a_base_is_not_guessed() -> None:
    row = {"id": 1, "question": "q", "options": ["x", "y"], "answer_idx": 1}
    _, parts = convert(row)
    assert (parts.answer, [note.rule for note in parts.notes]) == ("", ["answer-number"])
    _, parts = convert({**row, "answer": "y", "answer_idx": 3})
    assert (parts.answer_label, parts.answer, parts.meta["answer_idx"]) == ("B", "y", "3")
    _, parts = convert({**row, "answer": "y"})  # its own text proves that it counts from 0
    assert (parts.answer_label, parts.answer, parts.notes) == ("B", "y", [])


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
COLUMNS = sorted(
    {"question", "answer", "reasoning", "options", "answer_idx", "context", "system", "history"}
    | {"images", "image", "meta", "id", "source", "messages", "conversations", "prompt"}
    | {"completion", "instruction", "input", "output", "Question", "Complex_CoT", "Response"}
    | {"opa", "opb", "opc", "opd", "cop", "exp", "QUESTION", "CONTEXTS", "LABELS", "choices"}
    | {"LONG_ANSWER", "final_decision", "sent1", "ending0", "ending1", "label", "id_in_dataset"}
)


@given(row=st.dictionaries(st.sampled_from(COLUMNS), json_like, max_size=12))
def test_any_row_converts_or_says_why(row: dict[str, Any]) -> None:
    for known in FORMATS:
        try:
            parts = known.convert(row)
        except RowProblem:
            continue
        for name in ("question", "answer", "reasoning", "context", "id", "source", "answer_label"):
            assert isinstance(getattr(parts, name), str)
