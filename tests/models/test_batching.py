from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from diq_core.models.batching import (
    MAX_PADDING,
    SMALL_BATCH,
    BatchPlan,
    batches_of,
    collate,
    plan_batches,
    shard_batches,
)
from diq_core.models.tokens import Tokens


def items(lengths: list[int]) -> list[Tokens]:
    return [
        Tokens(f"s{row:03d}", np.arange(length, dtype=np.int32), 1)
        for row, length in enumerate(lengths)
    ]


LENGTHS = st.lists(st.integers(2, 900), min_size=1, max_size=60)


@given(LENGTHS, st.integers(100, 2000), st.integers(500, 5000))
def test_every_sample_is_in_exactly_one_batch_within_the_budget(
    lengths: list[int], budget: int, shard: int
) -> None:
    tokens = items(lengths)
    plan = plan_batches(tokens, batch_tokens=budget, shard_tokens=shard)
    by_id = {each.id: len(each.ids) for each in tokens}
    batches = [ids for each in plan.shards for ids in each.batches]
    assert sorted(id for ids in batches for id in ids) == sorted(by_id)
    for ids in batches:
        padded = len(ids) * max(by_id[id] for id in ids)
        assert padded <= budget or len(ids) == 1
        assert padded <= max(SMALL_BATCH, sum(by_id[id] for id in ids) * (1 + MAX_PADDING))
    assert plan.real_tokens == sum(lengths)
    padded = [
        sum(len(ids) * max(by_id[id] for id in ids) for ids in each.batches) for each in plan.shards
    ]
    assert padded == [each.tokens for each in plan.shards]
    assert [each.samples for each in plan.shards] == [
        sum(map(len, each.batches)) for each in plan.shards
    ]
    assert all(each.batches for each in plan.shards)


@given(LENGTHS, st.randoms())
def test_the_plan_does_not_depend_on_the_order_of_samples(lengths: list[int], random) -> None:  # type: ignore[no-untyped-def]
    tokens = items(lengths)
    shuffled = random.sample(tokens, len(tokens))
    assert plan_batches(shuffled) == plan_batches(tokens)


@given(LENGTHS)
def test_the_plan_survives_json(lengths: list[int]) -> None:
    plan = plan_batches(items(lengths), batch_tokens=500, shard_tokens=1000)
    back = BatchPlan.from_json(json.loads(json.dumps(plan.to_json())))
    assert back == plan
    assert back.digest == plan.digest


def test_shards_cost_about_the_same_and_mix_lengths() -> None:
    plan = plan_batches(items(list(range(20, 820))), batch_tokens=2048, shard_tokens=16384)
    costs = [each.tokens for each in plan.shards]
    assert len(costs) > 10
    assert max(costs) - min(costs) <= 2048
    assert plan.padding < 0.05


def test_ties_in_length_go_by_id() -> None:
    tokens = items([7, 7, 7, 7])
    plan = plan_batches(tokens[::-1], batch_tokens=14)
    assert plan.shards[0].batches == (("s000", "s001"), ("s002", "s003"))


def test_an_empty_pool_has_no_shard() -> None:
    assert plan_batches([]).shards == ()
    assert batches_of([]) == []


def test_collate_pads_on_the_right_and_keeps_the_spans() -> None:
    batch = collate(
        [Tokens("a", np.array([5, 6, 7], np.int32), 2), Tokens("b", np.array([8, 9], np.int32), 1)]
    )
    assert batch.input_ids.tolist() == [[5, 6, 7], [8, 9, 0]]
    assert batch.starts.tolist() == [2, 1]
    assert batch.lengths.tolist() == [3, 2]


def test_a_shard_becomes_its_batches() -> None:
    tokens = items([3, 4, 900])
    plan = plan_batches(tokens, batch_tokens=100)
    (shard,) = plan.shards
    batches = shard_batches(shard, {each.id: each for each in tokens})
    assert [batch.ids for batch in batches] == list(shard.batches) == [("s000", "s001"), ("s002",)]
