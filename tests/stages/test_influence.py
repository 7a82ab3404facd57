"""The influence stage on a tiny model: what it refuses, what it writes, how it continues."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from diq_core.cli import app
from diq_core.config import ImportSettings, InfluenceSettings
from diq_core.data.sample import Sample
from diq_core.draft import is_unfinished
from diq_core.errors import BadSetting, NotFound, OutOfMemory, OverlapFound, SettingsDiffer
from diq_core.files import read_json
from diq_core.jobs.progress import silent
from diq_core.stages import dataset as importing
from diq_core.stages import influence, influence_room, influence_worker
from diq_core.stages import influence_further as further
from diq_core.stages.joining import SCORES, load_table
from diq_core.study import Study, create_study
from tests.support.studies import command_for
from tests.support.tiny import questions, tiny_llama, tiny_tokenizer


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIQ_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("model")
    tiny_llama().save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return str(folder)


def _file(path: Path, samples: list[Sample], **extra: Any) -> str:
    rows = [
        {"id": s.id, "question": s.question + f" ({s.id})", "reasoning": s.reasoning,
         "answer": s.answer, "source": s.source, **extra}
        for s in samples
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    study = create_study(tmp_path / "study")
    _import(study, _file(tmp_path / "pool.jsonl", questions(12)))
    return study


def _import(study: Study, source: str, name: str = "main", **options: Any) -> None:
    importing.run(
        study, name, ImportSettings(exclude_duplicates=False), silent(), source=source,
        validation=[], **options,
    )  # fmt: skip


@pytest.fixture
def held_out(tmp_path: Path) -> str:
    return _file(tmp_path / "held_out.jsonl", questions(5, first=50), meta={"task": "sums"})


def _run(study: Study, held_out: str, model: str, name: str = "main", **values: Any) -> Any:
    settings = InfluenceSettings(model=model, max_tokens=400, batch_tokens=600, **values)
    return influence.run(
        study, name, settings, silent(), dataset=study.find("dataset"), validation=held_out
    )


def test_every_sample_has_a_score_or_a_reason(study: Study, held_out: str, model: str) -> None:
    made = _run(study, held_out, model, limit=7)
    table = load_table(made, SCORES)
    assert table.column_names == ["id", "influence", "loss", "response_tokens", "reason"]
    scored = np.array(table["influence"].is_valid())
    assert scored.sum() == made.manifest["counts"]["scored"] == 7
    for row in table.to_pylist():
        assert (row["influence"] is None) == (row["reason"] is not None)
        assert row["influence"] is None or (row["loss"] > 0 and row["response_tokens"] > 0)
    assert "measured for 7 samples only" in table.filter(~scored)["reason"][0].as_py()
    validation = made.manifest["facts"]["validation"]["tasks"]
    assert [(task["task"], task["available"]) for task in validation] == [("sums", 5)]
    assert not (made.path / "shards").exists()


def test_stopped_in_the_middle_it_continues_to_the_same_bytes(
    study: Study, held_out: str, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _run(study, held_out, model, "whole")
    real, calls = influence_worker._score, []

    def stops(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(influence_worker, "plan_batches", _many_shards)
    monkeypatch.setattr(influence_worker, "_score", stops)
    with pytest.raises(KeyboardInterrupt):
        _run(study, held_out, model, "stopped")
    assert len(list((study.folder("influence", "stopped.x").parent).glob("*.part/shards/*"))) == 1
    monkeypatch.setattr(influence_worker, "_score", real)
    # The plan that was begun is kept, even where today's would be cut otherwise.
    monkeypatch.undo()
    monkeypatch.setenv("DIQ_CACHE", str(study.path / "other-cache"))
    made = _run(study, held_out, model, "stopped")
    unbroken = _unbroken(study, held_out, model)
    assert (made.path / SCORES).read_bytes() == (unbroken.path / SCORES).read_bytes()
    scores = [load_table(one, SCORES)["influence"].to_numpy() for one in (whole, made)]
    np.testing.assert_allclose(scores[0], scores[1], rtol=1e-2)


def test_further_scores_stand_beside_it_and_change_nothing(
    study: Study, held_out: str, model: str
) -> None:
    plain = _run(study, held_out, model)
    made = _run(study, held_out, model, "more", also=("ifd", "cosine"), limit=9)
    table = load_table(made, SCORES)
    assert table.column_names == [
        "id", "influence", "loss", "response_tokens", "cosine", "ifd", "reason"
    ]  # fmt: skip
    assert made.manifest["settings"]["also"] == ["cosine", "ifd"]
    for row in table.to_pylist():
        assert (row["cosine"] is None) == (row["ifd"] is None) == (row["influence"] is None)
        if row["cosine"] is not None:
            assert -1 < row["cosine"] < 1
            assert np.sign(row["cosine"]) == np.sign(row["influence"])
            assert 0 < row["ifd"] < 2
    counts, facts = made.manifest["counts"], made.manifest["facts"]
    assert (counts["scored"], counts["no_cosine"], counts["no_ifd"]) == (9, 0, 0)
    assert facts["cosine"]["norms"] == "closed forms"
    assert facts["cosine"]["relative_error"] < 1e-5
    assert facts["ifd"]["opening"]
    assert not {"norms.json", "check.json"} & set(made.manifest["files"])
    # What was made without them is the artefact that it always was.
    assert "also" not in plain.manifest["settings"]
    assert not {"cosine", "ifd"} & set(plain.manifest["facts"])
    both = _run(study, held_out, model, "both", also=("cosine", "ifd"))
    columns = ["id", "influence", "loss", "response_tokens", "reason"]
    assert load_table(both, SCORES, columns).equals(load_table(plain, SCORES))


def test_further_scores_stopped_in_the_middle_continue_to_the_same_bytes(
    study: Study, held_out: str, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(influence_worker, "plan_batches", _many_shards)
    also = {"also": ("cosine", "ifd")}
    whole = _run(study, held_out, model, "whole", **also)
    real, calls = influence_worker._score, []

    def stops(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(influence_worker, "_score", stops)
    with pytest.raises(KeyboardInterrupt):
        _run(study, held_out, model, "stopped", **also)
    monkeypatch.setattr(influence_worker, "_score", real)
    with pytest.raises(SettingsDiffer, match=r"setting also was \['cosine', 'ifd'\], now None"):
        _run(study, held_out, model, "stopped")
    made = _run(study, held_out, model, "stopped", **also)
    assert (made.path / SCORES).read_bytes() == (whole.path / SCORES).read_bytes()
    assert made.manifest == whole.manifest


def test_the_command_takes_them_as_a_list(study: Study, held_out: str, model: str) -> None:
    command = command_for(
        "influence", study.path, "main",
        InfluenceSettings(model=model, also=("ifd",), limit=3),
        dataset="main", validation=held_out,
    )  # fmt: skip
    done = CliRunner().invoke(app, [*command, "--json"])
    assert done.exit_code == 0, done.output
    assert (
        load_table(study.find("influence"), SCORES)["ifd"].is_valid().to_pylist().count(True) == 3
    )
    refused = CliRunner().invoke(app, [*command[:4], "other", "--also", "length"])
    assert refused.exit_code != 0
    assert "also.0 = 'length' is not possible" in str(refused.exception)


def test_a_model_that_the_closed_forms_do_not_fit_takes_the_slow_way(
    study: Study, held_out: str, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = _run(study, held_out, model, "fast", also=("cosine",), limit=4)
    monkeypatch.setattr(further, "norms_error", lambda *_: 0.5)
    slow = _run(study, held_out, model, "slow", also=("cosine",), limit=4)
    assert slow.manifest["facts"]["cosine"] == {
        "norms": "autograd, one sample at a time", "relative_error": 0.5,
    }  # fmt: skip
    one, two = (load_table(made, SCORES)["cosine"].drop_null().to_numpy() for made in (fast, slow))
    np.testing.assert_allclose(one, two, rtol=1e-5)


def test_the_demo_study_still_is_what_these_settings_make() -> None:
    demo = Path(__file__).resolve().parents[2] / "assets" / "demo_study" / "influence" / "main"
    settings = read_json(demo / "manifest.json")["settings"]
    assert InfluenceSettings.model_validate(settings).model_dump(mode="json") == settings


def _many_shards(tokens: Any, *, batch_tokens: int) -> Any:
    from diq_core.models.batching import plan_batches

    return plan_batches(tokens, batch_tokens=batch_tokens, shard_tokens=600)


def _unbroken(study: Study, held_out: str, model: str) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(influence_worker, "plan_batches", _many_shards)
        return _run(study, held_out, model, "unbroken")


def test_a_part_is_drawn_by_seed_whatever_the_order(study: Study, model: str) -> None:
    samples = questions(12)
    settings = InfluenceSettings(limit=5, seed=3)
    one = {sample.id for sample in influence_worker.drawn(samples, settings)}
    two = {sample.id for sample in influence_worker.drawn(samples[::-1], settings)}
    assert one == two
    assert len(one) == 5
    other = influence_worker.drawn(samples, InfluenceSettings(limit=5, seed=4))
    assert {sample.id for sample in other} != one


def test_validation_questions_in_the_pool_are_refused_or_left_out(
    study: Study, tmp_path: Path, model: str
) -> None:
    same = _file(tmp_path / "same.jsonl", questions(3))
    with pytest.raises(OverlapFound, match="3 samples.*circular.*import the dataset again|Import"):
        _run(study, same, model)
    importing.run(
        study, "clean", ImportSettings(exclude_duplicates=False), silent(),
        source=str(tmp_path / "pool.jsonl"), validation=[same],
    )  # fmt: skip
    clean = study.find("dataset", "clean")
    assert clean.manifest["counts"]["included"] == 9
    settings = InfluenceSettings(model=model, max_tokens=400)
    made = influence.run(study, "x", settings, silent(), dataset=clean, validation=same)
    assert made.manifest["counts"]["scored"] == 9


def test_mistakes_have_words(study: Study, held_out: str, model: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="no task called 'surgery'.*held_out.jsonl.*sums"):
        _run(study, held_out, model, tasks=("surgery",))
    with pytest.raises(NotFound, match="nowhere"):
        _run(study, held_out, str(tmp_path / "nowhere"), "y")
    settings = InfluenceSettings(model=model, max_tokens=32)
    with pytest.raises(BadSetting, match="validation set has no sample|No sample of the dataset"):
        influence.run(study, "z", settings, silent(), dataset=study.find("dataset"),
                      validation=held_out)  # fmt: skip


def test_a_model_without_room_is_refused_before_it_is_loaded(
    study: Study, held_out: str, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(influence_room, "free_memory", lambda: 1000)
    with pytest.raises(OutOfMemory, match=r"needs at least 0\.0 GB of memory .* 0\.0 GB are free"):
        _run(study, held_out, model)
    assert not is_unfinished(study.folder("influence", "main"))


def test_with_little_memory_layers_are_computed_again_to_the_same_bytes(
    study: Study, held_out: str, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = _run(study, held_out, model, limit=7)
    settings = InfluenceSettings(model=model, max_tokens=400, batch_tokens=600, limit=7)
    room = influence_room.room_of(settings)
    assert room is not None
    assert not influence_room.recomputes(settings, "cpu")
    monkeypatch.setattr(influence_room, "free_memory", lambda *_: room.least)
    assert influence_room.recomputes(settings, "cpu")
    # Another computer, which has kept no direction.
    monkeypatch.setattr("diq_core.stages.influence_directions.load", lambda _key: None)
    lean = _run(study, held_out, model, name="lean", limit=7)
    assert (lean.path / SCORES).read_bytes() == (usual.path / SCORES).read_bytes()


def test_what_it_takes_is_said_and_small_batches_take_less(model: str) -> None:
    large = influence_room.room_of(InfluenceSettings(model=model))
    small = influence_room.room_of(InfluenceSettings(model=model, max_tokens=64, batch_tokens=64))
    assert large is not None
    assert small is not None
    assert small.least == large.least < small.total < large.total
    said = influence_room.room_words(large, free=large.total)
    assert re.fullmatch(r"Up to about .* GB of memory: .* weights, .* direction, .* way\.", said)
    assert "--batch-tokens" in influence_room.room_words(large, free=large.total - 1)
