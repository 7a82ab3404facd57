"""The influence of single tokens, from an influence artefact to a terminal: it adds up to what is
stored, is kept and signed, and is refused in words."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from diq_core.artefact import MANIFEST, Artefact
from diq_core.cli import app
from diq_core.config import InfluenceSettings, TokensSettings
from diq_core.errors import BadSetting, NotFound, OutOfMemory
from diq_core.files import read_json, write_json
from diq_core.jobs.progress import silent
from diq_core.models.shipped import CAUSAL_NUMBERS
from diq_core.stages import influence_room, tokens, tokens_cache
from diq_core.stages.influence_worker import BATCHES
from diq_core.stages.joining import SCORES, load_table
from diq_core.stages.tokens_cache import kept
from diq_core.study import Study
from tests.support.tampering import vouched_anew
from tests.support.tiny import tiny_llama, tiny_tokenizer
from tests.support.tiny_study import tiny_study


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a study with the influence of some samples, measured once, and its model's folder."""
    home = tmp_path_factory.mktemp("tokens")
    patch = pytest.MonkeyPatch()
    patch.setenv("DIQ_CACHE", str(home / "cache"))
    study = tiny_study(home, limit=8)
    patch.undo()
    return study.path, home


@pytest.fixture
def study(made: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    """Return a copy of that study; this machine has kept its direction."""
    monkeypatch.setenv("DIQ_CACHE", str(made[1] / "cache"))
    shutil.copytree(made[0], tmp_path / "study")
    return Study(tmp_path / "study")


def retold(study: Study, **changes: dict[str, Any]) -> None:
    """Change what the manifest of the influence says, one level below each part."""
    folder = study.find("influence").path
    said = read_json(folder / MANIFEST)
    for part, values in changes.items():
        for name, value in values.items():
            before = said[part][name]
            said[part][name] = before | value if isinstance(value, dict) else value
    vouched_anew(folder, **{part: said[part] for part in changes})


def weigh(study: Study, *ids: str) -> list[tokens_cache.Weighed]:
    return tokens.run(study, study.find("influence"), TokensSettings(samples=ids), silent())


def stored(study: Study) -> dict[str, dict[str, Any]]:
    rows = load_table(study.find("influence"), SCORES).to_pylist()
    return {row["id"]: row for row in rows}


def scored(study: Study) -> list[str]:
    return [id for id, row in stored(study).items() if row["influence"] is not None]


def test_terms_add_up_to_the_stored_influence(study: Study) -> None:
    ids = scored(study)
    for each in weigh(study, *ids):
        row = stored(study)[each.id]
        assert each.influence == pytest.approx(row["influence"], rel=1e-4)
        assert each.loss == pytest.approx(row["loss"], rel=1e-6)
        assert len(each.terms) == len(each.pieces) == len(each.losses) == row["response_tokens"]


def test_without_what_this_machine_kept_it_finds_the_direction_again(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIQ_CACHE", str(tmp_path / "another"))
    id = scored(study)[0]
    [found] = weigh(study, id)
    assert found.influence == pytest.approx(stored(study)[id]["influence"], rel=1e-4)


def test_what_is_kept_needs_no_model_and_is_this_machines_own(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    id, scores = scored(study)[0], study.find("influence")
    [first] = weigh(study, id)
    digest = scores.digest
    monkeypatch.setattr(tokens, "load_causal", None)
    assert weigh(study, id) == [first]
    assert Artefact(scores.path).digest == digest
    file = tokens_cache._file(study, scores, id)
    said = read_json(file)
    write_json(file, said | {"terms": [1.0, *said["terms"][1:]]})
    assert kept(study, scores, id) is None
    write_json(file, said | {"signature": "é"})
    assert kept(study, scores, id) is None
    write_json(file, ["no", "record"])
    assert kept(study, scores, id) is None


def test_its_whole_batch_is_kept_and_only_the_latest(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens_cache, "LATEST", 2)
    scores = study.find("influence")
    plan = read_json(scores.file(BATCHES))
    batch = max((ids for shard in plan["shards"] for ids in shard["batches"]), key=len)
    assert len(batch) > 2
    [found] = weigh(study, batch[-1])
    assert found.id == batch[-1]
    assert len(list((study.path / ".cache").glob("tokens-*.json"))) == 2


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ((), "No sample is named"),
        (("nobody",), "There is no sample 'nobody' among these influence scores"),
    ],
)
def test_who_is_not_there_is_named(study: Study, ids: tuple[str, ...], words: str) -> None:
    with pytest.raises((BadSetting, NotFound), match=words):
        weigh(study, *ids)


def test_a_sample_without_influence_says_why(study: Study) -> None:
    missing = next(id for id, row in stored(study).items() if row["influence"] is None)
    with pytest.raises(BadSetting, match="so its words have none: not drawn"):
        weigh(study, missing)


def test_another_model_in_its_place_is_refused(
    study: Study, made: tuple[Path, Path], tmp_path: Path
) -> None:
    other = tmp_path / "model"
    tiny_llama(7).save_pretrained(other)
    tiny_tokenizer().save_pretrained(other)
    retold(study, settings={"model": str(other)})
    with pytest.raises(BadSetting, match="The model is not the one with which influence was"):
        weigh(study, scored(study)[0])


def test_terms_that_do_not_add_up_are_refused(study: Study) -> None:
    retold(study, facts={"engine": {"step": 1.0}})
    with pytest.raises(BadSetting, match=r"adds up to .* is stored"):
        weigh(study, scored(study)[0])


def test_another_direction_is_refused(study: Study) -> None:
    retold(study, facts={"validation": {"gradient_norm": 1e9}})
    with pytest.raises(BadSetting, match="another direction now: its length is"):
        weigh(study, scored(study)[0])


def test_memory_is_asked_for_before_anything_is_loaded(
    study: Study, made: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = sum(each.numel() for each in tiny_llama().parameters())
    needed = influence_room.room_of(InfluenceSettings(model=str(made[1] / "model")))
    assert needed is not None
    assert (needed.weights, needed.direction) == (numbers * 4, numbers * 4)
    embedded = influence_room.room_of(InfluenceSettings())
    assert embedded is not None
    assert embedded.weights == CAUSAL_NUMBERS * 4
    assert influence_room.room_of(InfluenceSettings(model="owner/name")) is None
    monkeypatch.setattr(influence_room, "free_memory", lambda: 1000)
    monkeypatch.setattr(tokens, "load_causal", None)
    with pytest.raises(OutOfMemory, match=r"needs at least .* GB of memory .* are free"):
        weigh(study, scored(study)[0])


def test_a_terminal_prints_the_same(study: Study) -> None:
    id = scored(study)[0]
    command = ["tokens", "--study", str(study.path), "--sample", id]
    ran = CliRunner().invoke(app, command, catch_exceptions=False)
    lines = ran.output.splitlines()
    assert lines[0].startswith(f"{id}: influence {stored(study)[id]['influence']:+.4g} over")
    assert any(line.startswith("  step 1 ") for line in lines)
    assert lines[-1].startswith("  strongest: ")
    ran = CliRunner().invoke(app, [*command, "--json"], catch_exceptions=False)
    [said] = json.loads(ran.output)["samples"]
    total = stored(study)[id]["influence"]
    for part in ("tokens", "passages"):
        assert sum(each["influence"] for each in said[part]) == pytest.approx(total, rel=1e-4)
    assert not list((study.path / "tokens").glob("*")) if (study.path / "tokens").exists() else True
