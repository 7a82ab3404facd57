"""A local server that speaks chat completions by a script, request by request."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Said:
    """What the server sends back: a status, headers and a body (text and bytes = as they are)."""

    body: Any = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    late: bool = False
    """Whether nothing is sent until the server closes."""
    dropped: bool = False
    """Whether the line is dropped in the middle of the body."""


Script = Callable[[int, dict[str, Any]], Said]


@dataclass
class ModelServer:
    """A running server.

    Attributes:
        script: number of the request (from 0) and its body → what is sent back.
        requests: bodies so far.
        raw: the same as the bytes that came over the wire.
        headers: headers of each request, names in lower case.
    """

    url: str
    script: Script
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)


def completion(text: Any, *, finish: str = "stop", model: str = "judge-exact") -> Said:
    """Return a chat completion that says `text`."""
    said = text if isinstance(text, str) else json.dumps(text)
    choice = {"index": 0, "message": {"role": "assistant", "content": said},
              "finish_reason": finish}  # fmt: skip
    return Said(
        {
            "model": model,
            "choices": [choice],
            "usage": {"completion_tokens": 7, "prompt_tokens": 30},
        }
    )


def _bytes(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body)).encode()


@contextmanager
def model_server(script: Script) -> Iterator[ModelServer]:
    """Serve on a free port of this machine until the ``with`` ends."""
    closing = threading.Event()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            read = self.rfile.read(int(self.headers["Content-Length"]))
            body = json.loads(read)
            with lock:
                number = len(found.requests)
                found.requests.append(body)
                found.raw.append(read)
                found.headers.append({name.lower(): text for name, text in self.headers.items()})
            said = found.script(number, body)
            if said.late:
                closing.wait(30)
                return
            data = _bytes(said.body)
            self.send_response(said.status)
            for name, text in {"Content-Length": str(len(data)), **said.headers}.items():
                self.send_header(name, text)
            self.end_headers()
            with suppress(ConnectionError):  # who has read enough closes the line
                self.wfile.write(data[: len(data) // 2] if said.dropped else data)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = ModelServer(f"http://127.0.0.1:{server.server_address[1]}/v1", script)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
