from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diq_core.data.sample import Option, Sample
from diq_core.errors import BadFile, BadSetting, NotFound
from diq_core.models.encoding import encoder_batches
from diq_core.scoring.difficulty import rate as rating
from diq_core.scoring.difficulty.files import (
    classifier_folder,
    load_classifier,
    load_report,
    save_classifier,
)
from diq_core.scoring.difficulty.label_split import split_labels
from diq_core.scoring.difficulty.labels import (
    LabelledQuestion,
    read_labels,
    target_distributions,
    usable,
)
from diq_core.scoring.difficulty.network import batches, token_ids
from diq_core.scoring.difficulty.rubric import ASPECTS, shipped_rubric
from diq_core.scoring.difficulty.training import Recipe, calibrate, train
from diq_core.statistics.levels import most_fitting_level, rank_correlation, weighted_kappa

LABELS = Path(__file__).parents[3] / "shared" / "data" / "difficulty_labels.jsonl"
TEXTS = [
    "What is fever?",
    "A 54-year-old man has crushing chest pain for two hours. " * 6 + "What comes first?",
    "Which gene is mutated in achondroplasia?\n\nA. FGFR3\nB. FGFR2\nC. COL1A1\nD. SOX9",
    "Name the antidote of heparin.",
    "word " * 400,
]


@pytest.fixture(scope="module")
def classifier():
    return load_classifier(device="cpu")


def test_expected_level_of_a_worked_example():
    probabilities = np.array([[0.1, 0.2, 0.3, 0.4, 0.0], [np.nan] * 5], dtype=np.float32)
    found = rating.expected_level(probabilities)
    assert found.dtype == np.float32
    assert found[0] == pytest.approx(3.0)
    assert np.isnan(found[1])


def test_probabilities_sum_to_one_and_levels_stay_on_the_scale(classifier):
    found, _ = rating.predict(classifier, TEXTS)
    assert found.shape == (5, 3, 5)
    np.testing.assert_allclose(found.sum(-1), 1, atol=1e-6)
    expected = rating.expected_level(found)
    assert ((expected >= 1) & (expected <= 5)).all()


def test_rating_does_not_depend_on_batch_order_or_padding(classifier):
    whole, _ = rating.predict(classifier, TEXTS)
    small, _ = rating.predict(classifier, TEXTS, batch_tokens=1)
    turned, _ = rating.predict(classifier, TEXTS[::-1])
    padded, _ = rating.predict(classifier, [TEXTS[0], TEXTS[4]])
    np.testing.assert_allclose(small, whole, atol=1e-5)
    np.testing.assert_allclose(turned[::-1], whole, atol=1e-5)
    np.testing.assert_allclose(padded, whole[[0, 4]], atol=1e-5)
    again, _ = rating.predict(classifier, TEXTS)
    assert again.tobytes() == whole.tobytes()


def test_only_the_question_is_read(classifier):
    options = (Option("A", "FGFR3"), Option("B", "FGFR2"))
    question = {"question": "Which gene is mutated in achondroplasia?", "options": options}
    silent = Sample(id="a", **question)
    telling = Sample(id="b", **question, answer="FGFR3", answer_label="A", reasoning="Easy. " * 50)
    found = rating.rate(classifier, [silent, telling])
    np.testing.assert_array_equal(found.expected[0], found.expected[1])


def test_sample_without_question_has_no_number_but_a_reason(classifier):
    samples = [
        Sample(id="a", question=" \n", context="A passage."),
        Sample(id="b", question="Lone surrogate \ud800, NUL \x00?"),
    ]
    found = rating.rate(classifier, samples)
    assert found.reasons == ("it has no question text", None)
    assert np.isnan(found.expected[0]).all()
    assert np.isfinite(found.expected[1]).all()
    columns = rating.score_columns(found)
    levels = [f"p_{aspect}_{level}" for aspect in ASPECTS for level in range(1, 6)]
    assert list(columns) == ["id", *ASPECTS, *levels, "reason"]
    assert columns["overall"][0] is None
    assert columns["p_reasoning_3"][0] is None
    assert columns["overall"][1] == pytest.approx(float(found.expected[1, 2]))


def test_nothing_to_rate_is_no_trouble(classifier):
    assert rating.rate(classifier, []).expected.shape == (0, 3)


def test_long_text_keeps_its_end_and_is_counted(classifier):
    text = "alpha " * 300 + "omega?"
    ids, cut = token_ids(classifier.encoder, [text, "alpha"], 64)
    assert cut == [True, False]
    assert len(ids[0]) == 64
    words = classifier.encoder.tokenizer.convert_ids_to_tokens(ids[0])
    assert (words[0], words[1], words[-3:]) == ("[CLS]", "alpha", ["omega", "?", "[SEP]"])
    assert rating.predict(classifier, ["word " * 2000, "word"])[1] == [True, False]


def test_a_separator_inside_a_text_is_plain_signs(classifier):
    """A question that holds [SEP] or [PAD] reads no other way than its words."""
    tokenizer = classifier.encoder.tokenizer
    text = "Fever [SEP] or [PAD] and [CLS]?"
    [rated], _ = token_ids(classifier.encoder, [text], 64)
    [(_, [placed])] = encoder_batches(classifier.encoder, [text])
    for ids in (rated, placed):
        special = [token for token in ids if token in tokenizer.all_special_ids]
        assert special == [tokenizer.cls_token_id, tokenizer.sep_token_id]
        assert tokenizer.convert_ids_to_tokens(ids).count("sep") == 1


@given(st.lists(st.integers(1, 50), max_size=30), st.integers(1, 200))
def test_batches_hold_every_row_once_within_the_limit(lengths, limit):
    found = list(batches(lengths, limit))
    assert sorted(row for rows in found for row in rows) == list(range(len(lengths)))
    for rows in found:
        assert len(rows) == 1 or len(rows) * max(lengths[row] for row in rows) <= limit


def small_labels(count=90):
    marks = ("easy", "plain", "usual", "hard", "cruel")
    return [
        LabelledQuestion(
            f"q{number}",
            f"{marks[number % 5]} item{number} of list{number}",
            dict.fromkeys(ASPECTS, (number % 5 + 1,)),
            flawed=number == 7,
            pass_rate=(number % 5) / 4,
        )
        for number in range(count)
    ]


def small_recipe():
    return Recipe(rank=2, epochs=1, head_rate=1e-2)


@pytest.mark.slow
def test_training_repeats_itself_byte_for_byte(tmp_path):
    labels = small_labels()
    for name in ("one", "two"):
        trained = train(labels, seed=5, recipe=small_recipe())
        save_classifier(tmp_path / name, trained.tensors, trained.config, trained.report)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["config.json", "report.json", "weights.safetensors"]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    split = split_labels(labels, seed=5)
    held_out = [labels[row] for row in split.held_out]
    assert load_report(tmp_path / "one")["split"]["held_out_ids"] == [e.id for e in held_out]
    loaded = load_classifier(tmp_path / "one", device="cpu")
    _same_figures(loaded, held_out, load_report(tmp_path / "one"))


def test_temperature_makes_an_overconfident_rater_doubt():
    labels = [
        LabelledQuestion(f"q{n}", "", dict.fromkeys(ASPECTS, (1 + n % 2,))) for n in range(20)
    ]
    sure = np.tile(np.array([0.97, 0.01, 0.01, 0.005, 0.005], dtype=np.float32), (20, 3, 1))
    assert calibrate(sure, labels)["overall"] > 1.5
    right = np.tile(np.array([0.4997, 0.4997, 2e-4, 2e-4, 2e-4], dtype=np.float32), (20, 3, 1))
    assert calibrate(right, labels)["overall"] <= 1.0


def test_other_encoder_is_refused(tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(classifier_folder("embedded"), folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "encoder_digest": "0" * 64}))
    with pytest.raises(BadSetting, match="trained on another version of its encoder"):
        load_classifier(folder, device="cpu")


def test_damaged_weights_are_named(tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(classifier_folder("embedded"), folder)
    (folder / "weights.safetensors").write_bytes(b"no tensors")
    with pytest.raises(BadFile, match=r"weights are damaged.*weights\.safetensors"):
        load_classifier(folder, device="cpu")


def test_folder_without_classifier_is_named(tmp_path):
    with pytest.raises(NotFound, match=r"weights\.safetensors is missing.*train-difficulty"):
        load_classifier(tmp_path)


def test_shipped_classifier_is_small_and_made_by_the_shipped_rubric():
    folder = classifier_folder("embedded")
    assert sum(file.stat().st_size for file in folder.iterdir()) < 4_000_000
    config = json.loads((folder / "config.json").read_text())
    assert config["rubric_version"] == shipped_rubric().version
    assert config["recipe"] == dataclasses.asdict(Recipe())


@pytest.mark.slow
@pytest.mark.skipif(not LABELS.is_file(), reason="the shared label file is not here")
def test_shipped_report_is_true_and_its_held_out_questions_were_not_trained_on(classifier):
    labels = read_labels(LABELS)
    report = load_report()
    split = split_labels(labels, seed=classifier.config["seed"])
    parts = {
        name: {labels[row].id for row in getattr(split, name)}
        for name in ("train", "inner", "held_out")
    }
    assert set(report["split"]["held_out_ids"]) == parts["held_out"]
    assert set(report["split"]["inner_ids"]) == parts["inner"]
    assert not parts["train"] & (parts["held_out"] | parts["inner"])
    held_out = [label for label in labels if label.id in parts["held_out"]]
    _same_figures(classifier, held_out, report)
    for aspect in ASPECTS:
        figures = report["held_out"]["aspects"][aspect]
        for name in ("kappa", "spearman"):
            assert figures["classifier"][name]["low"] > figures["length_only"][name]["value"]


def _same_figures(classifier, held_out, report):
    found = rating.predict(classifier, [label.text for label in held_out])[0].astype(float)
    targets, mask = target_distributions(held_out).astype(float), usable(held_out)
    levels = np.arange(1.0, 6.0)
    for place, aspect in enumerate(ASPECTS):
        rows = mask[:, place]
        ours, theirs = found[rows, place], targets[rows, place]
        figures = report["held_out"]["aspects"][aspect]["classifier"]
        kappa = weighted_kappa(most_fitting_level(ours), theirs)
        ranks = rank_correlation(ours @ levels, theirs @ levels)
        # Another machine may round a borderline expected value the other way.
        assert kappa == pytest.approx(figures["kappa"]["value"], abs=0.005)
        assert ranks == pytest.approx(figures["spearman"]["value"], abs=0.002)
