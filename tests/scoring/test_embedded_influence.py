"""The influence engine on the embedded model itself: slow to load, so all checks share one run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from diq_core.data.sample import Sample
from diq_core.models.batching import batches_of
from diq_core.models.load import load_causal
from diq_core.models.tokens import tokenise
from diq_core.scoring.influence.direction import validation_direction
from diq_core.scoring.influence.engine import FiniteDifference, relative_error
from diq_core.scoring.influence.oracle import naive_influence

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("embedded-model")]

POOL = (
    ("Which vitamin prevents scurvy?", "Vitamin C."),
    ("What is the normal resting heart rate of an adult?", "60 to 100 beats per minute."),
    ("Which organ makes insulin?", "The pancreas."),
    ("A man has crushing chest pain for one hour. What comes first?", "An electrocardiogram."),
    ("Which drug reverses an opioid overdose?", "Naloxone, given into a vein or the nose."),
    ("What does a raised TSH with a low T4 mean?", "Primary hypothyroidism."),
    ("Which bacterium causes most stomach ulcers?", "Helicobacter pylori."),
    ("Name the longest bone of the body.", "The femur."),
    ("A child barks when coughing. What is it?", "Croup: the airway under the larynx is swollen."),
    ("Which electrolyte falls in SIADH?", "Sodium."),
    ("What is a Pott fracture?", "A fracture of the ankle."),
    ("Which nerve moves the face?", "The facial nerve, the seventh cranial nerve."),
)
HELD_OUT = (
    ("Which drug is first for anaphylaxis?", "Adrenaline into a muscle."),
    ("Which valve is heard best at the apex?", "The mitral valve."),
)


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    """Return the naive loop's influence and the engine's, with three compositions of batches."""
    loaded = load_causal(device="cpu")
    pool, held_out = (
        tokenise(
            [Sample(f"s{row:02d}", *pair) for row, pair in enumerate(pairs)],
            loaded.tokenizer,
            max_tokens=256,
        ).tokens
        for pairs in (POOL, HELD_OUT)
    )
    direction = validation_direction(loaded.model, held_out)
    found: dict[str, Any] = {"exact": naive_influence(loaded.model, direction, pool)}
    with FiniteDifference(loaded.model, direction) as engine:
        for name, budget in (("batched", 512), ("again", 512), ("alone", 1)):
            rows: dict[str, float] = {}
            for batch in batches_of(pool, batch_tokens=budget):
                scores = engine.score(batch)
                rows.update(zip(scores.ids, scores.influence.tolist(), strict=True))
            found[name] = np.array([rows[each.id] for each in pool])
    return found


def test_it_equals_the_naive_loop(measured: dict[str, Any]) -> None:
    assert spearmanr(measured["batched"], measured["exact"])[0] == pytest.approx(1.0)
    assert relative_error(measured["batched"], measured["exact"]) < 1e-3
    gaps = np.abs(measured["batched"] - measured["exact"])
    assert gaps.max() / np.abs(measured["exact"]).mean() < 5e-3


def test_batch_size_and_padding_do_not_matter(measured: dict[str, Any]) -> None:
    assert relative_error(measured["alone"], measured["batched"]) < 1e-3


def test_the_same_batches_give_the_same_bits(measured: dict[str, Any]) -> None:
    assert measured["again"].tobytes() == measured["batched"].tobytes()
