from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from transformers import PretrainedConfig

from diq_core.errors import BadSetting
from diq_core.models.batching import batches_of, collate
from diq_core.models.losses import sample_losses, token_losses
from diq_core.models.tokens import Tokens, tokenise
from diq_core.scoring.influence.direction import Direction, validation_direction
from diq_core.scoring.influence.engine import (
    FiniteDifference,
    check_samples,
    choose_step,
    relative_error,
)
from diq_core.scoring.influence.engine import score_all as score_by_step
from diq_core.scoring.influence.oracle import naive_influence
from tests.support.tiny import STEP, question, tiny_llama

Pool = tuple[Tokens, ...]


def score_all(model: Any, direction: Direction, tokens: Any) -> Any:
    return score_by_step(model, direction, tokens, step=STEP)


@pytest.fixture
def direction(model: Any, held_out: Pool) -> Direction:
    return validation_direction(model, held_out)


def scores(model: Any, direction: Direction, tokens: Pool, budget: int, step: float = STEP) -> Any:
    with FiniteDifference(model, direction, step=step) as engine:
        found = [engine.score(batch) for batch in batches_of(tokens, batch_tokens=budget)]
    rows = {
        id: (float(each.influence[row]), float(each.loss[row]), int(each.response_tokens[row]))
        for each in found
        for row, id in enumerate(each.ids)
    }
    return np.array([rows[each.id] for each in tokens])


class TwoWeights(torch.nn.Module):
    """Always gives token 1 the logit a·2 + b, token 0 the logit 0, whatever came before."""

    def __init__(self, a: float, b: float) -> None:
        super().__init__()
        self.embed = torch.nn.Embedding(2, 2)
        self.embed.weight.data = torch.tensor([[2.0, 1.0], [2.0, 1.0]])
        self.head = torch.nn.Linear(2, 2, bias=False)
        self.head.weight.data = torch.tensor([[0.0, 0.0], [a, b]])
        self.config = PretrainedConfig()

    def forward(self, input_ids: torch.Tensor, use_cache: bool) -> Any:
        states = self.base_model(input_ids, use_cache).last_hidden_state
        return type("Output", (), {"logits": self.head(states)})

    @property
    def base_model(self) -> Any:
        def body(input_ids: torch.Tensor, use_cache: bool) -> Any:
            assert not use_cache
            return type("Output", (), {"last_hidden_state": self.embed(input_ids)})

        return body

    def get_input_embeddings(self) -> torch.nn.Embedding:
        return self.embed

    def get_output_embeddings(self) -> torch.nn.Linear:
        return self.head


def test_the_sign_and_size_of_a_case_worked_by_hand() -> None:
    # With a = b = 0 both tokens have probability 1/2. The gradient of −log p(1) with respect to
    # (a, b) is −(1 − 1/2)·(2, 1) = (−1, −1/2), and that of the row of token 0 is (1, 1/2); for
    # −log p(0) both change their sign. The same answer as in validation: influence is the
    # squared length 1 + 1/4 + 1 + 1/4 = 2.5; the opposite answer: −2.5.
    model = TwoWeights(0.0, 0.0)
    same = Tokens("same", np.array([0, 1], np.int32), 1)
    other = Tokens("other", np.array([0, 0], np.int32), 1)
    direction = validation_direction(model, [same], which="all")
    head = {"head.weight": direction.gradient["head.weight"]}
    assert head["head.weight"].tolist() == [[1.0, 0.5], [-1.0, -0.5]]
    alone = Direction(head, 2.5**0.5, direction.loss, 1)
    assert score_all(model, alone, [same, other]) == pytest.approx([2.5, -2.5], rel=1e-3)


def test_a_training_step_changes_the_validation_loss_as_foretold(
    model: Any, tokens: Pool, held_out: Pool, direction: Direction
) -> None:
    influence = score_all(model, direction, tokens)
    rate = 1e-4
    for row in (int(influence.argmax()), int(influence.argmin())):
        changed = tiny_llama()
        own = validation_direction(changed, [tokens[row]])
        with torch.no_grad():
            for name, value in changed.named_parameters():
                value -= rate * own.gradient[name]
            batch = collate(held_out)
            after = float(sample_losses(token_losses(changed, batch), batch).mean())
        assert direction.loss - after == pytest.approx(rate * influence[row], rel=0.05)


def test_it_equals_the_naive_loop(model: Any, tokens: Pool, direction: Direction) -> None:
    exact = naive_influence(model, direction, tokens)
    found = score_all(model, direction, tokens)
    assert relative_error(found, exact) < 1e-3
    assert spearmanr(found, exact)[0] == pytest.approx(1.0)


@pytest.mark.parametrize("tied", [True, False])
def test_it_equals_the_naive_loop_with_and_without_tied_embeddings(
    tokens: Pool, held_out: Pool, tied: bool
) -> None:
    model = tiny_llama(3, tied=tied)
    direction = validation_direction(model, held_out)
    exact = naive_influence(model, direction, tokens)
    assert relative_error(score_all(model, direction, tokens), exact) < 1e-3


def test_linear_layers_alone_are_another_score(
    model: Any, tokens: Pool, held_out: Pool, direction: Direction
) -> None:
    linear = validation_direction(model, held_out, which="linear")
    exact = naive_influence(model, linear, tokens)
    assert relative_error(score_all(model, linear, tokens), exact) < 2e-3
    assert relative_error(exact, naive_influence(model, direction, tokens)) > 0.01


def test_padding_order_and_batch_size_do_not_matter(
    model: Any, tokens: Pool, direction: Direction
) -> None:
    alone = scores(model, direction, tokens, budget=2)[:, 0]
    for budget, pool in ((400, tokens), (10_000, tokens), (10_000, tokens[::-1])):
        found = scores(model, direction, pool, budget)[:, 0]
        aligned = found if pool is tokens else found[::-1]
        assert relative_error(aligned, alone) < 1e-3
    together = collate(tokens)
    with FiniteDifference(model, direction, step=STEP) as engine:
        assert relative_error(engine.score(together).influence, alone) < 1e-3


def test_the_same_batch_gives_the_same_bits(
    model: Any, tokens: Pool, held_out: Pool, direction: Direction
) -> None:
    batch = collate(tokens)
    found = []
    for _ in range(2):
        with FiniteDifference(model, direction, step=STEP) as engine:
            found += [engine.score(batch), engine.score(batch)]
    again = tiny_llama()
    with FiniteDifference(again, validation_direction(again, held_out), step=STEP) as engine:
        found.append(engine.score(batch))
    for each in found[1:]:
        assert each.influence.tobytes() == found[0].influence.tobytes()
        assert each.loss.tobytes() == found[0].loss.tobytes()


def test_loss_and_length_come_with_it(model: Any, tokens: Pool, direction: Direction) -> None:
    rows = scores(model, direction, tokens, budget=1000)
    batch = collate(tokens)
    with torch.no_grad():
        loss = sample_losses(token_losses(model, batch), batch).numpy()
    assert rows[:, 1] == pytest.approx(loss, abs=1e-5)
    assert rows[:, 2].tolist() == [each.response_tokens for each in tokens]


def test_the_error_of_the_loss_shrinks_with_the_square_of_the_step(
    model: Any, tokens: Pool, direction: Direction
) -> None:
    double = model.double()
    batch = collate(tokens)
    with torch.no_grad():
        exact = sample_losses(token_losses(double, batch), batch).numpy()
    gaps = []
    for step in (4e-3, 2e-3):
        rows = scores(model.float(), direction, tokens, 10_000, step=step)
        gaps.append(float(np.abs(rows[:, 1] - exact).mean()))
    assert gaps[0] / gaps[1] == pytest.approx(4, rel=0.25)


def test_the_weights_are_untouched_even_after_an_error(
    model: Any, tokens: Pool, direction: Direction
) -> None:
    before = {name: value.clone() for name, value in model.state_dict().items()}
    places = {name: value.data_ptr() for name, value in model.named_parameters()}
    broken = collate(tokens)
    broken.input_ids[0, 0] = 10**6
    with FiniteDifference(model, direction, step=STEP) as engine:
        engine.score(collate(tokens[:3]))
        with pytest.raises(IndexError):
            engine.score(broken)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert {name: value.data_ptr() for name, value in model.named_parameters()} == places


def test_several_directions_average_to_that_of_all(
    model: Any, tokens: Pool, held_out: Pool
) -> None:
    tasks = [validation_direction(model, held_out[:2]), validation_direction(model, held_out[2:])]
    each = [score_all(model, task, tokens) for task in tasks]
    whole = score_all(model, validation_direction(model, held_out), tokens)
    assert relative_error((2 * each[0] + 3 * each[1]) / 5, whole) < 2e-3
    assert relative_error(each[0], each[1]) > 0.01


def test_lower_precision_is_refused(model: Any, direction: Direction) -> None:
    with pytest.raises(BadSetting, match="need float32 weights.*Load the model in float32"):
        FiniteDifference(model.bfloat16(), direction)


def test_shortcuts_in_precision_are_off_while_scoring(model: Any, direction: Direction) -> None:
    torch.set_float32_matmul_precision("medium")
    try:
        with FiniteDifference(model, direction):
            assert torch.get_float32_matmul_precision() == "highest"
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision("highest")


def test_the_step_is_checked_against_autograd_and_recorded(
    model: Any, tokens: Pool, direction: Direction
) -> None:
    check = choose_step(model, direction, check_samples(tokens))
    assert check.relative_error < 1e-3
    assert check.worst_error < 1e-2
    assert len(check.samples) == 4
    assert json.loads(json.dumps(check.to_json()))["step"] == check.step


def test_a_bad_first_step_is_replaced(model: Any, tokens: Pool, direction: Direction) -> None:
    check = choose_step(model, direction, tokens[:4], steps=(3.0, STEP))
    assert check.step == STEP


def test_an_engine_that_fits_nowhere_is_refused(
    model: Any, tokens: Pool, direction: Direction
) -> None:
    with pytest.raises(BadSetting, match=r"differ from autograd by .*%.*Use another model"):
        choose_step(model, direction, tokens[:4], steps=(3.0, 10.0))


def test_check_samples_are_a_few_of_the_shorter_half(tokens: Pool) -> None:
    picked = check_samples(tokens)
    lengths = sorted(len(each.ids) for each in tokens)
    assert len(picked) == 4
    assert max(len(each.ids) for each in picked) <= lengths[len(lengths) // 2]
    assert check_samples(tokens[::-1]) == picked
    assert check_samples(tokens[:1]) == [tokens[0]]
    assert check_samples([]) == []


def test_a_cut_sample_is_scored_on_what_is_left(
    model: Any, tokenizer: Any, direction: Direction
) -> None:
    cut = tokenise([question(1, words=20)], tokenizer, max_tokens=70).tokens
    assert cut[0].cut
    rows = scores(model, direction, cut, budget=1000)
    assert rows[0, 2] == 70 - cut[0].start
    assert rows[:, 0] == pytest.approx(naive_influence(model, direction, cut), rel=1e-2)
