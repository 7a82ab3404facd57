"""Every stage on a disk that fills up, later each time: one sentence, then the same bytes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from diq_core import cli
from diq_core.data.sample import Sample
from diq_core.errors import OutOfSpace
from diq_core.jobs import ledger, queue, standing
from diq_core.jobs.order import Order
from diq_core.jobs.running import running
from diq_core.kinds import Kind
from diq_core.maps import embedding as maps
from diq_core.shortage import in_words
from diq_core.stages import embedding, influence_worker
from diq_core.study import Study, create_study, open_study
from tests.support.benchmarks import write_benchmark
from tests.support.small_disk import PAGE, leave
from tests.support.tiny import questions
from tests.support.training import sample_file, tiny_folder

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("full disk")]

# So many pages are left at each attempt; what an attempt finished is kept for the next.
PAGES = (0, 1, 2, 4, 6, 8, 12, 16, 24, 32, 64, 128, 256)
CHAIN: tuple[Kind, ...] = (
    "dataset", "difficulty", "embedding", "influence", "selection", "export", "run", "evaluation",
    "experiment",
)  # fmt: skip


@dataclass(frozen=True)
class Files:
    """What the commands read from outside the study."""

    pool: str
    held_out: str
    benchmark: str
    model: str

    def command(self, kind: Kind) -> list[str]:
        """Return the verb that makes the artefact "main" of `kind`, with its options."""
        tiny = f"--model={self.model}"
        return {
            "dataset": ["dataset", self.pool, "--keep-duplicates"],
            "difficulty": ["difficulty"],
            "embedding": ["embed"],
            "influence": ["influence", tiny, f"--validation={self.held_out}", "--max-tokens=400",
                          "--batch-tokens=600"],
            "selection": ["select", "--strategy=full", "--name=main"],
            "export": ["export"],
            "run": ["run", tiny, "--max-steps=3", "--save-steps=1", "--batch-size=4",
                    "--micro-batch=2"],
            "evaluation": ["evaluate", tiny, f"--benchmark={self.benchmark}", "--max-tokens=480"],
            "experiment": ["experiment", tiny, f"--benchmark={self.benchmark}", "--name=main",
                           "--strategies=random", "--budgets=50%", "--seeds=0", "--no-full",
                           "--steps=1", "--limit=2", "--resamples=100"],
        }[kind]  # fmt: skip


def _distinct(count: int, *, first: int = 0) -> list[Sample]:
    """Return questions none of which overlaps with another."""
    found = questions(count, first=first)
    return [replace(each, question=f"{each.question} ({each.id})") for each in found]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    place = tmp_path_factory.mktemp("outside")
    return Files(
        sample_file(place / "pool.jsonl", _distinct(12)),
        sample_file(place / "held_out.jsonl", _distinct(5, first=50)),
        write_benchmark(place / "benchmark.jsonl", 6),
        tiny_folder(place / "model"),
    )


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where the shipped models are unpacked, once; it lies on another disk."""
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module", autouse=True)
def small_shards(cache: str) -> Iterator[None]:
    """Cut the work of every test here, and of what it is compared with, into small shards."""
    plan = influence_worker.plan_batches
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIQ_CACHE", cache)
        patch.setattr(embedding, "SHARD_QUESTIONS", 2)
        for name in ("encode", "encoder_batches"):
            patch.setattr(maps, name, partial(getattr(maps, name), batch_tokens=25))
        patch.setattr(
            influence_worker,
            "plan_batches",
            lambda tokens, *, batch_tokens: plan(
                tokens, batch_tokens=batch_tokens, shard_tokens=300
            ),
        )
        yield


def diq(study: Path, command: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """Run a command as a terminal would and return how it ended."""
    with monkeypatch.context() as here:
        here.setattr("sys.argv", ["diq", *command, "--study", str(study)])
        try:
            cli.main()
        except SystemExit as ended:
            return int(ended.code or 0)
    return 0


def content(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.fixture(scope="module")
def whole(files: Files, small_shards: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study in which each stage was made with room to spare."""
    study = create_study(tmp_path_factory.mktemp("whole") / "study").path
    with pytest.MonkeyPatch.context() as patch:
        for kind in CHAIN:
            assert diq(study, files.command(kind), patch) == 0, kind
    return study


def without(whole: Path, kind: Kind, place: Path) -> Study:
    """Copy the study, without what `kind` makes and what is made after it."""
    later = CHAIN[CHAIN.index(kind) :]
    shutil.copytree(whole, place, ignore=shutil.ignore_patterns("jobs", *later))
    return open_study(place)


@pytest.mark.parametrize("kind", CHAIN)
def test_a_stage_says_so_and_goes_on_to_the_same_bytes(
    kind: Kind, files: Files, whole: Path, small_disk: Path,
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    study = without(whole, kind, small_disk / "study")
    made, refused = study.folder(kind, "main"), 0
    for pages in PAGES:
        leave(small_disk, pages * PAGE)
        capfd.readouterr()
        code = diq(study.path, files.command(kind), monkeypatch)
        said = capfd.readouterr()
        if code == 0:
            break
        assert code == 2, said
        assert "Traceback" not in said.out + said.err
        assert said.err.splitlines()[-1].startswith("diq: The disk is full"), said.err
        # It may be whole when only its record could not be written; half it is never there.
        assert not made.exists() or content(made) == content(whole / kind / "main")
        refused += 1
    (small_disk / "ballast").unlink()
    assert refused > 0
    assert diq(study.path, files.command(kind), monkeypatch) == 0
    assert content(made) == content(whole / kind / "main")
    assert not list(study.path.rglob("*.part"))
    assert not list(made.rglob("*.half"))


def test_a_line_on_a_full_disk_keeps_every_entry(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "wake", lambda _study: False)
    study = create_study(small_disk / "s")
    queue.enqueue(study, Order("run", "first"))
    leave(small_disk, 0)
    for _ in range(2):
        with pytest.raises(OutOfSpace, match="The disk is full"), in_words():
            queue.enqueue(study, Order("run", "second"))
        assert [entry.name for entry in ledger.entries(study)] == ["first"]
    (small_disk / "ballast").unlink()
    assert queue.enqueue(study, Order("run", "second")).number == 2
    assert [entry.name for entry in ledger.entries(study)] == ["first", "second"]


def test_a_record_on_a_full_disk_is_the_old_one_or_the_new_one(small_disk: Path) -> None:
    study = create_study(small_disk / "s")
    with (
        pytest.raises(OutOfSpace, match="The disk is full"),
        running(study, Order("difficulty", "main")) as progress,
    ):
        progress.say("Rating")
        leave(small_disk, 0)
        progress.say("Joining")
    (job,) = standing.all_jobs(study)
    assert job.state == "interrupted"
    assert "or the disk is full; what was finished is kept" in job.message
    (small_disk / "ballast").unlink()
    with running(study, Order("difficulty", "main")):
        pass
    (job,) = standing.all_jobs(study)
    assert job.state == "done"
    assert not list(study.job_folder("difficulty", "main").glob(".*"))
