"""Terms of single tokens: they add up, they are the slope of each token's own loss, and a person
can read them by passages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.data.sample import Sample, answer_text
from diq_core.models.batching import batches_of, collate
from diq_core.models.losses import token_losses, with_gradients
from diq_core.models.pieces import pieces_of
from diq_core.models.tokens import tokenise
from diq_core.scoring.influence.by_token import token_terms
from diq_core.scoring.influence.direction import scored_parameters, validation_direction
from diq_core.scoring.influence.engine import FiniteDifference
from diq_core.scoring.influence.passages import passages
from tests.support.tiny import STEP, questions


def test_terms_add_up_to_the_influence_and_losses_average_to_the_loss(
    model: Any, tokens: Any, held_out: Any
) -> None:
    direction = validation_direction(model, held_out)
    with FiniteDifference(model, direction, step=STEP) as engine:
        for batch in batches_of(tokens, batch_tokens=600):
            scores, found = engine.score(batch), token_terms(engine, batch)
            assert tuple(each.id for each in found) == batch.ids
            assert [len(each.terms) for each in found] == scores.response_tokens.tolist()
            np.testing.assert_allclose(
                [each.terms.sum() for each in found], scores.influence, rtol=1e-9
            )
            np.testing.assert_allclose(
                [each.losses.mean() for each in found], scores.loss, rtol=1e-12
            )


def test_a_term_is_the_dot_product_of_that_tokens_own_gradient(
    model: Any, tokens: Any, held_out: Any
) -> None:
    direction = validation_direction(model, held_out)
    batch = collate([min(tokens, key=lambda each: len(each.ids))])
    with FiniteDifference(model, direction, step=STEP) as engine:
        [found] = token_terms(engine, batch)
    parameters = scored_parameters(model)
    exact = []
    for token in range(len(found.terms)):
        with with_gradients(parameters):
            (token_losses(model, batch)[token] / len(found.terms)).backward()
            exact.append(sum(
                float((value.grad.double() * direction.gradient[name].double()).sum())
                for name, value in parameters.items() if value.grad is not None
            ))  # fmt: skip
    np.testing.assert_allclose(found.terms, exact, atol=5e-3 * np.abs(exact).max())


def test_neighbours_in_a_batch_change_no_term(model: Any, tokens: Any, held_out: Any) -> None:
    direction = validation_direction(model, held_out)
    with FiniteDifference(model, direction, step=STEP) as engine:
        together = token_terms(engine, collate(tokens[:4]))
        alone = [token_terms(engine, collate([each]))[0] for each in tokens[:4]]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one.terms, other.terms, atol=2e-2 * np.abs(one.terms).max())


TEXTS = st.text(
    st.sampled_from("ab .\n-1é漢🫀  "), min_size=1, max_size=60
).filter(str.strip)  # fmt: skip


@given(reasoning=TEXTS, answer=TEXTS)
def test_pieces_are_the_response_and_every_token_is_in_one_passage(
    tokenizer: Any, reasoning: str, answer: str
) -> None:
    sample = Sample("a", "Why?", answer=answer, reasoning=reasoning)
    [found] = tokenise([sample], tokenizer, max_tokens=2000).tokens
    pieces = pieces_of(tokenizer, found.ids.tolist(), found.start)
    assert len(pieces) == found.response_tokens
    assert "".join(pieces) == tokenizer.decode(found.ids[found.start :].tolist())
    parts = passages(pieces, reasoning, answer_text(sample))
    assert [part.first for part in parts] == [0, *(part.end for part in parts[:-1])]
    assert parts[-1].end == len(pieces)
    steps = ["".join(pieces[p.first : p.end]) for p in parts if p.what == "step"]
    assert "".join("".join(steps).split()) == "".join(reasoning.split())


def test_steps_answer_and_frame_are_told_apart(tokenizer: Any) -> None:
    sample = Sample("a", "Why?", answer="Sepsis", reasoning="First this.\n\nThen that: β-lactam.")
    [found] = tokenise([sample], tokenizer, max_tokens=400).tokens
    pieces = pieces_of(tokenizer, found.ids.tolist(), found.start)
    told = [
        (part.what, part.step, "".join(pieces[part.first : part.end]).strip())
        for part in passages(pieces, sample.reasoning, "Sepsis")
    ]
    assert told == [
        ("frame", 0, "## Thinking"),
        ("step", 1, "First this."),
        ("step", 2, "Then that: β-lactam."),
        ("frame", 0, "## Final Response"),
        ("answer", 0, "Sepsis"),
        ("frame", 0, "<|im_end|>"),
    ]


def test_a_response_that_was_cut_keeps_the_steps_it_has(tokenizer: Any) -> None:
    sample = Sample("a", "Why?", answer="x", reasoning="One thing is so.\n\nAnother is not.")
    whole = tokenise([sample], tokenizer, max_tokens=400).tokens[0]
    [found] = tokenise([sample], tokenizer, max_tokens=len(whole.ids) - 30).tokens
    pieces = pieces_of(tokenizer, found.ids.tolist(), found.start)
    told = [(part.what, part.step) for part in passages(pieces, sample.reasoning, "x")]
    assert told == [("frame", 0), ("step", 1), ("step", 2)]


@pytest.mark.parametrize("reasoning", ["", "Something else altogether, of some length."])
def test_without_its_reasoning_a_response_has_no_steps(reasoning: str) -> None:
    told = passages(["The", " an", "swer"], reasoning, "answer")
    assert [(part.what, part.first, part.end) for part in told] == [
        ("frame", 0, 1), ("answer", 1, 3),
    ]  # fmt: skip
    assert passages([], "a", "b") == []


def test_questions_of_every_length_are_covered(tokenizer: Any) -> None:
    for sample in questions(6):
        [found] = tokenise([sample], tokenizer, max_tokens=400).tokens
        pieces = pieces_of(tokenizer, found.ids.tolist(), found.start)
        kinds = [part.what for part in passages(pieces, sample.reasoning, answer_text(sample))]
        assert kinds.count("answer") == 1
        assert "step" in kinds
