from __future__ import annotations

import numpy as np
import pytest

from diq_core.data.sample import Sample
from diq_core.errors import BadSetting
from diq_core.maps.embedding import embed, lay_out


def unit_vectors(count, seed=0, groups=3):
    random = np.random.default_rng(seed)
    centres = random.normal(size=(groups, 16))
    found = centres[np.arange(count) % groups] + 0.1 * random.normal(size=(count, 16))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 9])
def test_few_vectors_are_laid_out_by_principal_components(count):
    places, method = lay_out(unit_vectors(max(count, 1))[:count])
    assert method == "principal-components"
    assert places.shape == (count, 2)
    assert places.dtype == np.float32
    assert np.isfinite(places).all()


def test_two_points_lie_as_far_apart_as_they_are():
    places, _ = lay_out(np.array([[1, 0], [0, 1]], dtype=np.float32))
    assert np.linalg.norm(places[0] - places[1]) == pytest.approx(np.sqrt(2))


@pytest.mark.slow
@pytest.mark.parametrize("count", [10, 60])
def test_umap_repeats_itself_and_groups_what_is_alike(count):
    vectors = unit_vectors(count)
    places, method = lay_out(vectors, seed=3)
    again, _ = lay_out(vectors, seed=3)
    assert method == "umap"
    assert places.tobytes() == again.tobytes()
    assert places.dtype == np.float32
    assert np.isfinite(places).all()
    if count == 60:
        group = np.arange(count) % 3
        apart = np.linalg.norm(places[:, None] - places[None], axis=-1)
        np.fill_diagonal(apart, np.inf)
        assert (group[apart.argmin(1)] == group).mean() > 0.95


@pytest.mark.slow
def test_beyond_the_limit_the_rest_is_placed_among_a_sample():
    vectors = unit_vectors(90)
    places, method = lay_out(vectors, seed=1, most_to_fit=60)
    again, _ = lay_out(vectors, seed=1, most_to_fit=60)
    assert method == "umap-sample"
    assert places.tobytes() == again.tobytes()
    group = np.arange(90) % 3
    apart = np.linalg.norm(places[:, None] - places[None], axis=-1)
    np.fill_diagonal(apart, np.inf)
    assert (group[apart.argmin(1)] == group).mean() > 0.95


@pytest.mark.slow
def test_equal_vectors_are_no_trouble():
    places, _ = lay_out(np.tile(unit_vectors(1), (12, 1)))
    assert np.isfinite(places).all()


def test_holes_in_the_vectors_are_refused():
    vectors = unit_vectors(12)
    vectors[3, 0] = np.nan
    with pytest.raises(BadSetting, match="not a table of finite numbers"):
        lay_out(vectors)


def test_sample_without_text_has_no_vector_but_a_reason(encoder):
    samples = [Sample(id="a", question="Fever?", answer="x"), Sample(id="b", question=" ")]
    vectors, reasons = embed(encoder, samples)
    assert reasons == [None, "it has no question text"]
    assert np.linalg.norm(vectors[0]) == pytest.approx(1, abs=1e-5)
    assert np.isnan(vectors[1]).all()


def test_the_answer_does_not_move_a_sample(encoder):
    samples = [
        Sample(id=id, question="Fever?", answer=answer, reasoning=answer)
        for id, answer in (("a", "x"), ("b", "yes"))
    ]
    vectors, _ = embed(encoder, samples)
    np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-6)


@pytest.fixture(scope="module")
def encoder():
    from diq_core.models.load import load_encoder

    return load_encoder(device="cpu")
