"""Preference pairs: found by question, read as they are, learned in the right direction."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from diq_core.data.sample import Option, Sample, prompt_messages
from diq_core.errors import BadFile, BadSetting
from diq_core.models.load import load_causal
from diq_core.training.data import read_training
from diq_core.training.dpo import train_pairs
from diq_core.training.pairs import (
    Pairs,
    match_pairs,
    read_pairs,
    tokenise_pairs,
    write_pairs,
)
from diq_core.training.watch import Step, Watch
from tests.support.tiny import tiny_tokenizer
from tests.support.training import short, tiny_folder

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
OPTIONS = (Option("A", "One"), Option("B", "Two"))


def _right(number: int) -> Sample:
    return Sample(f"r{number}", f"What is  {number}?", "One", f"Since {number}.", OPTIONS, "A")


def _wrong(number: int) -> Sample:
    return Sample(f"w{number}", f"what is {number}?", "Two", f"As {number}.", OPTIONS, "B")


def test_a_wrong_sample_meets_the_right_one_of_its_question_or_has_a_reason() -> None:
    wrong = [
        _wrong(1),
        _wrong(9),
        replace(_wrong(2), answer="One", answer_label="A"),
        replace(_wrong(2), id="mute", answer="", answer_label="", reasoning=""),
        replace(_wrong(3), id="other", options=(Option("A", "Else"), Option("B", "Two"))),
    ]
    found = match_pairs([_right(1), _right(2), _right(3)], wrong)
    assert [(pair.id, pair.chosen.answer, pair.rejected.answer) for pair in found.pairs] == [
        ("w1", "One", "Two")
    ]
    assert {each.id: each.reason for each in found.dropped} == {
        "w9": "no right sample asks the same question",
        "w2": "its answer is the right one",
        "mute": "one of the two has no response",
        "other": "no right sample asks the same question",
    }


def test_a_pairs_file_reads_back_to_the_same_tokens(tmp_path: Path) -> None:
    found = match_pairs([_right(1), _right(2)], [_wrong(1), _wrong(2)])
    write_pairs(found.pairs, tmp_path / "pairs.jsonl")
    again = read_pairs(tmp_path / "pairs.jsonl")
    one, _ = tokenise_pairs(found, tiny_tokenizer(), max_tokens=500)
    two, _ = tokenise_pairs(again, tiny_tokenizer(), max_tokens=500)
    assert [each.id for each in one] == [each.id for each in two] == ["w1", "w2"]
    for left, right in zip(one, two, strict=True):
        assert left.chosen.ids.tolist() == right.chosen.ids.tolist()
        assert left.rejected.ids.tolist() == right.rejected.ids.tolist()
        start = left.chosen.start
        assert left.rejected.start == start
        assert left.chosen.ids[:start].tolist() == left.rejected.ids[:start].tolist()


def test_foreign_pairs_are_read_as_they_are(tmp_path: Path) -> None:
    ask = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]
    rows = [
        {"prompt": "Why?", "chosen": "So.", "rejected": "No."},
        {"id": "m", "prompt": ask, "chosen": [{"role": "assistant", "content": "So."}],
         "rejected": [{"role": "assistant", "content": "No."}]},
        {"id": "whole", "chosen": [*ask, {"role": "assistant", "content": "So."}],
         "rejected": [*ask, {"role": "assistant", "content": "No."}]},
        {"id": "half", "prompt": "Why?", "chosen": "So."},
        {"id": "same", "prompt": "Why?", "chosen": "So.", "rejected": "So."},
    ]  # fmt: skip
    file = tmp_path / "foreign.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = read_pairs(file)
    assert [pair.id for pair in found.pairs] == ["pair-000001", "m", "whole"]
    assert prompt_messages(found.pairs[1].chosen) == ask
    assert prompt_messages(found.pairs[2].chosen) == ask
    assert [(each.id, each.line) for each in found.dropped] == [("half", 4), ("same", 5)]
    file.write_text(json.dumps({"question": "Why?", "answer": "So."}) + "\n")
    with pytest.raises(BadFile, match="no preference pair: it has no chosen and no rejected"):
        read_pairs(file)


def test_pairs_that_are_too_long_are_dropped_with_the_reason() -> None:
    long = replace(_right(1), question="why " * 400)
    found = match_pairs([long, _right(2)], [replace(_wrong(1), question="why " * 400), _wrong(2)])
    kept, dropped = tokenise_pairs(found, tiny_tokenizer(), max_tokens=300)
    assert [each.id for each in kept] == ["w2"]
    assert "its prompt alone has" in dropped[0].reason
    with pytest.raises(BadSetting, match="all 1 pairs were dropped"):
        tokenise_pairs(Pairs(found.pairs[:1], ()), tiny_tokenizer(), max_tokens=300)


def test_training_prefers_the_right_response(tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path / "base")
    model = load_causal(folder, device="cpu")
    found = match_pairs([_right(n) for n in range(6)], [_wrong(n) for n in range(6)])
    tokens, _ = tokenise_pairs(found, model.tokenizer, max_tokens=500)

    def margin(network: object) -> float:
        total = 0.0
        for pair in tokens:
            for part, sign in ((pair.chosen, 1), (pair.rejected, -1)):
                ids = torch.tensor(part.ids).long()[None]
                with torch.no_grad():
                    chances = network(input_ids=ids).logits.log_softmax(-1)  # type: ignore[operator]
                picked = chances[0, part.start - 1 : -1].gather(1, ids[0, part.start :, None])
                total += sign * float(picked.sum())
        return total

    before = margin(model.model)
    steps: list[Step] = []
    trained = train_pairs(
        model, tokens, short(folder, objective="dpo", max_steps=6, learning_rate=1e-2),
        folder=tmp_path / "checkpoints", watch=Watch(on_step=steps.append),
    )  # fmt: skip
    # The tuned and the base model are the same at first: the loss is that of a coin.
    assert steps[0].loss == pytest.approx(0.6931, abs=1e-3)
    assert steps[-1].loss < steps[0].loss
    assert margin(trained.model) > before + 1


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.exists(), reason="the real data folder is not here")
def test_every_real_wrong_chain_meets_a_right_one() -> None:
    right = read_training(SHARED / "train_medmcqa_cot.jsonl")
    wrong = read_training(SHARED / "noise_medmcqa_wrong_chains.jsonl")
    found = match_pairs(right.samples, wrong.samples)
    assert len(found.pairs) + len(found.dropped) == 438
    assert len(found.pairs) == 438, Counter(each.reason for each in found.dropped)
