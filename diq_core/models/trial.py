"""A model from somebody else, tried in a process of its own before this one opens it.

What can hang, fill the memory or end a process is tried there: the configuration, the tokenizer
and the chat template. The template never runs anywhere else: it is a program, and may do to a
long conversation what it did not do to the short one that it was tried with.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from diq_core.errors import BadSetting
from diq_core.models.reading import AGAIN, NATIVE, unusable

DEADLINE_S = 60.0
"""Longest silence by the clock; the limit of processor time is far below (`trial_program`)."""
_PROGRAM = "diq_core.models.trial_program"
_ROOT = Path(__file__).resolve().parents[2]
_PARTS = {
    "start": "it cannot be tried",
    "model": "its configuration cannot be used",
    "tokenizer": "its tokenizer is not sound",
    "pattern": "its tokenizer cannot split a text",
    "template": "its chat template is not sound",
}


@dataclass(frozen=True, slots=True)
class Size:
    """What a configuration asks for: numbers in the weights, bytes of buffers beside them."""

    numbers: int
    buffers: int


class Trial:
    """The process in which a folder was tried, and in which its chat template runs.

    Args:
        auto: name of the class in transformers that the model is loaded with.

    Raises:
        BadSetting: the folder did not pass; says what of it and why.
    """

    def __init__(self, folder: Path, auto: str) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._step, self._over = "start", ""
        self._process = _start()
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=_pump, args=(self._process, self._lines), daemon=True).start()
        weakref.finalize(self, _end, self._process)
        self._write({"folder": str(folder), "auto": auto})
        while "ready" not in (answer := self._answer()):
            if "refused" in answer:
                _end(self._process)
                todo = NATIVE if self._step == "model" else AGAIN
                raise self._refusal(answer["refused"], todo)
        self.size = Size(**answer["ready"])

    def render(
        self, conversation: Sequence[Mapping[str, str]], *, tokenize: bool, **options: Any
    ) -> str:
        """Return a conversation as text, like ``apply_chat_template`` of the tokenizer.

        Args:
            tokenize: must be False.

        Raises:
            TemplateError: the template refuses the conversation.
            BadSetting: it took too long, too much memory, or wrote without end.
        """
        from jinja2.exceptions import TemplateError

        if tokenize:
            raise ValueError("only text is rendered; tokenise it afterwards")
        with self._lock:
            self._write({"messages": [dict(each) for each in conversation], "options": options})
            while "text" not in (answer := self._answer()):
                if "refused" in answer:
                    raise TemplateError(answer["refused"])
        text: str = answer["text"]
        return text

    def _write(self, what: Mapping[str, Any]) -> None:
        if self._over:
            raise self._refusal(self._over)
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(what) + "\n")
            self._process.stdin.flush()
        except OSError:
            pass  # it has ended, and its last words say more

    def _answer(self) -> dict[str, Any]:
        try:
            line = self._lines.get(timeout=DEADLINE_S)
        except queue.Empty:
            self._process.kill()
            line = ""
        if not line:
            self._over = self._over or _why(self._process.wait())
            raise self._refusal(self._over)
        answer: dict[str, Any] = json.loads(line)
        self._step = answer.get("step", self._step)
        if "failed" in answer:
            self._over = answer["failed"]
            _end(self._process)
            raise self._refusal(self._over)
        return answer

    def _refusal(self, why: str, todo: str = AGAIN) -> BadSetting:
        return unusable(f"{_PARTS[self._step]}: {why}", self._folder, todo=todo)


@lru_cache(maxsize=8)
def tried(folder: Path, digest: str, auto: str) -> Trial:
    """Return the trial of a folder, made once for each content.

    Raises:
        BadSetting: the folder did not pass.
    """
    del digest
    return Trial(folder, auto)


def _start() -> subprocess.Popen[str]:
    path = os.pathsep.join(part for part in (str(_ROOT), os.environ.get("PYTHONPATH", "")) if part)
    calm = {"TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    # -P: the folder that this was started in may be a stranger's, and hold modules.
    return subprocess.Popen(
        [sys.executable, "-P", "-m", _PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="ascii",
        env={**os.environ, **calm, "PYTHONPATH": path},
    )


def _pump(process: subprocess.Popen[str], lines: queue.SimpleQueue[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put("")


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        try:
            if pipe is not None:
                pipe.close()
        except OSError:
            pass  # what was not read any more


def _why(code: int) -> str:
    """Return why the process ended without an answer."""
    if code in (-getattr(signal, "SIGXCPU", 24), -signal.SIGKILL):
        return "it goes on and on, and was stopped"
    if code in (-signal.SIGABRT, -signal.SIGSEGV):
        return "it needs too much memory, or is nested without end"
    return "the process that tried it ended without a word"
