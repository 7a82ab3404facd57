"""A job's record tells the truth however the job ends."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from filelock import FileLock

from diq_core.errors import BadFile, Busy, NotFound, OutOfSpace
from diq_core.jobs import control, lease, standing
from diq_core.jobs import record as records
from diq_core.jobs.order import Order
from diq_core.jobs.progress import Snapshot, read_progress
from diq_core.jobs.running import running
from diq_core.study import Study, create_study

WORKER = """
import sys
from pathlib import Path
from diq_core.jobs.order import Order
from diq_core.jobs.running import running
from diq_core.study import open_study
study, part = open_study(Path(sys.argv[1])), sys.argv[2]
with running(study, Order("influence", "main"), part=part) as progress:
    progress.expect(10, finished=4, message="half way")
    print("ready", flush=True)
    sys.stdin.readline()
"""


IMPORT = Order("dataset", "main", inputs={"source": "a.csv"})


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return create_study(tmp_path / "study")


@contextmanager
def at_work(study: Study, part: str = "") -> Iterator[subprocess.Popen[str]]:
    """Start a process that makes the influence 'main', or the part of it that one rank makes."""
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(study.path), part],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def worker(study: Study):
    with at_work(study) as process:
        yield process


def test_a_running_job_is_seen_and_refuses_a_second(study: Study, worker) -> None:
    job = standing.look(study, "influence", "main")
    assert job is not None
    assert (job.state, job.done, job.total, job.message) == ("running", 4, 10, "half way")
    assert job.share == 0.4
    with (
        pytest.raises(Busy, match="influence 'main' is being made by another process"),
        running(study, Order("influence", "main")),
    ):
        pass
    with pytest.raises(Busy, match="wait until it is finished, or stop it first|Wait until"):
        control.start(study, Order("influence", "main"))
    assert standing.look(study, "influence", "main").state == "running"


def test_a_killed_job_is_interrupted_and_can_be_begun_again(study: Study, worker) -> None:
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    job = standing.look(study, "influence", "main")
    assert job.state == "interrupted"
    assert "what was finished is kept" in job.message
    with running(study, Order("influence", "main")):
        pass
    assert standing.look(study, "influence", "main").state == "done"


def test_a_stopped_job_says_so(study: Study, worker) -> None:
    control.stop(study, "influence", "main")
    worker.wait()
    job = standing.look(study, "influence", "main")
    assert (job.state, job.finished > 0) == ("stopped", True)
    with pytest.raises(NotFound, match="is not being made"):
        control.stop(study, "influence", "main")


def test_all_ranks_on_this_machine_are_asked_to_stop_and_none_elsewhere(study: Study) -> None:
    far, folder = "rank-2-of-3", study.job_folder("influence", "main")
    (folder / far).mkdir(parents=True)
    now = time.time()
    theirs = Snapshot("running", "influence", "main", pid=os.getpid(), host="elsewhere",
                      started=now, updated=now, beat=now)  # fmt: skip
    records.write(folder / far, theirs)
    with at_work(study, "rank-0-of-3") as one, at_work(study, "rank-1-of-3") as two:
        control.stop(study, "influence", "main")
        assert [process.wait(timeout=60) != 0 for process in (one, two)] == [True, True]
    states = [read_progress(folder / part / "progress.json").state
              for part in ("rank-0-of-3", "rank-1-of-3", far)]  # fmt: skip
    assert states == ["stopped", "stopped", "running"]
    with pytest.raises(NotFound, match=r"not being made on this machine.*elsewhere.*Stop it there"):
        control.stop(study, "influence", "main")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (BadFile("It is empty", which="a.csv", todo="choose another"), "It is empty"),
        (ZeroDivisionError("oops"), "ZeroDivisionError: oops"),
    ],
)
def test_a_failed_job_keeps_the_reason(study: Study, error: Exception, words: str) -> None:
    with pytest.raises(type(error)), running(study, IMPORT):
        raise error
    job = standing.look(study, "dataset", "main")
    assert job.state == "failed"
    assert words in job.message
    assert job.order == IMPORT


def test_a_full_disk_ends_the_job_with_words(study: Study, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with (
        pytest.raises(OutOfSpace, match="The disk is full.*same command again"),
        running(study, Order("dataset", "main")) as progress,
    ):
        monkeypatch.setattr("diq_core.jobs.progress.write_json", full)
        progress.say("writing")


def test_a_command_that_cannot_begin_has_failed_with_its_words_in_the_log(study: Study) -> None:
    control.start(study, Order("influence", "main", inputs={"rank": "x", "of": 2}))
    pid = read_progress(study.job_folder("influence", "main") / "progress.json").pid
    psutil.Process(pid).wait()
    job = standing.look(study, "influence", "main")
    assert job.state == "failed"
    assert "--rank x" in standing.log_tail(study, "influence", "main")


def test_a_job_outlives_the_process_that_started_it(study: Study) -> None:
    starter = (
        "import sys; from pathlib import Path; from diq_core import study;"
        "from diq_core.jobs import control; from diq_core.jobs.order import Order;"
        "s = study.open_study(Path(sys.argv[1]));"
        "control.start(s, Order('selection', 'main'))"
    )
    subprocess.run([sys.executable, "-c", starter, str(study.path)], check=True)
    record = read_progress(study.job_folder("selection", "main") / "progress.json")
    if psutil.pid_exists(record.pid):
        psutil.Process(record.pid).wait()
    assert "no difficulty" in standing.log_tail(study, "selection", "main")


def test_all_jobs_come_latest_first(study: Study) -> None:
    for kind in ("dataset", "difficulty"):
        with running(study, Order(kind, "main")):
            pass
    assert [job.kind for job in standing.all_jobs(study)] == ["difficulty", "dataset"]
    assert standing.look(study, "embedding", "main") is None


def test_the_heartbeat_goes_on_while_a_long_step_says_nothing(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diq_core.jobs.lease.BEAT_SECONDS", 0.01)
    with running(study, Order("influence", "main")):
        first = standing.look(study, "influence", "main")
        end = time.monotonic() + 30
        while (now := standing.look(study, "influence", "main")).beat == first.beat:
            assert time.monotonic() < end
        assert now.beat > first.beat > 0
        assert now.updated == first.updated
        assert now.host
    assert standing.look(study, "influence", "main").state == "done"
    beat = standing.look(study, "influence", "main").beat
    assert not [thread for thread in threading.enumerate() if thread.name == "heartbeat"]
    assert standing.look(study, "influence", "main").beat == beat


def test_those_who_look_at_the_same_time_do_not_take_each_other_for_the_holder(
    tmp_path: Path,
) -> None:
    file = tmp_path / "lock"
    assert not lease.is_held(file)
    with FileLock(file):
        assert lease.is_held(file)
    with file.open("rb") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH | fcntl.LOCK_NB)
        assert not lease.is_held(file)


def test_a_job_that_is_just_starting_is_not_started_twice(study: Study) -> None:
    control.start(study, Order("influence", "main"))
    with pytest.raises(Busy, match="influence 'main' is being made"):
        control.start(study, Order("influence", "main"))
    pid = read_progress(study.job_folder("influence", "main") / "progress.json").pid
    psutil.Process(pid).wait()
