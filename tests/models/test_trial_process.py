"""Processes of trials: each is one of its own, ends when told, and says how it ended."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from diq_core.models import trial_process
from diq_core.models.trial import Trial
from diq_core.models.trial_process import TrialProcess, start
from tests.support.training import tiny_folder

pytestmark = pytest.mark.slow
AUTO = "AutoModelForCausalLM"


def ended(process: TrialProcess) -> int:
    threading.Thread(target=lambda: list(process.answers()), daemon=True).start()
    assert process.ended.wait(timeout=60)
    return process.code


def test_it_ends_when_it_is_told_nothing_more() -> None:
    process = start()
    process.write('{"folder": "nowhere"}\n')  # no word of the class: it ends by itself
    assert ended(process) == 1
    assert process.peak > 0
    process.write("more\n")  # nobody reads it, and nothing is raised
    process.end()


def test_it_ends_whatever_it_does() -> None:
    process = start()
    waiting = threading.Thread(target=lambda: list(process.answers()), daemon=True)
    waiting.start()
    assert process.began.wait(timeout=60)
    process.end()
    assert process.ended.wait(timeout=60)
    assert process.code == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no process divides")
def test_when_the_process_that_divides_was_killed_another_takes_its_place(tmp_path: Path) -> None:
    folder = Path(tiny_folder(tmp_path / "model"))
    size = Trial(folder, AUTO).size
    server = trial_process._server(os.getpid())[1]
    server.kill()
    server.wait()
    assert Trial(folder, AUTO).size == size
    assert trial_process._server(os.getpid())[1].pid != server.pid


def test_a_server_without_division_tries_likewise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(tiny_folder(tmp_path / "model"))
    divided = Trial(folder, AUTO)
    monkeypatch.setattr(sys, "platform", "win32")
    alone = trial_process.start()
    monkeypatch.undo()
    monkeypatch.setattr("diq_core.models.trial.start", lambda: alone)
    asked = [{"role": "user", "content": "Which sign?"}]
    rendered = Trial(folder, AUTO).render(asked, tokenize=False, add_generation_prompt=True)
    assert rendered == divided.render(asked, tokenize=False, add_generation_prompt=True)
    alone.end()
    assert alone.ended.wait(timeout=60)
    assert alone.code == -signal.SIGKILL
