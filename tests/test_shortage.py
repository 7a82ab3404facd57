"""A full disk and a full memory are one sentence, whoever notices: a job, a command, a page."""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest
import torch
from ray.exceptions import OutOfDiskError
from ray.exceptions import OutOfMemoryError as NoMemoryOnRay
from streamlit.testing.v1 import AppTest

from diq_core import cli
from diq_core.errors import BadSetting, OutOfMemory, OutOfSpace
from diq_core.jobs import standing
from diq_core.jobs.order import Order
from diq_core.jobs.running import running
from diq_core.shortage import in_words
from diq_core.study import create_study

MEMORY = [
    MemoryError(),
    OSError(errno.ENOMEM, "Cannot allocate memory"),
    torch.OutOfMemoryError("CUDA out of memory"),
    RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to"),
    RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"),
    pa.ArrowMemoryError("malloc of size 9 failed"),
    NoMemoryOnRay("Task was killed due to the node running low on memory."),
]
DISK = [
    OSError(errno.ENOSPC, "No space left on device"),
    OSError(errno.EDQUOT, "Disk quota exceeded"),
    RuntimeError("[enforce fail at inline_container.cc:664] . unexpected pos 64 vs 0"),
    ValueError('IoError(Os { code: 28, kind: StorageFull, message: "No space left on device" })'),
    sqlite3.OperationalError("database or disk is full"),
    OutOfDiskError("Local disk is full"),
]
OTHERS = [OSError(errno.EACCES, "denied"), RuntimeError("shapes differ"), KeyError("id")]


@pytest.mark.parametrize("error", MEMORY, ids=repr)
def test_a_job_whose_memory_is_full_says_so(tmp_path: Path, error: Exception) -> None:
    study = create_study(tmp_path / "s")
    with (
        pytest.raises(OutOfMemory, match=r"The memory is full.*difficulty 'main'"),
        running(study, Order("difficulty", "main")),
    ):
        raise error
    (job,) = standing.all_jobs(study)
    assert (job.state, "memory is full" in job.message) == ("failed", True)


@pytest.mark.parametrize("error", DISK, ids=repr)
def test_a_job_whose_disk_is_full_says_so(tmp_path: Path, error: Exception) -> None:
    study = create_study(tmp_path / "s")
    with (
        pytest.raises(OutOfSpace, match=r"The disk is full.*run the same command again"),
        running(study, Order("difficulty", "main")),
    ):
        raise error
    (job,) = standing.all_jobs(study)
    assert (job.state, "disk is full" in job.message) == ("failed", True)


@pytest.mark.parametrize("error", OTHERS, ids=repr)
def test_any_other_fault_stays_what_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as found, in_words():
        raise error
    assert found.value is error


def test_what_is_said_already_is_said_once() -> None:
    with pytest.raises(BadSetting, match="smaller than 1"), in_words():
        raise BadSetting("It is smaller than 1", which="out of memory", todo="say more")


@pytest.mark.parametrize("error", [*MEMORY, *DISK], ids=repr)
def test_a_command_outside_a_job_says_it(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def verb() -> None:
        raise error

    monkeypatch.setattr(cli, "app", verb)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith(("diq: The memory is full", "diq: The disk is full"))
    assert said.count("\n") == 1


def test_a_page_says_it() -> None:
    def page() -> None:
        from pages.parts.frame import guarded

        with guarded():
            raise MemoryError

    app = AppTest.from_function(page).run()
    (box,) = app.get("html")
    assert "The memory is full" in box.proto.body
    assert "our fault" not in box.proto.body


@contextmanager
def child(work: Iterator[None]) -> Iterator[int]:
    """Run `work` in another process, up to its first yield; give its number."""
    ready, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        next(work)
        os.write(told, b"1")
        signal.pause()
    assert os.read(ready, 1) == b"1"
    yield pid
    os.waitpid(pid, 0)


def test_a_job_that_the_system_ends_says_what_it_may_have_been(tmp_path: Path) -> None:
    study = create_study(tmp_path / "s")

    def work() -> Iterator[None]:
        with running(study, Order("difficulty", "main")):
            yield

    with child(work()) as pid:
        os.kill(pid, signal.SIGKILL)
    (job,) = standing.all_jobs(study)
    assert job.state == "interrupted"
    assert "runs out of memory (then close other programs, or choose smaller" in job.message
    assert "what was finished is kept" in job.message
