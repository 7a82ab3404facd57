"""The program of a trial: a model's small files opened where they can do no harm.

It runs as a process of its own, with little memory and a few seconds of the processor, and is
asked through its standard input: a line of JSON a question, a line of JSON an answer. First it
builds the model without its numbers, then the tokenizer, then a conversation; after that it
renders whatever conversation it is given, until its input ends. `trial.py` is the other end.

With ``--serve`` it loads the libraries once and divides for every trial that it is asked for
through its standard input, a socket that brings the two ends of the trial's pipes.
"""

from __future__ import annotations

import json
import math
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, Any, NoReturn

from diq_core.models.processor import load_processor, show, template_of
from diq_core.models.vision import SEEING, in_parts

MB = 1024 * 1024
SECONDS = 5
"""Processor time for each thing that is tried."""
ROOM = 512 * MB
"""Memory beyond what the libraries themselves take, and `ROOM_EACH` for each byte of the files."""
ROOM_EACH = 30
LONGEST, LONGEST_EACH = 50_000, 10
"""Characters that a template may write, and how many for each character that it is given."""
WORDS = "Which sign is meant?"
_SAID = 300


def main() -> None:
    """Try one folder, or serve."""
    if sys.argv[1:] == ["--serve"]:
        serve()
    else:
        try_folder()


def serve() -> None:
    """Divide for every trial that is asked for; end when nobody can ask any more."""
    _load_libraries()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the keepers
    asked = socket.socket(fileno=os.dup(0))
    while ends := socket.recv_fds(asked, 1, 2)[1]:
        if os.fork() == 0:
            asked.close()
            _keep(*ends)
        for end in ends:
            os.close(end)


def _keep(its_input: int, its_output: int) -> NoReturn:
    """Let a child try; say in the pipe of its answers who it is, and how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # In place of the socket too: it must end with the process that divides.
    os.dup2(its_input, 0)
    os.dup2(its_output, 1)
    os.close(its_input)
    os.close(its_output)
    child = os.fork()
    if child == 0:
        sys.stdin = os.fdopen(0, encoding="ascii")
        _leave(try_folder)
    os.dup2(2, 0)  # its input is the child's alone
    os.write(1, json.dumps({"began": child}).encode() + b"\n")
    _, status, usage = os.wait4(child, 0)
    ended = {"ended": os.waitstatus_to_exitcode(status), "peak": usage.ru_maxrss}
    os.write(1, b"\n" + json.dumps(ended).encode() + b"\n")
    os._exit(0)


def _leave(do: Callable[[], None]) -> NoReturn:
    """Do it and end the process here: what called this belongs to the process that divided."""
    try:
        do()
    except BaseException:  # noqa: BLE001 — as an interpreter would, for it has nobody above it
        os._exit(1)
    os._exit(0)


def try_folder() -> None:
    """Try the folder that is named in the first line of the input, then render."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # what libraries print is no answer
    asked = json.loads(sys.stdin.readline())
    folder = Path(asked["folder"])
    _load_libraries()
    _limit_memory(folder)
    auto = asked["auto"]
    model = _step(answers, "model", lambda: _skeleton(folder, auto), _seconds(folder))
    tokenizer = _step(answers, "tokenizer", lambda: _tokenizer(folder, auto), _seconds(folder))
    _step(answers, "pattern", lambda: _encode(tokenizer), SECONDS)
    _step(answers, "template", lambda: _try_template(tokenizer), SECONDS)
    if auto == SEEING:
        _step(answers, "images", lambda: _show(folder, tokenizer), SECONDS)
    _say(answers, {"ready": model})
    for line in sys.stdin if getattr(tokenizer, "chat_template", None) else ():
        work = partial(_render, tokenizer, **json.loads(line))
        _step(answers, "template", work, SECONDS)


def _load_libraries() -> None:
    """Load them before the limits, which are for what the folder needs beyond them."""
    import jinja2.sandbox
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, modeling_utils

    del jinja2, torch, AutoModelForCausalLM, AutoTokenizer, modeling_utils


def _step(answers: IO[str], step: str, do: Callable[[], Any], seconds: int) -> Any:
    """Do one thing within its time; say what came of it, and end where it failed for good."""
    _say(answers, {"step": step})
    _limit_time(seconds)
    try:
        result = do()
    except MemoryError:
        _say(answers, {"step": step, "failed": "it needs too much memory"})
        raise SystemExit(0) from None
    except Exception as error:  # noqa: BLE001 — what is tried may raise anything
        _say(answers, {"step": step, "refused": _said(error)})
        return None
    if isinstance(result, str):
        _say(answers, {"step": step, "text": result})
    return result


def _skeleton(folder: Path, auto: str) -> dict[str, int]:
    """Build the model without its numbers and return how many there are, and bytes of buffers."""
    import torch
    import transformers

    config = transformers.AutoConfig.from_pretrained(
        folder, local_files_only=True, trust_remote_code=False
    )
    with torch.device("meta"):
        model = getattr(transformers, auto).from_config(config, trust_remote_code=False)
    numbers = sum(each.numel() for each in model.parameters())
    buffers = sum(each.numel() * each.element_size() for each in model.buffers())
    return {"numbers": numbers, "buffers": buffers}


def _tokenizer(folder: Path, auto: str) -> Any:
    from transformers import AutoTokenizer

    local = {"local_files_only": True, "trust_remote_code": False}
    tokenizer = AutoTokenizer.from_pretrained(folder, **local)
    if auto == SEEING:
        tokenizer.chat_template = template_of(folder, tokenizer)
        tokenizer.apply_chat_template = in_parts(tokenizer.apply_chat_template)
    return tokenizer


def _show(folder: Path, tokenizer: Any) -> None:
    """Prepare one small picture; what comes of it is of no interest."""
    show(load_processor(folder, tokenizer), tokenizer)


def _encode(tokenizer: Any) -> None:
    """Encode runs of every sign: a pattern that tries all ways to match meets them soon."""
    signs = [chr(code) for code in chain(range(9, 11), range(32, 127))] + ["é", "中", "ß", "\u00a0"]
    texts = [sign * 60 + end for sign in signs for end in ("", "!", "\n", "\u2603")]
    texts += [WORDS * 200, "ab" * 60 + "!", "a b " * 60 + "!", "1,2." * 60 + "!"]
    for text in texts:
        tokenizer(text, add_special_tokens=False)


def _try_template(tokenizer: Any) -> None:
    if not tokenizer.chat_template:
        return
    asked = [{"role": "user", "content": WORDS}]
    answered = [*asked, {"role": "assistant", "content": "This one."}]
    for messages, ready in ((asked, True), (answered, False)):
        text = _render(tokenizer, messages, {"add_generation_prompt": ready})
        if not text.strip():
            raise ValueError("it prints nothing")
        if WORDS not in text:
            raise ValueError("it leaves out what was asked")


def _render(tokenizer: Any, messages: list[dict[str, Any]], options: dict[str, Any]) -> str:
    text: str = tokenizer.apply_chat_template(messages, tokenize=False, **options)
    given = sum(_length(value) for each in messages for value in each.values())
    if len(text) > LONGEST + LONGEST_EACH * given:
        raise MemoryError
    return text


def _length(content: str | list[dict[str, str]]) -> int:
    """Return the characters of a text, or of the parts of a message."""
    if isinstance(content, str):
        return len(content)
    return sum(len(value) for part in content for value in part.values())


def _seconds(folder: Path) -> int:
    return SECONDS + _bytes(folder) // (4 * MB)


def _bytes(folder: Path) -> int:
    small = (file for file in folder.iterdir() if file.suffix in (".json", ".txt", ".model"))
    return sum(file.stat().st_size for file in small)


def _limit_memory(folder: Path) -> None:
    try:
        import resource
    except ImportError:
        return  # Windows: there the deadline alone ends what goes on and on
    import psutil

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    most = psutil.Process().memory_info().vms + ROOM + ROOM_EACH * _bytes(folder)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _limit_time(seconds: int) -> None:
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time()) + seconds, hard))


def _said(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{lines[0] if lines else type(error).__name__}"[:_SAID]


def _say(answers: IO[str], what: dict[str, Any]) -> None:
    answers.write(json.dumps(what) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
