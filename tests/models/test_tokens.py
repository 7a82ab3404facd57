from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from diq_core.data.sample import Sample, Turn, response_text
from diq_core.errors import BadSetting
from diq_core.models.tokens import Tokens, Unscored, tokenise, tokens_digest
from tests.support.tiny import TEMPLATE, question, questions


def one(sample: Sample, tokenizer: Any, max_tokens: int = 400) -> Tokens | Unscored:
    found = tokenise([sample], tokenizer, max_tokens=max_tokens)
    return (*found.tokens, *found.unscored)[0]


def parts(tokens: Tokens | Unscored, tokenizer: Any) -> tuple[str, str]:
    assert isinstance(tokens, Tokens)
    return tokenizer.decode(tokens.ids[: tokens.start]), tokenizer.decode(
        tokens.ids[tokens.start :]
    )


def test_the_response_is_exactly_the_response_and_its_end_of_turn(tokenizer: Any) -> None:
    sample = question(3)
    prompt, response = parts(one(sample, tokenizer), tokenizer)
    assert response == response_text(sample) + "<|im_end|>"
    assert prompt.startswith("<|im_start|>user\n")
    assert prompt.endswith("A. Cause 0\nB. Two<|im_end|>\n<|im_start|>assistant\n")


def test_system_and_earlier_turns_are_part_of_the_prompt(tokenizer: Any) -> None:
    sample = replace(
        question(2), system="Be brief.", history=(Turn("user", "Hi"), Turn("assistant", "Hello"))
    )
    prompt, _ = parts(one(sample, tokenizer), tokenizer)
    assert prompt.startswith(
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
        "<|im_start|>assistant\nHello<|im_end|>\n"
    )


def test_the_results_of_tools_are_prompt_and_only_the_answer_is_learned(tokenizer: Any) -> None:
    used = (Turn("assistant", '{"name": "gap"}'), Turn("tool", "16 <|im_end|> mmol"))
    sample = Sample("a", "What is the gap?", "It is 16.", tool_turns=used)
    prompt, response = parts(one(sample, tokenizer), tokenizer)
    assert response == "It is 16.<|im_end|>"
    assert '<|im_start|>assistant\n{"name": "gap"}<|im_end|>\n<|im_start|>tool\n16 ' in prompt
    assert prompt.count("<|im_start|>") == 4
    silent = copy.deepcopy(tokenizer)
    silent.chat_template = (
        "{% for m in messages if m['role'] != 'tool' %}{{ m['content'] }}{% endfor %}"
    )
    found = one(sample, silent)
    assert isinstance(found, Unscored)
    assert "leaves out what a tool said" in found.reason


def test_a_template_that_strips_the_response_is_followed(tokenizer: Any) -> None:
    stripping = copy.deepcopy(tokenizer)
    stripping.chat_template = TEMPLATE.replace("message['content']", "message['content'] | trim")
    _, response = parts(one(Sample("a", "Q", "  Yes.  "), stripping), stripping)
    assert response == "Yes.<|im_end|>"


def test_a_prompt_that_ends_otherwise_than_an_answer_begins_is_cut_where_they_part(
    tokenizer: Any,
) -> None:
    thinking = copy.deepcopy(tokenizer)
    thinking.chat_template = TEMPLATE.replace(
        "assistant\n{% endif %}", "assistant\n<think>{% endif %}"
    )
    prompt, response = parts(one(Sample("a", "Q", "Yes."), thinking), thinking)
    assert prompt.endswith("assistant\n")
    assert response == "Yes.<|im_end|>"


def test_without_a_template_messages_are_paragraphs(tokenizer: Any) -> None:
    base = copy.deepcopy(tokenizer)
    base.chat_template = None
    prompt, response = parts(one(Sample("a", "Q", "Yes."), base), base)
    assert (prompt, response) == ("<|im_start|>Q\n\n", "Yes.<|im_end|>")


def test_a_conversation_the_template_refuses_has_no_score_and_its_reason(tokenizer: Any) -> None:
    strict = copy.deepcopy(tokenizer)
    strict.chat_template = "{{ raise_exception('no system role') }}"
    found = one(question(1), strict)
    assert found == Unscored(
        "q01", "the model's chat template refuses the conversation: no system role"
    )


def test_a_sample_that_is_too_long_loses_its_end(tokenizer: Any) -> None:
    whole, cut = one(question(1), tokenizer), one(question(1), tokenizer, 60)
    assert isinstance(whole, Tokens)
    assert isinstance(cut, Tokens)
    assert (whole.cut, cut.cut, len(cut.ids)) == (False, True, 60)
    assert cut.ids.tolist() == whole.ids[:60].tolist()
    assert cut.start == whole.start


def test_a_sample_whose_prompt_fills_the_limit_is_not_scored(tokenizer: Any) -> None:
    whole = one(question(1), tokenizer)
    assert isinstance(whole, Tokens)
    last = one(question(1), tokenizer, whole.start + 1)
    assert isinstance(last, Tokens)
    assert last.response_tokens == 1
    none = one(question(1), tokenizer, whole.start)
    assert isinstance(none, Unscored)
    assert none.reason == (
        f"its prompt alone has {whole.start} tokens and the limit is {whole.start}, "
        "so no response token is left"
    )


@pytest.mark.parametrize("answer", ["", "  \n "])
def test_a_sample_without_a_response_is_not_scored(tokenizer: Any, answer: str) -> None:
    found = one(Sample("empty", "Why?", answer), tokenizer)
    assert isinstance(found, Unscored)
    assert "no response to learn" in found.reason


def test_a_lone_surrogate_does_not_stop_the_rest(tokenizer: Any) -> None:
    prompt, response = parts(one(Sample("a", "x\ud800y", "z\udfff"), tokenizer), tokenizer)
    assert "x\ufffdy" in prompt
    assert response == "z\ufffd<|im_end|>"


def test_every_sample_comes_back_once(tokenizer: Any) -> None:
    pool = [*questions(4), Sample("empty", "Why?")]
    found = tokenise(pool, tokenizer, max_tokens=400)
    assert [each.id for each in found.tokens] == [sample.id for sample in pool[:4]]
    assert [each.id for each in found.unscored] == ["empty"]
    assert tokenise([], tokenizer, max_tokens=400).tokens == ()


def test_the_digest_ignores_order_and_sees_every_token(tokens: tuple[Tokens, ...]) -> None:
    digest = tokens_digest(tokens)
    assert tokens_digest(reversed(tokens)) == digest
    changed = replace(tokens[0], ids=tokens[0].ids + 1)
    assert tokens_digest([changed, *tokens[1:]]) != digest
    assert tokens_digest([replace(tokens[0], start=tokens[0].start + 1), *tokens[1:]]) != digest


def test_a_limit_without_room_is_refused(tokenizer: Any) -> None:
    with pytest.raises(BadSetting, match="leaves no room for a response.*Use at least 2"):
        tokenise([], tokenizer, max_tokens=1)
