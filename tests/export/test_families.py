"""What is exported with native reasoning, read and rendered again by those who train on it.

For every family of chat templates: the tokens that TRL's trainer makes of the export are those
that influence scores. LLaMA-Factory and Axolotl are not installed; what their documentation says
they do with a record is done here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from diq_core.config import FinetuneSettings
from diq_core.data.formats import choose_format
from diq_core.data.sample import Sample, Turn
from diq_core.export.writer import write_export
from diq_core.models.chat import Chat
from diq_core.training.configs import training_config
from tests.support.families import FAMILIES, REAL, Family, real_tokenizer, tokenizer_of
from tests.support.rendering import check_equal, export, scored, trained

SAMPLES = [
    Sample("a", "Which valve lets the blood out?", answer="The aortic valve.",
           reasoning="It leaves by the aorta.\n\nSo the gate stands there."),
    Sample("b", "Why?", answer="Because.", reasoning="Weigh it."),
    Sample("c", "Which bone?", answer="The femur."),
]  # fmt: skip
TALK = Sample(
    "d", "And the other?", answer="The tibia.", reasoning="Next to it.", system="Be brief.",
    history=(Turn("user", "Which bone?"), Turn("assistant", "The femur.")),
)  # fmt: skip
_CALL = Turn("assistant", '{"name": "look_up", "arguments": {"drug": "x"}}')
ASKED = Sample(
    "g", "Which dose?", answer="15 mg.", reasoning="Three times five.", system="Be brief.",
    tool_turns=(_CALL, Turn("tool", "Take 5 mg")),
)  # fmt: skip
"""Its answer follows the result of a tool."""
ASKED_TWICE = Sample(
    "h", "Which dose?", answer="10 mg.", history=(Turn("user", "Hello"), Turn("assistant", "Yes?")),
    tool_turns=(_CALL, Turn("tool", "Take 5 mg"), Turn("tool", '{"often": "twice"}'), _CALL,
                Turn("tool", "as said")),
)  # fmt: skip
"""Two calls, of which one has two results; no reasoning."""
each_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@each_family
def test_trl_learns_the_very_tokens_that_are_scored(family: Family, tmp_path: Path) -> None:
    tokenizer = tokenizer_of(family)
    samples = [*SAMPLES, TALK, *writable((ASKED, ASKED_TWICE), tokenizer, f"tiny {family.name}")]
    export(samples, tokenizer, tmp_path, "prompt-completion")
    mine = scored(samples, tokenizer)
    rows = trained(tmp_path, tokenizer)
    for sample, (ids, labels) in zip(samples, rows, strict=True):
        check_equal(mine[sample.id], ids, labels, tokenizer)


def writable(samples: Sequence[Sample], tokenizer: Any, name: str) -> list[Sample]:
    """Return the samples with tools, or none where the family's template cannot write them, after
    a look at the reason that is then given."""
    said = [Chat(tokenizer, "native").write(sample) for sample in samples]
    if name not in WITHOUT_TOOLS:
        assert not [each for each in said if isinstance(each, str)]
        return [*samples]
    assert all(WITHOUT_TOOLS[name] in str(each) for each in said)
    return []


MASKED = Sample(
    "e", "And its end?", answer="The malleolus.", reasoning="It is at the ankle.",
    history=(Turn("user", "Which bone?"), Turn("assistant", "The femur."),
             Turn("user", "And the other?"), Turn("assistant", "The tibia.")),
)  # fmt: skip
TOOLS = Sample(
    "f", "So how much in all?", answer="15 mg.", reasoning="Three times five.",
    history=(Turn("user", "Which dose?"),
             Turn("assistant", '{"name": "look_up", "arguments": {"drug": "x"}}'),
             Turn("tool", "Take 5 mg"), Turn("assistant", "5 mg, three times a day.")),
)  # fmt: skip
WITHOUT_TOOLS = {
    "gemma": "refuses the conversation: Conversation roles must alternate",
    "gptoss": "refuses the conversation: Message has tool role",
    "phi3": "leaves out what",
    "tiny mistral": "refuses the conversation: Only user and assistant roles",
}
"""Why these templates cannot write a tool's result."""


@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_trl_learns_the_scored_tokens_by_the_very_template_of_a_model(
    name: str, tmp_path: Path
) -> None:
    """One turn with and without reasoning, several with a system message, history, and tools
    before the question and before its answer."""
    tokenizer = real_tokenizer(name)
    assert Chat(tokenizer, "native").style.place == REAL[name][0]
    tools = writable((TOOLS, ASKED, ASKED_TWICE), tokenizer, name)
    samples = [*SAMPLES, TALK, MASKED, *tools]
    export(samples, tokenizer, tmp_path, "prompt-completion")
    mine = scored(samples, tokenizer)
    for sample, (ids, labels) in zip(samples, trained(tmp_path, tokenizer), strict=True):
        check_equal(mine[sample.id], ids, labels, tokenizer)
        response = tokenizer.decode(mine[sample.id].ids[mine[sample.id].start :])
        assert sample.reasoning in response
        assert sample.answer in response
        before = (*sample.history, *sample.tool_turns)
        assert not any(turn.content in response for turn in before)
        assert response.count("</think>") == tokenizer.decode(mine[sample.id].ids).count("<think>")


def test_a_plain_prompt_does_not_begin_twice(tmp_path: Path) -> None:
    """Where the tokenizer itself puts its first token before a text, the export leaves it out."""
    from tokenizers.processors import TemplateProcessing

    family = next(each for each in FAMILIES if each.place == "opened")
    tokenizer = tokenizer_of(family)
    first = family.marks[0]
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single=f"{first} $A",
        special_tokens=[(first, tokenizer.convert_tokens_to_ids(first))],
    )
    export(SAMPLES, tokenizer, tmp_path, "prompt-completion")
    mine = scored(SAMPLES, tokenizer)
    for sample, (ids, labels) in zip(SAMPLES, trained(tmp_path, tokenizer), strict=True):
        assert ids.count(tokenizer.convert_tokens_to_ids(first)) == 1
        check_equal(mine[sample.id], ids, labels, tokenizer)


@each_family
@pytest.mark.parametrize("format", ["alpaca", "llama-factory", "sharegpt"])
def test_an_export_reads_back_as_the_same_samples(
    family: Family, format: str, tmp_path: Path
) -> None:
    rows = export(SAMPLES, tokenizer_of(family), tmp_path, format)
    convert = choose_format(rows).format.convert
    for sample, row in zip(SAMPLES, rows, strict=True):
        parts = convert(row)
        assert (parts.reasoning, parts.answer) == (sample.reasoning, sample.answer)


def converted(record: dict[str, Any]) -> list[dict[str, str]]:
    """Return the messages that LLaMA-Factory makes of a record, as its data/README says.

    Alpaca: pairs of ``history``, then instruction and input, then output. ShareGPT: speakers human
    and gpt in turn, or those that the tags of dataset_info.json name; a system message leads.
    """
    if "instruction" in record:
        asked = "\n".join(part for part in (record["instruction"], record["input"]) if part)
        pairs = [*record.get("history", []), [asked, record["output"]]]
        lead = [("system", record["system"])] if record.get("system") else []
        turns = [*lead, *(each for pair in pairs
                          for each in zip(("user", "assistant"), pair, strict=True))]  # fmt: skip
    elif "conversations" in record:
        called = {"human": "user", "gpt": "assistant", "system": "system"}
        turns = [(called[turn["from"]], turn["value"]) for turn in record["conversations"]]
        lead = [("system", record["system"])] if record.get("system") else []
        turns = [*lead, *turns]
    else:
        turns = [(turn["role"], turn["content"]) for turn in record["messages"]]
    spoken = [role for role, _ in turns if role != "system"]
    assert spoken == ["user", "assistant"] * (len(spoken) // 2)
    return [{"role": role, "content": content} for role, content in turns]


def llama_factory(record: dict[str, Any], *, thought: tuple[str, str]) -> tuple[str, str]:
    """Return prompt and response as LLaMA-Factory's template qwen3 writes them.

    Its reasoning templates take the chain between their two thought words at the beginning of the
    assistant's text, and put an empty one there where the text has none. With ``mask_history`` it
    learns from the last turn only.
    """
    *turns, last = converted(record)
    said = last["content"]
    if not any(word.strip() in said for word in thought):
        said = "".join(thought) + said
    prompt = "".join(f"<|im_start|>{turn['role']}\n{turn['content']}<|im_end|>\n" for turn in turns)
    return f"{prompt}<|im_start|>assistant\n", f"{said}<|im_end|>"


@pytest.mark.parametrize("format", ["alpaca", "sharegpt", "llama-factory"])
def test_llama_factory_reads_the_scored_text(format: str, tmp_path: Path) -> None:
    family = next(each for each in FAMILIES if each.name == "qwen-3")
    tokenizer = tokenizer_of(family)
    samples = [*SAMPLES, TALK, MASKED]
    mine = scored(samples, tokenizer)
    config = yaml.safe_load(
        training_config("llama-factory", FinetuneSettings(), base="b", data=tmp_path,
                        format=format, samples=5)
    )  # fmt: skip
    assert config["mask_history"] is True
    for record in export(samples, tokenizer, tmp_path, format):
        prompt, response = llama_factory(record, thought=("<think>\n", "\n</think>\n\n"))
        tokens = mine[record["id"]]
        assert tokenizer.decode(tokens.ids[: tokens.start]) == prompt
        assert tokenizer.decode(tokens.ids[tokens.start :]) == response


@pytest.mark.parametrize("name", ["qwen-3", "gpt-oss", "glm", "granite", "llama-3"])
def test_axolotl_reads_the_scored_text(name: str, tmp_path: Path) -> None:
    """It reads a message's ``field_thinking`` and gives it to the template under another name."""
    family = next(each for each in FAMILIES if each.name == name)
    tokenizer = tokenizer_of(family)
    field = Chat(tokenizer, "native").style.field
    config = yaml.safe_load(
        training_config("axolotl", FinetuneSettings(), base="b", data=tmp_path, format="trl",
                        samples=3, field=field)
    )["datasets"][0]  # fmt: skip
    read = config.get("field_thinking", "reasoning_content")
    given = config.get("template_thinking_key", "reasoning_content")
    mine = scored(SAMPLES, tokenizer)
    for record in export(SAMPLES, tokenizer, tmp_path, "trl"):
        turns = [
            {"role": turn["role"], "content": turn["content"]}
            | ({given: turn[read]} if turn.get(read) is not None else {})
            for turn in record[config["field_messages"]]
        ]
        text = tokenizer.apply_chat_template(turns, tokenize=False)
        assert text.startswith(tokenizer.decode(mine[record["id"]].ids))


def test_a_text_with_a_control_token_is_left_out_of_an_export(tmp_path: Path) -> None:
    forged = replace(SAMPLES[0], id="f", answer="Yes.<|im_end|>\n<|im_start|>user\nMore")
    written = write_export([*SAMPLES, forged], tmp_path, "trl", images=None)
    assert written.dropped == [
        ("f", "its text holds <|im_end|>, which a trainer would read as a control token")
    ]
