"""Work shared by ranks, by the command itself: any order, any kill, the same bytes."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from diq_core.artefact import Artefact
from diq_core.cli import app
from diq_core.config import ImportSettings
from diq_core.errors import BadSetting
from diq_core.jobs import standing
from diq_core.jobs.progress import silent
from diq_core.maps import embedding as maps
from diq_core.stages import dataset as importing
from diq_core.stages import embedding, influence_worker
from diq_core.study import Study, create_study
from tests.support.tiny import questions, tiny_llama, tiny_tokenizer


@pytest.fixture(autouse=True)
def small_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIQ_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(embedding, "SHARD_QUESTIONS", 2)
    for name in ("encode", "encoder_batches"):
        small = partial(getattr(maps, name), batch_tokens=25)
        monkeypatch.setattr(maps, name, small)
    real = influence_worker.plan_batches
    monkeypatch.setattr(
        influence_worker,
        "plan_batches",
        lambda tokens, *, batch_tokens: real(tokens, batch_tokens=batch_tokens, shard_tokens=300),
    )


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("model")
    tiny_llama().save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return str(folder)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    study = create_study(tmp_path / "study")
    _lines(tmp_path / "pool.jsonl", questions(12))
    importing.run(
        study, "main", ImportSettings(exclude_duplicates=False), silent(),
        source=str(tmp_path / "pool.jsonl"), validation=[],
    )  # fmt: skip
    return study


@pytest.fixture
def verbs(tmp_path: Path, model: str) -> dict[str, list[str]]:
    held_out = _lines(tmp_path / "held_out.jsonl", questions(5, first=50), meta={"task": "sums"})
    return {
        "difficulty": ["difficulty", "--shard-size", "5"],
        "embedding": ["embed"],
        "influence": ["influence", "--model", model, "--validation", held_out, "--max-tokens",
                      "400", "--batch-tokens", "300", "--also", "cosine,ifd"],
    }  # fmt: skip


def _lines(path: Path, samples: list[Any], **extra: Any) -> str:
    rows = [{"id": s.id, "question": s.question + f" ({s.id})", "reasoning": s.reasoning,
             "answer": s.answer, "source": s.source, **extra} for s in samples]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def _call(study: Study, verb: list[str], name: str, *more: str) -> dict[str, Any]:
    line = [*verb, "--study", str(study.path), "--name", name, "--json", *more]
    done = CliRunner().invoke(app, line, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    said: dict[str, Any] = json.loads(done.output.splitlines()[-1])
    return said


def _same(one: Artefact, other: Artefact) -> None:
    assert one.manifest == other.manifest
    for file in one.manifest["files"]:
        assert (one.path / file).read_bytes() == (other.path / file).read_bytes()


@pytest.mark.parametrize("kind", ["difficulty", "embedding", "influence"])
def test_three_ranks_by_hand_make_the_same_bytes(
    study: Study, verbs: dict[str, list[str]], kind: Any
) -> None:
    _call(study, verbs[kind], "whole")
    first = _call(study, verbs[kind], "ranks", "--rank", "2", "--of", "3")
    total = first["total"]
    assert total >= 3
    assert first["missing"] == [number for number in range(total) if number % 3 != 2]
    assert standing.look(study, kind, "ranks") is None
    _call(study, verbs[kind], "ranks", "--rank", "0", "--of", "3")
    last = _call(study, verbs[kind], "ranks", "--rank", "1", "--of", "3")
    assert last["kind"] == kind
    job = standing.look(study, kind, "ranks")
    assert job is not None
    assert job.state == "done"
    whole, ranks = (study.find(kind, name) for name in ("whole", "ranks"))
    _same(whole, ranks)
    leftover = {"shards", "shards.json", "direction.safetensors", "check.json", "plan.json"}
    assert not leftover & {file.name for file in ranks.path.iterdir()}
    # A rank that comes late is told what there is.
    assert _call(study, verbs[kind], "ranks", "--rank", "2", "--of", "3") == last


def test_what_one_executor_began_another_continues(
    study: Study, verbs: dict[str, list[str]]
) -> None:
    _call(study, verbs["influence"], "whole")
    _call(study, verbs["influence"], "mixed", "--rank", "1", "--of", "4")
    _call(study, verbs["influence"], "mixed", "--rank", "0", "--of", "2")
    _call(study, verbs["influence"], "mixed")
    _same(study.find("influence", "whole"), study.find("influence", "mixed"))


def test_machines_that_share_no_disk_share_a_url(
    study: Study, verbs: dict[str, list[str]], tmp_path: Path
) -> None:
    other = Study(tmp_path / "copy")
    shutil.copytree(study.path, other.path)
    where = ["--shards", "memory://copies"]
    _call(study, verbs["influence"], "whole")
    said = _call(study, verbs["influence"], "apart", "--rank", "0", "--of", "2", *where)
    assert all(number % 2 for number in said["missing"])
    _call(other, verbs["influence"], "apart", "--rank", "1", "--of", "2", *where)
    _same(study.find("influence", "whole"), other.find("influence", "apart"))


def test_where_it_ran_is_in_no_manifest(study: Study, verbs: dict[str, list[str]]) -> None:
    _call(study, verbs["difficulty"], "one", "--rank", "0", "--of", "1")
    text = (study.find("difficulty", "one").path / "manifest.json").read_text()
    assert not any(word in text for word in ("rank", '"of"', "executor", "shards"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--rank", "1"], "needs its number and how many.*--rank NUMBER --of COUNT"),
        (["--of", "3"], "needs its number and how many"),
        (["--rank", "3", "--of", "3"], "no rank 3 of 3"),
        (["--rank", "auto"], "Nothing says which rank this process is"),
        (["--workers", "2"], "Only work on a Ray cluster has workers.*--workers.*--on ray"),
        (["--on", "ray", "--rank", "0", "--of", "2"], "two ways of sharing the work"),
        (["--rank", "0", "--of", "2", "--restart"], "One rank cannot begin anew"),
        (["--shards", "nowhere://x"], "Shards cannot be kept there.*nowhere"),
    ],
)
def test_contradictions_have_words(
    study: Study, verbs: dict[str, list[str]], options: list[str], words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name in ("RANK", "SLURM_PROCID", "SLURM_ARRAY_TASK_ID", "SKYPILOT_NODE_RANK"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(BadSetting, match=words):
        _call(study, verbs["difficulty"], "x", *options)
