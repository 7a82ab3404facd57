"""Influence of samples with images, on a tiny model of each family that reads them."""

from __future__ import annotations

import numpy as np

from diq_core.models.batching import collate
from diq_core.scoring.influence.direction import validation_direction
from diq_core.scoring.influence.engine import FiniteDifference, relative_error
from diq_core.scoring.influence.oracle import naive_influence
from tests.support.eyes_fixtures import Seeing


def test_finite_differences_agree_with_autograd_and_batches_with_single_samples(
    seeing: Seeing,
) -> None:
    model, tokens, held_out = seeing
    direction = validation_direction(model.model, held_out)
    exact = naive_influence(model.model, direction, tokens)
    with FiniteDifference(model.model, direction) as engine:
        together = engine.score(collate(tokens)).influence
        alone = np.concatenate([engine.score(collate([each])).influence for each in tokens])
        turned = engine.score(collate(tokens[::-1])).influence[::-1]
    assert relative_error(together, exact) <= 1e-3
    assert relative_error(together, alone) <= 1e-5
    assert relative_error(turned, alone) <= 1e-5
