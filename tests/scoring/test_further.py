"""Cosine and IFD: against autograd and full logits, by hand, and what must not matter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, Qwen2Config, Qwen2ForCausalLM

from diq_core.errors import BadSetting
from diq_core.models.batching import collate
from diq_core.models.tokens import Tokens
from diq_core.scoring.influence import norms
from diq_core.scoring.influence.direction import Direction, scored_parameters, validation_direction
from diq_core.scoring.influence.engine import BatchScores, FiniteDifference
from diq_core.scoring.influence.further import Further, cosines, norms_error, opening_for
from diq_core.scoring.influence.ifd import answer_opening, lone_losses, without_question
from diq_core.scoring.influence.norms import gradient_norms
from diq_core.scoring.influence.oracle import naive_influence, naive_norms
from tests.scoring.test_influence import TwoWeights
from tests.support.tiny import STEP, tiny_llama, tiny_tokenizer

Pool = tuple[Tokens, ...]
SMALL: dict[str, Any] = {"vocab_size": 320, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2}


def tiny_gpt2() -> Any:
    """Layers that are no `Linear`, biases, learned positions, tied embeddings."""
    torch.manual_seed(1)
    return GPT2LMHeadModel(GPT2Config(n_embd=32, n_layer=2, n_head=4, n_positions=512, **SMALL))


def tiny_qwen() -> Any:
    """Biases at some of the linear layers, embeddings that are not tied."""
    torch.manual_seed(2)
    return Qwen2ForCausalLM(
        Qwen2Config(
            hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, tie_word_embeddings=False, **SMALL,
        )
    )  # fmt: skip


def with_bias_at_the_end() -> Any:
    model = tiny_llama(5, tied=False)
    model.lm_head = torch.nn.Linear(32, 320)
    return model


@pytest.mark.parametrize(
    ("make", "which"),
    [
        pytest.param(tiny_llama, "all", id="tied"),
        pytest.param(tiny_llama, "linear", id="linear"),
        pytest.param(lambda: tiny_llama(3, tied=False), "all", id="untied"),
        pytest.param(tiny_gpt2, "all", id="gpt2"),
        pytest.param(tiny_qwen, "all", id="qwen2"),
        pytest.param(tiny_qwen, "linear", id="qwen2 linear"),
        pytest.param(with_bias_at_the_end, "all", id="head with bias"),
    ],
)
@pytest.mark.parametrize("rows", [512, 7], ids=["short", "in pieces"])
def test_lengths_of_gradients_equal_autograd(
    make: Any, which: Any, rows: int, tokens: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(norms, "HEAD_ROWS", rows)
    model = make().eval()
    names = list(scored_parameters(model, which))
    np.testing.assert_allclose(
        gradient_norms(model, tokens[:6], names), naive_norms(model, tokens[:6], names), rtol=2e-5
    )


def test_both_products_of_a_linear_layer_are_used(model: Any, tokens: Pool) -> None:
    # 32·32/(32 + 32) = 16 tokens is where the smaller product changes.
    short = [Tokens("short", each.ids[:12], 4) for each in tokens[:3]]
    long = [each for each in tokens if len(each.ids) > 40][:3]
    names = list(scored_parameters(model))
    for pool in (short, long):
        np.testing.assert_allclose(
            gradient_norms(model, pool, names), naive_norms(model, pool, names), rtol=2e-5
        )


def test_cosine_worked_by_hand() -> None:
    # The gradients of test_influence's case: (−1, −1/2) and (1, 1/2), or the opposite of both.
    model = TwoWeights(0.0, 0.0)
    same, other = (
        Tokens(name, np.array([0, last], np.int32), 1) for name, last in (("same", 1), ("other", 0))
    )
    direction = validation_direction(model, [same])
    lengths = gradient_norms(model, [same, other], list(direction.gradient))
    assert lengths == pytest.approx([2.5**0.5, 2.5**0.5])
    assert cosines(np.array([2.5, -2.5]), lengths, 2.5**0.5).tolist() == pytest.approx([1, -1])


def test_no_length_no_cosine_and_no_rounding_beyond_the_ends() -> None:
    found = cosines(np.array([0.0, 1.0005, -1.0005]), np.array([0.0, 1.0, 1.0]), 1.0)
    assert np.isnan(found[0])
    assert found[1:].tolist() == [1.0, -1.0]


def test_a_certain_answer_has_no_gradient() -> None:
    model = TwoWeights(200.0, 0.0)
    sure = Tokens("sure", np.array([0, 1], np.int32), 1)
    assert gradient_norms(model, [sure], ["head.weight", "embed.weight"]).tolist() == [0.0]
    further = Further(("cosine", "ifd"), model, _direction(model), opening=(0,))
    scores = BatchScores(("sure",), np.zeros(1), np.zeros(1), np.ones(1, np.int32))
    found = further.of(scores, [sure])
    assert list(found) == ["cosine", "ifd"]
    assert np.isnan([*found["cosine"], *found["ifd"]]).all()


def _direction(model: Any) -> Direction:
    names = dict(model.named_parameters())
    return Direction({name: torch.ones_like(value) for name, value in names.items()}, 1.0, 0.0, 1)


def test_cosine_is_influence_over_both_lengths(model: Any, tokens: Pool, held_out: Pool) -> None:
    direction = validation_direction(model, held_out)
    names = list(direction.gradient)
    exact = naive_influence(model, direction, tokens) / (
        naive_norms(model, tokens, names) * direction.norm
    )
    further = Further(("cosine",), model, direction)
    batch = collate(tokens)
    with FiniteDifference(model, direction, step=STEP) as engine:
        together = further.of(engine.score(batch), tokens)["cosine"]
        alone = [further.of(engine.score(collate([each])), [each])["cosine"][0] for each in tokens]
    np.testing.assert_allclose(together, exact, atol=1e-3)
    np.testing.assert_allclose(alone, exact, atol=1e-3)
    assert np.abs(exact).max() < 1


def test_the_model_is_left_as_it_was_even_after_an_error(model: Any, tokens: Pool) -> None:
    before = {name: value.clone() for name, value in model.state_dict().items()}
    names = list(scored_parameters(model))
    broken = Tokens("broken", np.array([1, 10**6, 2], np.int32), 1)
    gradient_norms(model, tokens[:2], names)
    with pytest.raises(IndexError):
        gradient_norms(model, [broken], names)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert not any(value.requires_grad or value.grad is not None for value in model.parameters())
    assert not any(layer._forward_hooks or "forward" in vars(layer) for layer in model.modules())


def test_layers_that_no_closed_form_describes_are_noticed(
    model: Any, tokens: Pool, held_out: Pool
) -> None:
    direction = validation_direction(model, held_out)
    assert norms_error(model, direction, tokens[:3]) < 1e-5
    model.get_input_embeddings().register_forward_hook(lambda *parts: 3 * parts[-1])
    assert norms_error(model, direction, tokens[:3]) > 0.01
    slow = Further(("cosine",), model, direction, closed=False)
    scores = BatchScores(("x",), np.ones(1), np.ones(1), np.ones(1, np.int32))
    names = list(direction.gradient)
    expected = 1 / (naive_norms(model, tokens[:1], names) * direction.norm)
    assert slow.of(scores, tokens[:1])["cosine"] == pytest.approx(np.minimum(expected, 1))


def test_ifd_is_the_loss_with_the_question_over_without_it(
    model: Any, tokens: Pool, tokenizer: Any, held_out: Pool
) -> None:
    opening = answer_opening(tokenizer)
    losses = []
    for each in tokens:
        said = each.ids[each.start :].tolist()
        ids = torch.tensor([[*opening, *said]])
        with torch.no_grad():
            logits = model(input_ids=ids).logits[0, len(opening) - 1 : -1]
        losses.append(float(torch.nn.functional.cross_entropy(logits, torch.tensor(said))))
    assert lone_losses(model, tokens, opening) == pytest.approx(losses, rel=1e-5)
    scores = BatchScores(
        tuple(each.id for each in tokens), np.zeros(14), np.full(14, 2.0), np.ones(14, np.int32)
    )
    further = Further(("ifd",), model, _direction(model), opening=opening)
    assert further.of(scores, tokens)["ifd"] == pytest.approx([2 / loss for loss in losses])


def test_neighbours_do_not_change_a_lone_loss(model: Any, tokens: Pool) -> None:
    together = lone_losses(model, tokens, (1,))
    alone = [lone_losses(model, [each], (1,))[0] for each in tokens]
    assert together == pytest.approx(alone, rel=1e-5)


def test_a_question_that_says_nothing_gives_one() -> None:
    # This model forgets everything but the token before, which is 0 with and without a question.
    model = TwoWeights(0.3, -0.2)
    sample = Tokens("x", np.array([1, 1, 0, 1, 0], np.int32), 3)
    asked = lone_losses(model, [sample], (0,))
    further = Further(("ifd",), model, _direction(model), opening=(0,))
    scores = BatchScores(("x",), np.zeros(1), asked, np.ones(1, np.int32))
    assert further.of(scores, [sample])["ifd"].tolist() == [1.0]


def test_the_response_stays_and_the_question_goes(tokens: Pool) -> None:
    lone = without_question(tokens[3], (1, 9))
    assert lone.ids[:2].tolist() == [1, 9]
    assert lone.start == 2
    assert lone.ids[2:].tolist() == tokens[3].ids[tokens[3].start :].tolist()


CHAT = "{% for m in messages %}<|im_start|>{{ m['content'] }}<|im_end|>{% endfor %}"


@pytest.mark.parametrize(
    ("template", "bos", "opening"),
    [
        # The token that begins every text is the header's own first one: once is enough.
        (None, "<|im_start|>", "<|im_start|>assistant\n"),
        (CHAT + "{% if add_generation_prompt %}A:{% endif %}", None, "A:"),
        (CHAT + "{% if add_generation_prompt %}A:{% endif %}", "<|endoftext|>", "A:"),
        ("{{ bos_token }}" + CHAT + "{% if add_generation_prompt %}A:{% endif %}",
         "<|endoftext|>", "<|endoftext|>A:"),
        (CHAT, "<|endoftext|>", "<|endoftext|>"),
        ("{{ raise_exception('no') }}", "<|endoftext|>", "<|endoftext|>"),
        ("", "<|endoftext|>", "<|endoftext|>"),
    ],
)  # fmt: skip
def test_an_answer_opens_as_the_template_opens_it(
    template: str | None, bos: str | None, opening: str
) -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.bos_token = bos
    if template is not None:
        tokenizer.chat_template = template
    assert tokenizer.decode(list(answer_opening(tokenizer))) == opening


def test_a_model_without_any_opening_is_refused_only_where_ifd_is_asked_for() -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.bos_token, tokenizer.chat_template = None, None
    assert opening_for(("cosine",), tokenizer) == ()
    with pytest.raises(BadSetting, match="no token of its own begins an answer.*Leave ifd out"):
        opening_for(("cosine", "ifd"), tokenizer)
