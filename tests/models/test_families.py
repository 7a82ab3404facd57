"""Every family of chat templates: where the reasoning goes, and that texts forge no turn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diq_core.data.answering import answered, asked
from diq_core.data.sample import Option, Sample, Turn
from diq_core.models.chat import Chat
from diq_core.models.marks import SEPARATOR, Marks
from diq_core.models.tokens import Tokens, tokenise
from tests.support.families import FAMILIES, Family, tokenizer_of

TOKENIZERS = {family.name: tokenizer_of(family) for family in FAMILIES}
HEADINGS = "## Thinking\n\nR\n\n## Final Response\n\nA"
SAMPLE = Sample("a", "Q", answer="A", reasoning="R")
each_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


def learn(sample: Sample, family: Family, thinking: Any) -> Tokens:
    tokenizer = TOKENIZERS[family.name]
    found = tokenise([sample], tokenizer, max_tokens=9000, chat=Chat(tokenizer, thinking))
    assert found.unscored == ()
    return found.tokens[0]


def text_of(tokens: Tokens, family: Family) -> tuple[str, str]:
    decode = TOKENIZERS[family.name].decode
    return decode(tokens.ids[: tokens.start]), decode(tokens.ids[tokens.start :])


@each_family
def test_native_reasoning_stands_where_the_model_has_it(family: Family) -> None:
    chat = Chat(TOKENIZERS[family.name], "native")
    assert chat.style.place == family.place
    assert bool(chat.style.why) == (family.place == "headings")
    assert text_of(learn(SAMPLE, family, "native"), family)[1] == family.native


@each_family
def test_headings_are_never_inside_the_thinking(family: Family) -> None:
    prompt, response = text_of(learn(SAMPLE, family, "huatuo"), family)
    assert response == f"{family.huatuo}{HEADINGS}{family.ends}"
    unfinished = (prompt + response[: response.index("##")]).rpartition("<think>")[2]
    assert "</think>" in unfinished or "<think>" not in prompt + response


@each_family
def test_an_answer_without_reasoning_holds_no_heading(family: Family) -> None:
    for thinking in ("native", "huatuo", "keep"):
        _, response = text_of(learn(replace(SAMPLE, reasoning=""), family, thinking), family)
        assert response.endswith(f"A{family.ends}")
        assert "##" not in response


@each_family
def test_kept_reasoning_stands_as_the_file_had_it_or_the_sample_is_left_out(family: Family) -> None:
    kept = replace(SAMPLE, frame=("<think>", "</think> ", ""))
    tokenizer = TOKENIZERS[family.name]
    found = tokenise([kept], tokenizer, max_tokens=900, chat=Chat(tokenizer, "keep"))
    if family.name == "r1-distil":
        assert "leaves the reasoning out" in found.unscored[0].reason
    elif family.place == "headings":
        assert "<think>R</think> A" in tokenizer.decode(found.tokens[0].ids)
    else:  # the template itself reads what stands between the tags
        assert "R" in tokenizer.decode(found.tokens[0].ids)


@each_family
def test_a_system_message_is_never_lost(family: Family) -> None:
    sample = replace(SAMPLE, system="Be brief.")
    for thinking in ("native", "huatuo"):
        prompt, _ = text_of(learn(sample, family, thinking), family)
        assert "Be brief." in prompt
        assert ("Be brief.\n\nQ" in prompt) == family.folds_system
    talk = replace(sample, history=(Turn("user", "First"), Turn("assistant", "Second")))
    prompt, _ = text_of(learn(talk, family, "huatuo"), family)
    assert prompt.index("Be brief.") < prompt.index("First") < prompt.index("Second")


def _marks(family: Family) -> list[str]:
    return [*family.marks, "<think>", "</think>", "<|im_start|>user", "</s>", "[INST]"]


@settings(max_examples=20, deadline=None)
@given(data=st.data())
@each_family
def test_no_text_forges_a_control_token(family: Family, data: st.DataObject) -> None:
    """As many control tokens as the same sample with harmless words has, and the same text."""
    tokenizer = TOKENIZERS[family.name]
    pieces = [*_marks(family), "<", "|", "im_end|>", "a", "\n", "word ", SEPARATOR, "<<|im_end|>"]
    hostile = st.lists(st.sampled_from(pieces), min_size=1, max_size=6).map("".join)
    texts = [data.draw(hostile) for _ in range(6)]
    system, before, question, option, reasoning, answer = [f"x{text}y" for text in texts]
    sample = Sample(
        "a", question, answer=answer, reasoning=reasoning, system=system,
        options=(Option("A", option),), history=(Turn("user", before), Turn("assistant", "b")),
    )  # fmt: skip
    plain = replace(
        sample, question="q", answer="a", reasoning="r", system="s", options=(Option("A", "o"),),
        history=(Turn("user", "u"), Turn("assistant", "b")),
    )  # fmt: skip
    known = list(Marks(tokenizer).ids)
    for thinking in ("native", "huatuo"):
        found, harmless = learn(sample, family, thinking), learn(plain, family, thinking)
        for part in (slice(0, None), slice(found.start, None)):
            same = part if part.start == 0 else slice(harmless.start, None)
            mine = found.ids[part][np.isin(found.ids[part], known)]
            theirs = harmless.ids[same][np.isin(harmless.ids[same], known)]
            assert mine.tolist() == theirs.tolist()
        whole = "".join(text_of(found, family))
        assert all(text in whole for text in (system, before, question, option, reasoning, answer))


@each_family
def test_what_is_learned_holds_exactly_the_turn_ends_of_the_template(family: Family) -> None:
    tokenizer = TOKENIZERS[family.name]
    forged = replace(SAMPLE, answer=f"A{family.ends}\nforged", reasoning=f"R{family.ends}")
    for sample in (SAMPLE, forged):
        ids = learn(sample, family, "native")
        learned = ids.ids[ids.start :].tolist()
        ends = tokenizer.convert_tokens_to_ids(family.ends) if family.ends else -1
        assert learned.count(ends) == bool(family.ends)
        assert not family.ends or learned[-1] == ends


@each_family
@pytest.mark.parametrize("answer", ["e", "end", "s", "|", "_", "turn", "n", "role", "\u2581"])
def test_an_answer_that_occurs_in_the_end_of_turn_is_whole(family: Family, answer: str) -> None:
    _, response = text_of(
        learn(replace(SAMPLE, reasoning="", answer=answer), family, "huatuo"), family
    )
    assert response.endswith(f"{answer}{family.ends}")


def test_a_sample_with_marks_is_counted_and_others_are_not() -> None:
    family = FAMILIES[0]
    tokenizer = TOKENIZERS[family.name]
    marked = replace(SAMPLE, id="b", answer="A<|im_end|>")
    html = replace(SAMPLE, id="c", answer="a < b, <b>bold</b>, |x|")
    found = tokenise([SAMPLE, marked, html], tokenizer, max_tokens=900)
    assert found.split == ("b",)


def test_a_text_that_would_become_control_tokens_all_the_same_is_not_scored() -> None:
    """A tokenizer whose normaliser makes a mark of other signs."""
    from tokenizers import AddedToken, Tokenizer, normalizers

    tokenizer = tokenizer_of(FAMILIES[0])
    inner = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    inner.normalizer = normalizers.Replace("＜", "<")
    inner.add_special_tokens([AddedToken("<stop>", normalized=True)])
    tokenizer._tokenizer = inner
    found = tokenise([replace(SAMPLE, answer="A＜stop>")], tokenizer, max_tokens=900)
    assert "would become control tokens" in found.unscored[0].reason


_REAL = {
    "qwen2_5": ("headings", ("<|im_start|>", "<|im_end|>")),
    "qwen3": ("field", ("<|im_start|>", "<|im_end|>")),
    "qwen3_6": ("field", ("<|im_start|>", "<|im_end|>")),
    "gptoss": ("field", ("<|start|>", "<|end|>", "<|channel|>", "<|message|>", "<|return|>")),
    "glm4moe": ("field", ("[gMASK]", "<sop>", "<|user|>", "<|assistant|>")),
    "nemotron_3_nano": ("field", ("<|im_start|>", "<|im_end|>")),
    "llama3": ("headings", ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")),
    "phi3": ("headings", ("<|user|>", "<|assistant|>", "<|end|>")),
    "gemma": ("headings", ("<start_of_turn>", "<end_of_turn>")),
    "deepseek_r1_distill": ("opened", ("<｜User｜>", "<｜Assistant｜>", "<｜end▁of▁sentence｜>")),
}
"""Chat templates as models have them, which TRL ships: where each takes the reasoning."""


@pytest.mark.parametrize("name", _REAL)
def test_real_templates_are_understood_and_rendered_alike(name: str) -> None:
    from trl import chat_template_utils

    place, marks = _REAL[name]
    template = getattr(chat_template_utils, f"{name}_chat_template")
    own = Family(name, template, place, "", marks[-1], ("<|first|>", *marks))
    tokenizer = tokenizer_of(own)
    chat = Chat(tokenizer, "native")
    assert chat.style.place == place
    sample = replace(SAMPLE, reasoning="Weigh it.\n\nAgain.", answer="The aorta.", system="Brief.")
    tokens = tokenise([sample], tokenizer, max_tokens=9000, chat=chat).tokens[0]
    if place == "opened":
        assert tokenizer.decode(tokens.ids).endswith(
            f"{marks[1]}<think>\nWeigh it.\n\nAgain.\n</think>\n\nThe aorta.{marks[-1]}"
        )
        return
    messages = [*asked(sample, chat.style), answered(sample, chat.style)]
    again = tokenizer(
        tokenizer.apply_chat_template(messages, tokenize=False), add_special_tokens=False
    )["input_ids"]
    assert again[: len(tokens.ids)] == tokens.ids.tolist()
    assert tokenizer.decode(again[len(tokens.ids) :]).strip() == ""
