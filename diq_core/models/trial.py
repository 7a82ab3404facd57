"""A model from somebody else, tried in a process of its own before this one opens it.

What can hang, fill the memory or end a process is tried there: the configuration, the tokenizer
and the chat template. The template never runs anywhere else: it is a program, and may do to a
long conversation what it did not do to the short one that it was tried with.
"""

from __future__ import annotations

import json
import queue
import signal
import threading
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from diq_core.errors import BadSetting
from diq_core.models.reading import AGAIN, NATIVE, unusable
from diq_core.models.trial_process import TrialProcess, start

DEADLINE_S = 60.0
"""Longest silence by the clock; the limit of processor time is far below (`trial_program`)."""
LOADING_S = 600.0
"""Longest silence while the libraries are loaded, which is not the folder's fault."""
_PARTS = {
    "start": "it cannot be tried",
    "model": "its configuration cannot be used",
    "tokenizer": "its tokenizer is not sound",
    "pattern": "its tokenizer cannot split a text",
    "template": "its chat template is not sound",
    "images": "it cannot prepare an image",
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
        self._process = start()
        self._answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        threading.Thread(target=_pump, args=(self._process, self._answers), daemon=True).start()
        weakref.finalize(self, self._process.end)
        self._write({"folder": str(folder), "auto": auto})
        while "ready" not in (answer := self._answer()):
            if "refused" in answer:
                self._process.end()
                todo = NATIVE if self._step == "model" else AGAIN
                raise self._refusal(answer["refused"], todo)
        self.size = Size(**answer["ready"])

    def render(
        self, conversation: Sequence[Mapping[str, Any]], *, tokenize: bool, **options: Any
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
        self._process.write(json.dumps(what) + "\n")

    def _answer(self) -> dict[str, Any]:
        try:
            patience = LOADING_S if self._step == "start" else DEADLINE_S
            answer = self._answers.get(timeout=patience)
        except queue.Empty:
            self._over = f"it gave no answer in {patience:.0f} seconds, and was stopped"
            self._process.end()
            answer = None
        if answer is None:
            self._over = self._over or _why(self._process.code)
            raise self._refusal(self._over)
        self._step = answer.get("step", self._step)
        if "failed" in answer:
            self._over = answer["failed"]
            self._process.end()
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


def _pump(process: TrialProcess, answers: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    for answer in process.answers():
        answers.put(answer)
    answers.put(None)


def _why(code: int) -> str:
    """Return why the process ended without an answer."""
    if code in (-getattr(signal, "SIGXCPU", 24), -signal.SIGKILL):
        return "it goes on and on, and was stopped"
    if code in (-signal.SIGABRT, -signal.SIGSEGV):
        return "it needs too much memory, or is nested without end"
    return "the process that tried it ended without a word"
